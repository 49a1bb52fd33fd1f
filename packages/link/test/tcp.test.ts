import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Slot } from '@skyferry/engine'
import { LENGTH_PREFIX, SPACE_PACKET_FRAMING } from '@skyferry/octets'
import { afterEach, describe, expect, it } from 'vitest'
import {
  realClock,
  type TcpAddress,
  type TcpLink,
  type TcpLinkOptions,
  type TcpState,
  tcpLink,
} from '../src/index.ts'
import { eventually, Listener } from './listener.ts'

const clock = realClock()
const SOMEWHERE: TcpAddress = { host: '127.0.0.1', port: 0 }
const QUICK = { firstMs: 1, longestMs: 4 }

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

async function link(options: Partial<TcpLinkOptions> & Pick<TcpLinkOptions, 'role'>): Promise<TcpLink> {
  const made = await tcpLink({ framing: LENGTH_PREFIX, mtuOctets: 1000, clock, ...options })
  opened.push(() => {
    made.close()
    return made.closed
  })
  return made
}

const server = (options: Partial<TcpLinkOptions> = {}): Promise<TcpLink> =>
  link({ role: { kind: 'server', listen: SOMEWHERE }, ...options })
const client = (to: TcpAddress, options: Partial<TcpLinkOptions> = {}): Promise<TcpLink> =>
  link({ role: { kind: 'client', connect: to, backOff: QUICK }, ...options })

async function call({ port }: TcpAddress): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  opened.push(async () => socket.destroy())
  return socket
}

function send(from: TcpLink, ...octets: number[]): void {
  const slot = from.lease() as Slot<TcpAddress>
  slot.bytes.set(octets)
  slot.length = octets.length
  from.send(slot)
}

function listen(to: TcpLink): Listener<TcpAddress> {
  const listener = new Listener<TcpAddress>()
  to.open(listener)
  return listener
}

describe('a connection that ends', () => {
  it('is made again by the client, and datagrams pass again', async () => {
    const far = await server()
    const states: TcpState[] = []
    const near = await client(far.local!, { onState: state => states.push(state) })
    const atFar = listen(far)
    const atNear = listen(near)
    await eventually(() => near.peer !== undefined)
    send(near, 1)
    await atFar.received(1)
    far.close()
    await far.closed
    await eventually(() => near.peer === undefined)
    expect(near.lease()).toBe(undefined)
    const turns = atNear.turns
    const back = await server({ role: { kind: 'server', listen: far.local! } })
    const atBack = listen(back)
    await atNear.until(() => atNear.turns > turns)
    send(near, 2)
    expect(await atBack.received(1)).toEqual([Uint8Array.of(2)])
    expect(states.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['connected', 'lost', 'waiting', 'connected']),
    )
    expect(near.counters().connections).toBe(2)
  })

  it('is waited for twice as long after each call that nobody takes, up to a limit', async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    const { port } = busy.address() as AddressInfo
    busy.close()
    await once(busy, 'close')
    const waits: number[] = []
    const near = await client(
      { host: '127.0.0.1', port },
      {
        onState: state => {
          if (state.kind === 'waiting') waits.push(state.retryInMs)
        },
      },
    )
    await eventually(() => waits.length >= 4)
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 4])
    expect(near.counters().failedCalls).toBeGreaterThanOrEqual(4)
  })

  it('takes with it what was handed over meanwhile, counted', async () => {
    const far = await server()
    const near = await client(far.local!)
    await eventually(() => near.peer !== undefined && far.peer !== undefined)
    const held = near.lease() as Slot<TcpAddress>
    far.close()
    await eventually(() => near.peer === undefined)
    near.send(held)
    expect(near.counters()).toMatchObject({ lost: 1, sent: 0 })
  })

  it('lets what was sent before closing arrive', async () => {
    const far = await server()
    const near = await client(far.local!)
    const atFar = listen(far)
    await eventually(() => near.peer !== undefined)
    for (let index = 0; index < 50; index++) send(near, index)
    near.close()
    expect(await atFar.received(50)).toHaveLength(50)
    await near.closed
  })
})

describe('at a server', () => {
  it('the newest call wins', async () => {
    const far = await server()
    const atFar = listen(far)
    const first = await call(far.local!)
    await eventually(() => far.counters().connections === 1)
    const second = await call(far.local!)
    await once(first, 'close')
    second.write(Uint8Array.of(0, 0, 0, 1, 7))
    expect(await atFar.received(1)).toEqual([Uint8Array.of(7)])
    expect(far.counters()).toMatchObject({ connections: 2, replaced: 1 })
  })

  it('only the host it waits for may call, where one is named', async () => {
    const states: TcpState[] = []
    const far = await server({
      role: { kind: 'server', listen: SOMEWHERE, peerHost: '192.0.2.1' },
      onState: state => states.push(state),
    })
    const stranger = await call(far.local!)
    await once(stranger, 'close')
    expect(far.counters()).toMatchObject({ connections: 0, refused: 1 })
    expect(states).toEqual([{ kind: 'refused', host: '127.0.0.1' }])
  })

  it('a port that is taken is said to be taken', async () => {
    const far = await server()
    await expect(server({ role: { kind: 'server', listen: far.local! } })).rejects.toMatchObject({
      code: 'address-in-use',
    })
  })
})

