/** Positive acknowledgement procedures (section 4.7), the same for EOF and for Finished. */
import type { Interval } from './mib.ts'
import type { ConditionCode } from './pdu/model.ts'
import type { RoundTrip } from './round-trip.ts'

/** Has it been sent as often as the setting allows? @param limit repetitions after the first; negative unlimited */
export function isAckLimitReached(sent: number, limit: number): boolean {
  return limit >= 0 && sent > limit
}

/**
 * Milliseconds to wait for an acknowledgement before sending again.
 *
 * @param silence milliseconds since the peer was last heard
 * @param misses how often the same was sent before and not answered
 */
export function ackPatience(
  timeout: Interval,
  roundTrip: RoundTrip,
  silence: number,
  misses: number,
): number {
  return timeout === 'adaptive' ? roundTrip.patience(silence, misses) : timeout
}

/**
 * The acknowledgement a transaction owes, and the record it rests on: a promise must not outrun the store. A later one
 * takes the place of one that has not left yet.
 */
export class OwedAck {
  #condition: ConditionCode | undefined
  #after = 0

  get isOwed(): boolean {
    return this.#condition !== undefined
  }

  /** Number of the record it waits for; 0 when none is owed. */
  get after(): number {
    return this.#condition === undefined ? 0 : this.#after
  }

  owe(condition: ConditionCode, after: number): void {
    this.#condition = condition
    this.#after = after
  }

  /** The condition to acknowledge now; it is owed no longer. */
  take(): ConditionCode | undefined {
    const condition = this.#condition
    this.#condition = undefined
    return condition
  }
}
