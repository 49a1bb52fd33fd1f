/** What the tools need of a node: a test stands in for one with it. */
import type { CspAddress, Transact } from '@skyferry/csp'

/** An answer to a transaction. */
export interface Answer {
  readonly from: CspAddress
  readonly payload: Uint8Array
  readonly roundTripMs: number
}

export interface CspTools {
  /**
   * Asks, and waits for the answer, or for all that come while the time lasts if the transaction collects.
   * Empty when nobody answered in time.
   * @throws {CommandError} when it cannot even be asked
   */
  ask(request: Transact): Promise<readonly Answer[]>
  pause(ms: number): Promise<void>
  /** The operator wants it to end. */
  readonly isInterrupted: boolean
}
