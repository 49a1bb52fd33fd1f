import { encodeText } from './text-codec.ts'

/** Below this many octets a loop is cheaper than the call of `set`. */
const SHORT = 24

/**
 * Writes big-endian fields to the front of a buffer that is lent to it. What does not fit is not written, nor is
 * anything after it: an encoder writes straight down and asks for `overflowed` once. Only a value that its field
 * cannot carry, which is our own mistake, throws (a `RangeError`).
 */
export class Writer {
  readonly #target: Uint8Array
  readonly #view: DataView | undefined
  #at = 0
  /** Moves to `#at` on overflow, so that nothing later fits either. */
  #end: number
  #overflowed = false

  /** @param view the same octets, from the same start, where the buffer has one already */
  constructor(bytes: Uint8Array, view?: DataView) {
    this.#target = bytes
    this.#view = view
    this.#end = bytes.length
  }

  /** Octets written. */
  get offset(): number {
    return this.#at
  }

  /** Octets that still fit; none after an overflow. */
  get room(): number {
    return this.#end - this.#at
  }

  /** Something did not fit: what has been written is not whole. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  /** Notes that something does not fit, for a value too long for its own length field. */
  fail(): void {
    this.#overflowed = true
    this.#end = this.#at
  }

  u8(value: number): void {
    checkUnsigned(value, 0xff)
    const at = this.#take(1)
    if (at >= 0) this.#target[at] = value
  }

  u16(value: number): void {
    checkUnsigned(value, 0xffff)
    const at = this.#take(2)
    if (at >= 0) this.#put16(at, value)
  }

  u32(value: number): void {
    checkUnsigned(value, 0xffff_ffff)
    const at = this.#take(4)
    if (at >= 0) this.#put32(at, value)
  }

  /** Up to 2^53 - 1. */
  u64(value: number): void {
    checkUnsigned(value, Number.MAX_SAFE_INTEGER)
    const at = this.#take(8)
    if (at < 0) return
    this.#put32(at, Math.floor(value / 2 ** 32))
    this.#put32(at + 4, value >>> 0)
  }

  /** An opaque unsigned integer, right-aligned in 1 to 8 octets. */
  big(value: bigint, octets: number): void {
    let high = Number(value >> 32n)
    let low = Number(value & 0xffff_ffffn)
    const fits =
      octets <= 4
        ? high === 0 && low < 2 ** (8 * octets)
        : octets <= 8 && high >= 0 && high < 2 ** (8 * (octets - 4))
    if (!fits) throw new RangeError(`${value} does not fit ${octets} octets`)
    const at = this.#take(octets)
    if (at < 0) return
    for (let index = at + octets - 1; index >= at; index--) {
      this.#target[index] = low
      low = (low >>> 8) | (high << 24)
      high >>>= 8
    }
  }

  bytes(source: Uint8Array): void {
    const length = source.length
    const at = this.#take(length)
    if (at < 0) return
    if (length > SHORT) this.#target.set(source, at)
    else for (let index = 0; index < length; index++) this.#target[at + index] = source[index]!
  }

  /** @returns octets of `text` in UTF-8, also where they did not fit */
  text(text: string): number {
    const octets = encodeText(text)
    this.bytes(octets)
    return octets.length
  }

  /** Overwrites an octet written before: a length that is known only now. */
  setU8(at: number, value: number): void {
    checkUnsigned(value, 0xff)
    if (this.#written(at, 1)) this.#target[at] = value
  }

  setU16(at: number, value: number): void {
    checkUnsigned(value, 0xffff)
    if (this.#written(at, 2)) this.#put16(at, value)
  }

  setU32(at: number, value: number): void {
    checkUnsigned(value, 0xffff_ffff)
    if (this.#written(at, 4)) this.#put32(at, value)
  }

  /** Where the next `octets` go, or -1 when they do not fit. */
  #take(octets: number): number {
    const at = this.#at
    if (octets > this.#end - at) {
      this.fail()
      return -1
    }
    this.#at = at + octets
    return at
  }

  #written(at: number, octets: number): boolean {
    if (at >= 0 && at + octets <= this.#at) return true
    this.fail()
    return false
  }

  #put16(at: number, value: number): void {
    this.#target[at] = value >>> 8
    this.#target[at + 1] = value
  }

  #put32(at: number, value: number): void {
    if (this.#view !== undefined) {
      this.#view.setUint32(at, value)
      return
    }
    const target = this.#target
    target[at] = value >>> 24
    target[at + 1] = value >>> 16
    target[at + 2] = value >>> 8
    target[at + 3] = value
  }
}

function checkUnsigned(value: number, highest: number): void {
  if (!(value >= 0 && value <= highest && Number.isInteger(value))) {
    throw new RangeError(`${value} is not an integer from 0 to ${highest}`)
  }
}
