/** A receiving transaction for people: numbers, and one sentence on what it waits for. */
import { isWhole } from '../faults.ts'
import { PEER_SILENT } from '../inactivity.ts'
import { HOLES_MAX, type ReportedOfAny, type TransactionReport } from '../indications.ts'
import type { ConditionCode, PduOf } from '../pdu/model.ts'
import type { ReceiverFacts } from '../records.ts'
import type { ReceiverState } from './table.ts'

/** What a report is made of, beside what every transaction knows of itself. */
export interface ReceiverView {
  readonly state: ReceiverState['name']
  readonly suspendedBy: ConditionCode | undefined
  /** By inactivity, and not for its user to end. */
  readonly resumesItself: boolean
  readonly facts: ReceiverFacts
  readonly metadata: PduOf<'metadata'> | undefined
  /** Octets held that no record speaks of yet. */
  readonly unrecorded: number
}

export function receiverReport(about: ReportedOfAny, view: ReceiverView): TransactionReport {
  const { metadata, facts, suspendedBy } = view
  const { held, eof, finish, ended } = facts
  const size = eof?.size ?? announcedSize(metadata, facts.opened.largeFile)
  const ending = ended ?? finish
  const done = ending !== undefined && isWhole(ending)
  const end = eof?.size ?? held.highest
  const gaps = done ? 0 : held.size - (held.has(0) ? 1 : 0) + (end > held.highest ? 1 : 0)
  return {
    transaction: about.transaction,
    role: 'receiver',
    peer: about.peer,
    mode: about.mode,
    state: view.state,
    suspended: suspendedBy !== undefined,
    size,
    octets: done ? (size ?? 0) : held.octets,
    gaps,
    safeOctets: done ? (size ?? 0) : held.octets - view.unrecorded,
    pdus: { ...about.pdus },
    waitingFor: receiverWaitsFor(view, gaps, done),
    names: { source: metadata?.sourceName ?? '', destination: metadata?.destinationName ?? '' },
    holes: done ? [] : held.gapsWithin(0, end, HOLES_MAX),
    roundTripMs: about.roundTripMs,
    ...(ending === undefined ? {} : { ending }),
  }
}

function receiverWaitsFor(
  { state, suspendedBy, resumesItself, metadata, facts }: ReceiverView,
  gaps: number,
  done: boolean,
): string {
  if (resumesItself) return PEER_SILENT
  if (suspendedBy !== undefined) return `suspended (condition ${suspendedBy}); goes on when resumed`
  switch (state) {
    case 'receiving':
      return 'waits for file data from the sender'
    case 'awaiting-missing-data':
      return metadata === undefined
        ? 'waits for the Metadata it asked for'
        : `waits for ${gaps} missing parts it asked for; asks again when the NAK timer ends`
    case 'checking':
      return 'EOF is here; waits for data that may still be on its way'
    case 'verifying':
      return 'every octet is here; sums the file'
    case 'completing':
      return facts.placed === undefined || facts.finish !== undefined
        ? 'waits for the outcome to be safe on disk'
        : `the file is in its place; carries out filestore request ${facts.performed.length + 1}`
    case 'awaiting-finished-ack':
      return `${done ? 'everything is in its place' : 'it has ended incomplete'}; waits for the sender to acknowledge Finished`
    case 'ended':
      return 'nothing: the transaction has ended'
  }
}

/** A large file of no octets is one whose size nobody knew when its Metadata was sent (section 4.6.1.1.3). */
function announcedSize(metadata: PduOf<'metadata'> | undefined, isLarge: boolean): number | undefined {
  return isLarge && metadata?.fileSize === 0 ? undefined : metadata?.fileSize
}
