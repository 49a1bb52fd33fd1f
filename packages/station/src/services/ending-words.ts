import type { TransferState } from '@skyferry/api'
import {
  ConditionCode,
  conditionName,
  DeliveryCode,
  type Ending,
  isComplete,
  type Role,
} from '@skyferry/cfdp'

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
