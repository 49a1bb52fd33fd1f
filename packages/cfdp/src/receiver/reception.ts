import type { RangeSet } from '@skyferry/octets'
import type { FileChecksum } from '../file-checksum.ts'
import type { FilestoreRejection, TargetFile } from '../filestore.ts'

/** How much newly held data may go unrecorded; a restart asks for at most this much again. */
export const CHECKPOINT_OCTETS: number = 4 * 1024 * 1024

/**
 * The octets of a file that have arrived: into the target, into the set of what is held, into the checksum, each octet
 * once (section 4.6.1.2.7: what is held already is discarded).
 */
export class Reception {
  readonly held: RangeSet
  readonly #target: TargetFile
  /** Undefined while the type is unknown, and after a restart, when the file itself is summed at the end. */
  checksum: FileChecksum | undefined
  /** Ranges held since the last checkpoint, merged where they touch: from, to, from, to … */
  #news: number[] = []
  #newOctets = 0

  constructor(target: TargetFile, held: RangeSet, checksum: FileChecksum | undefined) {
    this.#target = target
    this.held = held
    this.checksum = checksum
  }

  get target(): TargetFile {
    return this.#target
  }

  get newOctets(): number {
    return this.#newOctets
  }

  /** Why the last `store` answered -1. */
  rejection: FilestoreRejection | undefined

  /**
   * Takes `bytes[from…to)`, which stand at `offset` in the file; `view` sees the same buffer as `bytes`.
   * @returns octets that were not held before; -1 when the filestore refused them
   */
  store(bytes: Uint8Array, view: DataView, from: number, to: number, offset: number): number {
    if (offset >= this.held.highest) return this.#storeFresh(bytes, view, from, to, offset)
    let fresh = 0
    for (const gap of this.held.gapsWithin(offset, offset + to - from)) {
      const at = from + gap.from - offset
      const stored = this.#storeFresh(bytes, view, at, at + gap.to - gap.from, gap.from)
      if (stored < 0) return -1
      fresh += stored
    }
    return fresh
  }

  /** What has been written since the last call, to be recorded as held. */
  takeNews(): readonly number[] {
    const news = this.#news
    this.#news = []
    this.#newOctets = 0
    return news
  }

  #storeFresh(bytes: Uint8Array, view: DataView, from: number, to: number, offset: number): number {
    this.rejection = this.#target.write(offset, bytes.subarray(from, to))
    if (this.rejection !== undefined) return -1
    const length = to - from
    this.held.add(offset, offset + length)
    this.checksum?.add(bytes, view, from, to, offset)
    const news = this.#news
    const last = news.length - 1
    if (last > 0 && news[last] === offset) news[last] = offset + length
    else news.push(offset, offset + length)
    this.#newOctets += length
    return length
  }
}
