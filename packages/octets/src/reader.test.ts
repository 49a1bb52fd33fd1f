import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader } from './reader.ts'

const octets = (...values: number[]): Uint8Array => Uint8Array.from(values)

test('fields are big-endian, and each read moves on by its own width', () => {
  const reader = new Reader(Uint8Array.from({ length: 32 }, (_, index) => index + 0xf0))
  expect(reader.u8()).toBe(0xf0)
  expect(reader.u16()).toBe(0xf1f2)
  expect(reader.u24()).toBe(0xf3f4f5)
  expect(reader.u32()).toBe(0xf6f7f8f9)
  expect(reader.u48()).toBe(0xfafbfcfdfeff)
  expect(reader.u64()).toBe(0x0001020304050607)
  expect(reader.offset).toBe(24)
  expect(reader.remaining).toBe(8)
  reader.skip(3)
  expect([...reader.bytes(2)]).toEqual([0x0b, 0x0c])
  expect([...reader.rest()]).toEqual([0x0d, 0x0e, 0x0f])
  expect(reader.remaining).toBe(0)
  expect(reader.fault).toBeUndefined()
})

test('all ones read as unsigned, at every width', () => {
  const read = (how: (reader: Reader) => number | bigint): number | bigint =>
    how(new Reader(new Uint8Array(8).fill(0xff)))
  expect(read(reader => reader.u8())).toBe(2 ** 8 - 1)
  expect(read(reader => reader.u16())).toBe(2 ** 16 - 1)
  expect(read(reader => reader.u24())).toBe(2 ** 24 - 1)
  expect(read(reader => reader.u32())).toBe(2 ** 32 - 1)
  expect(read(reader => reader.u48())).toBe(2 ** 48 - 1)
  for (let width = 1; width <= 8; width++) {
    expect(read(reader => reader.big(width))).toBe(2n ** BigInt(8 * width) - 1n)
  }
})

test('bytes and rest are views of the same memory, not copies', () => {
  const lent = octets(1, 2, 3)
  const reader = new Reader(lent)
  const first = reader.bytes(1)
  const rest = reader.rest()
  lent.set([7, 8, 9])
  expect([...first, ...rest]).toEqual([7, 8, 9])
})

test('text is UTF-8 and keeps a byte order mark', () => {
  expect(new Reader(octets(0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0x21)).text(6)).toBe('\ufeffé!')
  expect(new Reader(octets(0x41, 0xff)).text(2)).toBe('A\ufffd')
})

describe('a 64-bit number', () => {
  const u64 = (value: bigint): Reader => {
    const bytes = new Uint8Array(9)
    new DataView(bytes.buffer).setBigUint64(1, value)
    return new Reader(bytes, 1)
  }
  test('is exact up to 2^53 - 1', () => {
    expect(u64(2n ** 53n - 1n).u64()).toBe(Number.MAX_SAFE_INTEGER)
  })
  test('above it is refused where it stands, and reads as zero', () => {
    for (const value of [2n ** 53n, 2n ** 64n - 1n]) {
      const reader = u64(value)
      expect(reader.u64()).toBe(0)
      expect(reader.fault).toEqual({ kind: 'fault', code: 'number-too-large', offset: 1 })
      expect(reader.remaining).toBe(0)
    }
  })
  test('is read as an id whatever its value', () => {
    expect(u64(2n ** 64n - 2n).big(8)).toBe(2n ** 64n - 2n)
  })
})

describe('the first fault', () => {
  test('is where the field that is cut off begins, and everything after it is zero or empty', () => {
    const reader = new Reader(octets(1, 2, 3, 4, 5))
    reader.u16()
    expect(reader.u32()).toBe(0)
    const fault = { kind: 'fault', code: 'truncated', offset: 2 }
    expect(reader.fault).toEqual(fault)
    expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u48(), reader.u64()]).toEqual(
      Array(6).fill(0),
    )
    expect(reader.big(1)).toBe(0n)
    expect(reader.bytes(1)).toHaveLength(0)
    expect(reader.rest()).toHaveLength(0)
    expect(reader.text(1)).toBe('')
    reader.skip(1)
    reader.fail('something-else')
    expect(reader.fault).toEqual(fault)
    expect(reader.remaining).toBe(0)
  })
  test("may be the decoder's own, at a place of its choice", () => {
    const reader = new Reader(octets(1, 2, 3))
    reader.u8()
    reader.fail('bad-version', 0)
    expect(reader.u8()).toBe(0)
    expect(reader.fault).toEqual({ kind: 'fault', code: 'bad-version', offset: 0 })
    const other = new Reader(octets(1, 2, 3))
    other.u8()
    other.fail('bad-scope')
    expect(other.fault?.offset).toBe(1)
  })
  test('is also a length that came out negative or is no number', () => {
    for (const length of [-1, Number.NaN, 4]) {
      for (const read of ['bytes', 'skip', 'text', 'big'] as const) {
        const reader = new Reader(octets(1, 2, 3))
        reader[read](length)
        expect(reader.fault?.code, `${read}(${length})`).toBe('truncated')
      }
    }
  })
  test('is also an id of more than eight octets', () => {
    const reader = new Reader(new Uint8Array(16))
    expect(reader.big(9)).toBe(0n)
    expect(reader.fault?.code).toBe('number-too-large')
  })
})

test('nothing outside the window is read, and offsets count from the start of the octets', () => {
  const reader = new Reader(octets(9, 1, 2, 9), 1, 3)
  expect(reader.offset).toBe(1)
  expect(reader.u16()).toBe(0x0102)
  expect(reader.u8()).toBe(0)
  expect(reader.fault).toEqual({ kind: 'fault', code: 'truncated', offset: 3 })
})

test('a window that reaches beyond the octets ends where they do', () => {
  expect(new Reader(octets(1, 2), 0, 10).remaining).toBe(2)
  expect(new Reader(octets(1, 2), 5, 10).remaining).toBe(0)
})

test('no sequence of reads throws, or gives what is not a number or lies outside', () => {
  const step = fc.tuple(
    fc.constantFrom('u8', 'u16', 'u24', 'u32', 'u48', 'u64', 'big', 'bytes', 'skip', 'text', 'rest'),
    fc.integer({ min: 0, max: 8 }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(step, { maxLength: 12 }), (bytes, steps) => {
      const reader = new Reader(bytes)
      for (const [what, length] of steps) {
        const before = reader.offset
        const got =
          what === 'rest'
            ? reader.rest()
            : (reader[what as 'u8'] as (length: number) => unknown).call(reader, length)
        expect(reader.offset).toBeGreaterThanOrEqual(before)
        expect(reader.offset + reader.remaining).toBeLessThanOrEqual(bytes.length)
        if (typeof got === 'number') expect(Number.isSafeInteger(got) && got >= 0).toBe(true)
      }
    }),
  )
})
