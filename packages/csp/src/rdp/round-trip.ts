import type { Millis } from '@skyferry/engine'

/**
 * How long to wait for an acknowledgement: the peers' packet timeout, longer where the measured round trip is longer
 * (RFC 6298's estimator), doubled for every wait in vain.
 */
export class ResendTimeout {
  readonly #leastMs: number
  readonly #mostMs: number
  #smoothed = 0
  #variation = 0
  #doublings = 0

  constructor(leastMs: number, mostMs: number) {
    this.#leastMs = leastMs
    this.#mostMs = Math.max(leastMs, mostMs)
  }

  /** A segment sent once was acknowledged after so long. */
  measured(roundTripMs: number): void {
    if (this.#smoothed === 0) {
      this.#smoothed = roundTripMs
      this.#variation = roundTripMs / 2
      return
    }
    this.#variation += (Math.abs(roundTripMs - this.#smoothed) - this.#variation) / 4
    this.#smoothed += (roundTripMs - this.#smoothed) / 8
  }

  /** The smoothed round trip; half the least timeout while none was measured. */
  get roundTripMs(): number {
    return this.#smoothed === 0 ? this.#leastMs / 2 : this.#smoothed
  }

  /** When a peer has heard of what was sent, and we have heard that it has. */
  get settledMs(): number {
    return this.roundTripMs + 2 * this.#variation
  }

  get waitMs(): number {
    const measured = this.#smoothed + 4 * this.#variation
    return Math.min(Math.max(this.#leastMs, measured) * 2 ** this.#doublings, this.#mostMs)
  }

  waitedInVain(): void {
    if (this.#doublings < 10) this.#doublings += 1
  }

  progressed(): void {
    this.#doublings = 0
  }

  after(sentAt: Millis): Millis {
    return (sentAt + this.waitMs) as Millis
  }
}
