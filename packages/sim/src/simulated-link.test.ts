import { type Link, type LinkEvents, type Millis, NEVER, Random } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { SimulatedAir } from './simulated-air.ts'
import { VirtualClock } from './virtual-clock.ts'
import { bothWays, type WeatherSettings } from './weather/settings.ts'

const ms = (count: number): Millis => count as Millis

function pair(
  weather: Partial<WeatherSettings> = {},
  burstMs = 0,
): { clock: VirtualClock; air: SimulatedAir } {
  const clock = new VirtualClock()
  const air = new SimulatedAir(clock, { burstMs })
  air.join('earth', 'craft', bothWays(weather), new Random(1))
  return { clock, air }
}

/** Opens a link and writes down what happens at it. */
function listen(link: Link<string>, clock: VirtualClock, turn: () => void = () => {}): string[] {
  const heard: string[] = []
  const events: LinkEvents<string> = {
    datagram: (bytes, from) => heard.push(`${clock.now()} ${from}: ${[...bytes].join(' ')}`),
    turn: () => {
      heard.push(`${clock.now()} turn`)
      turn()
    },
  }
  link.open(events)
  return heard
}

/** Sends one datagram; false while the link has no room. */
function send(link: Link<string>, octets: readonly number[], to?: string): boolean {
  const slot = link.lease()
  if (slot === undefined) return false
  slot.bytes.set(octets)
  slot.length = octets.length
  slot.to = to
  link.send(slot)
  return true
}

