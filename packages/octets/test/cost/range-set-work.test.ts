import { RangeSet } from '@skyferry/octets'
import { describe, expect, test } from 'vitest'
import { BLOCK_CAPACITY, RangeBlock } from '../../src/range-block.ts'

/** What a set did, counted at the only doors to its memory. */
interface Work {
  /** Bounds of ranges looked at. */
  reads: number
  /** Bounds and blocks moved to make or take room. */
  moves: number
}

/** Runs `act` with every read and move counted; the doors are as before afterwards. */
function workOf(act: () => void): Work {
  const work: Work = { reads: 0, moves: 0 }
  const undo = [
    counted(RangeBlock.prototype, 'from', () => (work.reads += 1)),
    counted(RangeBlock.prototype, 'to', () => (work.reads += 1)),
    counted(
      Float64Array.prototype,
      'copyWithin',
      (_target, start, end) => (work.moves += Number(end) - Number(start)),
    ),
    counted(Float64Array.prototype, 'set', source => (work.moves += (source as ArrayLike<number>).length)),
    counted(Array.prototype, 'splice', function (this: unknown[], start) {
      work.moves += this.length - Number(start)
    }),
  ]
  try {
    act()
  } finally {
    for (const restore of undo) restore()
  }
  return work
}

function counted<T extends object>(
  target: T,
  name: keyof T,
  count: (...args: unknown[]) => void,
): () => void {
  const real = target[name] as (...args: unknown[]) => unknown
  target[name] = function (this: unknown, ...args: unknown[]) {
    count.apply(this, args)
    return real.apply(this, args)
  } as T[keyof T]
  return () => {
    target[name] = real as T[keyof T]
  }
}

/** Segments of 1 KiB with gaps of the same size between. */
const segment = (index: number): [from: number, to: number] => [2048 * index, 2048 * index + 1024]
/** Every number below `count` (a power of two) once, in an order without pattern. */
const shuffled = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => (index * 40_503 + 12_345) % count)

function combOf(count: number): RangeSet {
  const set = new RangeSet()
  for (let index = 0; index < count; index++) set.add(...segment(index))
  return set
}

const SIZES = [1 << 10, 1 << 13, 1 << 16]

describe.each(SIZES)('with %i ranges', count => {
  const height = Math.log2(count)

  test('continuing or repeating the last range takes a constant number of looks and moves nothing', () => {
    const set = combOf(count)
    const at = set.highest
    const work = workOf(() => {
      for (let index = 0; index < 100; index++) {
        set.add(at + index, at + index + 1)
        set.add(at + index, at + index + 1)
      }
    })
    expect(work.reads).toBeLessThanOrEqual(200 * 3)
    expect(work.moves).toBe(0)
  })

  test('inserting in any order looks at O(log n) ranges and moves less than a block', () => {
    const set = new RangeSet()
    const work = workOf(() => {
      for (const index of shuffled(count)) set.add(...segment(index))
    })
    expect(set.size).toBe(count)
    expect(work.reads / count).toBeLessThanOrEqual(height + 12)
    expect(work.moves / count).toBeLessThanOrEqual(2 * BLOCK_CAPACITY)
  })

  test('filling gaps in any order does not either', () => {
    const set = combOf(count)
    const work = workOf(() => {
      for (const index of shuffled(count)) set.add(2048 * index + 1024, 2048 * index + 2048)
    })
    expect(set.size).toBe(1)
    expect(work.reads / count).toBeLessThanOrEqual(height + 20)
    expect(work.moves / count).toBeLessThanOrEqual(2 * BLOCK_CAPACITY)
  })

  test('nor does removing, in any order or always from the front', () => {
    const scattered = combOf(count)
    const atRandom = workOf(() => {
      for (const index of shuffled(count)) scattered.remove(...segment(index))
    })
    expect(scattered.size).toBe(0)
    const queue = combOf(count)
    const inOrder = workOf(() => {
      for (let index = 0; index < count; index++) queue.remove(...segment(index))
    })
    expect(queue.size).toBe(0)
    for (const work of [atRandom, inOrder]) {
      expect(work.reads / count).toBeLessThanOrEqual(height + 20)
      expect(work.moves / count).toBeLessThanOrEqual(2 * BLOCK_CAPACITY)
    }
  })

  test('a question about one place does not look at the rest', () => {
    const set = combOf(count)
    const middle = 2048 * (count / 2)
    const questions: (() => unknown)[] = [
      () => set.has(middle),
      () => set.contiguousFrom(middle),
      () => set.covers(middle, middle + 5000),
      () => set.gapsWithin(middle, Number.MAX_SAFE_INTEGER, 2),
      () => set.rangesWithin(middle, Number.MAX_SAFE_INTEGER, 2),
      () => set.gapCountWithin(0, set.highest),
    ]
    for (const ask of questions) {
      const work = workOf(ask)
      expect(work.reads, ask.toString()).toBeLessThanOrEqual(2 * height + 12)
      expect(work.moves, ask.toString()).toBe(0)
    }
  })
})

test('a set that takes over everything does the work once for each range it swallows', () => {
  const set = combOf(1 << 16)
  const work = workOf(() => set.add(0, 2 ** 40))
  expect(set.toFlat()).toEqual([0, 2 ** 40])
  expect(work.reads).toBeLessThanOrEqual((1 << 16) * 4)
  expect(work.moves).toBeLessThanOrEqual(1 << 12)
})
