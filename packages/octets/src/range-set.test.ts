import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Range } from './range-block.ts'
import { RangeSet } from './range-set.ts'

describe('adding', () => {
  test('counts only what is new, and joins ranges that overlap or touch', () => {
    const set = new RangeSet()
    expect(set.add(10, 20)).toBe(10)
    expect(set.add(30, 40)).toBe(10)
    expect(set.add(15, 18)).toBe(0)
    expect(set.add(20, 22)).toBe(2)
    expect(set.add(28, 30)).toBe(2)
    expect(set.toFlat()).toEqual([10, 22, 28, 40])
    expect(set.add(0, 100)).toBe(76)
    expect(set.toFlat()).toEqual([0, 100])
    expect(set.octets).toBe(100)
    expect(set.size).toBe(1)
  })
  test('a range without octets changes nothing, not even where two ranges could be joined', () => {
    const set = RangeSet.fromFlat([0, 5, 10, 15])
    expect(set.add(7, 7)).toBe(0)
    expect(set.add(12, 3)).toBe(0)
    expect(set.remove(12, 12)).toBe(0)
    expect(set.toFlat()).toEqual([0, 5, 10, 15])
  })
})

describe('removing', () => {
  test('cuts, splits and deletes, and counts what was held', () => {
    const set = RangeSet.fromFlat([0, 10, 20, 30, 40, 50])
    expect(set.remove(3, 5)).toBe(2)
    expect(set.remove(8, 42)).toBe(14)
    expect(set.remove(100, 200)).toBe(0)
    expect(set.toFlat()).toEqual([0, 3, 5, 8, 42, 50])
    expect(set.octets).toBe(14)
    set.clear()
    expect(set.toFlat()).toEqual([])
    expect([set.octets, set.size, set.highest]).toEqual([0, 0, 0])
    expect(set.add(1, 2)).toBe(1)
  })
})

test('an empty set is one gap', () => {
  const set = new RangeSet()
  expect(set.highest).toBe(0)
  expect(set.contiguousFrom(5)).toBe(5)
  expect(set.covers(3, 3)).toBe(true)
  expect(set.covers(3, 4)).toBe(false)
  expect(set.gapsWithin(3, 9)).toEqual([{ from: 3, to: 9 }])
  expect(set.gapCountWithin(3, 9)).toBe(1)
  expect(set.gapsWithin(9, 3)).toEqual([])
  expect(set.rangesWithin(0, 9)).toEqual([])
})

test('an empty window holds neither gaps nor ranges', () => {
  const set = RangeSet.fromFlat([0, 5, 10, 15])
  for (const [from, to] of [
    [2, 2],
    [7, 7],
    [12, 2],
  ] as const) {
    expect(set.rangesWithin(from, to)).toEqual([])
    expect(set.gapsWithin(from, to)).toEqual([])
    expect(set.gapCountWithin(from, to)).toBe(0)
    expect(set.covers(from, to)).toBe(true)
  }
})

test('windows cut what they look at, and a limit ends the list early', () => {
  const set = RangeSet.fromFlat([10, 20, 30, 40, 50, 60])
  expect(set.gapsWithin(15, 55)).toEqual([
    { from: 20, to: 30 },
    { from: 40, to: 50 },
  ])
  expect(set.rangesWithin(15, 55, 2)).toEqual([
    { from: 15, to: 20 },
    { from: 30, to: 40 },
  ])
  expect(set.gapsWithin(0, 100, 1)).toEqual([{ from: 0, to: 10 }])
  expect(set.gapsWithin(0, 100, 0)).toEqual([])
  expect(set.rangesWithin(0, 100, 0)).toEqual([])
})

test('offsets up to 2^53 - 1 are exact', () => {
  const top = Number.MAX_SAFE_INTEGER
  const set = new RangeSet()
  expect(set.add(top - 1, top)).toBe(1)
  expect(set.add(0, 1)).toBe(1)
  expect(set.gapsWithin(0, top)).toEqual([{ from: 1, to: top - 1 }])
  expect(set.add(1, top - 1)).toBe(top - 2)
  expect(set.toFlat()).toEqual([0, top])
  expect(set.octets).toBe(top)
})

/** The same thing with nothing clever in it: one flag per integer from `base` on. */
class Model {
  readonly base: number
  readonly held: Uint8Array

  constructor(base: number, span: number) {
    this.base = base
    this.held = new Uint8Array(span)
  }
  /** @returns how many flags changed */
  put(from: number, to: number, value: 0 | 1): number {
    let changed = 0
    for (let at = Math.max(from, 0); at < Math.min(to, this.held.length); at++) {
      if (this.held[at] !== value) changed += 1
      this.held[at] = value
    }
    return changed
  }
  /** Runs of `value` within a window, in the set's numbers. */
  runs(value: 0 | 1, from = 0, to = this.held.length): Range[] {
    const runs: Range[] = []
    for (let at = from; at < to; at++) {
      if (this.held[at] !== value) continue
      const start = at
      while (at < to && this.held[at] === value) at += 1
      runs.push({ from: this.base + start, to: this.base + at })
    }
    return runs
  }
}

