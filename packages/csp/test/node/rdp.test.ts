import { bothWays } from '@skyferry/sim'
import { describe, expect, it } from 'vitest'
import { RDP_PROFILES } from '../../src/index.ts'
import { address, bytes, ms, port, type Station, twoNodes } from './network.ts'

const rdp = RDP_PROFILES.libcsp

function connected(network: ReturnType<typeof twoNodes>, options = rdp) {
  const { sky, a, b } = network
  b.ask({ kind: 'bind', port: port(10), accept: 'connections' })
  const connection = a.connect({ kind: 'connect', to: address(20), port: port(10), rdp: options })
  sky.runUntil(() => a.of('connected').length > 0, 20_000)
  return { sky, a, b, connection }
}

const received = (station: Station): number[][] => station.of('data').map(({ payload }) => [...payload])

describe('RDP', () => {
  it('opens, echoes and closes, and forgets', () => {
    const { sky, a, b, connection } = connected(twoNodes())
    b.onTold = what => {
      if (what.kind === 'data') b.ask({ kind: 'write', connection: what.connection, payload: what.payload })
    }
    a.ask({ kind: 'write', connection, payload: bytes(1, 2, 3) })
    a.ask({ kind: 'write', connection, payload: bytes(4) })
    sky.runUntil(() => a.of('data').length === 2, 5000)
    expect(received(a)).toEqual([[1, 2, 3], [4]])
    a.ask({ kind: 'close', connection })
    sky.runUntil(() => a.of('closed').length > 0 && b.of('closed').length > 0, 5000)
    expect(a.of('closed')).toMatchObject([{ ending: 'closed', undelivered: 0 }])
    expect(b.of('closed')).toMatchObject([{ ending: 'closed-by-peer', undelivered: 0 }])
    sky.runUntil(() => false, 60_000)
    expect([a.engine.connectionCount, b.engine.connectionCount]).toEqual([0, 0])
    expect([a.engine.deadline(), b.engine.deadline()]).toEqual([Infinity, Infinity])
  })

  it('delivers in order and once, whatever the weather', () => {
    const weather = bothWays({ delayMs: 50, loss: 0.2, duplication: 0.2, reordering: 0.3, reorderingMs: 300 })
    for (let seed = 1; seed <= 20; seed++) {
      const { sky, a, b, connection } = connected(twoNodes(weather, { seed }))
      if (a.of('connected').length === 0) continue
      const sent = Array.from({ length: 60 }, (_, index) => [index, (index * 3) & 255])
      const queue = [...sent]
      const write = (): void => {
        while (queue.length > 0) {
          const reply = a.ask({ kind: 'write', connection, payload: bytes(...queue[0]!) })
          if (reply.kind === 'refused') return
          queue.shift()
        }
        a.ask({ kind: 'close', connection })
      }
      a.onTold = what => {
        if (what.kind === 'room') write()
      }
      write()
      sky.runUntil(() => a.of('closed').length > 0, 600_000)
      const [closed] = a.of('closed')
      expect(received(b)).toEqual(sent.slice(0, b.of('data').length))
      if (closed?.ending === 'closed') expect(received(b)).toEqual(sent)
      expect(closed).toBeDefined()
    }
  })

  it('fills a link of 1 Mbit/s and 600 ms with the large window, and cannot with that of libcsp', () => {
    const speed = (options: typeof rdp, loss: number): number => {
      const octets = 200
      const total = 4000
      const { sky, a, b, connection } = connected(
        twoNodes(bothWays({ delayMs: 300, rateBps: 1e6, queueDatagrams: 2000, loss })),
        options,
      )
      let left = total
      const write = (): void => {
        while (left > 0) {
          const reply = a.ask({ kind: 'write', connection, payload: new Uint8Array(octets) })
          if (reply.kind === 'refused') return
          left -= 1
        }
      }
      a.onTold = what => {
        if (what.kind === 'room') write()
      }
      const began = sky.now
      write()
      sky.runUntil(() => b.of('data').length === total, 3_600_000)
      expect(b.of('data')).toHaveLength(total)
      return ((total * (octets + 11) * 8) / (sky.now - began)) * 1000
    }
    expect(speed(RDP_PROFILES.large, 0)).toBeGreaterThan(0.9e6)
    expect(speed(RDP_PROFILES.large, 0.01)).toBeGreaterThan(0.85e6)
    expect(speed(rdp, 0)).toBeLessThan(20_000)
  })

  it('is opened although both ends lose what they sent first, and the user may have written and closed before', () => {
    const outage = bothWays({ delayMs: 10, outages: [{ from: ms(0), to: ms(2500) }] })
    const { sky, a, b } = twoNodes(outage)
    b.ask({ kind: 'bind', port: port(10), accept: 'connections' })
    const connection = a.connect({ kind: 'connect', to: address(20), port: port(10), rdp })
    a.ask({ kind: 'write', connection, payload: bytes(7) })
    a.ask({ kind: 'close', connection })
    sky.runUntil(() => a.of('closed').length > 0, 20_000)
    expect(a.of('closed')).toMatchObject([{ ending: 'closed', undelivered: 0 }])
    expect(received(b)).toEqual([[7]])
  })

  it('gives up a peer that has fallen silent, and says how much it has not taken', () => {
    const { sky, a, b, connection } = connected(twoNodes())
    sky.setUp(a.node, b.node, false)
    for (let index = 0; index < 3; index++) a.ask({ kind: 'write', connection, payload: bytes(index) })
    sky.runUntil(() => a.of('closed').length > 0 && b.of('closed').length > 0, 60_000)
    expect(a.of('closed')).toMatchObject([{ ending: 'timeout', undelivered: 3 }])
    expect(b.of('closed')).toMatchObject([{ ending: 'timeout', undelivered: 0 }])
  })

  it('is told by a server that was restarted that the connection is gone', () => {
    const { sky, a, b, connection } = connected(twoNodes())
    sky.restart(b.node)
    sky.runUntil(() => false, 1)
    b.ask({ kind: 'bind', port: port(10), accept: 'connections' })
    a.ask({ kind: 'write', connection, payload: bytes(1) })
    sky.runUntil(() => a.of('closed').length > 0, 60_000)
    expect(a.of('closed')).toMatchObject([{ ending: 'reset', undelivered: 1 }])
  })

  it('opens anew after the client was restarted, though the server still has the old connection of the same ports', () => {
    // One port for clients is left, so every life has it.
    const { sky, a, b } = connected(twoNodes(undefined, { a: { portMaxBind: 62 } }))
    for (let life = 0; life < 4; life++) {
      sky.restart(a.node)
      sky.runUntil(() => false, 1)
      const connection = a.connect({ kind: 'connect', to: address(20), port: port(10), rdp })
      const before = a.of('connected').length
      expect(sky.runUntil(() => a.of('connected').length > before, 5000)).toBe(true)
      a.ask({ kind: 'write', connection, payload: bytes(life) })
    }
    sky.runUntil(() => b.of('data').length === 4, 5000)
    expect(received(b)).toEqual([[0], [1], [2], [3]])
    expect(b.of('closed').map(({ ending }) => ending)).toEqual(Array(4).fill('peer-restarted'))
  })

  it('is closed at once by abort, and what was written may be lost', () => {
    const { sky, a, b, connection } = connected(twoNodes())
    a.ask({ kind: 'write', connection, payload: bytes(1) })
    a.ask({ kind: 'abort', connection })
    expect(a.ask({ kind: 'write', connection, payload: bytes(2) })).toMatchObject({
      reason: 'unknown-connection',
    })
    sky.runUntil(() => b.of('closed').length > 0, 60_000)
    expect(a.of('closed')).toMatchObject([{ ending: 'aborted', undelivered: 1 }])
    expect(b.of('closed')).toHaveLength(1)
  })

  it('refuses what does not fit a packet, an empty packet, and more than it holds', () => {
    const { sky, a, connection } = connected(twoNodes())
    expect(a.ask({ kind: 'write', connection, payload: new Uint8Array(2044) })).toMatchObject({
      reason: 'too-long',
    })
    expect(a.ask({ kind: 'write', connection, payload: new Uint8Array(0) })).toMatchObject({
      reason: 'empty',
    })
    expect(a.ask({ kind: 'write', connection, payload: new Uint8Array(2043) })).toEqual({ kind: 'done' })
    const replies = Array.from(
      { length: 30 },
      () => a.ask({ kind: 'write', connection, payload: bytes(1) }).kind,
    )
    expect(replies.filter(kind => kind === 'refused').length).toBe(15)
    sky.runUntil(() => a.of('room').length > 0, 5000)
    expect(a.ask({ kind: 'write', connection, payload: bytes(1) })).toEqual({ kind: 'done' })
  })

  it('is refused a window that nobody could hold, and gets the largest there is', () => {
    const network = twoNodes(undefined, { b: { windowPacketsMax: 8 } })
    const { a, sky, connection, b } = connected(network, { ...rdp, windowPackets: 8000 })
    for (let index = 0; index < 50; index++) a.ask({ kind: 'write', connection, payload: bytes(index) })
    sky.runUntil(() => b.of('data').length === 50, 600_000)
    expect(received(b)).toEqual(Array.from({ length: 50 }, (_, index) => [index]))
    const reply = a.ask({
      kind: 'connect',
      to: address(20),
      port: port(10),
      rdp: { ...rdp, windowPackets: 0 },
    })
    expect(reply).toMatchObject({ reason: 'bad-options' })
  })

  it('reports that nobody answers', () => {
    const { sky, a } = twoNodes(bothWays({ outages: [{ from: ms(0), to: ms(1e9) }] }))
    a.connect({ kind: 'connect', to: address(20), port: port(10), rdp })
    sky.runUntil(() => a.told.length > 0, 60_000)
    expect(a.told).toMatchObject([{ kind: 'closed', ending: 'no-answer' }])
    expect(sky.now).toBe(10_000)
  })
})
