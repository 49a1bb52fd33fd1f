import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { RoundTrip } from './round-trip.ts'
import { Spacing } from './spacing.ts'

describe('the spacing of datagrams', () => {
  it('allows for three datagrams of a slow link', () => {
    const spacing = new Spacing()
    for (let at = 0; at < 5000; at += 200) spacing.passed(at)
    expect(spacing.allowance).toBeCloseTo(600, 0)
  })

  it('is not what an outage was', () => {
    const spacing = new Spacing()
    spacing.passed(0)
    spacing.passed(3_600_000)
    for (let at = 1; at < 50; at++) spacing.passed(3_600_000 + at)
    expect(spacing.allowance).toBeLessThan(10)
  })
})

describe('the round trip', () => {
  it('is twice the light time before anything was measured', () => {
    expect(new RoundTrip(1300 as Millis).estimate).toBe(2600)
  })

  it('forgets a sample that spanned an outage as soon as a short one comes', () => {
    const roundTrip = new RoundTrip(0 as Millis)
    roundTrip.sample(3_600_000)
    roundTrip.sample(80)
    expect(roundTrip.estimate).toBe(80)
  })

  it('is patient in proportion to the silence, to a minute', () => {
    const roundTrip = new RoundTrip(0 as Millis)
    roundTrip.sample(80)
    expect(roundTrip.patience(0)).toBe(roundTrip.timeout)
    expect(roundTrip.patience(8000)).toBe(2000)
    expect(roundTrip.patience(1e9)).toBe(60_000)
  })
})
