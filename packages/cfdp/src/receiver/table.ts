/** The states of a receiving transaction, and what each PDU does in each. What happens then is in receiver.ts. */
import type { Millis } from '@skyferry/engine'
import type { Pdu, PduKind, PduOf } from '../pdu/model.ts'
import type { Receiver } from './receiver.ts'
import type { Verification } from './verification.ts'

export type ReceiverState =
  | { readonly name: 'receiving' }
  /** Class 2, EOF is here, something is missing; the NAK timer runs. */
  | { readonly name: 'awaiting-missing-data' }
  /** Class 1, EOF is here, something is missing; the check timer runs. */
  | { readonly name: 'checking'; readonly checks: number }
  /** Everything is here; the file is read back and summed. */
  | { readonly name: 'verifying'; readonly verification: Verification }
  /** The outcome is decided and is becoming durable; `after` is the record it waits for. */
  | { readonly name: 'completing'; readonly after: number }
  /** `sentAt`: undefined while it was not, and once it may have been sent more than once. */
  | {
      readonly name: 'awaiting-finished-ack'
      readonly finishedsSent: number
      readonly isFirst: boolean
      readonly sentAt: Millis | undefined
    }
  | { readonly name: 'ended' }

type Step<K extends PduKind> = (receiver: Receiver<unknown>, pdu: PduOf<K>, now: Millis) => void
const ignore =
  (_why: string) =>
  (_receiver: Receiver<unknown>, _pdu: Pdu, _now: Millis): void => {}
const notForReceivers = ignore('travels toward the sender')
const tooEarly = ignore('no Finished was sent')
const tooLate = ignore('every octet is here')
const complete = ignore('the outcome is decided')
const over = ignore('the transaction has ended')
const acknowledgeEof: Step<'eof'> = (receiver, pdu, now) => receiver.acknowledgeAgain(pdu, now)
const misdirected = {
  nak: notForReceivers,
  'keep-alive': notForReceivers,
  finished: notForReceivers,
  'ack-eof': notForReceivers,
}

/** What each PDU does in each state (section 4.6.1.2, 4.6.3, 4.6.4.3). */
const TABLE = {
  receiving: {
    ...misdirected,
    metadata: (receiver, pdu, now) => receiver.learnMetadata(pdu, now),
    'file-data': (receiver, pdu, now) => receiver.takeData(pdu, now),
    eof: (receiver, pdu, now) => receiver.takeEof(pdu, now),
    prompt: (receiver, pdu) => receiver.answerPrompt(pdu),
    'ack-finished': tooEarly,
  },
  'awaiting-missing-data': {
    ...misdirected,
    metadata: (receiver, pdu, now) => receiver.learnMetadata(pdu, now),
    'file-data': (receiver, pdu, now) => receiver.takeData(pdu, now),
    eof: acknowledgeEof,
    prompt: (receiver, pdu) => receiver.answerPrompt(pdu),
    'ack-finished': tooEarly,
  },
  checking: {
    ...misdirected,
    metadata: (receiver, pdu, now) => receiver.learnMetadata(pdu, now),
    'file-data': (receiver, pdu, now) => receiver.takeData(pdu, now),
    eof: acknowledgeEof,
    prompt: ignore('class 1 answers no Prompt'),
    'ack-finished': tooEarly,
  },
  verifying: {
    ...misdirected,
    metadata: tooLate,
    'file-data': tooLate,
    eof: acknowledgeEof,
    prompt: (receiver, pdu) => receiver.answerPrompt(pdu),
    'ack-finished': tooEarly,
  },
  completing: {
    ...misdirected,
    metadata: complete,
    'file-data': complete,
    eof: acknowledgeEof,
    prompt: complete,
    'ack-finished': tooEarly,
  },
  'awaiting-finished-ack': {
    ...misdirected,
    metadata: complete,
    'file-data': complete,
    eof: acknowledgeEof,
    prompt: complete,
    'ack-finished': (receiver, pdu, now) => receiver.finishedAcknowledged(pdu, now),
  },
  ended: {
    ...misdirected,
    metadata: over,
    'file-data': over,
    eof: acknowledgeEof,
    prompt: over,
    'ack-finished': over,
  },
} satisfies { [State in ReceiverState['name']]: { [K in PduKind]: Step<K> } }

/** Does what the table says of this PDU in this state. */
export function dispatch<K extends PduKind>(
  receiver: Receiver<unknown>,
  state: ReceiverState['name'],
  pdu: PduOf<K>,
  now: Millis,
): void {
  const row: { readonly [P in PduKind]: Step<P> } = TABLE[state]
  row[pdu.kind as K](receiver, pdu, now)
}

/** The state × PDU table, for documents and tests. */
export const RECEIVER_TABLE: {
  readonly [State in ReceiverState['name']]: { readonly [K in PduKind]: Step<K> }
} = TABLE
