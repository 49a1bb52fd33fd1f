/** How fast a number grows: bits per second over the last few seconds. */

const WINDOW_MS = 3000

export class RateMeter {
  readonly #samples: { readonly at: number; readonly octets: number }[] = []

  /** @param octets so far; @param at milliseconds, never earlier than the last sample's */
  add(octets: number, at: number): void {
    this.#samples.push({ at, octets })
    // One sample older than the window stays: the rate is measured across the whole of it.
    while (this.#samples.length > 2 && this.#samples[1]!.at <= at - WINDOW_MS) this.#samples.shift()
  }

  /** Bits per second; zero before there are two samples. */
  rate(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.at <= first.at) return 0
    return (Math.max(0, last.octets - first.octets) * 8000) / (last.at - first.at)
  }
}
