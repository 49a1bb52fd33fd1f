import { assert, type Random } from '@skyferry/engine'

/** What a disk writes whole or not at all. */
export const BLOCK_OCTETS = 512

/**
 * What one file holds, now and after a crash. Instead of two copies it keeps one, and for every block that was
 * overwritten since the last sync, what the disk still holds there; so appending and syncing cost nothing extra.
 */
export class FileContent {
  #bytes: Uint8Array = new Uint8Array(0)
  #size = 0
  /** The size that the disk is sure of. */
  #durableSize = 0
  /** Blocks of the durable part that were changed since the last sync, as the disk holds them. */
  readonly #undo: Map<number, Uint8Array> = new Map()
  #isDirty = false

  get size(): number {
    return this.#size
  }

  get isDirty(): boolean {
    return this.#isDirty
  }

  write(offset: number, data: Uint8Array): void {
    if (data.length === 0) return
    const end = offset + data.length
    this.#remember(offset, end)
    this.#makeRoom(end)
    this.#bytes.set(data, offset)
    if (end > this.#size) this.#size = end
    this.#isDirty = true
  }

  /** Reads up to `length` octets at `offset` to `target[at…]`; answers how many there were. */
  read(offset: number, target: Uint8Array, at: number, length: number): number {
    const count = Math.max(0, Math.min(length, this.#size - offset))
    if (count > 0) target.set(this.#bytes.subarray(offset, offset + count), at)
    return count
  }

  /** Cuts the file, or extends it with zeros. */
  resize(size: number): void {
    if (size === this.#size) return
    if (size < this.#size) {
      this.#remember(size, this.#size)
      this.#bytes.fill(0, size, this.#size)
    } else {
      this.#makeRoom(size)
    }
    this.#size = size
    this.#isDirty = true
  }

  sync(): void {
    this.#undo.clear()
    this.#durableSize = this.#size
    this.#isDirty = false
  }

  /**
   * The power fails: the size is the old one, the new one or between, and each block that was not synced is the
   * old one or the new one, at random. A block that only exists because the file grew may hold zeros instead.
   */
  crash(random: Random): void {
    if (!this.#isDirty) return
    // Keeping or losing everything is as likely as a mixture: protocols err at the extremes too.
    const kept = random.pick([0, 1, random.unit()])
    const written = this.#size
    for (const [block, old] of this.#undo) {
      if (random.chance(kept)) continue
      const start = block * BLOCK_OCTETS
      this.#makeRoom(start + BLOCK_OCTETS)
      this.#bytes.fill(0, start + old.length, start + BLOCK_OCTETS)
      this.#bytes.set(old, start)
    }
    const size = this.#sizeAfterCrash(kept, random)
    const firstNew = Math.ceil(this.#durableSize / BLOCK_OCTETS)
    for (let at = firstNew * BLOCK_OCTETS; at < Math.min(size, written); at += BLOCK_OCTETS) {
      if (!random.chance(kept)) this.#bytes.fill(0, at, Math.min(at + BLOCK_OCTETS, written))
    }
    this.#makeRoom(size)
    this.#bytes.fill(0, size)
    this.#size = size
    this.sync()
  }

  #sizeAfterCrash(kept: number, random: Random): number {
    if (random.chance(kept)) return this.#size
    const low = Math.min(this.#size, this.#durableSize)
    const high = Math.max(this.#size, this.#durableSize)
    if (kept === 0 || random.chance(0.5)) return this.#durableSize
    const between = random.whole(low, high + 1)
    return Math.max(low, between - (between % BLOCK_OCTETS))
  }

  /** Keeps what the disk holds of the durable blocks in `from` ≤ x < `to`, before they change. */
  #remember(from: number, to: number): void {
    const end = Math.min(to, this.#durableSize)
    for (let block = Math.floor(from / BLOCK_OCTETS); block * BLOCK_OCTETS < end; block++) {
      if (this.#undo.has(block)) continue
      const start = block * BLOCK_OCTETS
      this.#undo.set(block, this.#bytes.slice(start, Math.min(start + BLOCK_OCTETS, this.#durableSize)))
    }
  }

  #makeRoom(size: number): void {
    assert(size <= 2 ** 31, 'a simulated file fits in memory')
    if (size <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(size, Math.min(this.#bytes.length * 2, 2 ** 31), 1024))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
