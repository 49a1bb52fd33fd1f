import { BLOCK_CAPACITY, type Range, RangeBlock } from './range-block.ts'

/** Two neighbours that together hold no more than this become one; it is less than a full block, or they would flutter. */
const JOIN_SIZE = (BLOCK_CAPACITY * 3) / 4

/**
 * Which integers from 0 to 2^53 - 1 are held: octets of a file that have arrived, or that are to be sent again.
 *
 * They are kept as half-open ranges that neither overlap nor touch, ascending, in blocks: a search is O(log n), an
 * insertion moves at most one block of them, and a million gaps take 16 to 43 MB. What continues or repeats the last
 * range, as most octets of a file do, takes constant time.
 */
export class RangeSet implements Iterable<Range> {
  /** None is empty, and no two neighbours have shrunk to `JOIN_SIZE` together. */
  readonly #blocks: RangeBlock[] = []
  #octets = 0
  #size = 0
  /** Where the last `#seek` ended: fields, because an answer of two numbers would be an object per call. */
  #block = 0
  #index = 0

  /** The inverse of `toFlat`; takes ranges in any order, overlapping or not. */
  static fromFlat(flat: readonly number[]): RangeSet {
    const set = new RangeSet()
    for (let index = 0; index + 1 < flat.length; index += 2) set.add(flat[index]!, flat[index + 1]!)
    return set
  }

  /** How many integers are held. */
  get octets(): number {
    return this.#octets
  }

  /** How many ranges they form. */
  get size(): number {
    return this.#size
  }

  /** The end of the last range; 0 if nothing is held. */
  get highest(): number {
    const last = this.#blocks[this.#blocks.length - 1]
    return last === undefined ? 0 : last.to(last.size - 1)
  }

  /** @returns how many integers of `from` ≤ x < `to` were not held before */
  add(from: number, to: number): number {
    if (!(from < to)) return 0
    const last = this.#blocks[this.#blocks.length - 1]
    if (last === undefined) return this.#append(from, to)
    const index = last.size - 1
    const end = last.to(index)
    if (from > end) return this.#append(from, to)
    if (from < last.from(index)) return this.#merge(from, to)
    if (to <= end) return 0
    last.setTo(index, to)
    this.#octets += to - end
    return to - end
  }

  /** @returns how many integers of `from` ≤ x < `to` were held */
  remove(from: number, to: number): number {
    if (!(from < to)) return 0
    this.#seek(from + 1)
    const block = this.#block
    let index = this.#index
    const first = this.#blocks[block]
    if (first === undefined) return 0
    const before = this.#octets
    const end = first.to(index)
    if (first.from(index) < from) {
      first.setTo(index, from)
      index += 1
      if (end > to) {
        this.#insert(block, index, to, end)
        this.#octets -= to - from
        return to - from
      }
      this.#octets -= end - from
    }
    this.#octets -= this.#deleteUntil(block, index, to)
    const isBeyond = index === this.#blocks[block]?.size
    const rest = this.#blocks[isBeyond ? block + 1 : block]
    const start = rest?.from(isBeyond ? 0 : index) ?? to
    if (start < to) {
      rest!.setFrom(isBeyond ? 0 : index, to)
      this.#octets -= to - start
    }
    this.#join(block)
    return before - this.#octets
  }

  clear(): void {
    this.#blocks.length = 0
    this.#octets = 0
    this.#size = 0
  }

  has(at: number): boolean {
    return this.contiguousFrom(at) > at
  }

  /** Is everything in `from` ≤ x < `to` held? So is an empty range. */
  covers(from: number, to: number): boolean {
    return from >= to || this.contiguousFrom(from) >= to
  }

