import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Levels } from './levels.ts'

function drain(levels: Levels<string>): string[] {
  const items: string[] = []
  for (let item = levels.shift(); item !== undefined; item = levels.shift()) items.push(item)
  return items
}

describe('a queue by priority', () => {
  it('is the stable sort of what was pushed, the highest first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 })), priorities => {
        const levels = new Levels<string>()
        for (const [at, priority] of priorities.entries()) levels.push(`${at}`, priority)
        const sorted = [...priorities.entries()].sort(([, a], [, b]) => b - a).map(([at]) => `${at}`)
        expect(drain(levels)).toEqual(sorted)
      }),
    )
  })

  it('turns only within the highest', () => {
    const levels = new Levels<string>()
    for (const name of ['a', 'b']) levels.push(name, 1)
    levels.push('low', 0)
    levels.rotate()
    expect(drain(levels)).toEqual(['b', 'a', 'low'])
  })

  it('moves what stands in it, and nothing else', () => {
    const levels = new Levels<string>()
    for (const name of ['a', 'b', 'c']) levels.push(name, 0)
    levels.move('c', 0, 5)
    levels.move('stranger', 0, 9)
    levels.move('b', 7, 9)
    expect(drain(levels)).toEqual(['c', 'a', 'b'])
    levels.push('d', -1)
    expect(drain(levels)).toEqual(['d'])
  })
})
