/**
 * What a transaction must not forget. An engine is rebuilt from these records alone, and changes its own lasting
 * state only by folding the record it has just handed out, so that journal and engine cannot disagree.
 *
 * Records are plain JSON: ids are decimal strings (they may exceed 2^53), PDUs are hexadecimal.
 */

import { assert } from '@skyferry/engine'
import { type Range, RangeSet } from '@skyferry/octets'
import type { Role } from './indications.ts'
import type {
  ConditionCode,
  DeliveryCode,
  EntityId,
  FileStatus,
  FilestoreResponse,
  SequenceNumber,
} from './pdu/model.ts'
import type { TransactionId } from './requests.ts'

/** How a transaction ended, or is about to. */
export interface Ending {
  readonly condition: ConditionCode
  readonly delivery: DeliveryCode
  readonly fileStatus: FileStatus
  /** Receiver: the name the file really got. */
  readonly name?: string
  /** What became of the filestore requests; absent: nobody has said. */
  readonly responses?: readonly FilestoreResponse[]
  /** The other end is not told (section 4.11.2.2.3). */
  readonly abandoned?: true
  /** The other end cancelled, and needs not be told. */
  readonly byPeer?: true
}

/** What became of one filestore request. */
export interface FilestoreOutcome {
  readonly status: number
  readonly message: string
}

interface Of<R extends Role> {
  /** `source:sequence`, decimal. */
  readonly transaction: string
  readonly role: R
}

export type SenderRecord = Of<'sender'> &
  (
    | {
        readonly kind: 'put'
        /** The Metadata PDU as sent, header included, CRC left out. */
        readonly metadata: string
        /** Name in the local filestore; empty without a file. */
        readonly sourceName: string
        readonly size: number
        /** The source file's stamp; a restart that finds another one does not go on. */
        readonly stamp: string
        readonly crc: boolean
        /** Absent: 0. */
        readonly priority?: number
      }
    | { readonly kind: 'priority'; readonly priority: number }
    /** First pass: everything below has been sent. */
    | { readonly kind: 'sent'; readonly upTo: number }
    | { readonly kind: 'eof'; readonly checksum: number }
    /** EOF(cancel) is to be sent, or is being repeated. */
    | {
        readonly kind: 'cancelled'
        readonly condition: ConditionCode
        readonly progress: number
        readonly checksum: number
      }
    | { readonly kind: 'suspended'; readonly condition: ConditionCode }
    | { readonly kind: 'resumed' }
    /** How the peer says it ended, where this end is suspended instead of ending with it. */
    | { readonly kind: 'told'; readonly ending: Ending }
    | { readonly kind: 'ended'; readonly ending: Ending }
    | { readonly kind: 'forgotten' }
    /** This sequence number was used, by a transaction that needs no other record. */
    | { readonly kind: 'sequence' }
  )

export type ReceiverRecord = Of<'receiver'> &
  (
    | {
        readonly kind: 'opened'
        /** Absent: 1. */
        readonly version?: 0
        readonly destination: string
        readonly acknowledged: boolean
        readonly largeFile: boolean
        readonly crc: boolean
        readonly entityIdLength: number
        readonly sequenceLength: number
      }
    /** The Metadata PDU as received, CRC left out. */
    | { readonly kind: 'metadata'; readonly pdu: string }
    /** Newly held octets, as from, to, from, to … */
    | { readonly kind: 'held'; readonly ranges: readonly number[] }
    | { readonly kind: 'eof'; readonly checksum: number; readonly size: number }
    /** All octets are there and the checksum agrees (or was waived); the file may take its place. */
    | { readonly kind: 'whole'; readonly condition: ConditionCode }
    /** The file has its place; the filestore requests of its Metadata follow (section 4.9). */
    | { readonly kind: 'placed'; readonly ending: Ending }
    /** The next filestore request is about to be carried out; `before`: octets of its first file. */
    | { readonly kind: 'performing'; readonly before: number }
    /** It has been, with this outcome. */
    | ({ readonly kind: 'performed' } & FilestoreOutcome)
    /** Notice of Completion: what Finished says. */
    | { readonly kind: 'finish'; readonly ending: Ending }
    | { readonly kind: 'suspended'; readonly condition: ConditionCode }
    | { readonly kind: 'resumed' }
    | { readonly kind: 'ended'; readonly ending: Ending }
    | { readonly kind: 'forgotten' }
  )

