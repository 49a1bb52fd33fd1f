import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { serial } from './serial.ts'

const widths = fc.integer({ min: 8, max: 32 })
const onCircle = (bits: number): fc.Arbitrary<number> => fc.nat({ max: 2 ** bits - 1 })
const pair = widths.chain(bits => fc.tuple(fc.constant(bits), onCircle(bits), onCircle(bits)))

describe.each([8, 16, 24, 31, 32])('a circle of %i bits', bits => {
  const { next, precedes, distance } = serial(bits)
  const last = 2 ** bits - 1
  test('goes from its last number to zero', () => {
    expect(next(0)).toBe(1)
    expect(next(last)).toBe(0)
    expect(precedes(last, 0)).toBe(true)
    expect(precedes(0, last)).toBe(false)
    expect(distance(last, 1)).toBe(2)
    expect(distance(1, last)).toBe(last - 1)
  })
  test('has an order up to its half, and none between opposites', () => {
    const half = 2 ** (bits - 1)
    expect(precedes(0, half - 1)).toBe(true)
    expect(precedes(0, half)).toBe(false)
    expect(precedes(half, 0)).toBe(false)
    expect(precedes(0, half + 1)).toBe(false)
    expect(precedes(half + 1, 0)).toBe(true)
    expect(precedes(5, 5)).toBe(false)
  })
})

test('next leads from one number to another in as many steps as their distance', () => {
  fc.assert(
    fc.property(widths, fc.nat(), fc.nat({ max: 300 }), (bits, start, steps) => {
      const { next, distance } = serial(bits)
      const from = start % 2 ** bits
      let at = from
      for (let step = 0; step < steps; step++) at = next(at)
      expect(distance(from, at)).toBe(steps % 2 ** bits)
    }),
  )
})

test('of two different numbers that are not opposite, exactly one precedes the other', () => {
  fc.assert(
    fc.property(pair, ([bits, a, b]) => {
      const { precedes, distance } = serial(bits)
      const decided = a !== b && distance(a, b) !== 2 ** (bits - 1)
      expect(Number(precedes(a, b)) + Number(precedes(b, a))).toBe(decided ? 1 : 0)
      expect((distance(a, b) + distance(b, a)) % 2 ** bits).toBe(0)
    }),
  )
})

test('a width it cannot count with is our own mistake', () => {
  for (const bits of [7, 33, 8.5, Number.NaN]) expect(() => serial(bits)).toThrow(RangeError)
})
