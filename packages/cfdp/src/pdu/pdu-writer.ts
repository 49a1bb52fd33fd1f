/** Writes what several PDUs share: sizes, length-value and type-length-value fields, entity ids. */
import { Writer } from '@skyferry/octets'
import { octetsFrom } from './names.ts'

/** The most octets a length octet can speak of. */
const LONGEST_VALUE = 255

/** A writer for which a value over 255 octets does not fit either. */
export class PduWriter extends Writer {
  /** 4 octets, or 8 where the header's large-file flag is set (section 5.1). */
  size(header: { readonly largeFile: boolean }, value: number): void {
    if (header.largeFile) this.u64(value)
    else this.u32(value)
  }

  lv(value: Uint8Array): void {
    this.counted(() => this.bytes(value))
  }

  name(name: string): void {
    this.lv(octetsFrom(name))
  }

  tlv(type: number, write: () => void): void {
    this.u8(type)
    this.counted(write)
  }

  /** One octet of length, then whatever `write` writes. */
  counted(write: () => void): void {
    const lengthAt = this.offset
    this.u8(0)
    write()
    const length = this.offset - lengthAt - 1
    if (length > LONGEST_VALUE) this.fail()
    else if (!this.overflowed) this.setU8(lengthAt, length)
  }
}

/** The fewest octets, 1 to 8, that hold this id. */
export function idWidth(id: bigint): number {
  let width = 1
  while (width < 8 && id >= 1n << BigInt(8 * width)) width += 1
  return width
}
