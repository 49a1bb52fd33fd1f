/** Longer than this and the stream has paused; that is no spacing. */
const PAUSE_FACTOR = 8
/** Nothing that carries files spaces datagrams wider; this was an outage. */
const GAP_MAX_MS = 10_000
/** What may stand between a datagram and the one that was meant to be next: one ahead of it, itself, one repeated. */
const DATAGRAMS = 3

/**
 * How far apart datagrams of file data come on this link, smoothed. On a slow link this, not the round trip, is what a
 * repair waits for: one 256-octet PDU at 9600 bit/s takes ten times the round trip.
 */
export class Spacing {
  #last = -Infinity
  #mean: number | undefined

  passed(now: number): void {
    const gap = now - this.#last
    this.#last = now
    if (gap > GAP_MAX_MS) return
    // The first gap may have been a pause: whatever is much less replaces it.
    if (this.#mean === undefined || gap < this.#mean / PAUSE_FACTOR) this.#mean = gap
    else if (gap < PAUSE_FACTOR * this.#mean + 1) this.#mean += (gap - this.#mean) / 16
  }

  /** Milliseconds to allow for datagrams that are ahead in the queue. */
  get allowance(): number {
    return DATAGRAMS * (this.#mean ?? 0)
  }
}
