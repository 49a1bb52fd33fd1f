import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Random } from './random.ts'

const take = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.bits())

/** xoshiro128** with its state seeded by splitmix32, in exact integers: a second opinion on every shift and product. */
function* model(seed: number): Generator<number> {
  const word = (value: bigint): bigint => BigInt.asUintN(32, value)
  const rotate = (value: bigint, by: bigint): bigint => word((value << by) | (value >> (32n - by)))
  const s: bigint[] = []
  let mix = BigInt(seed)
  for (let index = 0; index < 4; index++) {
    mix = word(mix + 0x9e3779b9n)
    let z = mix
    z = word((z ^ (z >> 16n)) * 0x21f0aaadn)
    z = word((z ^ (z >> 15n)) * 0x735a2d97n)
    s.push(z ^ (z >> 15n))
  }
  for (;;) {
    yield Number(word(rotate(word(s[1]! * 5n), 7n) * 9n))
    const shifted = word(s[1]! << 9n)
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= shifted
    s[3] = rotate(s[3]!, 11n)
  }
}

test('the numbers of a seed are pinned: a run recorded today replays for ever', () => {
  expect(take(new Random(0x5eed), 6)).toEqual([
    3272804103, 1323078912, 1893449574, 2910211328, 4141569412, 3407657872,
  ])
  expect(take(new Random(2 ** 52 + 12345), 3)).toEqual([1087929350, 484029070, 1210170559])
  expect(new Random(0x5eed).fork('loss').bits()).toBe(1709794730)
})

test('a seed of 32 bits gives xoshiro128** seeded by splitmix32', () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffffffff }), seed => {
      const numbers = model(seed)
      for (const bits of take(new Random(seed), 20)) expect(bits).toBe(numbers.next().value)
    }),
  )
})

test('both halves of a large seed count', () => {
  const low = take(new Random(7), 4)
  expect(take(new Random(7 + 2 ** 32), 4)).not.toEqual(low)
  expect(take(new Random(7 + 2 ** 52), 4)).not.toEqual(low)
  expect(take(new Random(8), 4)).not.toEqual(low)
})

test('a fork takes nothing from its parent, so a new consumer moves nobody else', () => {
  const alone = new Random(42)
  const shared = new Random(42)
  take(shared.fork('newcomer'), 100)
  expect(take(shared, 20)).toEqual(take(alone, 20))
  const before = take(new Random(42).fork('loss'), 20)
  const parent = new Random(42)
  take(parent.fork('delay'), 7)
  expect(take(parent.fork('loss'), 20)).toEqual(before)
})

test('forks of different names, or of different parents, have nothing to do with each other', () => {
  const names = ['loss', 'delay', 'a', 'b', 'ab', 'ba', '']
  const streams = names.map(name => take(new Random(42).fork(name), 4).join())
  streams.push(take(new Random(43).fork('loss'), 4).join(), take(new Random(42), 4).join())
  expect(new Set(streams).size).toBe(streams.length)
})

/** Pearson's statistic of `counts` against equal shares. */
function chiSquare(counts: number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0)
}

test('whole numbers, units and octets are spread evenly', () => {
  const random = new Random(2026)
  const dice = [0, 0, 0, 0, 0, 0]
  const tenths = Array.from({ length: 10 }, () => 0)
  for (let index = 0; index < 60_000; index++) {
    dice[random.whole(1, 7) - 1]! += 1
    tenths[Math.floor(random.unit() * 10)]! += 1
  }
  const octets = new Uint8Array(256 * 200)
  random.fill(octets)
  const values = Array.from({ length: 256 }, () => 0)
  for (const octet of octets) values[octet]! += 1
  // The limits are the 99.9 % points for 5, 9 and 255 degrees of freedom.
  expect(chiSquare(dice)).toBeLessThan(20.5)
  expect(chiSquare(tenths)).toBeLessThan(27.9)
  expect(chiSquare(values)).toBeLessThan(330.5)
})

test('a chance of 5 % comes true about once in twenty, never at 0, always at 1', () => {
  const random = new Random(1)
  let hits = 0
  for (let index = 0; index < 20_000; index++) if (random.chance(0.05)) hits += 1
  expect(Math.abs(hits - 1000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.05 * 0.95))
  for (let index = 0; index < 1000; index++) {
    expect(random.chance(0)).toBe(false)
    expect(random.chance(1)).toBe(true)
  }
})

test('a whole number stays in its half-open range and a pick among its items', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: -1000, max: 1000 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
      (seed, from, span) => {
        const random = new Random(seed)
        const value = random.whole(from, from + span)
        expect(Number.isInteger(value)).toBe(true)
        expect(value).toBeGreaterThanOrEqual(from)
        expect(value).toBeLessThan(from + span)
        const items = Array.from({ length: (span % 9) + 1 }, (_, index) => index)
        expect(items).toContain(random.pick(items))
      },
    ),
  )
})
