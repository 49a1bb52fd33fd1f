import { type Millis, NEVER, Random } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

const ms = (count: number): Millis => count as Millis

describe('a virtual clock', () => {
  it('jumps from alarm to alarm and stands at the end of a run', () => {
    const clock = new VirtualClock()
    const rung: number[] = []
    for (const when of [30, 10, 20]) clock.at(ms(when), () => rung.push(clock.now()))
    clock.run(ms(25))
    expect(rung).toEqual([10, 20])
    expect(clock.now()).toBe(25)
    expect(clock.next).toBe(30)
    clock.run(NEVER)
    expect(rung).toEqual([10, 20, 30])
    expect(clock.now()).toBe(30)
    expect(clock.steps).toBe(3)
  })

  it('rings alarms of one instant in the order in which they were set', () => {
    const clock = new VirtualClock()
    const rung: string[] = []
    const late = clock.alarm(() => rung.push('set again'))
    late.set(ms(5))
    for (let index = 0; index < 20; index++) clock.at(ms(5), () => rung.push(String(index)))
    late.set(ms(5))
    clock.run(ms(5))
    expect(rung).toEqual([...Array.from({ length: 20 }, (_, index) => String(index)), 'set again'])
  })

  it('never rings within a call that sets an alarm, not even one that is overdue', () => {
    const clock = new VirtualClock()
    clock.run(ms(100))
    let rung = 0
    clock.at(ms(50), () => {
      rung += 1
      clock.at(ms(0), () => {
        rung += 1
      })
      expect(rung).toBe(1)
    })
    expect(rung).toBe(0)
    clock.run(ms(100))
    expect(rung).toBe(2)
    expect(clock.now()).toBe(100)
    expect(clock.stepsAtThisInstant).toBe(2)
  })

  it('forgets cancelled alarms, and takes one that was moved at its last time only', () => {
    const clock = new VirtualClock()
    const rung: string[] = []
    clock.at(ms(10), () => rung.push('cancelled')).cancel()
    const moved = clock.alarm(() => rung.push(`moved ${clock.now()}`))
    moved.set(ms(10))
    moved.set(ms(40))
    moved.set(ms(20))
    clock.run(NEVER)
    moved.cancel()
    expect(rung).toEqual(['moved 20'])
    expect(moved.due).toBe(NEVER)
  })

  it('goes on after an alarm that throws', () => {
    const clock = new VirtualClock()
    let rung = false
    clock.at(ms(1), () => {
      throw new Error('bang')
    })
    clock.at(ms(2), () => {
      rung = true
    })
    expect(() => clock.run(ms(5))).toThrow('bang')
    clock.run(ms(5))
    expect(rung).toBe(true)
  })

  it('refuses to sleep through an alarm, and an alarm at no time', () => {
    const clock = new VirtualClock()
    expect(() => clock.at(ms(Number.NaN), () => {})).toThrow('an alarm has a time')
    clock.at(ms(1), () => {})
    expect(() => clock.rest(ms(2))).toThrow('no alarm is slept through')
  })

  it('agrees with sorting, whatever is set, moved and cancelled', () => {
    fc.assert(
      fc.property(fc.nat(), seed => {
        const random = new Random(seed)
        const clock = new VirtualClock()
        const rung: number[] = []
        const due = new Map<number, { when: number; order: number }>()
        const alarms = Array.from({ length: 40 }, (_, index) => clock.alarm(() => rung.push(index)))
        for (let order = 0; order < 200; order++) {
          const index = random.whole(0, alarms.length)
          if (random.chance(0.3)) {
            alarms[index]!.cancel()
            due.delete(index)
          } else {
            const when = random.whole(0, 20)
            alarms[index]!.set(ms(when))
            due.set(index, { when, order })
          }
        }
        clock.run(NEVER)
        const sorted = [...due].sort(([, one], [, other]) => one.when - other.when || one.order - other.order)
        expect(rung).toEqual(sorted.map(([index]) => index))
      }),
      { numRuns: 100 },
    )
  })
})
