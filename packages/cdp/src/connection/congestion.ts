/** Payloads that may be outstanding at first, and again after a pause (RFC 6928). */
export const INITIAL_WINDOW = 10
const LEAST = 2

/** How many payloads the network is trusted with (reference section 9.5). Counted in payloads; survives control changes. */
export class Congestion {
  readonly #window: number
  #cwnd = INITIAL_WINDOW
  #ssthresh: number
  /** Payloads still to be acknowledged before a Resend may halve the window again. */
  #untilHalving = 0

  /** @param window the settings' own limit */
  constructor(window: number) {
    this.#window = window
    this.#ssthresh = window
  }

  get cwnd(): number {
    return this.#cwnd
  }

  /** Payloads that may be outstanding. */
  get usable(): number {
    return Math.max(1, Math.min(this.#window, Math.floor(this.#cwnd)))
  }

  acknowledged(count: number): void {
    this.#untilHalving = Math.max(0, this.#untilHalving - count)
    const grown = this.#cwnd < this.#ssthresh ? this.#cwnd + count : this.#cwnd + count / this.#cwnd
    this.#cwnd = Math.min(this.#window, grown)
  }

  /** A Resend makes repeats necessary: once per window the window is halved. */
  lost(outstanding: number): void {
    if (this.#untilHalving > 0) return
    this.#ssthresh = this.#cwnd = Math.max(LEAST, outstanding / 2)
    this.#untilHalving = outstanding
  }

  expired(outstanding: number): void {
    this.#ssthresh = Math.max(LEAST, outstanding / 2)
    this.#cwnd = 1
    this.#untilHalving = 0
  }

  /** After a pause longer than the timeout nobody knows what the network carries. */
  rested(): void {
    this.#cwnd = Math.min(this.#cwnd, INITIAL_WINDOW)
  }
}
