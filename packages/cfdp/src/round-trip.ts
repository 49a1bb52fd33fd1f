import type { Millis } from '@skyferry/engine'

/** Below this many milliseconds a timer is noise: hosts wake late, peers batch. */
const GUARD_MS = 10
/** What an unmeasured peer without a configured light time is assumed to need. */
const UNKNOWN_MS = 500
const MINUTE_MS = 60_000
/** Enough to get from the least timeout to a minute. */
const DOUBLINGS_MAX = 13
/** From here on a datagram that everything waits for is worth sending twice. */
const LONG_MS = 1000

/**
 * An estimate of the round trip to a peer, from samples an engine takes with the `now` it is handed (never from a
 * clock). Mean and deviation are smoothed as in RFC 6298; a configured light time counts as a first, trusted sample, so
 * that a light-minute is known before anything was measured.
 */
export class RoundTrip {
  #mean: number | undefined
  #deviation = 0
  #measured = false
  #least = Infinity
  /** The link has been up since. */
  #upSince = -Infinity

  constructor(lightTime: Millis) {
    if (lightTime > 0) {
      this.#mean = 2 * lightTime
      this.#deviation = lightTime / 100
    }
  }

  /** The link is up again: nothing sent before measures anything, since its answer may have waited for this. */
  upAgain(now: Millis): void {
    this.#upSince = now
  }

  /** What was sent at `sentAt` is answered. */
  answered(sentAt: number, now: Millis): void {
    if (sentAt >= this.#upSince) this.sample(now - sentAt)
  }

  /** @param elapsed from sending something to the answer that can only have followed it */
  sample(elapsed: number): void {
    if (elapsed < 0) return
    if (elapsed < this.#least) this.#least = elapsed
    this.#measured = true
    // A sample taken across an outage measures the outage; one half of the mean or less shows it up.
    if (this.#mean === undefined || elapsed < this.#mean / 2) {
      this.#mean = elapsed
      this.#deviation = elapsed / 4
      return
    }
    this.#deviation += (Math.abs(elapsed - this.#mean) - this.#deviation) / 4
    this.#mean += (elapsed - this.#mean) / 8
  }

  /** Measured, or told as a light time. */
  get isKnown(): boolean {
    return this.#mean !== undefined
  }

  /** Milliseconds, smoothed; undefined before the first sample. */
  get measured(): number | undefined {
    return this.#measured ? this.#mean : undefined
  }

  /** The least ever seen; the light time's double before any sample, 0 when nothing is known. */
  get least(): number {
    return this.#measured ? this.#least : (this.#mean ?? 0)
  }

  /** The best guess there is, milliseconds. */
  get estimate(): number {
    return this.#mean ?? 50
  }

  /** So long that what one lost datagram costs is more than what two cost. */
  get isLong(): boolean {
    return this.#mean !== undefined && this.#mean > LONG_MS
  }

  /** How long an answer may take before it is missed. */
  get timeout(): Millis {
    if (this.#mean === undefined) return UNKNOWN_MS as Millis
    return (this.#mean + Math.max(4 * this.#deviation, GUARD_MS)) as Millis
  }

  /**
   * The timeout towards a peer that has been silent for `silence`: it grows with the silence, to a minute, so that a dark
   * link is probed less and less, and yet found again within a quarter of the time it was dark.
   *
   * @param misses how often the same was sent before and not answered. From the third on each doubles the timeout: a queue
   *   may have made the way longer than any measurement says, and what is repeated into it makes it longer still.
   */
  patience(silence: number, misses = 0): Millis {
    const doubled = this.timeout * 2 ** Math.min(DOUBLINGS_MAX, Math.max(0, misses - 2))
    return Math.max(this.timeout, Math.min(MINUTE_MS, Math.max(doubled, silence / 4))) as Millis
  }
}
