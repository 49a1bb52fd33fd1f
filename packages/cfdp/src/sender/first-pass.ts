import type { FileChecksum } from '../file-checksum.ts'
import type { FilestoreRejection, SourceFile } from '../filestore.ts'
import { ChecksumType } from '../pdu/model.ts'
import { SendTimes } from './send-times.ts'

/** How much of the first pass may be repeated after a restart. */
const CHECKPOINT_OCTETS = 4 * 1024 * 1024
/** How much of a file is summed per call when the checksum lags behind (after a restart). */
const SLICE_OCTETS = 1024 * 1024

/** Once through the file (section 4.6.1.1): how far it has been sent, and summed, and when which part of it left. */
export class FirstPass {
  /** Octets of the file. */
  readonly size: number
  /** Of what has been summed; who sends octets at `checksum.upTo` adds them. */
  readonly checksum: FileChecksum
  readonly #sendTimes = new SendTimes()
  #next: number
  #checkpoint: number

  /** @param sentUpTo where an earlier life left off, by its records */
  constructor(size: number, checksum: FileChecksum, sentUpTo: number) {
    this.size = size
    this.checksum = checksum
    this.#next = this.#checkpoint = sentUpTo
  }

  /** Everything below has been sent. */
  get next(): number {
    return this.#next
  }

  get isDone(): boolean {
    return this.#next === this.size
  }

  /** How far the records say it has come. */
  get checkpoint(): number {
    return this.#checkpoint
  }

  /** Octets up to `next` have left. @returns whether that is to be recorded now */
  passed(next: number, now: number): boolean {
    this.#next = next
    this.#sendTimes.passed(next, now)
    if (next - this.#checkpoint < CHECKPOINT_OCTETS) return false
    this.#checkpoint = next
    return true
  }

  /** When the octets just after `offset` left; undefined when that is too long ago, or has not been yet. */
  sentAfter(offset: number): number | undefined {
    return this.#sendTimes.after(offset)
  }

  // — the checksum —

  /** The checksum is of the whole file, or of none. */
  get isSummed(): boolean {
    return this.checksum.upTo >= this.size || this.checksum.type === ChecksumType.Null
  }

  /** After a restart the checksum covers only what was sent since: sums a slice of the rest. */
  sumSlice(source: SourceFile): FilestoreRejection | undefined {
    const from = this.checksum.upTo
    const length = Math.min(SLICE_OCTETS, this.size - from)
    const slice = new Uint8Array(length)
    const rejection = source.read(from, slice, 0, length)
    if (rejection === undefined) this.checksum.add(slice, new DataView(slice.buffer), 0, length, from)
    return rejection
  }
}
