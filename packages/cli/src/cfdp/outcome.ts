/** How a transaction's end reads to an operator. */
import { ConditionCode, conditionName, type Ending, isWhole, type Role } from '@skyferry/cfdp'

export interface Outcome {
  readonly state: 'completed' | 'failed' | 'cancelled'
  /** Null when completed. */
  readonly reason: string | null
}

/**
 * @param ending     condition, delivery code and whether it was abandoned
 * @param cancelled  who asked, if it was cancelled
 */
export function outcomeOf(
  role: Role,
  ending: Pick<Ending, 'condition' | 'delivery' | 'abandoned'>,
  cancelled: 'by-us' | 'by-peer',
): Outcome {
  const { condition } = ending
  if (ending.abandoned === true) return { state: 'failed', reason: `abandoned: ${words(condition)}` }
  if (condition === ConditionCode.CancelRequestReceived) {
    const by = role === 'sender' ? 'the receiver' : 'the sender'
    return { state: 'cancelled', reason: cancelled === 'by-us' ? 'interrupted' : `cancelled by ${by}` }
  }
  // A sender whose peer never tells has done all that it can: that is complete.
  if (isWhole(ending)) return { state: 'completed', reason: null }
  const isUnnamed = condition === ConditionCode.NoError
  return { state: 'failed', reason: isUnnamed ? 'the file did not arrive whole' : words(condition) }
}

function words(condition: ConditionCode): string {
  const name = conditionName(condition)
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name
}
