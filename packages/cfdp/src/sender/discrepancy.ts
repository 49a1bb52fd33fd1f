/** When this many marks are kept every other one goes: older progress is known more coarsely, never not at all. */
const MARKS_MAX = 64

/**
 * How far a Keep Alive is behind what was sent (section 4.6.5.3). Octets that left less than a round trip ago may still
 * be on their way, as may the Keep Alive itself: they are no discrepancy, so progress is compared with how far the first
 * pass had come that long before.
 */
export class Discrepancy {
  readonly #offsets: number[] = []
  readonly #times: number[] = []
  /** Sent longer ago than any mark tells. */
  #before: number

  /** @param sentUpTo what an earlier life has sent */
  constructor(sentUpTo: number) {
    this.#before = sentUpTo
  }

  /** The first pass has reached `offset`. Offsets and times only grow. */
  passed(offset: number, now: number): void {
    const last = this.#times.length - 1
    if (last >= 0 && this.#times[last] === now) {
      this.#offsets[last] = offset
      return
    }
    this.#offsets.push(offset)
    this.#times.push(now)
    if (this.#times.length > MARKS_MAX) this.#thin()
  }

  /**
   * Octets that left more than `settling` ago and are beyond what the peer says it has come to.
   * @param progress the Keep Alive's, octets
   * @param settling a round trip, milliseconds
   */
  behind(progress: number, now: number, settling: number): number {
    this.#forgetUpTo(now - settling)
    return Math.max(0, this.#before - progress)
  }

  #forgetUpTo(time: number): void {
    let count = 0
    while (count < this.#times.length && this.#times[count]! <= time) count += 1
    if (count === 0) return
    this.#before = this.#offsets[count - 1]!
    this.#offsets.splice(0, count)
    this.#times.splice(0, count)
  }

  /** Of two marks the later stays, with the offset and the time of both: what left early seems to have left late. */
  #thin(): void {
    let kept = 0
    for (let index = 1; index < this.#times.length; index += 2) {
      this.#offsets[kept] = this.#offsets[index]!
      this.#times[kept] = this.#times[index]!
      kept += 1
    }
    if (this.#times.length % 2 === 1) {
      this.#offsets[kept] = this.#offsets.at(-1)!
      this.#times[kept] = this.#times.at(-1)!
      kept += 1
    }
    this.#offsets.length = this.#times.length = kept
  }
}
