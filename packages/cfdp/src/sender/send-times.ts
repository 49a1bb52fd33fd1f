/** How many marks are kept; older ones say nothing about a round trip that is still to be measured. */
const MARKS_MAX = 512
const GRAIN_MS = 1

/** When the first pass went by which offset: what a new gap's first report measures a round trip with. */
export class SendTimes {
  readonly #offsets: number[] = []
  readonly #times: number[] = []

  /** The first pass has reached `offset`. Offsets and times only grow. */
  passed(offset: number, now: number): void {
    const last = this.#times.length - 1
    if (last >= 0 && now - this.#times[last]! < GRAIN_MS) {
      this.#offsets[last] = offset
      return
    }
    this.#offsets.push(offset)
    this.#times.push(now)
    if (this.#offsets.length > MARKS_MAX) {
      this.#offsets.splice(0, MARKS_MAX / 2)
      this.#times.splice(0, MARKS_MAX / 2)
    }
  }

  /** When the octets just after `offset` left; undefined when that is too long ago, or has not been yet. */
  after(offset: number): number | undefined {
    if (this.#offsets.length === 0 || offset < this.#offsets[0]!) return undefined
    let low = 0
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#offsets[middle]! > offset) high = middle
      else low = middle + 1
    }
    return this.#times[low]
  }
}
