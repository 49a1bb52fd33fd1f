import type { Millis } from '@skyferry/engine'

/** A segment as the pipe sees it: when it left, and how many had arrived by then. */
export interface Departure {
  readonly sentAt: Millis
  readonly arrivedBefore: number
  /** It left because the pipe had no room for more: it says how fast the link is, not how slow the user. */
  readonly isFullPipe: boolean
}

/** More than what is under way at the measured rate, so that a faster link shows; little enough that no queue grows. */
const MARGIN = 1.25
const STARTING_MARGIN = 2
/** While the rate grows by this much in a round trip, the link is not full yet. */
const GROWTH = 1.2
const ROUNDS_WITHOUT_GROWTH = 3
const ROUNDS_REMEMBERED = 10

/**
 * How many segments of a long window to have under way: about the measured rate times the shortest round trip. A window
 * that is put on the link whole stands in its queue, where what was lost waits behind it before it comes again.
 */
export class Pipe {
  readonly #least: number
  readonly #most: number
  #limit: number
  #arrived = 0
  #shortestMs = Infinity
  /** Highest rates, segments per ms, of this stretch of round trips and the one before. */
  #rate = 0
  #rateBefore = 0
  #stretchEndsAt: Millis = 0 as Millis
  #isStarting = true
  #roundEndsAt: Millis = 0 as Millis
  #rateAtRound = 0
  #roundsWithoutGrowth = 0

  /** @param windowPackets the most that may be under way at all */
  constructor(windowPackets: number) {
    this.#most = windowPackets
    this.#least = Math.max(16, windowPackets >> 4)
    this.#limit = windowPackets >> 1
  }

  /** Segments that may be under way now. */
  get limit(): number {
    return this.#limit
  }

  /** How many have arrived, for a segment that leaves now. */
  get arrived(): number {
    return this.#arrived
  }

  /** A segment is known to have arrived; `departure` is absent when it was sent more than once. */
  arrival(departure: Departure | undefined, now: Millis): void {
    this.#arrived += 1
    if (departure === undefined || now <= departure.sentAt) return
    const roundTripMs = now - departure.sentAt
    if (roundTripMs < this.#shortestMs) this.#shortestMs = roundTripMs
    const rate = (this.#arrived - departure.arrivedBefore) / roundTripMs
    if (rate > this.#rate && (departure.isFullPipe || rate > this.#rateBefore)) this.#rate = rate
    if (now >= this.#roundEndsAt) this.#endRound(now)
    const margin = this.#isStarting ? STARTING_MARGIN : MARGIN
    const underWay = Math.max(this.#rate, this.#rateBefore) * this.#shortestMs * margin
    const limit = Math.ceil(underWay) + this.#least
    this.#limit = Math.min(Math.max(limit, this.#isStarting ? this.#limit : 0), this.#most)
  }

  /** Nothing was heard for long: what was measured may be of another link. */
  reset(): void {
    this.#shortestMs = Infinity
    this.#rate = 0
    this.#rateBefore = 0
    this.#rateAtRound = 0
    this.#roundsWithoutGrowth = 0
    this.#isStarting = true
    this.#limit = this.#least
  }

  #endRound(now: Millis): void {
    this.#roundEndsAt = (now + this.#shortestMs) as Millis
    const rate = Math.max(this.#rate, this.#rateBefore)
    if (rate > this.#rateAtRound * GROWTH) {
      this.#rateAtRound = rate
      this.#roundsWithoutGrowth = 0
    } else this.#roundsWithoutGrowth += 1
    if (this.#roundsWithoutGrowth >= ROUNDS_WITHOUT_GROWTH) this.#isStarting = false
    if (now < this.#stretchEndsAt) return
    this.#stretchEndsAt = (now + ROUNDS_REMEMBERED * this.#shortestMs) as Millis
    this.#rateBefore = this.#rate
    this.#rate = 0
  }
}
