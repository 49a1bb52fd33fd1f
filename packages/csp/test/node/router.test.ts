import { bothWays, World } from '@skyferry/sim'
import { describe, expect, it } from 'vitest'
import { askPing, CspNode, formatRoutes, parseRoutes, type Route } from '../../src/index.ts'
import { address, bytes, port, Station, twoNodes } from './network.ts'

describe('the routing table as text', () => {
  it('reads and writes entries with masks and next hops', () => {
    const text = '0/0 CAN, 8 KISS, 16/1 ZMQ0 4'
    const routes = parseRoutes(text, 1) as Route[]
    expect(routes).toEqual([
      { address: 0, netmask: 0, interface: 'CAN' },
      { address: 8, netmask: 5, interface: 'KISS' },
      { address: 16, netmask: 1, interface: 'ZMQ0', via: 4 },
    ])
    expect(formatRoutes(routes, 1)).toBe(text)
    expect(parseRoutes('', 2)).toEqual([])
    expect(parseRoutes(' 5 A 65535', 2)).toEqual([{ address: 5, netmask: 14, interface: 'A' }])
  })

  it.each([
    ['5', 0],
    ['1 A, x B', 1],
    ['1/15 A', 0],
    ['20000 A', 0],
    ['1 AVERYLONGNAME', 0],
    ['1 A 3 4', 0],
    ['1 A,, 2 A', 1],
  ])('refuses %s whole, and says which entry is wrong', (text, entry) => {
    expect(parseRoutes(text, 2)).toMatchObject({ kind: 'flaw', entry })
  })
})

/** a (10) – r (1 and 65) – c (70): two subnets of 64 hosts and a router in both. */
function threeNodes(options: ConstructorParameters<typeof Station>[3] = {}) {
  const sky = new World(1, bothWays({ delayMs: 5 }))
  const a = new Station(sky, 'a', { r: { address: 10 } })
  const r = new Station(sky, 'r', { a: { address: 1 }, c: { address: 65 } }, options)
  const c = new Station(sky, 'c', { r: { address: 70 } })
  sky.join(a.node, r.node)
  sky.join(r.node, c.node)
  return { sky, a, r, c }
}

describe('a router', () => {
  it('passes packets on between its subnets, and answers for all its own addresses', () => {
    for (const to of [70, 1, 65]) {
      const { sky, a } = threeNodes()
      a.ask(askPing({ to: address(to), timeoutMs: 1000 }, 4))
      sky.runUntil(() => a.told.length > 0, 5000)
      expect(a.of('reply')).toMatchObject([{ from: to }])
    }
  })

  it('takes the longest prefix, of equals the last, and drops what it has no way for', () => {
    const { sky, a, r, c } = threeNodes()
    c.ask({ kind: 'bind', port: port(9), accept: 'datagrams' })
    const sendTo = (to: number): void => {
      a.ask({ kind: 'send', to: address(to), port: port(9), sourcePort: port(30), payload: bytes(to & 255) })
      sky.runUntil(() => false, 100)
    }
    expect(r.ask({ kind: 'set-routes', text: '200/9 a, 200 c' })).toEqual({ kind: 'done' })
    sendTo(200)
    expect(r.engine.interfaceCounters('c')!.tx).toBe(1)
    // Back to where it came from is no way.
    sendTo(201)
    expect(r.engine.drops).toMatchObject({ 'no-route': 1 })
    expect(r.engine.routes).toBe('200/9 a, 200 c')
    expect(r.ask({ kind: 'set-routes', text: '5 nowhere' })).toMatchObject({ reason: 'bad-routes' })
    expect(r.engine.routes).toBe('200/9 a, 200 c')
  })

  it('does not pass a broadcast of one subnet on, and everybody there hears it', () => {
    const { sky, a, r, c } = threeNodes()
    for (const node of [r, c]) node.ask({ kind: 'bind', port: port(9), accept: 'datagrams' })
    a.ask({ kind: 'send', to: address(63), port: port(9), sourcePort: port(30), payload: bytes(1) })
    a.ask({ kind: 'send', to: address(16_383), port: port(9), sourcePort: port(30), payload: bytes(2) })
    sky.runUntil(() => false, 1000)
    // On the wire a subnet's broadcast is everybody's.
    expect(r.of('datagram')).toMatchObject([
      { to: 16_383, payload: bytes(1) },
      { to: 16_383, payload: bytes(2) },
    ])
    expect(c.told).toEqual([])
  })

  it('that is a bridge passes everything between its two ends, broadcasts too', () => {
    const { sky, a, c } = threeNodes({ bridge: ['a', 'c'] })
    c.ask({ kind: 'bind', port: port(9), accept: 'datagrams' })
    for (const to of [999, 16_383]) {
      a.ask({ kind: 'send', to: address(to), port: port(9), sourcePort: port(30), payload: bytes(1) })
    }
    sky.runUntil(() => false, 1000)
    expect(c.of('datagram')).toMatchObject([{ to: 16_383 }])
    expect(c.engine.drops).toEqual({ 'no-route': 1 })
  })

  it('drops a repeated packet shortly after the first, in the ways that it is told to', () => {
    const run = (deduplication: 'off' | 'forwarded' | 'incoming' | 'all', to: number): number => {
      const { sky, a, r, c } = threeNodes({ deduplication })
      for (const node of [r, c]) node.ask({ kind: 'bind', port: port(9), accept: 'datagrams' })
      const send = {
        kind: 'send',
        to: address(to),
        port: port(9),
        sourcePort: port(30),
        payload: bytes(1),
      } as const
      a.ask(send)
      a.ask(send)
      sky.runUntil(() => false, 500)
      a.ask(send)
      sky.runUntil(() => false, 500)
      return r.of('datagram').length + c.of('datagram').length
    }
    expect([run('off', 70), run('forwarded', 70), run('incoming', 70), run('all', 70)]).toEqual([3, 2, 3, 2])
    expect([run('off', 1), run('forwarded', 1), run('incoming', 1), run('all', 1)]).toEqual([3, 3, 2, 2])
  })
})

