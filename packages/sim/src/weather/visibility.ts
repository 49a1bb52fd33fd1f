import type { Outage } from './settings.ts'

/** The scheduled outages of a link. What the transmitter has on the air at any dark moment is lost. */
export class Visibility {
  #outages: readonly Outage[] = []
  /** The first outage that has not ended: transmissions are asked about in their order, so this only moves forward. */
  #cursor = 0

  schedule(outages: readonly Outage[]): void {
    this.#outages = outages
    this.#cursor = 0
  }

  /** Is a transmission from `began` to `departed` cut? `began` is never before that of the last question. */
  cuts(began: number, departed: number): boolean {
    const outages = this.#outages
    while (this.#cursor < outages.length && outages[this.#cursor]!.to <= began) this.#cursor += 1
    const outage = outages[this.#cursor]
    return outage !== undefined && (outage.from <= began || outage.from < departed)
  }
}
