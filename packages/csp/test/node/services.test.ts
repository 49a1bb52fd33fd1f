import { isFault } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import {
  askClock,
  askCmp,
  askFreeBuffers,
  askFreeMemory,
  askIdent,
  askInterface,
  askPing,
  askProcesses,
  askUptime,
  type CspRequest,
  decodeCmp,
  HmacKey,
  readProcesses,
  readU32,
  SERVICE_DEFAULTS,
  type ServiceSettings,
} from '../../src/index.ts'
import { address, bytes, port, type Station, twoNodes } from './network.ts'

const options = { to: address(20), timeoutMs: 1000 }
const services: ServiceSettings = {
  ...SERVICE_DEFAULTS,
  identity: { hostname: 'craft', model: 'cube', revision: '7', date: 'Mar 23 2026', time: '12:00:00' },
  host: {
    freeMemoryOctets: () => 123_456,
    processes: () => 'init\nsleep',
    clock: () => ({ seconds: 1_700_000_000, nanoseconds: 42 }),
  },
}

function answerTo(request: CspRequest, settings = services): Uint8Array | undefined {
  const { sky, a } = twoNodes(undefined, { b: { services: settings } })
  a.ask(request)
  sky.runUntil(() => a.told.length > 0, 5000)
  return a.of('reply')[0]?.payload
}

describe('a node answers', () => {
  it('ping, with the same octets, and says how long it took', () => {
    const { sky, a } = twoNodes()
    expect(a.ask(askPing(options, 30)).kind).toBe('transacting')
    sky.runUntil(() => a.told.length > 0, 2000)
    expect(a.of('reply')).toMatchObject([{ from: 20, roundTripMs: 20 }])
    expect(a.of('reply')[0]!.payload).toEqual(Uint8Array.from({ length: 30 }, (_, index) => index))
  })

  it('ping with an HMAC', () => {
    const key = { hmacKey: new HmacKey('secret') }
    const { sky, a } = twoNodes(undefined, { a: key, b: key })
    a.ask(askPing({ ...options, hmac: true }, 5))
    sky.runUntil(() => a.told.length > 0, 2000)
    expect(a.of('reply')).toHaveLength(1)
  })

  it('its process list, free memory, free buffers, uptime', () => {
    expect(readProcesses(answerTo(askProcesses(options))!)).toBe('init\nsleep')
    expect(readU32(answerTo(askFreeMemory(options))!)).toBe(123_456)
    expect(readU32(answerTo(askFreeBuffers(options))!)).toBe(4096)
    expect(readU32(answerTo(askUptime(options))!)).toBe(0)
  })

  it('who it is', () => {
    const cmp = decodeCmp(answerTo(askIdent(options))!)
    expect(cmp).toEqual({ code: 'ident', isReply: true, identity: services.identity })
  })

  it('the counters of an interface, and nothing for one that there is not', () => {
    const cmp = decodeCmp(answerTo(askInterface(options, 'a'))!)
    expect(cmp).toMatchObject({ code: 'interface', interface: 'a', counters: { rx: 1, tx: 0 } })
    expect(answerTo(askInterface(options, 'CAN'))).toBe(undefined)
  })

  it('its clock, and sets it only where that is allowed', () => {
    expect(decodeCmp(answerTo(askClock(options))!)).toMatchObject({ seconds: 1_700_000_000, nanoseconds: 42 })
    expect(answerTo(askClock(options, 5))).toBe(undefined)
    const allowed = { ...services, allows: { ...services.allows, clock: true } }
    expect(decodeCmp(answerTo(askClock(options, 5), allowed)!)).toMatchObject({ seconds: 5 })
  })
})

describe('a node does not', () => {
  const rebooted = (settings: ServiceSettings, magic: number[]): Station => {
    const { sky, a, b } = twoNodes(undefined, { b: { services: settings } })
    a.ask({
      kind: 'send',
      to: address(20),
      port: port(4),
      sourcePort: port(30),
      payload: bytes(...magic),
      crc32: true,
    })
    sky.runUntil(() => false, 1000)
    return b
  }

  it('reboot unless it is allowed to, and not for another number', () => {
    const refusing = rebooted(services, [0x80, 0x07, 0x80, 0x07])
    expect(refusing.told).toEqual([])
    expect(refusing.engine.drops).toEqual({ 'not-allowed': 1 })
    const allowing = { ...services, allows: { ...services.allows, reboot: true } }
    expect(rebooted(allowing, [0x80, 0x07, 0x80, 0x07]).told).toEqual([
      { kind: 'reboot-requested', from: 10, isShutdown: false },
    ])
    expect(rebooted(allowing, [0xd1, 0xe5, 0x52, 0x9a]).told).toMatchObject([{ isShutdown: true }])
    expect(rebooted(allowing, [1, 2, 3, 4]).engine.drops).toEqual({ 'bad-request': 1 })
  })

  it('take routes over CMP unless it is allowed to', () => {
    const route = {
      code: 'route-v2',
      isReply: false,
      destination: address(99),
      via: 65_535,
      netmask: 14,
    } as const
    const ask = askCmp({ ...route, interface: 'a' }, options)
    expect(answerTo(ask)).toBe(undefined)
    const allowed = { ...services, allows: { ...services.allows, routes: true } }
    const cmp = decodeCmp(answerTo(ask, allowed)!)
    expect(isFault(cmp)).toBe(false)
    expect(answerTo(askCmp({ ...route, interface: 'nowhere' }, options), allowed)).toBe(undefined)
  })

  it('answer without a CRC where that is required', () => {
    expect(answerTo(askPing({ ...options, crc32: false }, 4))).toHaveLength(4)
    const strict = { ...services, requireCrc32: true }
    expect(answerTo(askPing({ ...options, crc32: false }, 4), strict)).toBe(undefined)
  })
})

it('a node pings itself, by its address and by 0', () => {
  for (const own of [0, 10]) {
    const { sky, a } = twoNodes()
    a.ask(askPing({ to: address(own), timeoutMs: 100 }, 3))
    sky.runUntil(() => a.told.length > 0, 1000)
    expect(a.of('reply')).toHaveLength(1)
  }
})

it('an answer of another length, or from another node, is not the answer; then the time is over', () => {
  const { sky, a, b } = twoNodes()
  a.ask({
    kind: 'transact',
    to: address(20),
    port: port(9),
    payload: bytes(1),
    timeoutMs: 500,
    replyOctets: 2,
  })
  b.ask({ kind: 'bind', port: port(9), accept: 'datagrams' })
  b.onTold = what => {
    if (what.kind !== 'datagram') return
    b.ask({
      kind: 'send',
      to: what.from,
      port: what.sourcePort,
      sourcePort: what.port,
      payload: bytes(1, 2, 3),
    })
  }
  sky.runUntil(() => a.told.length > 0, 2000)
  expect(a.told).toMatchObject([{ kind: 'timeout', replies: 0 }])
  expect(a.engine.drops).toEqual({ 'unexpected-reply': 1 })
})
