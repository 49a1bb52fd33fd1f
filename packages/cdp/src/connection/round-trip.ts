import type { Millis } from '@skyferry/engine'
import type { Settings } from '../settings.ts'

/** Clock granularity of RFC 6298, and here the least allowance for jitter. */
const GRANULARITY_MS = 10

/**
 * The round trip as RFC 6298 estimates it, and the timeout made of it (reference section 9.1).
 *
 * Exact samples are acks that were asked for, of payloads sent once. An ack that the peer took its time over (implied, or
 * delayed) is only an upper bound: it counts when there is nothing better, or when it is lower than what we have.
 */
export class RoundTrip {
  #srtt: number | undefined
  #rttvar = 0
  #backoff = 0
  /** After an expiry the next payloads ask for an ack, until an exact sample comes. */
  #needsSample = false
  /** Times since an exact sample that progress came without one. */
  #triesWithoutSample = 0

  get srtt(): Millis | undefined {
    return this.#srtt as Millis | undefined
  }

  get backoff(): number {
    return this.#backoff
  }

  get needsSample(): boolean {
    return this.#needsSample
  }

  exact(sample: number): void {
    this.#learn(sample)
    this.#backoff = 0
    this.#needsSample = false
    this.#triesWithoutSample = 0
  }

  atMost(sample: number): void {
    if (this.#srtt === undefined || sample < this.#srtt) this.#learn(sample)
  }

  /**
   * Progress, and no sample. The backoff stays for one more try (Karn); if that brings none either, loss and not a long
   * way is to blame, and it is halved: else a lossy link would wait longer and longer until it gave up.
   */
  unsampled(): void {
    if (this.#triesWithoutSample > 0) this.#backoff = Math.floor(this.#backoff / 2)
    this.#triesWithoutSample += 1
  }

  expired(): void {
    this.#backoff += 1
    this.#needsSample = true
  }

  /** How long to wait for an acknowledgement, backed off; at most rtoMax. */
  timeout({ rtoInitial, rtoMin, rtoMax }: Settings): Millis {
    const measured = this.#srtt
    const rto =
      measured === undefined
        ? rtoInitial
        : Math.min(rtoMax, Math.max(rtoMin, measured + Math.max(GRANULARITY_MS, 4 * this.#rttvar)))
    return Math.min(rtoMax, rto * 2 ** this.#backoff) as Millis
  }

  #learn(sample: number): void {
    if (this.#srtt === undefined) {
      this.#srtt = sample
      this.#rttvar = sample / 2
      return
    }
    this.#rttvar = (3 * this.#rttvar + Math.abs(this.#srtt - sample)) / 4
    this.#srtt = (7 * this.#srtt + sample) / 8
  }
}
