/** Remembers the last packets by their CRC-32C, as libcsp does: one that comes again shortly after is a duplicate. */
import type { Millis } from '@skyferry/engine'
import { crc32c } from '@skyferry/octets'

const REMEMBERED = 16

export class Duplicates {
  readonly #forMs: number
  readonly #sums: Uint32Array = new Uint32Array(REMEMBERED)
  readonly #seenAt: Float64Array = new Float64Array(REMEMBERED).fill(-Infinity)
  #next = 0

  constructor(forMs: number) {
    this.#forMs = forMs
  }

  /** Has this packet, header and all, been seen just before? It has now. */
  isRepeated(packet: Uint8Array, now: Millis): boolean {
    const sum = crc32c(packet)
    for (let index = 0; index < REMEMBERED; index++) {
      if (this.#sums[index] === sum && now - this.#seenAt[index]! < this.#forMs) return true
    }
    this.#sums[this.#next] = sum
    this.#seenAt[this.#next] = now
    this.#next = (this.#next + 1) % REMEMBERED
    return false
  }
}
