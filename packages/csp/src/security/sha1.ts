/** SHA-1 (FIPS 180-4). Broken as a hash to sign with; it is what CSP's HMAC is made of, and there it still holds. */

const BLOCK = 64
/** Octets of a digest. */
export const SHA1_OCTETS = 20

const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0] as const

/** A running SHA-1 whose state can be copied, so that an HMAC's key is hashed once and not per packet. */
export class Sha1 {
  readonly #state: Int32Array = Int32Array.from(START)
  readonly #block: Uint8Array = new Uint8Array(BLOCK)
  readonly #words: Int32Array = new Int32Array(80)
  #octets = 0

  /** Takes over what `other` has hashed so far. */
  copyFrom(other: Sha1): void {
    this.#state.set(other.#state)
    this.#block.set(other.#block)
    this.#octets = other.#octets
  }

  add(bytes: Uint8Array, from: number = 0, to: number = bytes.length): void {
    let at = from
    while (at < to) {
      const held = this.#octets % BLOCK
      const take = Math.min(BLOCK - held, to - at)
      for (let index = 0; index < take; index++) this.#block[held + index] = bytes[at + index]!
      this.#octets += take
      at += take
      if (held + take === BLOCK) this.#digestBlock()
    }
  }

  /** Ends the message and writes its 20 octets to `target`. */
  finish(target: Uint8Array): void {
    const octets = this.#octets
    this.add(Uint8Array.of(0x80))
    while (this.#octets % BLOCK !== BLOCK - 8) this.add(ZERO)
    const length = new Uint8Array(8)
    const view = new DataView(length.buffer)
    view.setUint32(0, Math.floor(octets / 2 ** 29))
    view.setUint32(4, (octets * 8) >>> 0)
    this.add(length)
    for (let index = 0; index < SHA1_OCTETS; index++) {
      target[index] = this.#state[index >> 2]! >>> (24 - 8 * (index & 3))
    }
  }

  #digestBlock(): void {
    const w = this.#words
    const block = this.#block
    for (let index = 0; index < 16; index++) {
      const at = index * 4
      w[index] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!
    }
    for (let index = 16; index < 80; index++) {
      const mixed = w[index - 3]! ^ w[index - 8]! ^ w[index - 14]! ^ w[index - 16]!
      w[index] = (mixed << 1) | (mixed >>> 31)
    }
    const state = this.#state
    let a = state[0]!
    let b = state[1]!
    let c = state[2]!
    let d = state[3]!
    let e = state[4]!
    for (let index = 0; index < 80; index++) {
      let mixed: number
      if (index < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999
      else if (index < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1
      else if (index < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
      else mixed = (b ^ c ^ d) + 0xca62c1d6
      const next = (((a << 5) | (a >>> 27)) + mixed + e + w[index]!) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = next
    }
    state[0] = (state[0]! + a) | 0
    state[1] = (state[1]! + b) | 0
    state[2] = (state[2]! + c) | 0
    state[3] = (state[3]! + d) | 0
    state[4] = (state[4]! + e) | 0
  }
}

const ZERO = Uint8Array.of(0)

export function sha1(bytes: Uint8Array): Uint8Array {
  const hash = new Sha1()
  hash.add(bytes)
  const digest = new Uint8Array(SHA1_OCTETS)
  hash.finish(digest)
  return digest
}
