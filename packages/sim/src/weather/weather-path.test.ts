import { type Millis, NEVER, Random } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CALM, type WeatherSettings } from './settings.ts'
import { WeatherPath } from './weather-path.ts'

const ms = (count: number): Millis => count as Millis

/** A datagram that knows its number. */
function numbered(number: number, octets = 8): Uint8Array {
  const datagram = new Uint8Array(Math.max(octets, 4))
  new DataView(datagram.buffer).setUint32(0, number)
  return datagram
}

function numberOf(datagram: Uint8Array): number {
  return new DataView(datagram.buffer, datagram.byteOffset).getUint32(0)
}

interface Arrival {
  readonly number: number
  readonly at: number
}

/** Takes everything, as a host with a perfect clock would. */
function drain(path: WeatherPath, until: Millis = NEVER): Arrival[] {
  const arrivals: Arrival[] = []
  for (let now = path.deadline(); now <= until && now !== NEVER; now = path.deadline()) {
    for (let datagram = path.take(now); datagram !== undefined; datagram = path.take(now)) {
      arrivals.push({ number: numberOf(datagram), at: now })
    }
  }
  return arrivals
}

/** Offers `count` datagrams, one every `gapMs`, and takes everything. */
function flow(path: WeatherPath, count: number, gapMs = 1, octets = 8): Arrival[] {
  const arrivals: Arrival[] = []
  for (let number = 0; number < count; number++) {
    arrivals.push(...drain(path, ms(number * gapMs)))
    path.offer(numbered(number, octets), ms(number * gapMs))
  }
  return [...arrivals, ...drain(path)]
}

function path(settings: Partial<WeatherSettings> = {}, seed = 1): WeatherPath {
  return new WeatherPath(settings, new Random(seed))
}

const probability = fc.double({ min: 0, max: 1, noNaN: true })
const duration = fc.integer({ min: 0, max: 500 })
const anyWeather: fc.Arbitrary<Partial<WeatherSettings>> = fc.record({
  rateBps: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1000, max: 1_000_000 })),
  overheadOctets: fc.nat(40),
  queueOctets: fc.oneof(fc.constant(Infinity), fc.nat(1000)),
  queueDatagrams: fc.nat(50),
  delayMs: duration,
  jitterMs: duration,
  loss: probability,
  burstStart: probability,
  burstEnd: probability,
  burstLoss: probability,
  duplication: probability,
  duplicationMs: duration,
  reordering: probability,
  reorderingMs: duration,
  corruption: probability,
  mtuOctets: fc.integer({ min: 8, max: 64 }),
  outages: fc.constantFrom([], [{ from: ms(20), to: ms(60) }]),
})

