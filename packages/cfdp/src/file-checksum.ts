import {
  addModular,
  Crc32,
  Crc32c,
  modularSum,
  Proximity1Crc32,
  type RunningChecksum,
} from '@skyferry/octets'
import { ChecksumType } from './pdu/model.ts'

/** Is this a checksum type we can compute (section 4.2.2)? */
export function isSupported(type: ChecksumType): boolean {
  return (
    type === ChecksumType.Modular ||
    type === ChecksumType.Proximity1 ||
    type === ChecksumType.Crc32c ||
    type === ChecksumType.Crc32 ||
    type === ChecksumType.Null
  )
}

/**
 * The checksum of a file as its octets become known. The modular sum takes them in any order, the others only in
 * the file's order: for those, `add` takes what continues at `upTo` and leaves the rest to a later pass over the file.
 */
export class FileChecksum {
  readonly type: ChecksumType
  readonly #running: RunningChecksum | undefined
  #sum = 0
  #upTo = 0

  constructor(type: ChecksumType, crc32?: (bytes: Uint8Array, seed: number) => number) {
    this.type = type
    if (type === ChecksumType.Crc32) this.#running = new Crc32(crc32)
    else if (type === ChecksumType.Crc32c) this.#running = new Crc32c()
    else if (type === ChecksumType.Proximity1) this.#running = new Proximity1Crc32()
  }

  /** Octets of the file's beginning that are in the value (every type, when added in order). */
  get upTo(): number {
    return this.#upTo
  }

  get takesAnyOrder(): boolean {
    return this.type === ChecksumType.Modular || this.type === ChecksumType.Null
  }

  /**
   * Adds `bytes[from…to)`, which stand at `offset` in the file. Each octet once.
   * @param view the same buffer as `bytes`, from the same start
   */
  add(bytes: Uint8Array, view: DataView, from: number, to: number, offset: number): void {
    const inOrder = offset === this.#upTo
    if (inOrder) this.#upTo += to - from
    if (this.type === ChecksumType.Modular) {
      this.#sum = addModular(this.#sum, modularSum(bytes, view, from, to, offset))
    } else if (inOrder) this.#running?.update(bytes, from, to)
  }

  /** Unsigned 32 bits. */
  value(): number {
    return this.#running?.value() ?? this.#sum
  }
}
