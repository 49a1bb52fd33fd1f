import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Link, Millis, Slot } from '@skyferry/engine'
import { VirtualClock } from '@skyferry/sim'
import { afterEach, describe, expect, it } from 'vitest'
import {
  LinkError,
  realClock,
  type UdpAddress,
  type UdpLink,
  type UdpLinkOptions,
  udpLink,
} from '../src/index.ts'
import { eventually, Listener, quiet } from './listener.ts'

const HERE: UdpAddress = { host: '127.0.0.1', port: 0 }

const links: UdpLink[] = []

async function link(options: Partial<UdpLinkOptions> = {}): Promise<UdpLink> {
  const opened = await udpLink({ listen: HERE, mtuOctets: 1024, clock: realClock(), ...options })
  links.push(opened)
  return opened
}

/** A port that nobody listens on. */
async function vacant(): Promise<UdpAddress> {
  const opened = await link()
  opened.close()
  await opened.closed
  return opened.local
}

afterEach(async () => {
  for (const opened of links) opened.close()
  await Promise.all(links.map(({ closed }) => closed))
  links.length = 0
})

function send(from: Link<UdpAddress>, octets: readonly number[], to?: UdpAddress): void {
  const slot = from.lease()
  if (slot === undefined) throw new Error('there is a free slot')
  slot.bytes.set(octets)
  slot.length = octets.length
  slot.to = to
  from.send(slot)
}

/** Sends until the link says no, and tells how many it took. */
function fill(opened: Link<UdpAddress>, octets: number): number {
  let sent = 0
  for (let slot = opened.lease(); slot !== undefined; slot = opened.lease()) {
    slot.length = octets
    opened.send(slot)
    sent += 1
  }
  return sent
}

describe('a UDP link hears', () => {
  it('its peer, also when that answers from another port than it listens on', async () => {
    const peer = await link()
    const opened = await link({ peer: peer.local })
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    const stranger = await link()
    send(stranger, [1], opened.local)
    send(peer, [2], opened.local)
    await listener.received(2)
    const heard = listener.datagrams.map(({ octets, from }) => [octets[0], from.port])
    expect(heard.sort()).toEqual([
      [1, stranger.local.port],
      [2, peer.local.port],
    ])
  })

  it('many datagrams from one address with one and the same object', async () => {
    const peer = await link()
    const opened = await link({ peer: peer.local })
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    for (let index = 0; index < 5; index++) send(peer, [index], opened.local)
    await listener.received(5)
    expect(new Set(listener.datagrams.map(({ from }) => from))).toEqual(new Set([opened.peer]))
    expect(listener.datagrams.every(({ from }) => from === opened.peer)).toBe(true)
  })

  it('a burst that comes while the process is busy, as its receive buffer holds it', async () => {
    const opened = await link()
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) })
    socket.connect(opened.local.port, opened.local.host)
    await once(socket, 'connect')
    // All within one turn of the event loop: nobody reads meanwhile.
    for (let sent = 0; sent < 1000; sent++) socket.send(new Uint8Array(1024))
    await listener.received(1000)
    socket.close()
    expect(opened.counters()).toMatchObject({ received: 1000, receivedOctets: 1_024_000 })
  })
})

describe('a UDP link sends', () => {
  it('to its peer and to others, counting datagrams and octets', async () => {
    const peer = await link()
    const other = await link()
    const opened = await link({ peer: peer.local })
    const atPeer = new Listener<UdpAddress>()
    const atOther = new Listener<UdpAddress>()
    peer.open(atPeer)
    other.open(atOther)
    send(opened, [1, 2])
    send(opened, [3], { ...peer.local })
    send(opened, [4, 5, 6], other.local)
    expect(await atPeer.received(2)).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)])
    expect(await atOther.received(1)).toEqual([Uint8Array.of(4, 5, 6)])
    expect(atPeer.datagrams[0]!.from).toEqual(opened.local)
    expect(atOther.datagrams[0]!.from).toEqual(opened.local)
    expect(opened.counters()).toMatchObject({ sent: 3, sentOctets: 6, sendErrors: 0, unaddressed: 0 })
  })

  it('no more in one turn than its share when slots are leased in bulk', async () => {
    const peer = await link()
    const opened = await link({ peer: peer.local, turnDatagrams: 16 })
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    const leaseAll = (): Slot<UdpAddress>[] => {
      const held = []
      for (let slot = opened.lease(); slot !== undefined; slot = opened.lease()) held.push(slot)
      return held
    }
    const first = leaseAll()
    expect(first).toHaveLength(16)
    for (const slot of first.slice(0, 10)) opened.send(slot)
    expect(leaseAll()).toHaveLength(0)
    for (const slot of first.slice(10)) opened.send(slot)
    await listener.until(() => listener.turns > 0)
    expect(leaseAll()).toHaveLength(16)
  })

  it('no more in one turn than its share, and goes on in the next', async () => {
    const peer = await link()
    const opened = await link({ peer: peer.local, turnDatagrams: 16 })
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    expect(fill(opened, 1)).toBe(16)
    await listener.until(() => listener.turns === 1)
    expect(fill(opened, 1)).toBe(16)
  })

  it('nothing without an address, or to port 0, and says so', async () => {
    const opened = await link()
    send(opened, [1])
    send(opened, [1], { host: '127.0.0.1', port: 0 })
    expect(opened.counters()).toMatchObject({ sent: 0, unaddressed: 2 })
  })

  it('on, when one datagram cannot leave', async () => {
    const peer = await link()
    const opened = await link({ peer: peer.local })
    const listener = new Listener<UdpAddress>()
    peer.open(listener)
    // Not permitted without a socket option that this link never sets.
    send(opened, [1], { host: '255.255.255.255', port: 9 })
    send(opened, [2], { host: 'not a literal', port: 9 })
    send(opened, [3])
    expect(await listener.received(1)).toEqual([Uint8Array.of(3)])
    await eventually(() => opened.counters().sendErrors > 0)
  })

  it('on, when nobody listens at the peer’s port, and hears the peer as soon as it does', async () => {
    const peer = await vacant()
    const opened = await link({ peer })
    opened.open(new Listener<UdpAddress>())
    while (opened.counters().refused === 0) {
      send(opened, [1])
      await quiet()
    }
    const late = await link({ listen: peer })
    const listener = new Listener<UdpAddress>()
    late.open(listener)
    send(opened, [2])
    expect(await listener.received(1)).toEqual([Uint8Array.of(2)])
  })
})

