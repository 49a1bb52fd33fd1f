import { type Range, RangeSet } from '@skyferry/octets'

/** How much is handed out at once. */
const PIECE_OCTETS = 64 * 1024

/** Who has seen which of the octets that have arrived: what is new comes once, lowest first, and nothing is queued. */
export class ArrivalCursor {
  readonly #seen: RangeSet = new RangeSet()

  /** The next octets that have arrived and were not handed out yet; they count as handed out now. */
  next(held: RangeSet): Range | undefined {
    for (let from = 0; from < held.highest; ) {
      const unseen = this.#seen.gapsWithin(from, held.highest, 1)[0]
      if (unseen === undefined) return undefined
      const piece = held.rangesWithin(unseen.from, unseen.to, 1)[0]
      if (piece !== undefined) {
        const to = Math.min(piece.to, piece.from + PIECE_OCTETS)
        this.#seen.add(piece.from, to)
        return { from: piece.from, to }
      }
      from = unseen.to
    }
    return undefined
  }
}

/** Walks over the wanted octets from the front, as far as they have arrived without a hole. */
export class OrderedCursor {
  readonly #wanted: readonly Range[]
  #range = 0
  #at: number

  /** @param wanted ascending, at least one */
  constructor(wanted: readonly Range[]) {
    this.#wanted = wanted
    this.#at = wanted[0]?.from ?? 0
  }

  next(held: RangeSet): Range | undefined {
    const range = this.#wanted[this.#range]
    if (range === undefined || !held.has(this.#at)) return undefined
    const from = this.#at
    const to = Math.min(held.contiguousFrom(from), range.to, from + PIECE_OCTETS)
    this.#at = to
    if (to === range.to) {
      this.#range += 1
      this.#at = this.#wanted[this.#range]?.from ?? to
    }
    return { from, to }
  }
}