describe('a stream', () => {
  it('that loses its place is closed at the first octets that begin no frame, counted', async () => {
    const far = await server({ framing: SPACE_PACKET_FRAMING })
    const atFar = listen(far)
    const socket = await call(far.local!)
    socket.write(Uint8Array.of(0x17, 0xfd, 0xc0, 0, 0, 0, 9, 0xff))
    await once(socket, 'close')
    expect(atFar.datagrams.map(({ octets }) => octets)).toEqual([Uint8Array.of(0x17, 0xfd, 0xc0, 0, 0, 0, 9)])
    expect(far.counters()).toMatchObject({ lostSynchronisation: 1, received: 1 })
  })

  it('that announces more than is taken is closed before anything is held for it', async () => {
    const far = await server({ receivedFrameOctets: 100 })
    listen(far)
    const socket = await call(far.local!)
    socket.write(Uint8Array.of(0, 0, 0, 97))
    await once(socket, 'close')
    expect(far.counters().lostSynchronisation).toBe(1)
  })

  it('that ends within a frame is counted as cut short', async () => {
    const far = await server()
    listen(far)
    const socket = await call(far.local!)
    socket.end(Uint8Array.of(0, 0, 0, 5, 1))
    await eventually(() => far.counters().cutShort === 1)
    expect(far.counters().received).toBe(0)
  })

  it('loses a datagram that does not tell its own length, instead of its place', async () => {
    const far = await server({ framing: SPACE_PACKET_FRAMING })
    const atFar = listen(far)
    const near = await client(far.local!, { framing: SPACE_PACKET_FRAMING })
    await eventually(() => near.peer !== undefined)
    send(near)
    send(near, 0x17, 0xfd, 0xc0, 0, 0, 5, 1)
    send(near, 0x17, 0xfd, 0xc0, 0, 0, 0, 2)
    expect(await atFar.received(1)).toEqual([Uint8Array.of(0x17, 0xfd, 0xc0, 0, 0, 0, 2)])
    expect(near.counters()).toMatchObject({ unframed: 2, sent: 1 })
  })

  it('to an end that does not read holds a bounded number of octets, and goes on when it reads', async () => {
    const taken: Socket[] = []
    const deaf = createServer({ pauseOnConnect: true }, socket => taken.push(socket)).listen(0, '127.0.0.1')
    await once(deaf, 'listening')
    opened.push(async () => {
      for (const socket of taken) socket.destroy()
      deaf.close()
    })
    const { port } = deaf.address() as AddressInfo
    const near = await client({ host: '127.0.0.1', port }, { sendBufferOctets: 128 * 1024 })
    const atNear = listen(near)
    let isFull = false
    const fill = (): void => {
      const before = near.counters().bufferFullTurns
      for (let slot = near.lease(); slot !== undefined; slot = near.lease()) {
        slot.length = 1000
        near.send(slot)
      }
      isFull = near.counters().bufferFullTurns > before
    }
    atNear.onEvent = fill
    await eventually(() => near.peer !== undefined)
    fill()
    // Full, and no turn comes any more: the host's own buffers are full too.
    for (let settled = 0; settled < 200; ) {
      const { sent } = near.counters()
      await new Promise(resolve => setImmediate(resolve))
      settled = isFull && near.counters().sent === sent ? settled + 1 : 0
    }
    const { sent } = near.counters()
    let read = 0
    taken[0]!.on('data', chunk => {
      read += chunk.length
    })
    taken[0]!.resume()
    await eventually(() => near.counters().sent > 2 * sent && read > sent * 1000)
    expect(sent * 1000).toBeGreaterThan(64 * 1024)
  })

  it('is not read before somebody listens', async () => {
    const far = await server()
    const near = await client(far.local!)
    await eventually(() => near.peer !== undefined && far.peer !== undefined)
    send(near, 1)
    for (let round = 0; round < 50; round++) await new Promise(resolve => setImmediate(resolve))
    expect(await listen(far).received(1)).toEqual([Uint8Array.of(1)])
  })
})

it('a TCP link keeps to its share of a turn when slots are leased in bulk', async () => {
  const far = await server()
  const near = await client(far.local!, { turnDatagrams: 16 })
  listen(near)
  await eventually(() => near.peer !== undefined)
  const held = []
  for (let slot = near.lease(); slot !== undefined; slot = near.lease()) held.push(slot)
  for (const slot of held) near.send(slot)
  expect(held).toHaveLength(16)
  expect(near.lease()).toBe(undefined)
})
