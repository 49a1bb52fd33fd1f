import { FileChecksum } from '../file-checksum.ts'
import { type Filestore, type FilestoreRejection, isRejection, targetKey } from '../filestore.ts'
import { ChecksumType } from '../pdu/model.ts'
import type { ReceiverFacts } from '../records.ts'
import type { TransactionId } from '../requests.ts'
import { Reception } from './reception.ts'

/** The file of one reception, under the transaction's own name until it has its place; opened by its first octet. */
export class IncomingFile {
  readonly #filestore: Filestore
  readonly #key: string
  readonly #held: ReceiverFacts['held']
  readonly #crc32: ((bytes: Uint8Array, seed: number) => number) | undefined
  readonly #restored: boolean
  #checksumType: ChecksumType | undefined
  #reception: Reception | undefined

  /** @param restored not all that is held has passed through this life: only the file itself can be summed */
  constructor(
    filestore: Filestore,
    id: TransactionId,
    held: ReceiverFacts['held'],
    crc32: ((bytes: Uint8Array, seed: number) => number) | undefined,
    restored: boolean,
  ) {
    this.#filestore = filestore
    this.#key = targetKey(id)
    this.#held = held
    this.#crc32 = crc32
    this.#restored = restored
  }

  /** While it is open. */
  get reception(): Reception | undefined {
    return this.#reception
  }

  /** Octets held that no record speaks of yet. */
  get unrecorded(): number {
    return this.#reception?.newOctets ?? 0
  }

  open(): Reception | FilestoreRejection {
    if (this.#reception !== undefined) return this.#reception
    const target = this.#filestore.openTarget(this.#key)
    if (isRejection(target)) return target
    this.#reception = new Reception(target, this.#held, this.#freshChecksum())
    return this.#reception
  }

  /** A modular sum began before the type was known; any other type starts over from the file, at the end. */
  learnChecksumType(type: ChecksumType): void {
    this.#checksumType = type
    const reception = this.#reception
    if (reception?.checksum !== undefined && reception.checksum.type !== type) reception.checksum = undefined
  }

  /** What has been written since the last call, to be recorded as held. */
  takeNews(): readonly number[] {
    return this.#reception?.takeNews() ?? []
  }

  /** The filestore has given it its place. */
  placed(): void {
    this.#reception = undefined
  }

  discard(): void {
    const target = this.#reception?.target ?? this.#filestore.openTarget(this.#key)
    if (!isRejection(target)) target.discard()
    this.#reception = undefined
  }

  /** Keeps what was received, for another life. */
  close(): void {
    this.#reception?.target.close()
    this.#reception = undefined
  }

  /** A running checksum, as long as every octet can still pass through it. */
  #freshChecksum(): FileChecksum | undefined {
    if (this.#restored) return undefined
    if (this.#checksumType !== undefined) return new FileChecksum(this.#checksumType, this.#crc32)
    // Metadata may come last; the modular sum is the common case, and another type reads the file back.
    return new FileChecksum(ChecksumType.Modular)
  }
}
