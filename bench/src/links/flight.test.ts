import { describe, expect, it } from 'vitest'
import { Fates } from './fates.ts'
import { fly, segmentOctets } from './flight.ts'
import { runIdeal } from './ideal.ts'
import { deliveryOver, type LinkCase } from './ten-links.ts'

const SMALL: LinkCase = {
  name: 'small',
  rateBps: 1_000_000,
  roundTripMs: 200,
  loss: 0,
  fileOctets: 100_000,
  pduOctets: 1024,
  bound: { deferred: 1, immediate: 1 },
}

describe('a flight', () => {
  it('without loss sends each PDU once and takes the ideal time, Metadata and EOF aside', () => {
    const delivery = deliveryOver(SMALL, segmentOctets(SMALL))
    const ideal = runIdeal('immediate', delivery, new Fates(1, 0))
    const flight = fly(SMALL, 'immediate', 1)
    expect(flight.sent).toBe(ideal.sent)
    expect(flight.ms).toBeGreaterThan(ideal.ms)
    expect(flight.ms - ideal.ms).toBeLessThan(2)
  })

  it('meets the losses that the ideal protocol meets: it cannot deliver with fewer PDUs', () => {
    const lossy = { ...SMALL, loss: 0.2 }
    const delivery = deliveryOver(lossy, segmentOctets(lossy))
    for (const mode of ['immediate', 'deferred'] as const) {
      const needed = runIdeal(mode, delivery, new Fates(5, lossy.loss)).sent
      expect(fly(lossy, mode, 5).sent).toBeGreaterThanOrEqual(needed)
    }
  })

  it('is the same each time for one seed', () => {
    const lossy = { ...SMALL, loss: 0.1 }
    expect(fly(lossy, 'deferred', 9)).toEqual(fly(lossy, 'deferred', 9))
  })
})
