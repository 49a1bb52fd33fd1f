import { type Millis, NEVER } from '@skyferry/engine'

/** The lifetime is cut into so many parts; of these and one more the counts are kept. */
const PARTS = 4

/**
 * The age rule (reference section 4): not more than so many ids within one maximum datagram lifetime, so that a datagram
 * which the network held back never meets the id that follows it round the circle.
 */
export class IdPace {
  readonly #limit: number
  readonly #partMs: number
  /** Ids used in the current part and the four before it. */
  readonly #used: number[] = [0, 0, 0, 0, 0]
  #part: number
  #sum = 0

  constructor(limit: number, mdl: Millis, now: Millis) {
    this.#limit = limit
    this.#partMs = mdl / PARTS
    this.#part = Math.floor(now / this.#partMs)
  }

  use(count: number, now: Millis): void {
    this.#forward(now)
    this.#used[this.#part % this.#used.length]! += count
    this.#sum += count
  }

  /** May another id be used? */
  mayUse(now: Millis): boolean {
    this.#forward(now)
    return this.#sum < this.#limit
  }

  /** When one may; NEVER while one may already. */
  opensAt(now: Millis): Millis {
    if (this.mayUse(now)) return NEVER
    return ((this.#part + 1) * this.#partMs) as Millis
  }

  #forward(now: Millis): void {
    const part = Math.floor(now / this.#partMs)
    for (let steps = Math.min(part - this.#part, this.#used.length); steps > 0; steps--) {
      const index = (part - steps + 1) % this.#used.length
      this.#sum -= this.#used[index]!
      this.#used[index] = 0
    }
    if (part > this.#part) this.#part = part
  }
}
