import type { Millis } from '@skyferry/engine'

/** A sender's own rate, for links that have none: PDU octets per time, with at most two milliseconds of credit. */
export class Pacer {
  readonly #octetsPerMs: number
  /** When the credit is 0. */
  #even: number | undefined

  /** @param rateBps bit/s of PDU octets */
  constructor(rateBps: number) {
    this.#octetsPerMs = rateBps / 8000
  }

  /** When the next PDU may leave. */
  next(): Millis {
    return (this.#even ?? 0) as Millis
  }

  mayPass(now: Millis): boolean {
    return this.next() <= now
  }

  passed(octets: number, now: Millis): void {
    this.#even = Math.max(this.#even ?? now, now - 2) + octets / this.#octetsPerMs
  }
}