  /** The end of the range that holds `at`; `at` itself if none does. */
  contiguousFrom(at: number): number {
    this.#seek(at + 1)
    const block = this.#blocks[this.#block]
    return block === undefined || block.from(this.#index) > at ? at : block.to(this.#index)
  }

  /** What is not held in `from` ≤ x < `to`, ascending, at most `limit` ranges. */
  gapsWithin(from: number, to: number, limit: number = Infinity): Range[] {
    const gaps: Range[] = []
    this.#seek(from + 1)
    let at = from
    for (let block = this.#block, index = this.#index; at < to && gaps.length < limit; block++, index = 0) {
      const ranges = this.#blocks[block]
      if (ranges === undefined) {
        gaps.push({ from: at, to })
        break
      }
      for (; index < ranges.size && at < to && gaps.length < limit; index++) {
        const start = ranges.from(index)
        if (start > at) gaps.push({ from: at, to: Math.min(start, to) })
        at = ranges.to(index)
      }
    }
    return gaps
  }

  /** What is held in `from` ≤ x < `to`, cut to it, ascending, at most `limit` ranges. */
  rangesWithin(from: number, to: number, limit: number = Infinity): Range[] {
    const found: Range[] = []
    if (!(from < to)) return found
    this.#seek(from + 1)
    for (let block = this.#block, index = this.#index; block < this.#blocks.length; block++, index = 0) {
      const ranges = this.#blocks[block]!
      for (; index < ranges.size; index++) {
        const start = ranges.from(index)
        if (start >= to || found.length >= limit) return found
        found.push({ from: Math.max(start, from), to: Math.min(ranges.to(index), to) })
      }
    }
    return found
  }

  /** How many ranges `gapsWithin` would find; it counts blocks, not ranges. */
  gapCountWithin(from: number, to: number): number {
    if (!(from < to)) return 0
    this.#seek(from + 1)
    const block = this.#block
    const index = this.#index
    const first = this.#blocks[block]
    const opensWithGap = first === undefined || first.from(index) > from
    this.#seek(to)
    // Ranges do not touch, so each that ends within is followed by a gap.
    let ending = this.#index - index
    for (let at = block; at < this.#block; at++) ending += this.#blocks[at]!.size
    return ending + (opensWithGap ? 1 : 0)
  }

  /** Ascending. Changing the set meanwhile ends in nonsense. */
  *[Symbol.iterator](): Generator<Range> {
    for (const ranges of this.#blocks) {
      for (let index = 0; index < ranges.size; index++) {
        yield { from: ranges.from(index), to: ranges.to(index) }
      }
    }
  }

  /** Ascending: from, to, from, to … */
  toFlat(): number[] {
    const flat: number[] = []
    for (const ranges of this.#blocks) {
      for (let index = 0; index < ranges.size; index++) flat.push(ranges.from(index), ranges.to(index))
    }
    return flat
  }

  /** Takes a range that starts behind all others. */
  #append(from: number, to: number): number {
    let last = this.#blocks[this.#blocks.length - 1]
    if (last === undefined || last.size === BLOCK_CAPACITY) {
      last = new RangeBlock()
      this.#blocks.push(last)
    }
    last.insert(last.size, from, to)
    this.#size += 1
    this.#octets += to - from
    return to - from
  }

  /** Takes a range that starts before the last one does. */
  #merge(from: number, to: number): number {
    this.#seek(from)
    const block = this.#block
    const index = this.#index
    const ranges = this.#blocks[block]!
    const start = ranges.from(index)
    const end = ranges.to(index)
    if (start > to) {
      this.#insert(block, index, from, to)
      this.#octets += to - from
      return to - from
    }
    // This range grows over all that it now meets.
    let fresh = 0
    if (from < start) {
      ranges.setFrom(index, from)
      fresh += start - from
    }
    if (to > end) fresh += this.#growEnd(block, index, to)
    this.#octets += fresh
    return fresh
  }

  /** Moves the end of a range to `to`, or to the end of the range that `to` reaches. */
  #growEnd(block: number, index: number, to: number): number {
    const ranges = this.#blocks[block]!
    const end = ranges.to(index)
    let held = this.#deleteUntil(block, index + 1, to)
    let after = to
    const nextBlock = index + 1 < ranges.size ? block : block + 1
    const nextIndex = nextBlock === block ? index + 1 : 0
    const next = this.#blocks[nextBlock]
    if (next !== undefined && next.from(nextIndex) <= to) {
      after = next.to(nextIndex)
      held += this.#deleteUntil(nextBlock, nextIndex, after)
    }
    ranges.setTo(index, after)
    this.#join(block)
    return after - end - held
  }

  /** Points at the first range that ends at `at` or later: it may be the one after the last. */
  #seek(at: number): void {
    let low = 0
    let high = this.#blocks.length
    // The last block that starts at or before `at`: whatever lies in blocks before it ends before it starts.
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#blocks[middle]!.from(0) <= at) low = middle
      else high = middle
    }
    const index = this.#blocks[low]?.firstEnding(at) ?? 0
    const isBeyond = index > 0 && index === this.#blocks[low]!.size
    this.#block = isBeyond ? low + 1 : low
    this.#index = isBeyond ? 0 : index
  }

  /** Puts a range before the `index`-th of a block, which makes room by splitting. */
  #insert(block: number, index: number, from: number, to: number): void {
    this.#size += 1
    const ranges = this.#blocks[block]!
    if (ranges.size < BLOCK_CAPACITY) {
      ranges.insert(index, from, to)
      return
    }
    // Where ranges come in ascending order, short of the last, halves would stay halves for ever.
    const cut = index >= BLOCK_CAPACITY - 1 ? index : BLOCK_CAPACITY / 2
    const after = ranges.split(cut)
    this.#blocks.splice(block + 1, 0, after)
    if (index < cut) ranges.insert(index, from, to)
    else after.insert(index - cut, from, to)
    this.#join(block)
  }

  /** Deletes from the given range on what ends at `to` or before. @returns how many integers that were */
  #deleteUntil(block: number, index: number, to: number): number {
    let octets = 0
    const firstEmpty = index === 0 ? block : block + 1
    let afterEmpty = firstEmpty
    for (let at = block, first = index; at < this.#blocks.length; at++, first = 0) {
      const ranges = this.#blocks[at]!
      let after = first
      for (; after < ranges.size && ranges.to(after) <= to; after++) {
        octets += ranges.to(after) - ranges.from(after)
      }
      this.#size -= after - first
      const wasLast = after < ranges.size
      ranges.delete(first, after)
      if (ranges.size === 0) afterEmpty = at + 1
      if (wasLast) break
    }
    if (afterEmpty > firstEmpty) this.#blocks.splice(firstEmpty, afterEmpty - firstEmpty)
    return octets
  }

  /** After a block and the one behind it changed: joins small neighbours, or a few ranges could keep many blocks. */
  #join(block: number): void {
    if (this.#blocks.length < 2) return
    for (let at = block + 1; at >= Math.max(0, block - 1); at--) {
      const ranges = this.#blocks[at]
      const after = this.#blocks[at + 1]
      if (ranges === undefined || after === undefined || ranges.size + after.size > JOIN_SIZE) continue
      ranges.append(after)
      this.#blocks.splice(at + 1, 1)
    }
  }
}
