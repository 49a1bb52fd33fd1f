import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Millis, NEVER } from './contract.ts'
import { Schedule, type Scheduled } from './schedule.ts'

class Entry implements Scheduled {
  heapIndex = -1
  heapDue: Millis = NEVER
  due: Millis
  asked = 0
  readonly name: string

  constructor(name: string, due: number) {
    this.name = name
    this.due = due as Millis
  }
  deadline(): Millis {
    this.asked += 1
    return this.due
  }
}
const ms = (count: number): Millis => count as Millis

test('an empty schedule has no deadline and nobody is next', () => {
  const schedule = new Schedule<Entry>()
  expect(schedule.earliest()).toBe(NEVER)
  expect(schedule.next(ms(1e12))).toBeUndefined()
})

test('an item without a deadline takes no room', () => {
  const schedule = new Schedule<Entry>()
  schedule.update(new Entry('idle', NEVER))
  expect(schedule.size).toBe(0)
})

test('the next item is the earliest one that is due', () => {
  const schedule = new Schedule<Entry>()
  for (const [name, due] of [
    ['c', 30],
    ['a', 10],
    ['b', 20],
  ] as const)
    schedule.update(new Entry(name, due))
  expect(schedule.next(ms(9))).toBeUndefined()
  expect(schedule.next(ms(100))?.name).toBe('a')
  expect(schedule.earliest()).toBe(10)
})

test('a deadline that moved later needs no call: it is found out when it comes up', () => {
  const schedule = new Schedule<Entry>()
  const busy = new Entry('busy', 10)
  const other = new Entry('other', 50)
  schedule.update(busy)
  schedule.update(other)
  busy.due = ms(100)
  expect(schedule.earliest()).toBe(50)
  expect(schedule.next(ms(60))).toBe(other)
  busy.due = NEVER
  other.due = NEVER
  expect(schedule.earliest()).toBe(NEVER)
  expect(schedule.size).toBe(0)
})

test('re-arming one timer later, over and over, does not touch the other items', () => {
  const schedule = new Schedule<Entry>()
  const others = Array.from({ length: 1000 }, (_, index) => new Entry(`${index}`, 1000 + index))
  for (const other of others) schedule.update(other)
  const busy = new Entry('busy', 10)
  schedule.update(busy)
  const asked = others.reduce((sum, other) => sum + other.asked, 0)
  for (let due = 11; due < 900; due++) {
    busy.due = ms(due)
    schedule.update(busy)
    expect(schedule.earliest()).toBe(due)
  }
  expect(others.reduce((sum, other) => sum + other.asked, 0)).toBe(asked)
})

test('an item that was removed is gone, can be removed again, and can come back', () => {
  const schedule = new Schedule<Entry>()
  const [first, second] = [new Entry('first', 1), new Entry('second', 2)]
  schedule.update(first)
  schedule.update(second)
  schedule.remove(first)
  schedule.remove(first)
  expect(first.heapIndex).toBe(-1)
  expect(schedule.next(ms(5))).toBe(second)
  schedule.update(first)
  expect(schedule.next(ms(5))).toBe(first)
})

interface Step {
  readonly index: number
  readonly due: number
  readonly how: 'move' | 'remove'
}

test('agrees with a plain search for the minimum, whatever moves earlier, later, away and back', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    index: fc.nat({ max: 11 }),
    due: fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 40 }) }, fc.constant(NEVER as number)),
    how: fc.constantFrom('move' as const, 'move' as const, 'move' as const, 'remove' as const),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      const schedule = new Schedule<Entry>()
      const entries = Array.from({ length: 12 }, (_, index) => new Entry(`${index}`, NEVER))
      for (const { index, due, how } of steps) {
        const entry = entries[index]!
        const earlier = due < entry.due
        entry.due = how === 'remove' ? NEVER : ms(due)
        if (how === 'remove') schedule.remove(entry)
        else if (earlier) schedule.update(entry)
        const least = Math.min(...entries.map(each => each.due))
        expect(schedule.earliest()).toBe(least)
        const next = schedule.next(ms(20))
        if (least <= 20) expect(next!.due).toBe(least)
        else expect(next).toBeUndefined()
      }
    }),
    { numRuns: 300 },
  )
})

test('ten thousand items come out in order of their deadlines', () => {
  const schedule = new Schedule<Entry>()
  for (let index = 0; index < 10_000; index++) {
    schedule.update(new Entry(`${index}`, (index * 7919) % 10_007))
  }
  let before = -1
  let count = 0
  for (let item = schedule.next(ms(1e6)); item !== undefined; item = schedule.next(ms(1e6))) {
    expect(item.due).toBeGreaterThan(before)
    before = item.due
    item.due = NEVER
    count += 1
  }
  expect(count).toBe(10_000)
  expect(schedule.size).toBe(0)
})
