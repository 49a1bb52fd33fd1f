import { assert, type Millis } from '@skyferry/engine'

export interface TokenBucketOptions {
  /** What the medium carries, bit/s, overhead included. */
  readonly rateBps: number
  /** Octets every datagram costs beside its own: headers, framing. */
  readonly overheadOctets?: number
  /** How much unused time an idle sender may save up, ms. */
  readonly burstMs?: number
  /** How much of a late wake-up a waiting sender may catch up, ms. */
  readonly catchUpMs?: number
}

/**
 * Paces a medium in bit/s, time handed in.
 *
 * The size of a datagram is unknown when its envelope is leased, so it is paid for afterwards: the bucket opens
 * while nothing is owed, and one datagram may run into debt. Kept as a time, the moment the last debt is paid,
 * so "open again at" is exact and nothing is lost by rounding.
 *
 * Over any window of T seconds it lets through at most rate × (T + catchUp) bits and one datagram, and, while
 * someone waits and is woken less than `catchUp` late, at least rate × (T − catchUp) less one. With the default
 * of 8 ms that is within 1 % of any second. The idle allowance is smaller, 2 ms: the burst after a silence is
 * what a receiver's buffer feels.
 */
export class TokenBucket {
  readonly #overheadOctets: number
  readonly #burstMs: number
  readonly #catchUpMs: number
  #rateBps: number
  #msPerOctet: number
  /** When all that was sent is paid for; in the past while there is credit. */
  #paidAt: Millis
  #waiting = false

  constructor(options: TokenBucketOptions, now: Millis) {
    this.#overheadOctets = options.overheadOctets ?? 0
    this.#burstMs = options.burstMs ?? 2
    this.#catchUpMs = options.catchUpMs ?? 8
    this.#rateBps = options.rateBps
    this.#msPerOctet = msPerOctet(options.rateBps)
    this.#paidAt = now
  }

  get rateBps(): number {
    return this.#rateBps
  }

  /** Debts and credits keep their bits. */
  changeRate(rateBps: number, now: Millis): void {
    const before = this.#msPerOctet
    this.#msPerOctet = msPerOctet(rateBps)
    this.#rateBps = rateBps
    this.#paidAt = (now + (this.#paidAt - now) * (this.#msPerOctet / before)) as Millis
  }

  /** May another datagram leave, when `promisedOctets` are already in leased envelopes (their overhead included)? */
  opens(now: Millis, promisedOctets = 0): boolean {
    const oldest = now - (this.#waiting ? this.#catchUpMs : this.#burstMs)
    if (this.#paidAt < oldest) this.#paidAt = oldest as Millis
    const open = this.#paidAt + promisedOctets * this.#msPerOctet <= now
    if (!open) this.#waiting = true
    return open
  }

  /** What was left unsent was not wanted: the time from now on is idle time. */
  rest(): void {
    this.#waiting = false
  }

  /** A datagram of `octets` left. */
  spend(octets: number): void {
    this.#paidAt = (this.#paidAt + (octets + this.#overheadOctets) * this.#msPerOctet) as Millis
  }

  /** When it opens, as things are. */
  opensAt(): Millis {
    return this.#paidAt
  }
}

function msPerOctet(rateBps: number): number {
  assert(rateBps > 0 && rateBps < Infinity, 'a rate is a positive number of bit/s')
  return 8000 / rateBps
}
