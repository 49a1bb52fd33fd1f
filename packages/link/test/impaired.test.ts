import { type Link, type Millis, Random } from '@skyferry/engine'
import { bothWays, CALM, VirtualClock, type Weather, type WeatherSettings } from '@skyferry/sim'
import { describe, expect, it } from 'vitest'
import { type ImpairedLink, impaired, memoryLinkPair } from '../src/index.ts'
import { Listener } from './listener.ts'

const at = (ms: number): Millis => ms as Millis

interface Rig {
  readonly clock: VirtualClock
  readonly link: ImpairedLink<string>
  readonly here: Listener<string>
  readonly far: Link<string>
  readonly there: Listener<string>
}

/** An impaired link over a perfect cable, in virtual time. */
function rig(weather: Weather, { seed = 1, slots = 256 } = {}): Rig {
  const clock = new VirtualClock()
  const defer = (run: () => void): void => {
    clock.at(clock.now(), run)
  }
  const [inner, far] = memoryLinkPair({ defer, slots, mtuOctets: 1000, names: ['near', 'far'] })
  const link = impaired(inner, weather, new Random(seed), clock)
  const here = new Listener<string>()
  const there = new Listener<string>()
  link.open(here)
  far.open(there)
  return { clock, link, here, far, there }
}

const there = (settings: Partial<WeatherSettings>): Weather => ({
  there: { ...CALM, ...settings },
  back: CALM,
})
const back = (settings: Partial<WeatherSettings>): Weather => ({
  there: CALM,
  back: { ...CALM, ...settings },
})

function send(link: Link<string>, number: number, to?: string): void {
  const slot = link.lease()
  if (slot === undefined) throw new Error('there is a free slot')
  slot.view.setUint32(0, number)
  slot.length = 4
  slot.to = to
  link.send(slot)
}

const numbers = (listener: Listener<string>): number[] =>
  listener.datagrams.map(({ octets }) => new DataView(octets.buffer).getUint32(0))

/** One datagram a millisecond. */
function stream(clock: VirtualClock, link: Link<string>, count: number): void {
  const began = clock.now()
  for (let index = 0; index < count; index++) {
    clock.run(at(began + index))
    const slot = link.lease()
    // It has had its share of a turn, and calls the next one.
    if (slot === undefined) clock.step()
    else link.release(slot)
    send(link, index)
  }
  clock.run(at(began + count + 1000))
}

describe('an impaired link', () => {
  it('delays what is sent and what is received, each direction by its own time', () => {
    const weather: Weather = { there: { ...CALM, delayMs: 30 }, back: { ...CALM, delayMs: 7 } }
    const { clock, link, here, far, there } = rig(weather)
    send(link, 1)
    send(far, 2)
    clock.run(at(6.9))
    expect([numbers(here), numbers(there)]).toEqual([[], []])
    clock.run(at(7))
    expect([numbers(here), numbers(there)]).toEqual([[2], []])
    clock.run(at(30))
    expect([numbers(here), numbers(there)]).toEqual([[2], [1]])
  })

  it('keeps the address of each datagram, in whatever order they arrive', () => {
    const { clock, link, far, here, there } = rig(bothWays({ jitterMs: 50, duplication: 0.5 }))
    for (let index = 0; index < 20; index++) {
      send(link, index, index % 2 === 0 ? 'far' : 'nobody')
      send(far, index)
    }
    clock.run(at(1000))
    expect(new Set(numbers(there))).toEqual(new Set([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]))
    expect(new Set(here.datagrams.map(({ from }) => from))).toEqual(new Set(['far']))
    expect(numbers(there)).not.toEqual(numbers(there).toSorted((one, other) => one - other))
  })

  it('loses, doubles and damages the same datagrams whenever the seed is the same', () => {
    const rough = bothWays({ loss: 0.2, duplication: 0.1, corruption: 0.1, jitterMs: 5 })
    const outcome = (seed: number): unknown => {
      const { clock, link, there } = rig(rough, { seed })
      stream(clock, link, 300)
      return there.datagrams.map(({ octets }) => [...octets])
    }
    expect(outcome(7)).toEqual(outcome(7))
    expect(outcome(7)).not.toEqual(outcome(8))
  })

  it('counts the fate of what is sent apart from the fate of what is received', () => {
    const { clock, link, far, here, there: atFar } = rig(back({ loss: 0.5 }))
    stream(clock, link, 100)
    expect(numbers(atFar).length).toBe(100)
    stream(clock, far, 100)
    expect(link.counters('there')).toMatchObject({ offered: 100, delivered: 100, lost: 0 })
    const { offered, delivered, lost } = link.counters('back')
    expect(offered).toBe(100)
    expect(delivered + lost).toBe(100)
    expect(lost).toBeGreaterThan(20)
    expect(here.datagrams.length).toBe(delivered)
  })

  it('loses what is sent during an outage, which counts from when the link was made', () => {
    const { clock, link, there: atFar } = rig(there({ outages: [{ from: at(10), to: at(20) }] }))
    stream(clock, link, 30)
    expect(numbers(atFar)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])
  })

  it('goes dark and comes back on command, and takes new weather', () => {
    const { clock, link, there: atFar } = rig(bothWays())
    link.setUp('there', false)
    send(link, 1)
    clock.run(at(10))
    link.setUp('there', true)
    send(link, 2)
    clock.run(at(20))
    link.adjust('there', { delayMs: 100 })
    send(link, 3)
    clock.run(at(119))
    expect(numbers(atFar)).toEqual([2])
    clock.run(at(120))
    expect(numbers(atFar)).toEqual([2, 3])
  })

  it('calls a turn after what arrives late', () => {
    const { clock, far, here } = rig(back({ delayMs: 50 }))
    send(far, 1)
    send(far, 2)
    clock.run(at(50))
    expect(here.heard.map(what => (what === 'turn' ? what : 'datagram'))).toEqual([
      'datagram',
      'datagram',
      'turn',
    ])
  })

  it('waits for a link that is full, and loses nothing', () => {
    const { clock, link, here, there: atFar } = rig(there({ delayMs: 5 }), { slots: 3 })
    let sent = 0
    here.onEvent = () => {
      for (let slot = sent < 200 ? link.lease() : undefined; slot !== undefined; ) {
        slot.view.setUint32(0, sent++)
        slot.length = 4
        link.send(slot)
        slot = sent < 200 ? link.lease() : undefined
      }
    }
    here.turn()
    clock.run(at(1000))
    expect(numbers(atFar)).toEqual(Array.from({ length: 200 }, (_, index) => index))
  })

  it('rings no more once it is closed, and what was under way is lost', () => {
    const { clock, link, far, here, there: atFar } = rig(bothWays({ delayMs: 50 }))
    send(link, 1)
    send(far, 2)
    clock.run(at(10))
    link.close()
    expect(clock.next).toBe(Infinity)
    clock.run(at(1000))
    expect([here.heard, atFar.heard]).toEqual([[], []])
  })
})
