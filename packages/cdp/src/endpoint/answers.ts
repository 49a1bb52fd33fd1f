import { type Millis, Queue } from '@skyferry/engine'

const WAITING_MAX = 256

/** Answers to addresses without a connection: few per second, never longer than what caused them (section 5.2). */
export class Answers<Address> {
  readonly #perSecond: number
  readonly #waiting: Queue<{ readonly octets: Uint8Array; readonly to: Address }> = new Queue()
  /** Answers that may be given at once; refilled with time. */
  #credit: number
  #creditAt: Millis
  /** Answers that were not given, for want of credit or room. */
  withheld = 0

  constructor(perSecond: number, now: Millis) {
    this.#perSecond = perSecond
    this.#credit = perSecond
    this.#creditAt = now
  }

  give(octets: Uint8Array, to: Address, cause: Uint8Array, now: Millis): void {
    this.#credit = Math.min(this.#perSecond, this.#credit + ((now - this.#creditAt) / 1000) * this.#perSecond)
    this.#creditAt = now
    if (this.#credit < 1 || this.#waiting.size >= WAITING_MAX || octets.length > cause.length) {
      this.withheld += 1
      return
    }
    this.#credit -= 1
    this.#waiting.push({ octets, to })
  }

  next(): { readonly octets: Uint8Array; readonly to: Address } | undefined {
    return this.#waiting.shift()
  }
}
