/** Fields in the order of the peer's host: the C library copies structures to the wire as they lie in memory. */
import type { Fault } from '@skyferry/octets'

export type OctetOrder = 'little' | 'big'

const NOTHING = new Uint8Array(0)

/** Reads fields of either order straight down; remembers its first fault and yields zeros after it. */
export class OrderedReader {
  readonly #bytes: Uint8Array
  readonly #isLittle: boolean
  #at: number
  #fault: Fault | undefined

  constructor(bytes: Uint8Array, order: OctetOrder, from: number = 0) {
    this.#bytes = bytes
    this.#isLittle = order === 'little'
    this.#at = from
  }

  get fault(): Fault | undefined {
    return this.#fault
  }

  get remaining(): number {
    return this.#fault === undefined ? this.#bytes.length - this.#at : 0
  }

  u8(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : this.#bytes[at]!
  }

  u16(): number {
    const at = this.#take(2)
    if (at < 0) return 0
    const [one, two] = [this.#bytes[at]!, this.#bytes[at + 1]!]
    return this.#isLittle ? (two << 8) | one : (one << 8) | two
  }

  u32(): number {
    const at = this.#take(4)
    return at < 0 ? 0 : word(this.#bytes, at, this.#isLittle)
  }

  /** A view of what is left, lent like the octets themselves. */
  rest(): Uint8Array {
    return this.#fault === undefined ? this.#bytes.subarray(this.#at) : NOTHING
  }

  skip(octets: number): void {
    this.#take(octets)
  }

  #take(octets: number): number {
    if (this.#fault !== undefined) return -1
    const at = this.#at
    if (octets > this.#bytes.length - at) {
      this.#fault = { kind: 'fault', code: 'truncated', offset: at }
      return -1
    }
    this.#at = at + octets
    return at
  }
}

/** Writes fields of either order straight down; the buffer is our own and large enough. */
export class OrderedWriter {
  readonly #view: DataView
  readonly #isLittle: boolean
  #at: number

  constructor(target: Uint8Array, order: OctetOrder, from: number = 0) {
    this.#view = new DataView(target.buffer, target.byteOffset, target.byteLength)
    this.#isLittle = order === 'little'
    this.#at = from
  }

  /** Octets written, counted from the start of the target. */
  get offset(): number {
    return this.#at
  }

  u8(value: number): void {
    this.#view.setUint8(this.#at, value)
    this.#at += 1
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value, this.#isLittle)
    this.#at += 2
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value, this.#isLittle)
    this.#at += 4
  }

  skip(octets: number): void {
    this.#at += octets
  }
}

/** 32 bits at `at`, unsigned. A `DataView` per datagram would cost more than the field. */
export function word(bytes: Uint8Array, at: number, isLittle: boolean): number {
  const [one, two, three, four] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!]
  return isLittle
    ? ((four << 24) | (three << 16) | (two << 8) | one) >>> 0
    : ((one << 24) | (two << 16) | (three << 8) | four) >>> 0
}
