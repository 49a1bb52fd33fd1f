import type { Fault, FaultCode } from './fault.ts'
import { decodeText } from './text-codec.ts'

const NOTHING = new Uint8Array(0)

/**
 * Reads big-endian fields off the front of some octets. It remembers its first fault and yields zeros and empty views
 * after it, so that a decoder reads straight down like the figure in its standard and asks for `fault` once.
 *
 * It reads by shifts: a `DataView` per datagram would cost more than the fields.
 */
export class Reader {
  readonly #bytes: Uint8Array
  #at: number
  /** After a fault nothing is left: `#end` moves to where it happened, and no read needs to ask for `fault`. */
  #end: number
  #fault: Fault | undefined

  /** Reads `bytes[from…to)`; what lies beyond the octets is as good as cut off. */
  constructor(bytes: Uint8Array, from: number = 0, to: number = bytes.length) {
    this.#bytes = bytes
    this.#end = Math.min(to, bytes.length)
    this.#at = Math.min(from, this.#end)
  }

  /** The first thing that went wrong. */
  get fault(): Fault | undefined {
    return this.#fault
  }

  /** Of the next octet, from the start of the octets (not from `from`). */
  get offset(): number {
    return this.#at
  }

  /** Octets not read yet; none after a fault, so that `while (reader.remaining > 0)` ends. */
  get remaining(): number {
    return this.#end - this.#at
  }

  /** Notes a fault of the decoder's own, unless there was one before; nothing can be read after it. */
  fail(code: FaultCode, at: number = this.#at): void {
    if (this.#fault !== undefined) return
    this.#fault = { kind: 'fault', code, offset: at }
    this.#end = this.#at
  }

  u8(): number {
    const at = this.#at
    if (at >= this.#end) return this.#cutOff()
    this.#at = at + 1
    return this.#bytes[at]!
  }

  u16(): number {
    const at = this.#at
    if (at + 2 > this.#end) return this.#cutOff()
    this.#at = at + 2
    const bytes = this.#bytes
    return (bytes[at]! << 8) | bytes[at + 1]!
  }

  u24(): number {
    const at = this.#at
    if (at + 3 > this.#end) return this.#cutOff()
    this.#at = at + 3
    const bytes = this.#bytes
    return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
  }

  u32(): number {
    const at = this.#at
    if (at + 4 > this.#end) return this.#cutOff()
    this.#at = at + 4
    return this.#word(at)
  }

  u48(): number {
    const at = this.#at
    if (at + 6 > this.#end) return this.#cutOff()
    this.#at = at + 6
    const bytes = this.#bytes
    return ((bytes[at]! << 8) | bytes[at + 1]!) * 2 ** 32 + this.#word(at + 2)
  }

  /** Refuses what a number cannot hold exactly, above 2^53 - 1, as `number-too-large`. */
  u64(): number {
    const at = this.#at
    if (at + 8 > this.#end) return this.#cutOff()
    const high = this.#word(at)
    if (high > 0x1f_ffff) {
      this.fail('number-too-large')
      return 0
    }
    this.#at = at + 8
    return high * 2 ** 32 + this.#word(at + 4)
  }

  /**
   * An opaque unsigned integer of up to 8 octets: an id, not something to count with. A longer one is refused as
   * `number-too-large`: the length may well come off the wire.
   */
  big(octets: number): bigint {
    const at = this.#at
    if (octets > 8) this.fail('number-too-large')
    if (!this.#holds(octets)) return BigInt(this.#cutOff())
    this.#at = at + octets
    const bytes = this.#bytes
    const middle = Math.max(at, at + octets - 4)
    let high = 0
    let low = 0
    for (let index = at; index < middle; index++) high = (high << 8) | bytes[index]!
    for (let index = middle; index < at + octets; index++) low = (low << 8) | bytes[index]!
    // `BigInt` of one small number is several times cheaper than composing two.
    return high === 0 ? BigInt(low >>> 0) : (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
  }

  /** A view of the next octets, lent like the octets themselves. */
  bytes(octets: number): Uint8Array {
    const at = this.#at
    if (!this.#holds(octets)) {
      this.#cutOff()
      return NOTHING
    }
    this.#at = at + octets
    return this.#bytes.subarray(at, at + octets)
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  /** UTF-8 of so many octets; what is not UTF-8 becomes U+FFFD. */
  text(octets: number): string {
    return decodeText(this.bytes(octets))
  }

  skip(octets: number): void {
    if (this.#holds(octets)) this.#at += octets
    else this.#cutOff()
  }

  /** False also for a length that came out negative or not a number at all. */
  #holds(octets: number): boolean {
    return octets >= 0 && octets <= this.#end - this.#at
  }

  #word(at: number): number {
    const bytes = this.#bytes
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }

  #cutOff(): 0 {
    this.fail('truncated')
    return 0
  }
}
