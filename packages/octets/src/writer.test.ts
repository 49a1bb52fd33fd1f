import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** A writer in the middle of a larger buffer, so that a stray write shows. */
function guarded(room: number): {
  readonly writer: Writer
  readonly written: () => number[]
  readonly intact: () => boolean
} {
  const memory = new Uint8Array(room + 16).fill(0xee)
  const lent = memory.subarray(8, 8 + room)
  const writer = new Writer(lent)
  return {
    writer,
    written: () => [...lent.subarray(0, writer.offset)],
    intact: () => memory.every((octet, index) => (index >= 8 && index < 8 + writer.offset) || octet === 0xee),
  }
}

test('fields are big-endian, one after the other', () => {
  const { writer, written } = guarded(40)
  writer.u8(0xf0)
  writer.u16(0xf1f2)
  writer.u32(0xf3f4f5f6)
  writer.u64(0x1f_0203_0405_0607)
  writer.big(0xabcden, 5)
  writer.bytes(Uint8Array.of(1, 2))
  expect(writer.text('é!')).toBe(3)
  expect(written()).toEqual([
    0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0x00, 0x1f, 2, 3, 4, 5, 6, 7, 0, 0, 0x0a, 0xbc, 0xde, 1, 2,
    0xc3, 0xa9, 0x21,
  ])
  expect(writer.room).toBe(40 - 25)
  expect(writer.overflowed).toBe(false)
})

test('what is written reads back, with a view or without', () => {
  const field = fc.oneof(
    fc.record({ as: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
    fc.record({ as: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
    fc.record({ as: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
    fc.record({ as: fc.constant('u64' as const), value: fc.maxSafeNat() }),
  )
  const id = fc
    .integer({ min: 1, max: 8 })
    .chain(width =>
      fc.record({ width: fc.constant(width), value: fc.bigInt(0n, 2n ** BigInt(8 * width) - 1n) }),
    )
  fc.assert(
    fc.property(
      fc.array(field),
      fc.array(id),
      fc.uint8Array({ maxLength: 60 }),
      fc.boolean(),
      (fields, ids, raw, viewed) => {
        const target = new Uint8Array(8 * (fields.length + ids.length) + raw.length)
        const writer = viewed ? new Writer(target, new DataView(target.buffer)) : new Writer(target)
        for (const { as, value } of fields) writer[as](value)
        for (const { width, value } of ids) writer.big(value, width)
        writer.bytes(raw)
        expect(writer.overflowed).toBe(false)
        const reader = new Reader(target, 0, writer.offset)
        for (const { as, value } of fields) expect(reader[as]()).toBe(value)
        for (const { width, value } of ids) expect(reader.big(width)).toBe(value)
        expect([...reader.rest()]).toEqual([...raw])
        expect(reader.fault).toBeUndefined()
      },
    ),
  )
})

describe('what does not fit', () => {
  const writes: [what: string, octets: number, write: (writer: Writer) => void][] = [
    ['u8', 1, writer => writer.u8(1)],
    ['u16', 2, writer => writer.u16(1)],
    ['u32', 4, writer => writer.u32(1)],
    ['u64', 8, writer => writer.u64(1)],
    ['an id', 3, writer => writer.big(1n, 3)],
    ['short octets', 5, writer => writer.bytes(new Uint8Array(5))],
    ['long octets', 30, writer => writer.bytes(new Uint8Array(30))],
    ['text', 5, writer => writer.text('five!')],
  ]
  test.each(writes)('is not written at all: %s', (_what, octets, write) => {
    const exact = guarded(octets)
    write(exact.writer)
    expect(exact.writer.overflowed).toBe(false)
    expect(exact.writer.room).toBe(0)
    const short = guarded(octets - 1)
    write(short.writer)
    expect(short.writer.overflowed).toBe(true)
    expect(short.writer.offset).toBe(0)
    expect(short.intact()).toBe(true)
  })
  test('keeps everything after it from being written, even what would fit', () => {
    const { writer, written, intact } = guarded(3)
    writer.u16(0x0102)
    writer.u32(1)
    writer.u8(9)
    writer.setU8(2, 9)
    expect(written()).toEqual([1, 2])
    expect(writer.room).toBe(0)
    expect(writer.overflowed).toBe(true)
    expect(intact()).toBe(true)
  })
  test('may be a value too long for its own length field', () => {
    const { writer } = guarded(10)
    writer.u8(1)
    writer.fail()
    writer.u8(2)
    expect(writer.overflowed).toBe(true)
    expect(writer.offset).toBe(1)
  })
})

test('a field written before can be overwritten; one that was not is an overflow', () => {
  const { writer, written } = guarded(8)
  writer.u8(0)
  writer.u16(0)
  writer.u32(0)
  writer.setU8(0, 0xaa)
  writer.setU16(1, 0xbbcc)
  writer.setU32(3, 0xddeeff11)
  expect(written()).toEqual([0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x11])
  expect(writer.overflowed).toBe(false)
  for (const at of [-1, 6, 7]) {
    const other = guarded(8)
    other.writer.u32(0)
    other.writer.u16(0)
    other.writer.u8(0)
    other.writer.setU16(at, 0xffff)
    expect(other.writer.overflowed).toBe(true)
    expect(other.written()).toEqual(Array(7).fill(0))
    expect(other.intact()).toBe(true)
  }
})

test('a value that its field cannot carry is our own mistake', () => {
  const { writer, intact } = guarded(64)
  for (const wrong of [-1, 1.5, Number.NaN, 2 ** 8]) expect(() => writer.u8(wrong)).toThrow(RangeError)
  for (const wrong of [-1, 1.5, 2 ** 16]) expect(() => writer.u16(wrong)).toThrow(RangeError)
  for (const wrong of [-1, 1.5, 2 ** 32]) expect(() => writer.u32(wrong)).toThrow(RangeError)
  for (const wrong of [-1, 1.5, 2 ** 53, Infinity]) expect(() => writer.u64(wrong)).toThrow(RangeError)
  for (let width = 1; width <= 8; width++) {
    expect(() => writer.big(2n ** BigInt(8 * width), width)).toThrow(RangeError)
    expect(() => writer.big(-1n, width)).toThrow(RangeError)
  }
  expect(() => writer.big(0n, 9)).toThrow(RangeError)
  expect(intact()).toBe(true)
})