describe('a weather path', () => {
  it('delivers everything at once, unchanged and in order when it is calm', () => {
    const calm = path()
    expect(calm.deadline()).toBe(NEVER)
    calm.offer(numbered(1), ms(5))
    calm.offer(numbered(2), ms(5))
    expect(calm.deadline()).toBe(5)
    expect(drain(calm)).toEqual([
      { number: 1, at: 5 },
      { number: 2, at: 5 },
    ])
    expect(calm.take(ms(5))).toBeUndefined()
  })

  it('copies what it is offered: the sender may reuse its buffer', () => {
    const calm = path()
    const buffer = numbered(7)
    calm.offer(buffer, ms(0))
    buffer.fill(0xff)
    expect(drain(calm)).toEqual([{ number: 7, at: 0 }])
  })

  it('carries datagrams of every length, none included, without mixing them up', () => {
    const delayed = path({ delayMs: 10 })
    for (let round = 0; round < 3; round++) {
      const lengths = Array.from({ length: 600 }, (_, index) => index * 7)
      for (const length of lengths) delayed.offer(new Uint8Array(length).fill(length), ms(round * 100))
      for (const length of lengths) {
        const datagram = delayed.take(ms(round * 100 + 10))!
        expect(datagram.length).toBe(length)
        expect(datagram.every(octet => octet === (length & 0xff))).toBe(true)
      }
    }
  })

  it('does the same thing again for the same seed and the same calls', () => {
    fc.assert(
      fc.property(anyWeather, fc.nat(), (settings, seed) => {
        const once = path(settings, seed)
        const twice = path(settings, seed)
        expect(flow(once, 100)).toEqual(flow(twice, 100))
        expect(once.counters).toEqual(twice.counters)
      }),
      { numRuns: 50 },
    )
  })

  it('accounts for every datagram, under way or not', () => {
    fc.assert(
      fc.property(anyWeather, fc.nat(), fc.nat(100), (settings, seed, half) => {
        const stormy = path(settings, seed)
        for (let number = 0; number < 100; number++) {
          if (number === half) stormy.setUp(number % 2 === 0, ms(number))
          stormy.offer(numbered(number, number % 70), ms(number))
          if (number > half) stormy.take(ms(number))
          const { offered, duplicated, delivered, lost, queueDropped, outageDropped, tooLarge } =
            stormy.counters
          expect(offered + duplicated).toBe(
            delivered + lost + queueDropped + outageDropped + tooLarge + stormy.underWay,
          )
        }
        drain(stormy)
        expect(stormy.underWay).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  it('keeps the order of what it delivers unless it has jitter, reordering or late copies', () => {
    fc.assert(
      fc.property(anyWeather, fc.nat(), (settings, seed) => {
        const tidy = path({ ...settings, jitterMs: 0, reordering: 0, duplicationMs: 0, corruption: 0 }, seed)
        const numbers = flow(tidy, 100, 1, 8).map(arrival => arrival.number)
        expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
        expect(tidy.counters.reordered).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('delivers in order of arrival, whatever the jitter, and counts what was overtaken', () => {
    const jittery = path({ delayMs: 50, jitterMs: 40, reordering: 0.1, reorderingMs: 100 })
    const arrivals = flow(jittery, 2000)
    const times = arrivals.map(arrival => arrival.at)
    expect(times).toEqual([...times].sort((one, other) => one - other))
    let latest = -1
    let overtaken = 0
    for (const { number } of arrivals) {
      if (number < latest) overtaken += 1
      latest = Math.max(latest, number)
    }
    expect(arrivals).toHaveLength(2000)
    expect(overtaken).toBeGreaterThan(500)
    expect(jittery.counters.reordered).toBe(overtaken)
    for (const { number, at } of arrivals) {
      expect(at - number).toBeGreaterThanOrEqual(50)
      expect(at - number).toBeLessThan(190)
    }
  })

  it('obeys its rate, overhead counted, and delivers whole datagrams after the last bit', () => {
    const slow = path({ rateBps: 8000, overheadOctets: 20, delayMs: 7 })
    const arrivals = flow(slow, 50, 0, 80)
    expect(arrivals.map(arrival => arrival.at)).toEqual(
      Array.from({ length: 50 }, (_, index) => (index + 1) * 100 + 7),
    )
  })

  it('does not save up rate while it has nothing to send', () => {
    const slow = path({ rateBps: 8000 })
    slow.offer(numbered(1, 100), ms(0))
    slow.offer(numbered(2, 100), ms(1000))
    slow.offer(numbered(3, 100), ms(1000))
    expect(drain(slow).map(arrival => arrival.at)).toEqual([100, 1100, 1200])
  })

  it('drops the newest when its queue is full, the datagram on the air not counted', () => {
    for (const limit of [{ queueDatagrams: 2 }, { queueOctets: 250 }]) {
      const narrow = path({ rateBps: 8000, ...limit })
      for (let number = 0; number < 5; number++) narrow.offer(numbered(number, 100), ms(0))
      expect(narrow.counters.queueDropped).toBe(2)
      // At 100 ms the second leaves the queue, so that one more finds room.
      narrow.offer(numbered(5, 100), ms(100))
      narrow.offer(numbered(6, 100), ms(100))
      expect(drain(narrow).map(arrival => arrival.number)).toEqual([0, 1, 2, 5])
    }
  })

  it('bounds the octets under way, however fast it is', () => {
    const far = path({ delayMs: 1000, flightOctets: 250 })
    for (let number = 0; number < 5; number++) far.offer(numbered(number, 100), ms(number))
    expect(far.underWay).toBe(2)
    expect(far.counters.queueDropped).toBe(3)
    drain(far)
    far.offer(numbered(9, 100), ms(2000))
    expect(drain(far)).toEqual([{ number: 9, at: 3000 }])
  })

  it('loses the share it is told to lose', () => {
    for (const loss of [0.01, 0.2, 0.7]) {
      const lossy = path({ loss })
      flow(lossy, 20_000)
      // Four standard deviations.
      const tolerance = 4 * Math.sqrt(loss * (1 - loss) * 20_000)
      expect(Math.abs(lossy.counters.lost - loss * 20_000)).toBeLessThan(tolerance)
    }
  })

  it('loses in bursts of the mean length and share that Gilbert and Elliott ask for', () => {
    const bursty = path({ burstStart: 0.01, burstEnd: 0.1 })
    const got = new Set(flow(bursty, 50_000).map(arrival => arrival.number))
    let bursts = 0
    for (let number = 1; number < 50_000; number++) if (!got.has(number) && got.has(number - 1)) bursts += 1
    expect(bursty.counters.lost / 50_000).toBeCloseTo(1 / 11, 1.5)
    expect(bursty.counters.lost / bursts).toBeGreaterThan(9)
    expect(bursty.counters.lost / bursts).toBeLessThan(11)
  })

  it('duplicates the share it is told to, the copy never first and up to so much later', () => {
    const doubling = path({ duplication: 0.25, duplicationMs: 30 })
    const arrivals = flow(doubling, 10_000)
    expect(doubling.counters.duplicated / 10_000).toBeCloseTo(0.25, 1)
    expect(arrivals).toHaveLength(10_000 + doubling.counters.duplicated)
    for (const { number, at } of arrivals) expect(at - number).toBeLessThan(30)
  })

  it('flips one to three bits of the share that it damages, each copy on its own', () => {
    const damaging = path({ corruption: 0.5, duplication: 1 })
    const flips: number[] = []
    for (let number = 0; number < 1000; number++) {
      damaging.offer(new Uint8Array(20), ms(number))
      for (
        let datagram = damaging.take(ms(number));
        datagram !== undefined;
        datagram = damaging.take(ms(number))
      ) {
        let ones = 0
        for (const octet of datagram) for (let bit = 0; bit < 8; bit++) ones += (octet >> bit) & 1
        flips.push(ones)
      }
    }
    expect(new Set(flips)).toEqual(new Set([0, 1, 2, 3]))
    expect(flips.filter(count => count > 0)).toHaveLength(damaging.counters.corrupted)
    expect(damaging.counters.corrupted / 2000).toBeCloseTo(0.5, 1)
  })

  it('drops what is larger than its MTU, and only that', () => {
    const small = path({ mtuOctets: 100 })
    small.offer(numbered(1, 100), ms(0))
    small.offer(numbered(2, 101), ms(0))
    expect(drain(small)).toEqual([{ number: 1, at: 0 }])
    expect(small.counters.tooLarge).toBe(1)
  })
})

describe('an outage', () => {
  it('loses what is sent in it, and nothing that was already under way', () => {
    const far = path({
      delayMs: 500,
      outages: [
        { from: ms(10), to: ms(20) },
        { from: ms(30), to: ms(31) },
      ],
    })
    const numbers = flow(far, 40).map(arrival => arrival.number)
    const dark = (number: number): boolean => (number >= 10 && number < 20) || number === 30
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index).filter(number => !dark(number)))
    expect(far.counters.outageDropped).toBe(11)
  })

  it('cuts a datagram that is on the air when it begins', () => {
    const slow = path({ rateBps: 8000, outages: [{ from: ms(150), to: ms(160) }] })
    expect(flow(slow, 4, 0, 100).map(arrival => arrival.number)).toEqual([0, 2, 3])
  })

  it('by command does the same, also to what waits, and ends by command', () => {
    const slow = path({ rateBps: 8000, delayMs: 1000 })
    for (let number = 0; number < 6; number++) slow.offer(numbered(number, 100), ms(0))
    slow.setUp(false, ms(150))
    expect(slow.up).toBe(false)
    slow.setUp(true, ms(320))
    expect(slow.up).toBe(true)
    // 0 had left; 1, 2 and 3 were on the air at some moment of it; 4 and 5 came after.
    expect(drain(slow).map(arrival => arrival.number)).toEqual([0, 4, 5])
    expect(slow.counters.outageDropped).toBe(3)
  })

  it('by command loses nothing that was sent at the very moment before', () => {
    const far = path({ delayMs: 100 })
    far.offer(numbered(1), ms(5))
    far.setUp(false, ms(5))
    far.offer(numbered(2), ms(5))
    far.offer(numbered(3), ms(90))
    far.setUp(true, ms(100))
    far.offer(numbered(4), ms(100))
    expect(drain(far).map(arrival => arrival.number)).toEqual([1, 4])
  })

  it('that lasts takes what waits as its turn comes', () => {
    const slow = path({ rateBps: 8000 })
    for (let number = 0; number < 3; number++) slow.offer(numbered(number, 100), ms(0))
    slow.setUp(false, ms(150))
    expect(drain(slow).map(arrival => arrival.number)).toEqual([0])
    expect(slow.underWay).toBe(0)
  })
})

describe('a change of weather', () => {
  it('is for what is offered from then on', () => {
    const changing = path({ loss: 1 })
    changing.offer(numbered(1), ms(0))
    changing.adjust({ loss: 0, delayMs: 100 })
    changing.offer(numbered(2), ms(1))
    changing.adjust({ delayMs: 0 })
    changing.offer(numbered(3), ms(2))
    expect(drain(changing)).toEqual([
      { number: 3, at: 2 },
      { number: 2, at: 101 },
    ])
    expect(changing.settings).toEqual(CALM)
  })

  it('that ends bursts ends the one that is going on', () => {
    const bursty = path({ burstStart: 1, burstEnd: 0 })
    bursty.offer(numbered(1), ms(0))
    bursty.adjust({ burstStart: 0 })
    bursty.offer(numbered(2), ms(1))
    expect(drain(bursty)).toEqual([{ number: 2, at: 1 }])
  })

  it.each<[Partial<WeatherSettings>, string]>([
    [{ loss: 1.1 }, 'loss is a probability'],
    [{ corruption: Number.NaN }, 'corruption is a probability'],
    [{ delayMs: -1 }, 'delayMs is not negative'],
    [{ rateBps: 0 }, 'rateBps is above zero'],
    [{ outages: [{ from: ms(5), to: ms(5) }] }, 'outages are in order'],
  ])('to %j is refused', (patch, claim) => {
    expect(() => path().adjust(patch)).toThrow(claim)
  })
})
