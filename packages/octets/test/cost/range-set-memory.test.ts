import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { RangeSet } from '@skyferry/octets'
import { expect, test } from 'vitest'

// A collection on demand: without it the figures would count what is long dead.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const MEGABYTE = 1e6
const MILLION = 1_000_000
const segment = (index: number): [from: number, to: number] => [2048 * index, 2048 * index + 1024]

function memory(): number {
  // The second waits for the first to have freed what it found, which goes on behind its back.
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Octets that what `make` gives keeps alive. */
function weigh(make: () => RangeSet): { readonly set: RangeSet; readonly octets: number } {
  const before = memory()
  const set = make()
  return { set, octets: memory() - before }
}

function setOf(count: number, order: (index: number) => number): RangeSet {
  const set = new RangeSet()
  for (let index = 0; index < count; index++) set.add(...segment(order(index)))
  return set
}

// Whole blocks where ranges come in ascending order; half-full ones at worst.
const orders: [how: string, megabytes: number, order: (index: number) => number][] = [
  ['from the front', 20, index => index],
  ['from the front, all before the last', 20, index => (index + MILLION - 1) % MILLION],
  ['from the back', 40, index => MILLION - 1 - index],
  ['without pattern', 40, index => (index * 7_368_787) % MILLION],
]
test.each(orders)('a million gaps that come %s take less than %i MB', (_how, megabytes, order) => {
  const { set, octets } = weigh(() => setOf(MILLION, order))
  expect(set.size).toBe(MILLION)
  expect(octets, 'the measure itself').toBeGreaterThan(16 * MEGABYTE)
  expect(octets).toBeLessThan(megabytes * MEGABYTE)
})

const thinnings: [how: string, thin: (set: RangeSet, index: number) => void][] = [
  ['removed', (set, index) => set.remove(...segment(index))],
  ['joined', (set, index) => set.add(segment(index)[1], segment(index + 1)[0])],
]
test.each(thinnings)(
  'ranges that were %s give their memory back, but for one left here and there',
  (_how, thin) => {
    const { set, octets } = weigh(() => {
      const set = setOf(MILLION, index => index)
      for (let index = 0; index < MILLION - 1; index++) if (index % 256 !== 0) thin(set, index)
      return set
    })
    expect(set.size).toBeLessThanOrEqual(Math.ceil(MILLION / 256) + 1)
    expect(octets).toBeLessThan(1 * MEGABYTE)
  },
)

test('ten thousand sets of a few ranges each take less than a kilobyte each', () => {
  const before = memory()
  const sets = Array.from({ length: 10_000 }, () => setOf(6, index => index))
  expect((memory() - before) / sets.length).toBeLessThan(1000)
  expect(sets.every(set => set.size === 6)).toBe(true)
})