export type CfdpRecord = SenderRecord | ReceiverRecord
type Shape<R extends CfdpRecord, K extends R['kind']> = Extract<R, { kind: K }>

export interface SenderFacts {
  readonly put: Shape<SenderRecord, 'put'>
  priority: number
  sentUpTo: number
  eof: Shape<SenderRecord, 'eof'> | undefined
  cancelled: Shape<SenderRecord, 'cancelled'> | undefined
  suspended: ConditionCode | undefined
  told: Ending | undefined
  ended: Ending | undefined
}

export interface ReceiverFacts {
  readonly opened: Shape<ReceiverRecord, 'opened'>
  metadata: string | undefined
  /** Octets known to be in the target; the live engine adds to it between checkpoints. */
  readonly held: RangeSet
  eof: Shape<ReceiverRecord, 'eof'> | undefined
  whole: ConditionCode | undefined
  placed: Ending | undefined
  /** Of the filestore request in hand; undefined between two. */
  performing: number | undefined
  performed: readonly FilestoreOutcome[]
  finish: Ending | undefined
  suspended: ConditionCode | undefined
  ended: Ending | undefined
}

export function openSenderFacts(put: Shape<SenderRecord, 'put'>): SenderFacts {
  return {
    put,
    priority: put.priority ?? 0,
    sentUpTo: 0,
    eof: undefined,
    cancelled: undefined,
    suspended: undefined,
    told: undefined,
    ended: undefined,
  }
}

export function openReceiverFacts(opened: Shape<ReceiverRecord, 'opened'>): ReceiverFacts {
  return {
    opened,
    metadata: undefined,
    held: new RangeSet(),
    eof: undefined,
    whole: undefined,
    placed: undefined,
    performing: undefined,
    performed: [],
    finish: undefined,
    suspended: undefined,
    ended: undefined,
  }
}

/** Applies one record to what is known of a transaction it belongs to. */
export function foldSender(facts: SenderFacts, record: SenderRecord): void {
  switch (record.kind) {
    case 'put':
    case 'forgotten':
    case 'sequence':
      return
    case 'priority':
      facts.priority = record.priority
      return
    case 'sent':
      facts.sentUpTo = record.upTo
      return
    case 'eof':
      facts.eof = record
      facts.sentUpTo = facts.put.size
      return
    // Whoever cancels or ends is not suspended any longer.
    case 'cancelled':
      facts.cancelled = record
      facts.suspended = undefined
      return
    case 'suspended':
      facts.suspended = record.condition
      return
    case 'resumed':
      facts.suspended = undefined
      return
    case 'told':
      facts.told = record.ending
      return
    case 'ended':
      facts.ended = record.ending
      facts.suspended = undefined
  }
}

/** Applies one record to what is known of a transaction it belongs to. */
export function foldReceiver(facts: ReceiverFacts, record: ReceiverRecord): void {
  switch (record.kind) {
    case 'opened':
    case 'forgotten':
      return
    case 'metadata':
      facts.metadata = record.pdu
      return
    case 'held':
      for (let index = 0; index < record.ranges.length; index += 2) {
        facts.held.add(record.ranges[index]!, record.ranges[index + 1]!)
      }
      return
    case 'eof':
      facts.eof = record
      return
    case 'whole':
      facts.whole = record.condition
      return
    case 'placed':
      facts.placed = record.ending
      return
    case 'performing':
      facts.performing = record.before
      return
    case 'performed': {
      const { status, message } = record
      facts.performing = undefined
      facts.performed = [...facts.performed, { status, message }]
      return
    }
    // Whoever finishes or ends is not suspended any longer.
    case 'finish':
      facts.finish = record.ending
      facts.suspended = undefined
      return
    case 'suspended':
      facts.suspended = record.condition
      return
    case 'resumed':
      facts.suspended = undefined
      return
    case 'ended':
      facts.ended = record.ending
      facts.suspended = undefined
  }
}

