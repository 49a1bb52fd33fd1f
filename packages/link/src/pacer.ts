import type { Alarm, Clock, Millis } from '@skyferry/engine'
import { TokenBucket } from './token-bucket.ts'

/** A paced link looks at its bucket at most this often: what fell due meanwhile goes in one small burst. */
const TICK_MS = 1

/** A token bucket with its alarm: holds a link back while the rate is spent, and wakes it when it is not. */
export class Pacer {
  readonly #clock: Clock
  readonly #overheadOctets: number
  readonly #wake: () => void
  #bucket: TokenBucket | undefined
  #alarm: Alarm | undefined

  /** @param overheadOctets what each datagram costs beside its own octets */
  constructor(clock: Clock, overheadOctets: number, wake: () => void) {
    this.#clock = clock
    this.#overheadOctets = overheadOctets
    this.#wake = wake
  }

  /** @returns whether somebody waits for the old rate, and should look again */
  changeRate(rateBps: number | undefined): boolean {
    const now = this.#clock.now()
    if (rateBps === undefined) this.#bucket = undefined
    else if (this.#bucket !== undefined) this.#bucket.changeRate(rateBps, now)
    else this.#bucket = new TokenBucket({ rateBps, overheadOctets: this.#overheadOctets }, now)
    const someoneWaits = this.#alarm !== undefined
    this.stop()
    return someoneWaits
  }

  /**
   * May another datagram leave? If not, `wake` is called when it may.
   *
   * @param promisedOctets in leased envelopes, their overhead included
   */
  hasCredit(promisedOctets: number): boolean {
    const bucket = this.#bucket
    if (bucket === undefined) return true
    const now = this.#clock.now()
    if (bucket.opens(now, promisedOctets)) return true
    const soonest = Math.max(bucket.opensAt(), now + TICK_MS) as Millis
    this.#alarm ??= this.#clock.at(soonest, this.#rung)
    return false
  }

  spend(octets: number): void {
    this.#bucket?.spend(octets)
  }

  /** What was left unsent was not wanted. */
  rest(): void {
    this.#bucket?.rest()
  }

  /** Forgets that somebody waits. */
  stop(): void {
    this.#alarm?.cancel()
    this.#alarm = undefined
  }

  readonly #rung = (): void => {
    this.#alarm = undefined
    this.#wake()
  }
}
