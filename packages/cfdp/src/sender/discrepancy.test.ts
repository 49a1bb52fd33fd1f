import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Discrepancy } from './discrepancy.ts'

it('counts what left more than a round trip ago, and not what may still be on its way', () => {
  const discrepancy = new Discrepancy(0)
  discrepancy.passed(100, 10)
  discrepancy.passed(200, 20)
  discrepancy.passed(300, 30)
  expect(discrepancy.behind(0, 34, 25)).toBe(0)
  expect(discrepancy.behind(0, 35, 25)).toBe(100)
  expect(discrepancy.behind(100, 35, 25)).toBe(0)
  expect(discrepancy.behind(50, 45, 25)).toBe(150)
  expect(discrepancy.behind(0, 1000, 25)).toBe(300)
})

it('counts what an earlier life has sent as long gone', () => {
  expect(new Discrepancy(500).behind(100, 0, 25)).toBe(400)
})

it('is never more than the truth, and the truth once everything is old, however much is sent in between', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(50), fc.nat(1000)), { minLength: 1, maxLength: 500 }),
      fc.nat(500),
      (steps, settling) => {
        const discrepancy = new Discrepancy(0)
        const sent: { offset: number; at: number }[] = []
        let now = 0
        let offset = 0
        for (const [pause, octets] of steps) {
          now += pause
          offset += octets
          discrepancy.passed(offset, now)
          sent.push({ offset, at: now })
        }
        const truth = sent.findLast(({ at }) => at <= now - settling)?.offset ?? 0
        expect(discrepancy.behind(0, now, settling)).toBeLessThanOrEqual(truth)
        expect(discrepancy.behind(0, now + settling, settling)).toBe(offset)
      },
    ),
  )
})