/** Everything the records say, by transaction, oldest transaction first. */
export function foldAll(records: Iterable<CfdpRecord>): {
  readonly senders: ReadonlyMap<string, SenderFacts>
  readonly receivers: ReadonlyMap<string, ReceiverFacts>
  /** The sequence number last used by each local source entity. */
  readonly lastSequence: ReadonlyMap<bigint, bigint>
} {
  const senders = new Map<string, SenderFacts>()
  const receivers = new Map<string, ReceiverFacts>()
  const lastSequence = new Map<bigint, bigint>()
  for (const record of records) {
    const key = record.transaction
    if (record.role === 'sender') {
      if (record.kind === 'put' || record.kind === 'sequence') {
        const { source, sequence } = transactionOf(key)
        lastSequence.set(source, sequence)
      }
      if (record.kind === 'put') senders.set(key, openSenderFacts(record))
      else if (record.kind === 'forgotten') senders.delete(key)
      else {
        const facts = senders.get(key)
        if (facts !== undefined) foldSender(facts, record)
      }
    } else if (record.kind === 'opened') receivers.set(key, openReceiverFacts(record))
    else if (record.kind === 'forgotten') receivers.delete(key)
    else {
      const facts = receivers.get(key)
      if (facts !== undefined) foldReceiver(facts, record)
    }
  }
  return { senders, receivers, lastSequence }
}

/** The shortest list of records that folds to the same facts. */
export function* unfoldSender(facts: SenderFacts): Generator<SenderRecord> {
  const about = { transaction: facts.put.transaction, role: 'sender' } as const
  yield facts.put
  if (facts.priority !== (facts.put.priority ?? 0))
    yield { ...about, kind: 'priority', priority: facts.priority }
  if (facts.sentUpTo > 0 && facts.eof === undefined) yield { ...about, kind: 'sent', upTo: facts.sentUpTo }
  if (facts.eof !== undefined) yield facts.eof
  if (facts.cancelled !== undefined) yield facts.cancelled
  if (facts.suspended !== undefined) yield { ...about, kind: 'suspended', condition: facts.suspended }
  if (facts.told !== undefined) yield { ...about, kind: 'told', ending: facts.told }
  if (facts.ended !== undefined) yield { ...about, kind: 'ended', ending: facts.ended }
}

/**
 * The shortest list of records that folds to the same facts.
 * @param held octets that are durable; what the live engine holds beyond them is left out
 */
export function* unfoldReceiver(
  facts: ReceiverFacts,
  held: RangeSet = facts.held,
): Generator<ReceiverRecord> {
  const about = { transaction: facts.opened.transaction, role: 'receiver' } as const
  yield facts.opened
  if (facts.metadata !== undefined) yield { ...about, kind: 'metadata', pdu: facts.metadata }
  if (held.octets > 0 && facts.finish === undefined) yield { ...about, kind: 'held', ranges: held.toFlat() }
  if (facts.eof !== undefined) yield facts.eof
  if (facts.whole !== undefined) yield { ...about, kind: 'whole', condition: facts.whole }
  if (facts.placed !== undefined && facts.finish === undefined) {
    yield { ...about, kind: 'placed', ending: facts.placed }
    for (const outcome of facts.performed) yield { ...about, kind: 'performed', ...outcome }
    if (facts.performing !== undefined) yield { ...about, kind: 'performing', before: facts.performing }
  }
  if (facts.finish !== undefined) yield { ...about, kind: 'finish', ending: facts.finish }
  if (facts.suspended !== undefined) yield { ...about, kind: 'suspended', condition: facts.suspended }
  if (facts.ended !== undefined) yield { ...about, kind: 'ended', ending: facts.ended }
}

/** The name of a transaction in records, maps and messages: `source:sequence`. */
export function transactionKey(id: TransactionId): string {
  return `${id.source}:${id.sequence}`
}

export function transactionOf(key: string): TransactionId {
  const colon = key.indexOf(':')
  assert(colon > 0, 'a transaction key is source:sequence')
  return {
    source: BigInt(key.slice(0, colon)) as EntityId,
    sequence: BigInt(key.slice(colon + 1)) as SequenceNumber,
  }
}

export type { Range }
