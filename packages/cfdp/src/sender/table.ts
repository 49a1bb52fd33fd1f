/** The states of a sending transaction, and what each PDU does in each. What happens then is in sender.ts. */
import type { Millis } from '@skyferry/engine'
import type { Pdu, PduKind, PduOf } from '../pdu/model.ts'
import type { Ending } from '../records.ts'
import type { Sender } from './sender.ts'

export type SenderState =
  /** Waits until fewer transactions are open, or until its first record is stored. */
  | { readonly name: 'queued' }
  /** The first pass: Metadata, File Data, up to EOF. */
  | { readonly name: 'sending' }
  /** `sentAt`: undefined once it may have been sent more than once, when no answer measures a round trip. */
  | { readonly name: 'awaiting-eof-ack'; readonly eofsSent: number; readonly sentAt: Millis | undefined }
  | { readonly name: 'awaiting-finished'; readonly checks: number }
  /** EOF(cancel) is on its way. */
  | { readonly name: 'cancelling'; readonly eofsSent: number }
  | { readonly name: 'ended'; readonly ending: Ending }

type Step<K extends PduKind> = (sender: Sender<unknown>, pdu: PduOf<K>, now: Millis) => void
const ignore =
  (_why: string) =>
  (_sender: Sender<unknown>, _pdu: Pdu, _now: Millis): void => {}
const notForSenders = ignore('travels toward the receiver')
const nothingSent = ignore('nothing of this transaction has been sent')
const cancelling = ignore('a cancelled sender minds only acknowledgements (4.11.2.2.2)')
const over = ignore('the transaction has ended')
const early = ignore('no EOF awaits an acknowledgement')
const misdirected = {
  metadata: notForSenders,
  'file-data': notForSenders,
  eof: notForSenders,
  prompt: notForSenders,
  'ack-finished': notForSenders,
}

/** What each PDU does in each state (section 4.6.1.1, 4.6.3, 4.6.4). */
const TABLE = {
  queued: {
    ...misdirected,
    nak: nothingSent,
    'keep-alive': nothingSent,
    'ack-eof': nothingSent,
    finished: nothingSent,
  },
  sending: {
    ...misdirected,
    nak: (sender, pdu, now) => sender.serve(pdu, now),
    'keep-alive': (sender, pdu, now) => sender.learnProgress(pdu.progress, now),
    'ack-eof': early,
    finished: (sender, pdu, now) => sender.conclude(pdu, now),
  },
  'awaiting-eof-ack': {
    ...misdirected,
    nak: (sender, pdu, now) => sender.serve(pdu, now),
    'keep-alive': (sender, pdu, now) => sender.learnProgress(pdu.progress, now),
    'ack-eof': (sender, pdu, now) => sender.eofAcknowledged(pdu, now),
    finished: (sender, pdu, now) => sender.conclude(pdu, now),
  },
  'awaiting-finished': {
    ...misdirected,
    nak: (sender, pdu, now) => sender.serve(pdu, now),
    'keep-alive': (sender, pdu, now) => sender.learnProgress(pdu.progress, now),
    'ack-eof': early,
    finished: (sender, pdu, now) => sender.conclude(pdu, now),
  },
  cancelling: {
    ...misdirected,
    nak: cancelling,
    'keep-alive': cancelling,
    'ack-eof': (sender, pdu, now) => sender.cancelAcknowledged(pdu, now),
    finished: (sender, pdu) => sender.acknowledge(pdu),
  },
  ended: {
    ...misdirected,
    nak: sender => sender.repeatCancellation(),
    'keep-alive': sender => sender.repeatCancellation(),
    'ack-eof': over,
    finished: (sender, pdu) => sender.acknowledge(pdu),
  },
} satisfies { [State in SenderState['name']]: { [K in PduKind]: Step<K> } }

/** Does what the table says of this PDU in this state. */
export function dispatch<K extends PduKind>(
  sender: Sender<unknown>,
  state: SenderState['name'],
  pdu: PduOf<K>,
  now: Millis,
): void {
  const row: { readonly [P in PduKind]: Step<P> } = TABLE[state]
  row[pdu.kind as K](sender, pdu, now)
}

/** The state × PDU table, for documents and tests. */
export const SENDER_TABLE: {
  readonly [State in SenderState['name']]: { readonly [K in PduKind]: Step<K> }
} = TABLE
