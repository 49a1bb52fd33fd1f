import { describe, expect, it } from 'vitest'
import { parseTurn, parseWeather } from './knobs.ts'

describe('the knobs of an emulated link', () => {
  it.each([
    ['rate', '10Mbit/s', { rateBps: 1e7 }],
    ['rate', 'unlimited', { rateBps: Infinity }],
    ['delay', '40ms', { delayMs: 40 }],
    ['jitter', '5ms', { jitterMs: 5 }],
    ['loss', '2%', { loss: 0.02 }],
    ['burst', '0.5%:20', { burstStart: 0.005, burstEnd: 0.05, burstLoss: 1 }],
    ['burst', '1%:4:50%', { burstStart: 0.01, burstEnd: 0.25, burstLoss: 0.5 }],
    ['duplicate', '5%', { duplication: 0.05 }],
    ['duplicate', '5%:100ms', { duplication: 0.05, duplicationMs: 100 }],
    ['reorder', '5%', { reordering: 0.05, reorderingMs: 50 }],
    ['reorder', '5%:1s', { reordering: 0.05, reorderingMs: 1000 }],
    ['corrupt', '1%', { corruption: 0.01 }],
    ['mtu', '1400', { mtuOctets: 1400 }],
    ['queue', '100', { queueDatagrams: 100 }],
    ['queue', '64KiB', { queueOctets: 65_536 }],
    ['overhead', '48', { overheadOctets: 48 }],
  ])('%s %s', (name, text, patch) => {
    expect(parseTurn(name, text)).toEqual({ directions: ['ab', 'ba'], patch })
    expect(parseTurn(`${name}-ba`, text)).toEqual({ directions: ['ba'], patch })
  })

  it('are suggested when misspelt', () => {
    expect(() => parseTurn('los', '2%')).toThrow(/did you mean 'loss'/)
    expect(() => parseTurn('constructor', '2%')).toThrow(/not known/)
  })

  it('count more for one direction than for both', () => {
    const weather = parseWeather({
      loss: '5%',
      lossBa: '20%',
      delayAb: '1s',
      outageAb: ['10s-20s'],
      outage: ['1s-2s'],
    })
    expect(weather).toEqual({
      ab: { overheadOctets: 28, loss: 0.05, delayMs: 1000, outages: [{ from: 10_000, to: 20_000 }] },
      ba: { overheadOctets: 28, loss: 0.2, outages: [{ from: 1000, to: 2000 }] },
    })
  })

  it('name the option at fault', () => {
    expect(() => parseWeather({ lossAb: '5' })).toThrow(/^--loss-ab: .*did you mean 5%/)
    expect(() => parseWeather({ burst: '5%' })).toThrow(/^--burst: .*START:LENGTH/)
    expect(() => parseWeather({ duplicate: '5%:1s:2' })).toThrow(/^--duplicate: .*SHARE:DURATION/)
  })

  it('sort outages, and refuse those that overlap or last no time', () => {
    expect(parseWeather({ outage: ['30s-40s', '10s-20s'] }).ab.outages?.map(outage => outage.from)).toEqual([
      10_000, 30_000,
    ])
    expect(() => parseWeather({ outage: ['10s-20s', '15s-30s'] })).toThrow(/overlap between 15 s and 20 s/)
    expect(() => parseWeather({ outage: ['20s-10s'] })).toThrow(/ends before it begins/)
    expect(() => parseWeather({ outage: ['10s'] })).toThrow(/not FROM-TO/)
  })
})
