import { Random } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { CALM, cleared, type WeatherSettings } from './settings.ts'
import { weatherFrom } from './weather-from.ts'
import { WeatherPath } from './weather-path.ts'
import { weatherInWords } from './weather-words.ts'

const seeds = Array.from({ length: 2000 }, (_, seed) => seed)

function faultsOf(settings: WeatherSettings): string {
  const faults: string[] = []
  if (settings.loss > 0) faults.push('loss')
  if (settings.burstStart > 0) faults.push('bursts')
  if (settings.duplication > 0) faults.push('duplication')
  if (settings.reordering > 0) faults.push('reordering')
  if (settings.jitterMs > 0) faults.push('jitter')
  if (settings.corruption > 0) faults.push('corruption')
  if (settings.outages.length > 0) faults.push('outages')
  if (settings.delayMs > 0) faults.push('delay')
  if (settings.rateBps !== Infinity) faults.push('rate')
  return faults.join(' ')
}

describe('the weather from a seed', () => {
  it('is the same for the same seed, as a number or as chance', () => {
    for (const seed of seeds.slice(0, 50)) {
      expect(weatherFrom(seed)).toEqual(weatherFrom(seed))
      expect(weatherFrom(seed)).toEqual(weatherFrom(new Random(seed)))
    }
  })

  it('is always one that a path can be built from', () => {
    for (const seed of seeds) {
      const { there, back } = weatherFrom(seed)
      expect(() => [
        new WeatherPath(there, new Random(1)),
        new WeatherPath(back, new Random(1)),
      ]).not.toThrow()
    }
  })

  it('chooses first which faults exist: calm skies, each fault alone, and most of their combinations', () => {
    const seen = new Map<string, number>()
    for (const seed of seeds) {
      const faults = faultsOf(weatherFrom(seed).there)
      seen.set(faults, (seen.get(faults) ?? 0) + 1)
    }
    expect(seen.get('')).toBeGreaterThan(200)
    for (const alone of ['loss', 'bursts', 'duplication', 'reordering', 'jitter', 'corruption', 'outages']) {
      expect(seen.get(alone), alone).toBeGreaterThan(0)
    }
    expect(seen.size).toBeGreaterThan(300)
  })

  it('has the same faults both ways, of the same strength half of the time', () => {
    const alike = seeds.filter(seed => {
      const { there, back } = weatherFrom(seed)
      expect(faultsOf(there)).toBe(faultsOf(back))
      return weatherInWords({ there, back: there }) === weatherInWords({ there, back })
    })
    expect(alike.length / seeds.length).toBeGreaterThan(0.45)
    expect(alike.length / seeds.length).toBeLessThan(0.7)
  })

  it('stays within its limits', () => {
    for (const seed of seeds) {
      const { there } = weatherFrom(seed, {
        faults: ['loss', 'outages', 'rate'],
        lossMax: 0.05,
        stormMs: 1000,
        rateBpsMin: 9600,
        rateBpsMax: 9600,
        mtuOctets: 1400,
      })
      expect(there.loss).toBeLessThanOrEqual(0.05)
      expect(there.outages.every(({ to }) => to <= 1000)).toBe(true)
      expect([9600, Infinity]).toContain(there.rateBps)
      expect(there.mtuOctets).toBe(1400)
      expect({ ...there, delayMs: 0, jitterMs: 0, duplication: 0, reordering: 0, corruption: 0 }).toEqual(
        there,
      )
    }
  })

  it('has no fault left once it is cleared, and keeps its physics', () => {
    for (const seed of seeds) {
      const { there } = weatherFrom(seed)
      const { rateBps, delayMs, queueDatagrams } = cleared(there)
      expect(faultsOf({ ...cleared(there), rateBps: Infinity, delayMs: 0 })).toBe('')
      expect({ rateBps, delayMs, queueDatagrams }).toEqual({
        rateBps: there.rateBps,
        delayMs: there.delayMs,
        queueDatagrams: there.queueDatagrams,
      })
    }
  })
})

describe('the weather in words', () => {
  it('says what is wrong and nothing else', () => {
    const rough: WeatherSettings = {
      ...CALM,
      loss: 0.2,
      reordering: 0.05,
      reorderingMs: 300,
      delayMs: 900,
      rateBps: 9600,
    }
    const words = 'loss 20 %, reorder 5 % by 300 ms, one-way 900 ms, 9.6 kbit/s'
    expect(weatherInWords({ there: rough, back: rough })).toBe(words)
    expect(weatherInWords({ there: rough, back: CALM })).toBe(`there ${words}; back calm`)
    expect(weatherInWords({ there: CALM, back: CALM })).toBe('calm')
  })
})