/** Enough for a dozen blocks of ranges. */
const SPAN = 6000

type Step =
  | { readonly what: 'add' | 'remove'; readonly from: number; readonly length: number }
  | Comb
  | { readonly what: 'clear' }
/** Adds or removes every `stride`-th integer, going up or down. */
interface Comb {
  readonly what: 'comb'
  readonly how: 'add' | 'remove'
  readonly from: number
  readonly stride: number
  readonly teeth: number
  readonly up: boolean
}

const position = fc.nat({ max: SPAN - 1 })
const length = fc.oneof(
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 0, max: 700 }),
  fc.nat({ max: SPAN }),
)
const comb: fc.Arbitrary<Comb> = fc.record({
  what: fc.constant('comb' as const),
  how: fc.constantFrom('add' as const, 'remove' as const),
  from: position,
  stride: fc.integer({ min: 2, max: 5 }),
  teeth: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: SPAN / 2 })),
  up: fc.boolean(),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constantFrom('add' as const, 'remove' as const),
      from: position,
      length,
    }),
  },
  { weight: 4, arbitrary: comb },
  { weight: 1, arbitrary: fc.constant({ what: 'clear' as const }) },
)

function apply(step: Step, set: RangeSet, model: Model): void {
  if (step.what === 'clear') {
    set.clear()
    model.held.fill(0)
  } else if (step.what === 'comb') {
    for (let tooth = 0; tooth < step.teeth; tooth++) {
      const at = step.from + (step.up ? 1 : -1) * tooth * step.stride
      if (at < 0 || at >= SPAN) break
      change(step.how, at, at + 1, set, model)
    }
  } else change(step.what, step.from, Math.min(step.from + step.length, SPAN), set, model)
}

function change(how: 'add' | 'remove', from: number, to: number, set: RangeSet, model: Model): void {
  const expected = model.put(from, to, how === 'add' ? 1 : 0)
  // Not by `expect`, which would cost more than all the rest.
  if (set[how](model.base + from, model.base + to) !== expected) {
    throw new Error(`${how} ${from} to ${to} changes ${expected}`)
  }
}

test('agrees with one flag per integer, whatever is added and removed, and over however many blocks', () => {
  const base = fc.constantFrom(0, 2 ** 32 - 1000, Number.MAX_SAFE_INTEGER - SPAN)
  let mostRanges = 0
  fc.assert(
    fc.property(base, fc.array(step, { maxLength: 25 }), (base, steps) => {
      const set = new RangeSet()
      const model = new Model(base, SPAN)
      for (const step of steps) {
        apply(step, set, model)
        const runs = model.runs(1)
        mostRanges = Math.max(mostRanges, runs.length)
        expect(set.toFlat()).toEqual(runs.flatMap(({ from, to }) => [from, to]))
        expect(set.size).toBe(runs.length)
        expect(set.octets).toBe(runs.reduce((sum, { from, to }) => sum + (to - from), 0))
        expect(set.highest).toBe(runs.at(-1)?.to ?? 0)
      }
      expect([...set]).toEqual(model.runs(1))
    }),
    { numRuns: 150 },
  )
  expect(mostRanges, 'sets of several blocks were met').toBeGreaterThan(1500)
})

test('every question has the answer that one flag per integer gives', () => {
  const window = fc.tuple(position, position, fc.nat({ max: 12 }))
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.array(window, { minLength: 10, maxLength: 30 }),
      (steps, windows) => {
        const set = new RangeSet()
        const model = new Model(0, SPAN)
        for (const step of steps) apply(step, set, model)
        for (const [from, to, limit] of windows) {
          const gaps = model.runs(0, from, to)
          const ranges = model.runs(1, from, to)
          expect(set.gapsWithin(from, to)).toEqual(gaps)
          expect(set.gapsWithin(from, to, limit)).toEqual(gaps.slice(0, limit))
          expect(set.gapCountWithin(from, to)).toBe(gaps.length)
          expect(set.rangesWithin(from, to)).toEqual(ranges)
          expect(set.rangesWithin(from, to, limit)).toEqual(ranges.slice(0, limit))
          expect(set.covers(from, to)).toBe(gaps.length === 0)
          expect(set.has(from)).toBe(model.held[from] === 1)
          const gapAfter = model.held.indexOf(0, from)
          expect(set.contiguousFrom(from)).toBe(gapAfter < 0 ? SPAN : gapAfter)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('a set comes back from its flat form, and from any shuffle of its pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 9 })), { maxLength: 60 }), pieces => {
      const set = new RangeSet()
      for (const [from, length] of pieces) set.add(from, from + length)
      const flat = set.toFlat()
      expect(RangeSet.fromFlat(flat).toFlat()).toEqual(flat)
      const reversed = [...set].reverse().flatMap(({ from, to }) => [from, to])
      expect(RangeSet.fromFlat(reversed).toFlat()).toEqual(flat)
    }),
  )
})
