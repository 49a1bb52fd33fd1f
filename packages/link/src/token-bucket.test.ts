import { InvariantError, type Millis, Random } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

const at = (ms: number): Millis => ms as Millis

/** What left, when; bits with overhead. */
interface Departure {
  readonly at: number
  readonly bits: number
}

interface Flow {
  readonly rateBps: number
  readonly overheadOctets: number
  readonly octetsMin: number
  readonly octetsMax: number
  /** A wake-up comes at least this long after the one before, and up to `jitterMs` late. */
  readonly tickMs: number
  readonly jitterMs: number
  readonly seconds: number
  readonly seed: number
  /** Where the clock starts: after weeks its steps are coarser. */
  readonly start: number
}

/** Someone who always has more to send, woken as a host wakes: in ticks, and late. */
function busy(flow: Flow): Departure[] {
  const random = new Random(flow.seed)
  const bucket = new TokenBucket(flow, at(flow.start))
  const departures: Departure[] = []
  const end = flow.start + flow.seconds * 1000
  for (let now = flow.start; now < end; ) {
    while (bucket.opens(at(now))) {
      const octets = random.whole(flow.octetsMin, flow.octetsMax + 1)
      bucket.spend(octets)
      departures.push({ at: now, bits: (octets + flow.overheadOctets) * 8 })
    }
    now = Math.max(bucket.opensAt(), now + flow.tickMs) + random.unit() * flow.jitterMs
  }
  return departures
}

/** The least and the most bits in any window of one second that lies within the flow. */
function extremes(
  departures: readonly Departure[],
  from: number,
  to: number,
): { least: number; most: number } {
  let least = Infinity
  let most = 0
  let first = 0
  let bits = 0
  // Windows that end with a departure hold the most, windows that end just before one the least.
  for (const departure of departures) {
    while (departures[first]!.at <= departure.at - 1000) bits -= departures[first++]!.bits
    if (departure.at - 1000 >= from) least = Math.min(least, bits)
    bits += departure.bits
    most = Math.max(most, bits)
  }
  while (first < departures.length && departures[first]!.at <= to - 1000) bits -= departures[first++]!.bits
  return { least: Math.min(least, bits), most }
}

function expectPace(flow: Flow): void {
  const departures = busy(flow)
  const { least, most } = extremes(departures, flow.start, flow.start + flow.seconds * 1000)
  // No window can be finer than the datagrams it is made of.
  const datagram = (flow.octetsMax + flow.overheadOctets) * 8
  expect(most).toBeLessThanOrEqual(flow.rateBps * 1.01 + datagram)
  expect(least).toBeGreaterThanOrEqual(flow.rateBps * 0.99 - datagram)
  const total = departures.reduce((sum, { bits }) => sum + bits, 0)
  expect(Math.abs(total - flow.rateBps * flow.seconds)).toBeLessThanOrEqual(flow.rateBps * 0.01 + datagram)
}

describe('a token bucket', () => {
  it('keeps within 1 % of its rate over any second, for any sizes, however late within 7 ms it is asked', () => {
    const flows = fc.record({
      exponent: fc.double({ min: Math.log10(1200), max: 8, noNaN: true }),
      overheadOctets: fc.nat(100),
      octetsMin: fc.nat(1500),
      spread: fc.nat(1500),
      tickMs: fc.double({ min: 0, max: 1, noNaN: true }),
      jitterMs: fc.double({ min: 0, max: 6.9, noNaN: true }),
      seed: fc.nat(),
      start: fc.constantFrom(0, 12_345.678, 30 * 86_400_000),
    })
    fc.assert(
      fc.property(flows, ({ exponent, octetsMin, spread, ...rest }) => {
        const rateBps = 10 ** exponent
        // Sizes that make at most some ten thousand datagrams of it.
        const scale = Math.max(1, Math.ceil(rateBps / 1e7))
        const octetsMax = Math.min(65_507, (octetsMin + spread + 1) * scale)
        expectPace({ ...rest, rateBps, octetsMin: Math.min(octetsMin, octetsMax), octetsMax, seconds: 2.5 })
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    [1200, 60],
    [9600, 60],
    [500e6, 3],
  ])('keeps %d bit/s with datagrams of 1 KiB and the timers of a host', (rateBps, seconds) => {
    const shape = {
      rateBps,
      overheadOctets: 28,
      octetsMin: 1024,
      octetsMax: 1024,
      seconds,
      seed: 1,
      start: 0,
    }
    expectPace({ ...shape, tickMs: 1, jitterMs: 1.3 })
  })

  it('saves up no more than 2 ms of a silence', () => {
    const bucket = new TokenBucket({ rateBps: 8e6 }, at(0))
    const later = at(3_600_000)
    let octets = 0
    while (bucket.opens(later)) {
      bucket.spend(100)
      octets += 100
    }
    expect(octets).toBeGreaterThanOrEqual(2000)
    expect(octets).toBeLessThanOrEqual(2000 + 100)
  })

  it('lets one who was kept waiting catch up 8 ms, not more', () => {
    const bucket = new TokenBucket({ rateBps: 8e6 }, at(0))
    while (bucket.opens(at(0))) bucket.spend(1000)
    let octets = 0
    while (bucket.opens(at(100))) {
      bucket.spend(100)
      octets += 100
    }
    expect(octets).toBe(8000 + 100)
  })

  it('forgets that somebody waited once what is left is not wanted', () => {
    const bucket = new TokenBucket({ rateBps: 8e6 }, at(0))
    while (bucket.opens(at(0))) bucket.spend(1000)
    bucket.rest()
    let octets = 0
    while (bucket.opens(at(100))) {
      bucket.spend(100)
      octets += 100
    }
    expect(octets).toBe(2000 + 100)
  })

  it('lets one datagram of any size into debt, and opens at the very moment the debt is paid', () => {
    fc.assert(
      fc.property(
        fc.nat(65_507),
        fc.double({ min: 1200, max: 500e6, noNaN: true }),
        fc.double({ min: 0, max: 1e10, noNaN: true }),
        (octets, rateBps, start) => {
          const bucket = new TokenBucket({ rateBps, overheadOctets: 28 }, at(start))
          expect(bucket.opens(at(start))).toBe(true)
          bucket.spend(octets)
          const opensAt = bucket.opensAt()
          expect(opensAt - start).toBeCloseTo(((octets + 28) * 8000) / rateBps, 3)
          expect(bucket.opens(at(start + (opensAt - start) * 0.9))).toBe(opensAt === start)
          expect(bucket.opens(opensAt)).toBe(true)
        },
      ),
    )
  })

  it('counts what is already promised as if it had left', () => {
    const bucket = new TokenBucket({ rateBps: 8000 }, at(0))
    expect(bucket.opens(at(0), 1)).toBe(false)
    expect(bucket.opens(at(1), 1)).toBe(true)
  })

  it('keeps its debt in bits when the rate changes', () => {
    const bucket = new TokenBucket({ rateBps: 8000 }, at(0))
    bucket.spend(100)
    expect(bucket.opensAt()).toBe(100)
    bucket.changeRate(16_000, at(50))
    expect(bucket.opensAt()).toBe(75)
    expect(bucket.rateBps).toBe(16_000)
  })

  it.each([0, -1, Infinity, Number.NaN])('refuses %d bit/s', rateBps => {
    expect(() => new TokenBucket({ rateBps }, at(0))).toThrow(InvariantError)
  })
})
