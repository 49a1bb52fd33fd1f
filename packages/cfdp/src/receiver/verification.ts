import { FileChecksum } from '../file-checksum.ts'
import type { FilestoreRejection } from '../filestore.ts'
import type { ChecksumType } from '../pdu/model.ts'
import type { Reception } from './reception.ts'

/** How much of a file is read back and summed per call. */
const SLICE_OCTETS = 1024 * 1024

/** Does the file sum to what EOF says (section 4.6.1.2.6)? What has not been summed on its way in is read back, in slices. */
export class Verification {
  readonly #checksum: FileChecksum
  readonly #size: number
  #upTo: number

  /**
   * @param running what was summed on the way in; taken up where it is of this type
   * @param size of the file, octets
   */
  constructor(
    running: FileChecksum | undefined,
    type: ChecksumType,
    size: number,
    crc32?: (bytes: Uint8Array, seed: number) => number,
  ) {
    const isUsable = running !== undefined && running.type === type
    this.#checksum = isUsable ? running : new FileChecksum(type, crc32)
    this.#size = size
    this.#upTo = isUsable && running.takesAnyOrder ? size : this.#checksum.upTo
  }

  get isDone(): boolean {
    return this.#upTo >= this.#size
  }

  /** Reads back and sums one slice. */
  sumSlice(reception: Reception | undefined): FilestoreRejection | undefined {
    const length = Math.min(SLICE_OCTETS, this.#size - this.#upTo)
    const slice = new Uint8Array(length)
    const rejection = reception?.target.read(this.#upTo, slice, 0, length)
    if (rejection !== undefined) return rejection
    this.#checksum.add(slice, new DataView(slice.buffer), 0, length, this.#upTo)
    this.#upTo += length
    return undefined
  }

  /** Once it is done: how the file differs from `expected`, in words; undefined when it does not. */
  difference(expected: number): string | undefined {
    const found = this.#checksum.value()
    return found === expected ? undefined : `the file sums to ${hex32(found)}, EOF says ${hex32(expected)}`
  }
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0')
}
