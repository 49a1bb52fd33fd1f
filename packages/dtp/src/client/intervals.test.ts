import { RangeSet } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Interval } from '../common/packets.ts'
import { chooseIntervals, holesOf } from './intervals.ts'

const single = (...packets: number[]): Interval[] => packets.map(start => ({ start, end: start }))
const DEAR_PACKETS = { packetMs: 1000, intervalMs: 0, roundMs: 100 }
const DEAR_ROUNDS = { packetMs: 0.001, intervalMs: 10, roundMs: 10_000 }

describe('the intervals of a round', () => {
  it('are the holes themselves while there is room and packets are dear', () => {
    expect(chooseIntervals(single(1, 3, 9), 8, DEAR_PACKETS)).toEqual(single(1, 3, 9))
  })

  it('join the nearest holes first when there are too many and rounds are dear', () => {
    const holes = single(0, 100, 102, 200, 300, 303, 400, 500, 600, 700)
    expect(chooseIntervals(holes, 8, DEAR_ROUNDS)).toHaveLength(1)
    expect(chooseIntervals(holes, 8, { packetMs: 1, intervalMs: 0, roundMs: 50 })).toEqual([
      { start: 0, end: 0 },
      { start: 100, end: 102 },
      { start: 200, end: 200 },
      { start: 300, end: 303 },
      ...single(400, 500, 600, 700),
    ])
  })

  it('leave the last holes to a later round when what lies between them costs more than that', () => {
    const holes = single(...Array.from({ length: 10 }, (_, index) => 1000 * index))
    expect(chooseIntervals(holes, 8, { packetMs: 1, intervalMs: 0, roundMs: 50 })).toEqual(holes.slice(0, 8))
  })

  it('cover only what was asked about, ascend, and never ask in vain', () => {
    const packets = fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 80 })
    const costs = fc.record({
      packetMs: fc.double({ min: 0, max: 10, noNaN: true }),
      intervalMs: fc.double({ min: 0, max: 100, noNaN: true }),
      roundMs: fc.double({ min: 0, max: 1000, noNaN: true }),
    })
    fc.assert(
      fc.property(packets, fc.integer({ min: 1, max: 19 }), costs, (missing, slots, cost) => {
        const held = new RangeSet()
        held.add(0, 501 * 10)
        for (const packet of missing) held.remove(packet * 10, packet * 10 + 10)
        const holes = holesOf(held, [{ from: 0, to: 5010 }], 10)
        const chosen = chooseIntervals(holes, slots, cost)
        expect(chosen.length).toBeGreaterThan(0)
        expect(chosen.length).toBeLessThanOrEqual(slots)
        for (const [index, { start, end }] of chosen.entries()) {
          expect(missing).toContain(start)
          expect(missing).toContain(end)
          if (index > 0) expect(start).toBeGreaterThan(chosen[index - 1]!.end)
        }
        expect(chosen[0]!.start).toBe(Math.min(...missing))
      }),
    )
  })
})

describe('holes', () => {
  it('are packets, also where octets were held of a part of one', () => {
    const held = new RangeSet()
    held.add(0, 95)
    held.add(105, 200)
    expect(holesOf(held, [{ from: 0, to: 250 }], 50)).toEqual([
      { start: 1, end: 2 },
      { start: 4, end: 4 },
    ])
  })

  it('of two wanted ranges that meet in one packet are one', () => {
    const wanted = [
      { from: 0, to: 20 },
      { from: 30, to: 40 },
    ]
    expect(holesOf(new RangeSet(), wanted, 50)).toEqual([{ start: 0, end: 0 }])
  })
})