describe('a UDP link with a rate', () => {
  it('leases while there is credit, and calls a turn when there is credit again', async () => {
    const clock = new VirtualClock()
    const peer = await link()
    const opened = await link({ peer: peer.local, rateBps: 8000, overheadOctets: 24, clock })
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    expect(fill(opened, 1000)).toBe(1)
    expect(clock.next).toBe(1024)
    clock.run(1023 as Millis)
    expect(listener.turns).toBe(0)
    clock.run(1024 as Millis)
    expect(listener.turns).toBe(1)
    expect(fill(opened, 1000)).toBe(1)
  })

  it('looks at its credit in ticks of a millisecond when datagrams are shorter than that', async () => {
    const clock = new VirtualClock()
    const peer = await link()
    const opened = await link({ peer: peer.local, rateBps: 80e6, overheadOctets: 0, clock })
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    let sent = 0
    listener.onEvent = () => {
      sent += fill(opened, 1000)
    }
    sent += fill(opened, 1000)
    clock.run(100 as Millis)
    expect(listener.turns).toBe(100)
    // 10 datagrams a millisecond, and the one that ran into debt.
    expect(Math.abs(sent - 1000)).toBeLessThanOrEqual(1)
  })

  it('counts the headers of UDP and IP unless it is told otherwise', async () => {
    const clock = new VirtualClock()
    const peer = await link()
    const opened = await link({ peer: peer.local, rateBps: 8000, clock })
    opened.open(new Listener<UdpAddress>())
    fill(opened, 72)
    expect(clock.next).toBe(100)
  })

  it('goes on at once when the rate is taken off, and paces from when it is set', async () => {
    const clock = new VirtualClock()
    const peer = await link()
    const opened = await link({ peer: peer.local, rateBps: 1200, clock })
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    expect(fill(opened, 1000)).toBe(1)
    opened.changeRate(undefined)
    await listener.until(() => listener.turns === 1)
    expect(fill(opened, 1000)).toBeGreaterThan(10)
    opened.changeRate(1200)
    await listener.until(() => listener.turns === 2)
    expect(fill(opened, 1000)).toBe(1)
    expect(opened.counters().rateWaits).toBeGreaterThan(0)
  })

  it('rings no more once it is closed', async () => {
    const clock = new VirtualClock()
    const peer = await link()
    const opened = await link({ peer: peer.local, rateBps: 1200, clock })
    const listener = new Listener<UdpAddress>()
    opened.open(listener)
    fill(opened, 1000)
    opened.close()
    expect(clock.next).toBe(Infinity)
  })
})

describe('a UDP link opens', () => {
  it('on a name, on IPv4', async () => {
    const opened = await link({ listen: { host: 'localhost', port: 0 } })
    expect(opened.local.host).toBe('127.0.0.1')
    expect(opened.local.port).toBeGreaterThan(0)
  })

  it('on all addresses, with a peer on one', async () => {
    const peer = await link()
    const opened = await link({ listen: { host: '0.0.0.0', port: 0 }, peer: peer.local })
    const atPeer = new Listener<UdpAddress>()
    const atOpened = new Listener<UdpAddress>()
    peer.open(atPeer)
    opened.open(atOpened)
    send(opened, [1])
    await atPeer.received(1)
    send(peer, [2], atPeer.datagrams[0]!.from)
    expect(await atOpened.received(1)).toEqual([Uint8Array.of(2)])
  })

  it.each(['alone', 'with a peer'])(
    'not on a port that a link holds %s, with or without a peer of its own',
    async how => {
      const peer = await link()
      const first = await link(how === 'alone' ? {} : { peer: peer.local })
      for (const own of [{}, { peer: peer.local }]) {
        const second = udpLink({ listen: first.local, mtuOctets: 1024, clock: realClock(), ...own })
        await expect(second).rejects.toMatchObject({
          name: 'LinkError',
          code: 'address-in-use',
          cause: expect.any(Error),
          message: expect.stringContaining(`127.0.0.1:${first.local.port}`),
        })
      }
    },
  )

  it('on the port of a link that is closed', async () => {
    const peer = await link()
    const first = await link({ peer: peer.local })
    first.close()
    await first.closed
    const second = await link({ listen: first.local, peer: peer.local })
    expect(second.local).toEqual(first.local)
  })

  it('not on an address of somebody else', async () => {
    const opened = udpLink({ listen: { host: '192.0.2.1', port: 0 }, mtuOctets: 1024, clock: realClock() })
    await expect(opened).rejects.toThrow(LinkError)
    await expect(opened).rejects.toMatchObject({ code: 'address-not-available' })
  })

  it('with a warning that names the setting when the host grants a smaller receive buffer', async () => {
    const small = await link({ receiveBufferOctets: 16 * 1024 })
    expect(small.warnings).toEqual([])
    const large = await link({ receiveBufferOctets: 2 ** 30 })
    expect(large.warnings).toHaveLength(1)
    expect(large.warnings[0]).toContain('net.core.rmem_max')
  })
})
