import { crc32, crc32c, proximity1Crc32 } from './crc32.ts'

/** A file checksum that is fed the file's octets from front to back. */
export interface RunningChecksum {
  /** Takes `bytes[from…to)` as what follows the octets taken before. */
  update(bytes: Uint8Array, from: number, to: number): void
  /** Of all octets taken so far: unsigned 32 bits. */
  value(): number
  /** How many octets were taken: the file offset of the next one. */
  readonly octets: number
}

/** A checksum that the host computes faster than we can, over whole `bytes`; `seed` is what the octets before gave. */
export type HostChecksum = (bytes: Uint8Array, seed: number) => number

type Update = (bytes: Uint8Array, from: number, to: number, seed: number) => number

class Running implements RunningChecksum {
  readonly #update: Update
  readonly #host: HostChecksum | undefined
  #value = 0
  #octets = 0

  constructor(update: Update, host: HostChecksum | undefined) {
    this.#update = update
    this.#host = host
  }

  get octets(): number {
    return this.#octets
  }

  update(bytes: Uint8Array, from: number, to: number): void {
    const host = this.#host
    if (host === undefined) this.#value = this.#update(bytes, from, to, this.#value)
    else {
      const isWhole = from === 0 && to === bytes.length
      this.#value = host(isWhole ? bytes : bytes.subarray(from, to), this.#value)
    }
    this.#octets += to - from
  }

  value(): number {
    return this.#value
  }
}

/** CRC-32 (type 3). */
export class Crc32 extends Running {
  constructor(host?: HostChecksum) {
    super(crc32, host)
  }
}

/** CRC-32C (type 2). */
export class Crc32c extends Running {
  constructor(host?: HostChecksum) {
    super(crc32c, host)
  }
}

/** The CRC-32 of Proximity-1 (type 1). */
export class Proximity1Crc32 extends Running {
  constructor() {
    super(proximity1Crc32, undefined)
  }
}
