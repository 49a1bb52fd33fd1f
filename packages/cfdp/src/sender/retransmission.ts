import { type Range, RangeSet } from '@skyferry/octets'

/**
 * How finely a round trip is divided when deciding what may still be under way: octets count as such for 31 to 32 parts
 * of it. Less, and a NAK that left just before they arrived resends them; more, and a NAK that left just after is unheard.
 */
const AGES = 32

/**
 * What is to be sent again (section 4.6.4.2). A NAK adds to it; octets resent less than one round trip ago are left
 * out, since a NAK that left the peer before they arrived says nothing about them.
 */
export class Retransmission {
  readonly #due: RangeSet = new RangeSet()
  /** Octets resent of late. */
  readonly #recent: RangeSet = new RangeSet()
  /**
   * The same by age, the youngest first; each covers one of the parts of a round trip. None is in two: what is recent is
   * not asked for, and so not resent.
   */
  readonly #slices: Range[][] = [[]]
  #since = 0
  /** Where the last octets taken ended: the next are the first after it, and the first of all once there are none. */
  #cursor = 0

  /** Octets still to be resent. */
  get octets(): number {
    return this.#due.octets
  }

  /** Ranges still to be resent. */
  get gaps(): number {
    return this.#due.size
  }

  /** @returns octets that this request added */
  request(from: number, to: number, now: number, roundTrip: number): number {
    if (from >= to) return 0
    this.#age(now, roundTrip)
    if (this.#recent.octets === 0) return this.#due.add(from, to)
    let added = 0
    for (const piece of this.#recent.gapsWithin(from, to)) added += this.#due.add(piece.from, piece.to)
    return added
  }

  /**
   * Takes the next octets to resend: upwards and around, not across a multiple of `segment`, so that what is resent has
   * the boundaries of the first pass (some peers know only those). Around, because where the round trip is longer than
   * believed a peer asks again for what is under way, and the lowest gap alone would be resent for ever.
   */
  take(segment: number, now: number, roundTrip: number): Range | undefined {
    const first = this.#firstFrom(this.#cursor) ?? this.#firstFrom(0)
    if (first === undefined) return undefined
    const boundary = (Math.floor(first.from / segment) + 1) * segment
    const range = { from: first.from, to: Math.min(first.to, boundary) }
    this.#due.remove(range.from, range.to)
    this.#cursor = range.to
    this.#age(now, roundTrip)
    this.#recent.add(range.from, range.to)
    this.#slices[0]!.push(range)
    return range
  }

  /** What is due, for an operator's eyes. */
  holes(limit: number): Range[] {
    return this.#due.rangesWithin(0, Number.MAX_SAFE_INTEGER, limit)
  }

  clear(): void {
    this.#due.clear()
  }

  #firstFrom(offset: number): Range | undefined {
    return this.#due.rangesWithin(offset, Number.MAX_SAFE_INTEGER, 1)[0]
  }

  #age(now: number, roundTrip: number): void {
    const slice = Math.max(roundTrip / AGES, 0.25)
    if (now - this.#since < slice) return
    const slices = Math.min(AGES, Math.floor((now - this.#since) / slice))
    this.#since = slices === AGES ? now : this.#since + slices * slice
    for (let count = 0; count < slices; count++) {
      this.#slices.unshift([])
      if (this.#slices.length <= AGES) continue
      for (const { from, to } of this.#slices.pop()!) this.#recent.remove(from, to)
    }
  }
}
