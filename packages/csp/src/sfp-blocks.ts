/** Blocks put together from SFP fragments, which arrive in order or not at all. */
import { isFault } from '@skyferry/octets'
import { decodeSfp } from './sfp-trailer.ts'

/** What one connection is putting together; one block at a time. */
export class BlockAssembly {
  readonly #octetsMax: number
  #block: Uint8Array | undefined
  #held = 0

  /** @param octetsMax of the largest block; a peer chooses what it announces */
  constructor(octetsMax: number) {
    this.#octetsMax = octetsMax
  }

  /**
   * Takes the payload of a packet with the flag FRAG; borrows it.
   *
   * @returns the block that it completes, `more` when there is more to come, undefined when it does not belong to the
   * block so far, which is dropped then
   */
  take(payload: Uint8Array): Uint8Array | 'more' | undefined {
    const fragment = decodeSfp(payload)
    if (isFault(fragment)) return this.discard()
    const { offset, totalSize, data } = fragment
    if (offset === 0) {
      if (totalSize === 0 || totalSize > this.#octetsMax) return this.discard()
      this.#block = new Uint8Array(totalSize)
      this.#held = 0
    }
    const block = this.#block
    if (block === undefined || offset !== this.#held || totalSize !== block.length) return this.discard()
    block.set(data, offset)
    this.#held += data.length
    if (this.#held < totalSize) return 'more'
    this.discard()
    return block
  }

  discard(): undefined {
    this.#block = undefined
    this.#held = 0
  }
}