describe('ports', () => {
  it('are bound once, below the limit, and not those of the services', () => {
    const { a } = twoNodes()
    const bind = (value: number) => a.ask({ kind: 'bind', port: port(value), accept: 'datagrams' })
    expect([bind(7), bind(16)]).toEqual([{ kind: 'done' }, { kind: 'done' }])
    expect([bind(7), bind(17), bind(6)]).toMatchObject([
      { reason: 'port-in-use' },
      { reason: 'port-out-of-range' },
      { reason: 'port-out-of-range' },
    ])
    expect(a.ask({ kind: 'unbind', port: port(7) })).toEqual({ kind: 'done' })
    expect(a.ask({ kind: 'unbind', port: port(7) })).toMatchObject({ reason: 'not-bound' })
    expect(bind(7)).toEqual({ kind: 'done' })
  })

  it('take what they require, and the socket for any port takes the rest', () => {
    const { sky, a, b } = twoNodes()
    b.ask({ kind: 'bind', port: port(9), accept: 'datagrams', requires: { crc32: true } })
    b.ask({ kind: 'bind', port: 'any', accept: 'datagrams' })
    const send = (value: number, crc32: boolean) =>
      a.ask({
        kind: 'send',
        to: address(20),
        port: port(value),
        sourcePort: port(30),
        payload: bytes(1),
        crc32,
      })
    send(9, false)
    send(9, true)
    send(13, false)
    sky.runUntil(() => false, 1000)
    expect(b.of('datagram').map(({ port: to, flags }) => [to, flags])).toEqual([
      [9, 1],
      [13, 0],
    ])
    expect(b.engine.drops).toEqual({ 'missing-crc32': 1 })
  })

  it('accept as many connections as nobody has looked at yet, and no more', () => {
    const { sky, a, b } = twoNodes()
    b.ask({ kind: 'bind', port: port(9), accept: 'connections', backlog: 2 })
    for (let source = 30; source < 35; source++) {
      a.ask({
        kind: 'send',
        to: address(20),
        port: port(9),
        sourcePort: port(source),
        payload: bytes(source),
      })
    }
    sky.runUntil(() => false, 1000)
    // All five came in one burst: the user heard of the first two only when it was over.
    expect(b.of('accepted')).toHaveLength(2)
    expect(b.engine.drops).toEqual({ 'backlog-full': 3 })
  })
})

