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

const orders: [how: string, order: (index: number) => number][] = [
  ['from the front', index => index],
  ['from the back', index => MILLION - 1 - index],
  ['without pattern', index => (index * 7_368_787) % MILLION],
  ['from the front, after the last', index => (index + MILLION - 1) % MILLION],
]
test.each(orders)('a million gaps that came %s take less than 64 MB', (_how, order) => {
  const { set, octets } = weigh(() => setOf(MILLION, order))
  expect(set.size).toBe(MILLION)
  expect(octets).toBeGreaterThan(16 * MEGABYTE)
  expect(octets).toBeLessThan(50 * MEGABYTE)
})

test('ranges that were joined or removed give their memory back, even one left here and there', () => {
  const { set, octets } = weigh(() => {
    const set = setOf(MILLION, index => index)
    for (let index = 0; index < MILLION; index++) {
      if (index % 256 !== 0) set.remove(...segment(index))
    }
    return set
  })
  expect(set.size).toBe(Math.ceil(MILLION / 256))
  expect(octets).toBeLessThan(1 * MEGABYTE)
})

test('ten thousand sets of a few ranges each take less than a kilobyte each', () => {
  const before = memory()
  const sets = Array.from({ length: 10_000 }, () => setOf(4, index => index))
  expect((memory() - before) / sets.length).toBeLessThan(1000)
  expect(sets.every(set => set.size === 4)).toBe(true)
})
