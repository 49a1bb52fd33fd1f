/** Half-open: `from` ≤ x < `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Ranges of a full block: 4 KiB, few enough to shift on every insertion. */
export const BLOCK_CAPACITY = 256
/** 64 octets, which an engine keeps on its own heap, and cheap for a set that never has more. */
const FIRST_CAPACITY = 4

/** A run of ascending ranges that do not touch, as from, to, from, to … in one typed array; never empty for long. */
export class RangeBlock {
  #bounds: Float64Array = new Float64Array(2 * FIRST_CAPACITY)
  #size = 0

  get size(): number {
    return this.#size
  }

  from(index: number): number {
    return this.#bounds[2 * index]!
  }

  to(index: number): number {
    return this.#bounds[2 * index + 1]!
  }

  setFrom(index: number, from: number): void {
    this.#bounds[2 * index] = from
  }

  setTo(index: number, to: number): void {
    this.#bounds[2 * index + 1] = to
  }

  /** The first range that ends at `at` or later; `size` if none does. */
  firstEnding(at: number): number {
    let low = 0
    let high = this.#size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.to(middle) < at) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Puts a range before the `index`-th; the block must have room (`size` < `BLOCK_CAPACITY`). */
  insert(index: number, from: number, to: number): void {
    this.#grow(this.#size + 1)
    if (index < this.#size) this.#bounds.copyWithin(2 * index + 2, 2 * index, 2 * this.#size)
    this.#bounds[2 * index] = from
    this.#bounds[2 * index + 1] = to
    this.#size += 1
  }

  /** Takes out ranges `first` ≤ index < `after`. */
  delete(first: number, after: number): void {
    if (first === after) return
    if (after < this.#size) this.#bounds.copyWithin(2 * first, 2 * after, 2 * this.#size)
    this.#size -= after - first
  }

  /** Moves the ranges from the `index`-th on to a new block. */
  split(index: number): RangeBlock {
    const after = new RangeBlock()
    after.#grow(this.#size - index)
    after.#bounds.set(this.#bounds.subarray(2 * index, 2 * this.#size))
    after.#size = this.#size - index
    this.#size = index
    return after
  }

  /** Takes over all ranges of the block behind it; together they must not exceed `BLOCK_CAPACITY`. */
  append(after: RangeBlock): void {
    this.#grow(this.#size + after.#size)
    this.#bounds.set(after.#bounds.subarray(0, 2 * after.#size), 2 * this.#size)
    this.#size += after.#size
  }

  #grow(size: number): void {
    if (2 * size <= this.#bounds.length) return
    let capacity = this.#bounds.length / 2
    while (capacity < size) capacity *= 2
    const bounds = new Float64Array(2 * capacity)
    bounds.set(this.#bounds)
    this.#bounds = bounds
  }
}