describe('a simulated link', () => {
  it('delivers later, never within send, and follows a burst with one turn', () => {
    const { clock, air } = pair()
    const earth = air.link('earth')
    const heard = listen(air.link('craft'), clock)
    listen(earth, clock)
    send(earth, [1, 2], 'craft')
    send(earth, [], 'craft')
    expect(heard).toEqual([])
    clock.run(ms(0))
    expect(heard).toEqual(['0 earth: 1 2', '0 earth: ', '0 turn'])
  })

  it('needs no address where there is one peer, and goes both ways', () => {
    const { clock, air } = pair({ delayMs: 10 })
    const earth = air.link('earth')
    const craft = air.link('craft')
    const atCraft = listen(craft, clock, () => send(craft, [9]))
    const atEarth = listen(earth, clock)
    send(earth, [1])
    clock.run(NEVER)
    expect(atCraft).toEqual(['10 earth: 1', '10 turn'])
    expect(atEarth).toEqual(['20 craft: 9', '20 turn'])
  })

  it('has no free slot once it had its share of the turn, and a turn follows', () => {
    const { clock, air } = pair()
    const earth = air.link('earth', { slots: 3 })
    let left = 7
    const pump = (): void => {
      while (left > 0 && send(earth, [left], 'craft')) left -= 1
    }
    const turns = listen(earth, clock, pump)
    const heard = listen(air.link('craft'), clock)
    pump()
    expect(left).toBe(4)
    clock.run(NEVER)
    expect(left).toBe(0)
    expect(turns).toEqual(['0 turn', '0 turn'])
    expect(heard.filter(line => line.includes(':'))).toHaveLength(7)
  })

  it('has no free slot while all are in the hands of the engine, and a turn follows when one comes back', () => {
    const { clock, air } = pair()
    const earth = air.link('earth', { slots: 2 })
    const turns = listen(earth, clock)
    const first = earth.lease()!
    const second = earth.lease()!
    expect(earth.lease()).toBeUndefined()
    clock.run(ms(5))
    expect(turns).toEqual([])
    earth.release(first)
    earth.release(second)
    clock.run(ms(5))
    expect(turns).toEqual(['5 turn'])
    expect(earth.lease()).toBeDefined()
  })

  it('offers no turn that nobody was refused', () => {
    const { clock, air } = pair()
    const earth = air.link('earth')
    const turns = listen(earth, clock)
    send(earth, [1], 'craft')
    clock.run(NEVER)
    expect(turns).toEqual([])
  })

  it('with a rate goes into debt by one datagram, then waits until it is paid', () => {
    const { clock, air } = pair()
    const earth = air.link('earth', { rateBps: 8000, overheadOctets: 20 })
    const heard = listen(air.link('craft'), clock)
    let left = 3
    const pump = (): void => {
      while (left > 0 && send(earth, new Array(80).fill(0), 'craft')) left -= 1
    }
    listen(earth, clock, pump)
    clock.run(ms(50))
    pump()
    clock.run(NEVER)
    expect(heard.filter(line => line.endsWith('turn'))).toEqual(['50 turn', '150 turn', '250 turn'])
  })

  it('lends each slot once at a time, empty and without an address', () => {
    const { clock, air } = pair()
    const earth = air.link('earth', { slots: 1, mtuOctets: 100 })
    listen(earth, clock)
    const slot = earth.lease()!
    expect(slot.bytes).toHaveLength(100)
    expect(slot.view.byteLength).toBe(100)
    slot.length = 5
    slot.to = 'craft'
    earth.release(slot)
    expect(() => earth.send(slot)).toThrow('a slot is sent or released once')
    const again = earth.lease()!
    expect([again.length, again.to]).toEqual([0, undefined])
    again.length = 101
    expect(() => earth.send(again)).toThrow('a datagram fits its slot')
  })

  it('is deaf and dumb once closed; the next life of its node hears what was under way', () => {
    const { clock, air } = pair({ delayMs: 10 })
    const earth = air.link('earth')
    listen(earth, clock)
    const dead = air.link('craft')
    const unheard = listen(dead, clock)
    send(earth, [1], 'craft')
    dead.close()
    expect(dead.lease()).toBeUndefined()
    clock.run(ms(10))
    send(earth, [2], 'craft')
    const heard = listen(air.link('craft'), clock)
    clock.run(NEVER)
    expect(unheard).toEqual([])
    expect(air.unheard).toBe(1)
    expect(heard).toEqual(['20 earth: 2', '20 turn'])
  })

  it('counts what is sent to a name that nobody bears', () => {
    const { clock, air } = pair()
    const earth = air.link('earth')
    listen(earth, clock)
    send(earth, [1], 'moon')
    expect(air.unroutable).toBe(1)
  })

  it('hands over in one burst what arrives within one beat of a slow host', () => {
    const { clock, air } = pair({ rateBps: 8000 }, 250)
    const earth = air.link('earth')
    listen(earth, clock)
    const heard = listen(air.link('craft'), clock)
    for (let number = 0; number < 4; number++) send(earth, new Array(100).fill(number), 'craft')
    clock.run(NEVER)
    expect(heard.map(line => line.slice(0, 12))).toEqual([
      '250 earth: 0',
      '250 earth: 1',
      '250 turn',
      '500 earth: 2',
      '500 earth: 3',
      '500 turn',
    ])
  })
})

describe('the air', () => {
  it('gives every direction its own weather, its own chance and its own commands', () => {
    const { clock, air } = pair({ loss: 0.5 })
    const earth = air.link('earth')
    const craft = air.link('craft')
    const atCraft = listen(craft, clock)
    const atEarth = listen(earth, clock)
    for (let number = 0; number < 200; number++) {
      clock.run(ms(number))
      send(earth, [number])
      send(craft, [number])
    }
    clock.run(NEVER)
    const numbers = (heard: readonly string[]): string[] =>
      heard.filter(line => line.includes(':')).map(line => line.split(': ')[1]!)
    expect(numbers(atCraft).length).toBeGreaterThan(50)
    expect(numbers(atEarth).length).toBeGreaterThan(50)
    expect(numbers(atCraft)).not.toEqual(numbers(atEarth))
    air.path('earth', 'craft').setUp(false, clock.now())
    expect(air.path('craft', 'earth').up).toBe(true)
  })

  it('clears: links are up again and lose nothing', () => {
    const { clock, air } = pair({ loss: 1, delayMs: 5 })
    const earth = air.link('earth')
    listen(earth, clock)
    const heard = listen(air.link('craft'), clock)
    air.setUp('earth', 'craft', false)
    air.clear()
    send(earth, [1])
    clock.run(NEVER)
    expect(heard).toEqual(['5 earth: 1', '5 turn'])
  })
})
