import type { Link } from '@skyferry/engine'
import type { WeatherSettings } from '@skyferry/sim'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type Emulator,
  LinkError,
  realClock,
  startEmulator,
  type UdpAddress,
  type UdpLink,
  udpLink,
} from '../src/index.ts'
import { eventually, Listener } from './listener.ts'

const HERE: UdpAddress = { host: '127.0.0.1', port: 0 }
const clock = realClock()

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function end(): Promise<{ link: UdpLink; listener: Listener<UdpAddress> }> {
  const link = await udpLink({ listen: HERE, mtuOctets: 1400, clock })
  const listener = new Listener<UdpAddress>()
  link.open(listener)
  open.push(link)
  return { link, listener }
}

async function between(
  a: UdpAddress,
  b: UdpAddress,
  weather: { ab?: Partial<WeatherSettings>; ba?: Partial<WeatherSettings>; seed?: number } = {},
): Promise<Emulator> {
  const { ab = {}, ba = {}, seed = 1 } = weather
  const emulator = await startEmulator({
    a,
    b,
    listenA: HERE,
    listenB: HERE,
    weather: { ab, ba },
    seed,
    clock,
  })
  open.push(emulator)
  return emulator
}

function send(link: Link<UdpAddress>, number: number, to: UdpAddress): void {
  const slot = link.lease()
  if (slot === undefined) throw new Error('there is a free slot')
  slot.view.setUint32(0, number)
  slot.length = 4
  slot.to = to
  link.send(slot)
}

/** Sends `count` numbers, as room comes. */
function stream(link: Link<UdpAddress>, listener: Listener<UdpAddress>, count: number, to: UdpAddress): void {
  let sent = 0
  listener.onEvent = () => {
    while (sent < count) {
      const slot = link.lease()
      if (slot === undefined) return
      slot.view.setUint32(0, sent++)
      slot.length = 4
      slot.to = to
      link.send(slot)
    }
  }
  listener.turn()
}

const numbers = (listener: Listener<UdpAddress>): number[] =>
  listener.datagrams.map(({ octets }) => new DataView(octets.buffer).getUint32(0))

describe('the emulator', () => {
  it('gives each end the other’s datagrams from the port that end sends to', async () => {
    const a = await end()
    const b = await end()
    const emulator = await between(a.link.local, b.link.local)
    send(a.link, 1, emulator.listenA)
    await b.listener.received(1)
    expect(b.listener.datagrams[0]!.from).toEqual(emulator.listenB)
    send(b.link, 2, b.listener.datagrams[0]!.from)
    await a.listener.received(1)
    expect(a.listener.datagrams[0]!.from).toEqual(emulator.listenA)
    expect([numbers(a.listener), numbers(b.listener)]).toEqual([[2], [1]])
    expect(emulator.counters('ab')).toMatchObject({ offered: 1, delivered: 1 })
    expect(emulator.counters('ba')).toMatchObject({ offered: 1, delivered: 1 })
  })

  it('takes what an end sends from another port than it listens on', async () => {
    const a = await end()
    const alsoA = await end()
    const b = await end()
    const emulator = await between(a.link.local, b.link.local)
    send(alsoA.link, 3, emulator.listenA)
    await b.listener.received(1)
    send(b.link, 4, emulator.listenB)
    await a.listener.received(1)
    expect(numbers(alsoA.listener)).toEqual([])
  })

  it('carries datagrams of every size, none included', async () => {
    const a = await end()
    const b = await end()
    const emulator = await between(a.link.local, b.link.local)
    const slot = a.link.lease()!
    slot.length = 0
    slot.to = emulator.listenA
    a.link.send(slot)
    expect(await b.listener.received(1)).toEqual([new Uint8Array()])
    const full = a.link.lease()!
    full.length = 1400
    full.bytes.fill(0xa5)
    full.to = emulator.listenA
    a.link.send(full)
    expect((await b.listener.received(2))[1]).toEqual(new Uint8Array(1400).fill(0xa5))
  })

  it('loses the same datagrams of a stream whenever the seed is the same', async () => {
    const outcome = async (seed: number): Promise<number[]> => {
      const a = await end()
      const b = await end()
      const emulator = await between(a.link.local, b.link.local, { ab: { loss: 0.3 }, seed })
      stream(a.link, a.listener, 300, emulator.listenA)
      const { counters } = emulator
      await eventually(() => counters('ab').delivered + counters('ab').lost === 300)
      await b.listener.received(counters('ab').delivered)
      return numbers(b.listener)
    }
    const once = await outcome(7)
    expect(once.length).toBeLessThan(260)
    expect(await outcome(7)).toEqual(once)
    expect(await outcome(8)).not.toEqual(once)
  })

  it('has weather of its own in each direction, and takes new weather', async () => {
    const a = await end()
    const b = await end()
    const emulator = await between(a.link.local, b.link.local, { ab: { loss: 1 } })
    stream(a.link, a.listener, 10, emulator.listenA)
    stream(b.link, b.listener, 10, emulator.listenB)
    await a.listener.received(10)
    await eventually(() => emulator.counters('ab').offered === 10)
    expect(emulator.counters('ab').lost).toBe(10)
    emulator.adjust('ab', { loss: 0 })
    send(a.link, 99, emulator.listenA)
    await b.listener.received(1)
    expect(numbers(b.listener)).toEqual([99])
  })

  it('goes dark on command and comes back', async () => {
    const a = await end()
    const b = await end()
    const emulator = await between(a.link.local, b.link.local)
    emulator.setUp('ab', false)
    send(a.link, 1, emulator.listenA)
    await eventually(() => emulator.counters('ab').outageDropped === 1)
    emulator.setUp('ab', true)
    send(a.link, 2, emulator.listenA)
    await b.listener.received(1)
    expect(numbers(b.listener)).toEqual([2])
  })

  it('holds what is on its way for as long as it takes', async () => {
    const a = await end()
    const b = await end()
    const emulator = await between(a.link.local, b.link.local, { ab: { delayMs: 20 } })
    const began = clock.now()
    send(a.link, 1, emulator.listenA)
    await b.listener.received(1)
    expect(clock.now() - began).toBeGreaterThanOrEqual(20)
  })

  it('refuses a port that is taken, and leaves none of its own open', async () => {
    const a = await end()
    const b = await end()
    const other = await end()
    const listenA = (await end()).link
    listenA.close()
    await listenA.closed
    const settings = { a: a.link.local, b: b.link.local, weather: { ab: {}, ba: {} }, seed: 1, clock }
    const failing = startEmulator({ ...settings, listenA: listenA.local, listenB: other.link.local })
    await expect(failing).rejects.toThrow(LinkError)
    const emulator = await startEmulator({ ...settings, listenA: listenA.local, listenB: HERE })
    open.push(emulator)
    expect(emulator.listenA).toEqual(listenA.local)
  })
})
