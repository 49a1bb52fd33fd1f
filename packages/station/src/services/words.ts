/** Transactions in the words of an operator. */
import type { Contact, TransferState } from '@skyferry/api'
import {
  ConditionCode,
  conditionName,
  DeliveryCode,
  type Ending,
  isComplete,
  type Role,
  type TransactionReport,
} from '@skyferry/cfdp'
import type { LiveView } from '../transfers/carrier.ts'

/** How a transaction's end reads to an operator. */
export interface Outcome {
  readonly state: Extract<TransferState, 'completed' | 'failed' | 'cancelled'>
  readonly reason: string | null
}

export function outcomeOf(role: Role, ending: Ending): Outcome {
  const { condition } = ending
  if (ending.abandoned === true) return { state: 'failed', reason: `abandoned: ${conditionWords(condition)}` }
  if (condition === ConditionCode.CancelRequestReceived) {
    const peer = role === 'sender' ? 'the receiver' : 'the sender'
    return { state: 'cancelled', reason: ending.byPeer === true ? `cancelled by ${peer}` : 'cancelled' }
  }
  if (!isComplete(condition)) return { state: 'failed', reason: conditionWords(condition) }
  if (role === 'receiver' && ending.delivery !== DeliveryCode.Complete) {
    return { state: 'failed', reason: 'the file did not arrive whole' }
  }
  return { state: 'completed', reason: null }
}

/** "positive ACK limit reached": a condition in the middle of a sentence. */
export function conditionWords(condition: ConditionCode): string {
  const name = conditionName(condition)
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name
}

/** What a transaction that goes on is doing, as a state of its transfer. */
export function stateOf(report: TransactionReport, contact: Contact): LiveView['state'] {
  if (report.suspended) return 'paused'
  if (report.state === 'queued') return 'queued'
  return contact.visible ? 'running' : 'waiting for contact'
}

/** Why a transfer stands still that goes on by itself. */
export const SILENT = 'paused, since nothing has been heard from the peer for long'

/** Suspend.request is an operator's; anything else is a fault whose handler suspends. */
export function whoPaused(condition: ConditionCode, resumesItself: boolean): string {
  if (resumesItself && condition === ConditionCode.InactivityDetected) return SILENT
  return condition === ConditionCode.SuspendRequestReceived
    ? 'paused by an operator'
    : `paused by a fault: ${conditionWords(condition)}`
}

/**
 * One sentence: what a transfer waits for and what happens next.
 * @param doing what the engine says it does
 */
export function explain(
  state: LiveView['state'],
  pause: string | undefined,
  contact: Contact,
  remote: string,
  doing: string,
): string {
  if (state === 'queued') return 'Waits for its turn: as many uploads are open as are allowed.'
  if (state === 'paused') {
    const next = pause === SILENT ? 'by itself when the peer is heard again' : 'when resumed'
    return `It is ${pause ?? 'paused'}; it goes on ${next}.`
  }
  if (state === 'waiting for contact') {
    const next = contact.until === null ? 'when it is commanded up' : `at ${contact.until}, by plan`
    return `Waits for contact with ${remote}: it goes on ${next}.`
  }
  return `${doing.charAt(0).toUpperCase()}${doing.slice(1)}.`
}
