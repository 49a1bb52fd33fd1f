/** What describing a PDU is made of: fields in the order of the wire, each with its octets. */
import { Reader, toHex } from '@skyferry/octets'
import type { Range } from '../model.ts'
import { textFrom } from '../names.ts'

/** One field of a PDU, for people. */
export interface DescribedField {
  /** In the standard's words. */
  readonly name: string
  readonly value: string
  /** Where it stands, in octets from the front of the datagram. */
  readonly octets: Range
  /** Where it is only a part of its octet: '7' or '7-4', bit 7 being the most significant. */
  readonly bits?: string
  /** Of CCSDS 727.0-B-5. */
  readonly section: string
  /** What is odd about it, or easily misread. */
  readonly note?: string
  /** What it is made of. */
  readonly fields?: readonly DescribedField[]
}

/** A part of an octet: the bits from `high` down to `low`. */
export interface BitField {
  readonly name: string
  readonly high: number
  readonly low: number
  readonly say?: (value: number) => string
  readonly note?: (value: number) => string | undefined
}

/** What a group says of itself once its fields are written. */
export interface Gist {
  readonly value: string
  readonly note?: string | undefined
}

type Draft = { -readonly [Key in keyof DescribedField]: DescribedField[Key] }

/** More octets than this are not shown digit by digit. */
const SHOWN_OCTETS = 32

/** Octets as digits, or the first of them. */
export function digits(octets: Uint8Array): string {
  if (octets.length <= SHOWN_OCTETS) return toHex(octets)
  return `${toHex(octets.subarray(0, SHOWN_OCTETS))}… (${octets.length} octets)`
}

/** A text between quotation marks, its oddities escaped. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}

/** One bit, in words for 0 and for 1. */
export function flag(
  name: string,
  bit: number,
  words: readonly [string, string],
  note?: (value: number) => string | undefined,
): BitField {
  const say = (value: number): string => words[value === 0 ? 0 : 1]
  return { name, high: bit, low: bit, say, ...(note === undefined ? {} : { note }) }
}

/** Bits that must be 0 and are not looked at. */
export function spare(high: number, low: number): BitField {
  return {
    name: 'Spare',
    high,
    low,
    note: value => (value === 0 ? undefined : 'should be 0, is ignored'),
  }
}

/**
 * Writes fields down while it reads. It goes as far as the octets reach: the field they end in is written as cut
 * short, and nothing after it.
 */
export class Scribe {
  readonly fields: DescribedField[] = []
  readonly #octets: Uint8Array
  readonly #to: number
  #at: number
  #section: string
  #cutShort = false

  constructor(octets: Uint8Array, from: number, to: number, section: string) {
    this.#octets = octets
    this.#at = from
    this.#to = Math.min(to, octets.length)
    this.#section = section
  }

  get offset(): number {
    return this.#at
  }

  /** Octets not described yet. */
  get left(): number {
    return this.#to - this.#at
  }

  /** The fields from here on are of this section. */
  turnTo(section: string): void {
    this.#section = section
  }

  /** Everything not described yet. */
  octets(): Uint8Array {
    return this.#octets.subarray(this.#at, this.#to)
  }

  /** The octet `ahead` of the next one; undefined beyond the end. */
  peek(ahead: number): number | undefined {
    return ahead < this.left ? this.#octets[this.#at + ahead] : undefined
  }

  /** One octet and the fields in it. @returns the octet; 0 if it is not there */
  bits(...parts: readonly BitField[]): number {
    if (!this.#take(parts[0]!.name, 1)) return 0
    const octet = this.#octets[this.#at - 1]!
    for (const { name, high, low, say, note } of parts) {
      const value = (octet >> low) & ((1 << (high - low + 1)) - 1)
      if (name === 'Spare' && value === 0) continue
      const bits = high === low ? String(high) : `${high}-${low}`
      this.#write(name, say?.(value) ?? String(value), 1, note?.(value), bits)
    }
    return octet
  }

  /** A big-endian unsigned integer. @returns 0 if it is not there */
  uint(
    name: string,
    width: number,
    say?: (value: bigint) => string,
    note?: (value: bigint) => string | undefined,
  ): bigint {
    if (!this.#take(name, width)) return 0n
    const value = new Reader(this.#octets, this.#at - width).big(width)
    this.#write(name, say?.(value) ?? String(value), width, note?.(value))
    return value
  }

  /** So many octets of any kind. */
  raw(name: string, width: number, say: (octets: Uint8Array) => string = digits, note?: string): void {
    if (!this.#take(name, width)) return
    this.#write(name, say(this.#octets.subarray(this.#at - width, this.#at)), width, note)
  }

  /** A length-value field. @returns what it says */
  lv(name: string, say: (octets: Uint8Array) => string = digits): string {
    const width = 1 + (this.peek(0) ?? 0)
    if (!this.#take(name, width)) return ''
    const said = say(this.#octets.subarray(this.#at - width + 1, this.#at))
    this.#write(name, said, width)
    return said
  }

  /** A length-value field that is a name. @returns the name, quoted */
  name(name: string): string {
    return this.lv(name, octets => quoted(textFrom(octets)))
  }

  /**
   * A field of `width` octets that is made of others; `fill` writes those and says what they come to, which is not
   * repeated where some are missing.
   */
  group(name: string, width: number, section: string, fill: (inner: Scribe) => Gist): void {
    const from = this.#at
    const to = from + Math.min(width, this.left)
    const inner = new Scribe(this.#octets, from, to, section)
    const gist = fill(inner)
    inner.leftOver('nothing is defined here')
    this.#at = to
    const isCut = to - from < width
    this.#cutShort ||= isCut
    const note = isCut ? `cut short: ${to - from} of ${width} octets` : gist.note
    const value = isCut || inner.#cutShort ? '' : gist.value
    const group: Draft = { name, value, octets: { from, to }, section, fields: inner.fields }
    if (note !== undefined) group.note = note
    this.fields.push(group)
  }

  /** Whatever is left, if anything. */
  leftOver(note: string): void {
    if (this.left > 0) this.raw('Octets left over', this.left, digits, note)
  }

  /** Writes a field that ends at the present octet. */
  #write(name: string, value: string, width: number, note?: string, bits?: string): void {
    const octets = { from: this.#at - width, to: this.#at }
    const field: Draft = { name, value, octets, section: this.#section }
    if (bits !== undefined) field.bits = bits
    if (note !== undefined) field.note = note
    this.fields.push(field)
  }

  /** Moves on by `width` octets. @returns false, with the field written as cut short, if fewer are there */
  #take(name: string, width: number): boolean {
    const left = this.left
    if (width <= left) {
      this.#at += width
      return true
    }
    this.#at = this.#to
    if (!this.#cutShort) this.#write(name, '', left, `cut short: ${left} of ${width} octets`)
    this.#cutShort = true
    return false
  }
}
