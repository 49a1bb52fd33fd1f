/** Whoever holds a block of the pool and may be asked to part with it. */
export interface BlockHolder {
  /** Stop using the block, now. @returns false when that is impossible (what it holds cannot be written) */
  yieldBlock(): boolean
}

/**
 * The memory that all open files of a filestore share for reading ahead and gathering writes: a fixed number of
 * equal blocks. Ten thousand open files take no more than ten do.
 */
export class BlockPool {
  readonly blockOctets: number
  readonly #capacity: number
  readonly #free: Uint8Array[] = []
  /** In the order taken: the first is asked first. */
  readonly #held: Map<BlockHolder, Uint8Array> = new Map()

  constructor(blockOctets: number, capacity: number) {
    this.blockOctets = blockOctets
    this.#capacity = capacity
  }

  /** A block for `holder`, taken from another holder if need be; undefined when nobody can part with one. */
  take(holder: BlockHolder): Uint8Array | undefined {
    const block = this.#free.pop() ?? this.#allocated() ?? this.#wrested()
    if (block !== undefined) this.#held.set(holder, block)
    return block
  }

  /** Takes back what `holder` holds, if anything. */
  give(holder: BlockHolder): void {
    const block = this.#held.get(holder)
    if (block === undefined) return
    this.#held.delete(holder)
    this.#free.push(block)
  }

  #allocated(): Uint8Array | undefined {
    return this.#held.size < this.#capacity ? Buffer.allocUnsafeSlow(this.blockOctets) : undefined
  }

  #wrested(): Uint8Array | undefined {
    for (const [holder, block] of this.#held) {
      if (!holder.yieldBlock()) continue
      this.#held.delete(holder)
      return block
    }
    return undefined
  }
}
