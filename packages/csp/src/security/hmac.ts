/**
 * CSP's HMAC: HMAC-SHA1 under the first 16 octets of SHA-1(key string), cut to 4 octets, over the payload with its RDP
 * trailer. It does not cover the header, knows no replay, and is short: an integrity tag rather than security.
 */
import { encodeText } from '@skyferry/octets'
import { SHA1_OCTETS, Sha1, sha1 } from './sha1.ts'

/** Octets that an HMAC adds to a packet. */
export const HMAC_OCTETS = 4
const KEY_OCTETS = 16
const BLOCK = 64

/** A key, hashed once; what it makes and checks is the 4-octet tag of the wire. */
export class HmacKey {
  readonly #inner: Sha1 = new Sha1()
  readonly #outer: Sha1 = new Sha1()
  readonly #running: Sha1 = new Sha1()
  readonly #digest: Uint8Array = new Uint8Array(SHA1_OCTETS)

  /** @param keyString as an operator types it or a key file holds it; text stands for its UTF-8 */
  constructor(keyString: string | Uint8Array) {
    const key = sha1(typeof keyString === 'string' ? encodeText(keyString) : keyString).subarray(
      0,
      KEY_OCTETS,
    )
    this.#inner.add(padded(key, 0x36))
    this.#outer.add(padded(key, 0x5c))
  }

  /** All 20 octets over `bytes[from…to)`; lent until the next call. */
  digest(bytes: Uint8Array, from: number, to: number): Uint8Array {
    const running = this.#running
    running.copyFrom(this.#inner)
    running.add(bytes, from, to)
    running.finish(this.#digest)
    running.copyFrom(this.#outer)
    running.add(this.#digest)
    running.finish(this.#digest)
    return this.#digest
  }

  /** Is `bytes[to…to+4)` the tag of `bytes[from…to)`? Takes as long for a near miss as for a far one. */
  verifies(bytes: Uint8Array, from: number, to: number): boolean {
    const digest = this.digest(bytes, from, to)
    let difference = 0
    for (let index = 0; index < HMAC_OCTETS; index++) difference |= digest[index]! ^ bytes[to + index]!
    return difference === 0
  }
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  return Uint8Array.from({ length: BLOCK }, (_, index) => (key[index] ?? 0) ^ pad)
}
