import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { RoundTrip } from './round-trip.ts'

const LIGHT = 0 as Millis

describe('patience with a peer', () => {
  it('is the timeout while the peer is heard', () => {
    const roundTrip = new RoundTrip(LIGHT)
    roundTrip.sample(400)
    expect(roundTrip.patience(0)).toBe(roundTrip.timeout)
    expect(roundTrip.patience(0, 2)).toBe(roundTrip.timeout)
  })

  it('grows with its silence, to a minute', () => {
    const roundTrip = new RoundTrip(LIGHT)
    roundTrip.sample(400)
    expect(roundTrip.patience(40_000)).toBe(10_000)
    expect(roundTrip.patience(3_600_000)).toBe(60_000)
  })

  it('doubles from the third miss on, to a minute, although the peer is heard', () => {
    const roundTrip = new RoundTrip(LIGHT)
    roundTrip.sample(10)
    const { timeout } = roundTrip
    expect([3, 4, 5].map(misses => roundTrip.patience(0, misses) / timeout)).toEqual([2, 4, 8])
    expect(roundTrip.patience(0, 1000)).toBe(60_000)
  })

  it('is never shorter than the timeout, however far the peer is', () => {
    const marsFar = new RoundTrip(1_340_000 as Millis)
    expect(marsFar.patience(0, 5)).toBe(marsFar.timeout)
  })
})
