import { describe, expect, it } from 'vitest'
import { atLeast, atMost, type Figure, ratioAtLeast, toJson, toTable } from './figures.ts'

const plain: Figure = { bench: 'b', case: 'c', figure: 'speed', unit: 'PDU/s', samples: [1, 3, 2] }
const last = (table: string): string => table.split('\n').at(-1)!

describe('a figure as a line of JSON', () => {
  it('carries the median as its value, and null where nothing was compared', () => {
    expect(JSON.parse(toJson(plain))).toMatchObject({
      type: 'figure',
      value: 2,
      min: 1,
      max: 3,
      baseline: null,
      ratio: null,
      goal: null,
    })
  })

  it('compares with the baseline of the same run', () => {
    const line = JSON.parse(
      toJson({ ...plain, baseline: { name: 'bare', value: 4 }, goal: ratioAtLeast(0.9) }),
    )
    expect(line).toMatchObject({ baseline: 4, ratio: 0.5, baselineName: 'bare', goal: 'ratio ≥ 0.9' })
  })

  it('takes the median of ratios measured pair by pair before the ratio of the medians', () => {
    const line = JSON.parse(
      toJson({ ...plain, baseline: { name: 'bare', value: 4 }, ratios: [0.7, 0.8, 0.9] }),
    )
    expect(line.ratio).toBe(0.8)
  })
})

describe('a table of figures', () => {
  it('says whether a goal was met, missed, or missed by half', () => {
    expect(last(toTable([{ ...plain, goal: atLeast(2) }]))).toMatch(/≥ 2\.000 {2}met$/)
    expect(last(toTable([{ ...plain, goal: atLeast(3) }]))).toMatch(/short of the goal$/)
    expect(last(toTable([{ ...plain, goal: atLeast(5) }]))).toMatch(/below half of the goal$/)
    expect(last(toTable([{ ...plain, goal: atMost(1.5) }]))).toMatch(/short of the goal$/)
  })

  it('does not call a goal met that nothing was compared for', () => {
    expect(last(toTable([{ ...plain, goal: ratioAtLeast(0.9) }]))).toMatch(/not compared$/)
  })

  it('prints each note once, under the rows', () => {
    const noted = { ...plain, note: 'one tenth of the file' }
    expect(toTable([noted, { ...noted, figure: 'other' }]).match(/one tenth/g)).toHaveLength(1)
  })
})