describe('a connection without RDP', () => {
  it('opens with its first packet, carries packets both ways, and ends in silence', () => {
    const { sky, a, b } = twoNodes()
    b.ask({ kind: 'bind', port: port(9), accept: 'connections' })
    b.onTold = what => {
      if (what.kind === 'data') b.ask({ kind: 'write', connection: what.connection, payload: what.payload })
    }
    const connection = a.connect({ kind: 'connect', to: address(20), port: port(9), crc32: true })
    a.ask({ kind: 'write', connection, payload: bytes(1, 2) })
    sky.runUntil(() => a.of('data').length > 0, 1000)
    expect(a.of('data')).toMatchObject([{ connection, payload: bytes(1, 2) }])
    expect(b.of('accepted')).toMatchObject([{ isReliable: false, from: 10, flags: 1 }])
    sky.runUntil(() => b.of('closed').length > 0, 120_000)
    expect(b.of('closed')).toMatchObject([{ ending: 'timeout' }])
  })

  it('takes nothing from strangers', () => {
    const sky = new World(1, bothWays())
    const a = new Station(sky, 'a', { b: { address: 10 }, c: { address: 74 } })
    const b = new Station(sky, 'b', { a: { address: 20 } })
    const c = new Station(sky, 'c', { a: { address: 80 } })
    sky.join(a.node, b.node)
    sky.join(a.node, c.node)
    const connection = a.connect({ kind: 'connect', to: address(20), port: port(9) })
    b.ask({ kind: 'bind', port: port(9), accept: 'datagrams' })
    a.ask({ kind: 'write', connection, payload: bytes(1) })
    sky.runUntil(() => b.told.length > 0, 1000)
    const { sourcePort } = b.of('datagram')[0]!
    c.ask({ kind: 'send', to: address(10), port: sourcePort, sourcePort: port(9), payload: bytes(66) })
    b.ask({ kind: 'send', to: address(10), port: sourcePort, sourcePort: port(9), payload: bytes(2) })
    sky.runUntil(() => false, 1000)
    expect(a.of('data').map(({ payload }) => [...payload])).toEqual([[2]])
    expect(a.engine.drops).toEqual({ 'unexpected-reply': 1 })
  })
})

describe('a block in SFP fragments', () => {
  const block = Uint8Array.from({ length: 5000 }, (_, index) => index * 7)

  it.each([false, true])('arrives whole (with RDP: %s)', hasRdp => {
    const { sky, a, b } = twoNodes()
    b.ask({ kind: 'bind', port: port(10), accept: 'connections' })
    const rdp = {
      windowPackets: 4,
      connectionTimeoutMs: 10_000,
      packetTimeoutMs: 1000,
      delayedAcks: true,
      ackTimeoutMs: 250,
      ackDelayCount: 2,
      extendedAcks: 'none',
    } as const
    const connection = a.connect({
      kind: 'connect',
      to: address(20),
      port: port(10),
      ...(hasRdp ? { rdp } : {}),
    })
    expect(a.ask({ kind: 'write-block', connection, block, fragmentOctets: 300 })).toEqual({ kind: 'done' })
    sky.runUntil(() => b.of('block').length > 0, 10_000)
    a.ask({ kind: 'write', connection, payload: bytes(9) })
    sky.runUntil(() => b.of('data').length > 0, 10_000)
    expect(b.of('block')[0]!.block).toEqual(block)
    expect(b.of('data')).toMatchObject([{ payload: bytes(9) }])
  })

  it('is dropped when a fragment is missing, and when it is larger than allowed', () => {
    const lossy = twoNodes(bothWays({ loss: 0.2 }), { seed: 3 })
    lossy.b.ask({ kind: 'bind', port: port(10), accept: 'connections' })
    const connection = lossy.a.connect({ kind: 'connect', to: address(20), port: port(10) })
    lossy.a.ask({ kind: 'write-block', connection, block, fragmentOctets: 300 })
    lossy.sky.runUntil(() => false, 1000)
    expect(lossy.b.of('block')).toEqual([])
    expect(lossy.b.engine.drops['bad-sfp']).toBeGreaterThan(0)
    const small = twoNodes(undefined, { b: { blockOctetsMax: 4999 } })
    small.b.ask({ kind: 'bind', port: port(10), accept: 'connections' })
    const other = small.a.connect({ kind: 'connect', to: address(20), port: port(10) })
    small.a.ask({ kind: 'write-block', connection: other, block })
    small.sky.runUntil(() => false, 1000)
    expect(small.b.of('block')).toEqual([])
  })
})

it('buffers and queues are bounded, and what does not fit is counted', () => {
  const { a } = twoNodes()
  const node = new CspNode({ ...a.engine.settings, buffers: 5, interfaceQueue: 3 })
  const send = () =>
    node.request(
      { kind: 'send', to: address(20), port: port(9), sourcePort: port(30), payload: bytes(1) },
      0 as never,
    )
  expect(Array.from({ length: 4 }, () => send().kind)).toEqual(['done', 'done', 'done', 'refused'])
  expect(node.freeBuffers).toBe(2)
  expect(node.drops).toEqual({ 'interface-queue-full': 1 })
  expect(node.interfaceCounters('b')!.drop).toBe(1)
})
