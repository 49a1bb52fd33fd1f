/** A sending transaction for people: numbers, and one sentence on what it waits for. */
import { isWhole } from '../faults.ts'
import { PEER_SILENT } from '../inactivity.ts'
import { HOLES_MAX, type ReportedOfAny, type TransactionReport } from '../indications.ts'
import type { ConditionCode } from '../pdu/model.ts'
import type { Pace } from './pace.ts'
import type { Repair } from './repair.ts'
import type { SenderState } from './table.ts'

/** What a report is made of, beside what every transaction knows of itself. */
export interface SenderView {
  readonly state: SenderState
  readonly suspendedBy: ConditionCode | undefined
  /** By inactivity, and not for its user to end. */
  readonly resumesItself: boolean
  /** Octets of the file, of those sent once, and of those the peer is known to hold. */
  readonly size: number
  readonly sent: number
  readonly delivered: number
  readonly repair: Pick<Repair, 'octets' | 'gaps' | 'holes'>
  readonly pace: Pick<Pace, 'isFull' | 'isAnswered' | 'underWay'> | undefined
  /** Its first record is stored: PDUs may leave. */
  readonly isStored: boolean
  readonly names: TransactionReport['names']
}

export function senderReport(about: ReportedOfAny, view: SenderView): TransactionReport {
  const { state, size, sent, delivered, repair, pace } = view
  const isDone = state.name === 'ended' && isWhole(state.ending)
  return {
    transaction: about.transaction,
    role: 'sender',
    peer: about.peer,
    mode: about.mode,
    state: state.name,
    suspended: view.suspendedBy !== undefined,
    size,
    octets: isDone ? size : pace?.isAnswered ? delivered : sent,
    gaps: repair.gaps,
    safeOctets: delivered,
    pdus: { ...about.pdus },
    waitingFor: senderWaitsFor(view),
    names: view.names,
    holes: repair.holes(HOLES_MAX),
    roundTripMs: about.roundTripMs,
    ...(state.name === 'ended' ? { ending: state.ending } : {}),
  }
}

function senderWaitsFor({ state, suspendedBy, resumesItself, repair, pace, isStored }: SenderView): string {
  if (resumesItself) return PEER_SILENT
  if (suspendedBy !== undefined) return `suspended (condition ${suspendedBy}); goes on when resumed`
  switch (state.name) {
    case 'queued':
      return 'waits for its turn: as many transmissions as allowed are open'
    case 'sending':
      if (!isStored) return 'waits for its first record to be safe on disk'
      return pace?.isFull
        ? `waits for the peer's account of ${pace.underWay} PDUs under way; asks again by Prompt`
        : 'sends file data'
    case 'awaiting-eof-ack':
      return repair.octets > 0
        ? 'resends what the peer asked for'
        : 'waits for the peer to acknowledge EOF; sends it again when the timer ends'
    case 'awaiting-finished':
      return repair.octets > 0
        ? 'resends what the peer asked for'
        : 'all is sent; waits for the peer to say that the file is whole (Finished)'
    case 'cancelling':
      return 'waits for the peer to acknowledge the cancellation'
    case 'ended':
      return 'nothing: the transaction has ended'
  }
}
