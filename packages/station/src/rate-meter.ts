/** How far back a rate looks. */
const WINDOW_MS = 5000

/** Bit/s of something that counts octets, over the last seconds. */
export class RateMeter {
  readonly #samples: { readonly octets: number; readonly at: number }[] = []

  /** @param octets counted so far */
  sample(octets: number, nowMs: number): void {
    this.#samples.push({ octets, at: nowMs })
    while (this.#samples.length > 2 && this.#samples[1]!.at <= nowMs - WINDOW_MS) this.#samples.shift()
  }

  get bps(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.at <= first.at) return 0
    return Math.max(0, Math.round(((last.octets - first.octets) * 8000) / (last.at - first.at)))
  }
}
