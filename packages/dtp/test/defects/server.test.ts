/** What the C server gets wrong (reference 11.2, by number), and ours does not. Packets carry 100 octets unless said. */
import { isFault, toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import {
  C_SESSION_ID,
  DIALECTS,
  decodeMemoryStatus,
  decodeMetaResponse,
  encodeMemoryRequest,
  encodeMetaRequest,
  type NodeAddress,
  octetsPayload,
  type Payload,
  PayloadRegistry,
  Port,
  type SessionId,
  windowOf,
} from '../../src/index.ts'
import { numbers, payloadOf, requestOf, ServerByHand, WHOLE } from '../by-hand.ts'

const TOTAL = 1950
const OTHER = 11 as NodeAddress
const ADDRESS = 0x1000n

function server(size = TOTAL, settings = {}): ServerByHand {
  const payloads = new PayloadRegistry()
  payloads.addOctets(1, payloadOf(size))
  const openMemory = (address: bigint, octets: number): Payload | undefined =>
    address === ADDRESS && octets <= size ? octetsPayload(payloadOf(octets)) : undefined
  return new ServerByHand({ open: id => payloads.open(id), openMemory }, settings)
}

const offsets = (hand: ServerByHand): number[] => hand.sent.map(({ offset }) => offset)
const refusals = (hand: ServerByHand): string[] =>
  hand.told.flatMap(what => (what.kind === 'refused' ? [what.why] : []))

/** It still serves whoever comes next. */
function expectAlive(hand: ServerByHand): void {
  const before = hand.sent.length
  hand.ask({}, OTHER)
  hand.wait(10_000)
  expect(hand.sent.slice(before).map(({ offset }) => offset)).toEqual(
    numbers(0, 20).map(packet => packet * 100),
  )
}

describe('the server', () => {
  it('S1: a response holds 8 octets that mean something and 72 zeros', () => {
    const hand = server()
    const response = hand.responseOn(hand.ask())!
    expect(response.length).toBe(80)
    expect(toHex(response.subarray(8))).toBe('00'.repeat(72))
  })

  it('S2: the size of a round is the true one', () => {
    const hand = server()
    const intervals = [
      { start: 1, end: 1 },
      { start: 3, end: 4 },
      { start: 19, end: 0xffff_ffff },
    ]
    const response = decodeMetaResponse(hand.responseOn(hand.ask({ intervals }))!)
    expect(response).toEqual({ roundOctets: 350, totalOctets: TOTAL })
    hand.wait(10_000)
    expect(hand.sent.reduce((sum, { length }) => sum + length, 0)).toBe(350)
  })

  it('S3: no throughput and no room for data are refused', () => {
    const hand = server()
    for (const octets of [
      encodeMetaRequest(requestOf({ mtuOctets: 8 }), DIALECTS.D2c),
      encodeMetaRequest(requestOf({ mtuOctets: 3 }), DIALECTS.D2c),
      (() => {
        const request = encodeMetaRequest(requestOf(), DIALECTS.D2c)
        request.fill(0, 0, 4)
        return request
      })(),
    ]) {
      const connection = hand.connect()
      hand.arrive(connection, octets)
      expect(hand.isClosed(connection)).toBe(true)
    }
    expect(refusals(hand)).toEqual(['bad-mtu', 'bad-mtu', 'no-throughput'])
    expectAlive(hand)
  })

  it('S4: an mtu above what a packet holds is refused', () => {
    const hand = server(TOTAL, { mtuMax: 256 })
    hand.ask({ mtuOctets: 257 })
    expect(refusals(hand)).toEqual(['bad-mtu'])
    hand.ask({ mtuOctets: 256 })
    hand.wait(10_000)
    expect(hand.sent.reduce((sum, { length }) => sum + length, 0)).toBe(TOTAL)
  })

  it('S5: an interval beyond the payload is refused, and the next client is served', () => {
    const hand = server()
    const connection = hand.ask({ intervals: [{ start: 20, end: 30 }] })
    expect(hand.isClosed(connection)).toBe(true)
    expect(refusals(hand)).toEqual(['beyond-payload'])
    expectAlive(hand)
  })

  it('S5: an interval that begins within and ends beyond is cut', () => {
    const hand = server()
    hand.ask({ intervals: [{ start: 18, end: 4_000_000 }] })
    hand.wait(10_000)
    expect(offsets(hand)).toEqual([1800, 1900])
  })

  it('S6: more intervals than the structure has are refused, in both variants', () => {
    const hand = server()
    const classic = encodeMetaRequest(requestOf(), DIALECTS.D2c)
    classic[4] = 9
    hand.arrive(hand.connect(), classic)
    const memory = encodeMemoryRequest({ kind: 'start', address: ADDRESS, size: 500, meta: requestOf() })
    memory[23] = 255
    hand.arrive(hand.connect(OTHER, Port.Memory), memory)
    hand.wait(10_000)
    expect(refusals(hand)).toEqual(['too-many-intervals', 'too-many-intervals'])
    expect(hand.sent).toEqual([])
    expectAlive(hand)
  })

  it('S7: an unknown payload is hung up on, and a caller without a request after a while; nothing is left of either', () => {
    const hand = server(TOTAL, { waitingMax: 2 })
    for (let times = 0; times < 100; times++) {
      const connection = hand.ask({ payloadId: 77 })
      expect(hand.isClosed(connection)).toBe(true)
      expect(hand.responseOn(connection)).toBeUndefined()
    }
    const silent = hand.connect()
    hand.wait(9999)
    expect(hand.isClosed(silent)).toBe(false)
    hand.wait(1)
    expect(hand.isClosed(silent)).toBe(true)
    expectAlive(hand)
  })

  it('S8: a client that closes, or is gone, stops its transfer at once', () => {
    for (const how of ['by-peer', 'lost'] as const) {
      const hand = server(100_000)
      const connection = hand.ask()
      hand.wait(25)
      const before = hand.sent.length
      expect(before).toBeGreaterThan(0)
      hand.clientCloses(connection, how)
      hand.wait(10_000)
      expect(hand.sent.length).toBe(before)
      expect(hand.server.transfers).toBe(0)
      const next = hand.ask({}, OTHER)
      hand.wait(10_000)
      expect(hand.isClosed(next)).toBe(true)
      expect(hand.sent.length).toBe(before + 1001)
    }
  })

  it('S8: several clients are served at once, in both variants, each at its own rate', () => {
    const hand = server(100_000)
    hand.ask({ throughput: 100_000 })
    hand.ask({ throughput: 50_000 }, OTHER)
    const third = 12 as NodeAddress
    const meta = requestOf({ throughput: 25_000, sessionId: 99 as SessionId })
    hand.arrive(
      hand.connect(third, Port.Memory),
      encodeMemoryRequest({ kind: 'start', address: ADDRESS, size: 90_000, meta }),
    )
    hand.wait(520)
    const octets = (node: number): number =>
      hand.sent.filter(each => each.node === node).reduce((sum, { length }) => sum + length, 0)
    expect(octets(10)).toBeCloseTo(50_000, -3)
    expect(octets(11)).toBeCloseTo(25_000, -3)
    expect(octets(12)).toBeCloseTo(12_500, -3)
  })

  it('S8: a second request of a node takes the place of its first', () => {
    const hand = server(100_000)
    const first = hand.ask({ sessionId: 1 as SessionId })
    hand.wait(50)
    hand.ask({ sessionId: 2 as SessionId })
    expect(hand.isClosed(first)).toBe(true)
    const before = hand.sent.length
    hand.wait(50)
    expect(new Set(hand.sent.slice(before).map(({ session }) => session))).toEqual(new Set([2]))
  })

  it('S8: stop ends the transfer it names and no other; status says how it stands', () => {
    const hand = server(100_000)
    const start = (node: number, session: number): void =>
      hand.arrive(
        hand.connect(node as NodeAddress, Port.Memory),
        encodeMemoryRequest({
          kind: 'start',
          address: ADDRESS,
          size: 90_000,
          meta: requestOf({ sessionId: session as SessionId }),
        }),
      )
    const status = (): unknown => {
      const connection = hand.connect(OTHER, Port.Memory)
      hand.arrive(connection, encodeMemoryRequest({ kind: 'status' }))
      expect(hand.isClosed(connection)).toBe(true)
      const answer = decodeMemoryStatus(hand.responseOn(connection)!)
      return isFault(answer) ? answer.code : answer
    }
    start(10, 100)
    start(11, 200)
    expect(status()).toEqual({ sessionId: 200, isBusy: true })
    hand.arrive(
      hand.connect(OTHER, Port.Memory),
      encodeMemoryRequest({ kind: 'stop', sessionId: 200 as SessionId }),
    )
    const before = hand.sent.length
    hand.wait(100)
    expect(new Set(hand.sent.slice(before).map(({ node }) => node))).toEqual(new Set([10]))
    hand.arrive(
      hand.connect(OTHER, Port.Memory),
      encodeMemoryRequest({ kind: 'stop', sessionId: 100 as SessionId }),
    )
    expect(status()).toEqual({ sessionId: 0, isBusy: false })
  })

  it('S9: a keep-alive interval is no threat: silence does not end a transfer, and an alive is harmless', () => {
    const hand = server(20_000)
    hand.ask({ keepAliveMs: 10, throughput: 10_000 })
    hand.arrive(hand.connect(OTHER, Port.Memory), encodeMemoryRequest({ kind: 'alive' }))
    hand.wait(10_000)
    expect(hand.sent.length).toBe(201)
    expect(hand.told.at(-1)).toMatchObject({ kind: 'ended', why: 'sent' })
  })

  it('S10: a request that is cut is refused', () => {
    const hand = server()
    const whole = encodeMetaRequest(requestOf(), DIALECTS.D2c)
    for (let length = 0; length < 80; length++) {
      const connection = hand.connect()
      hand.arrive(connection, whole.subarray(0, length))
      // 72 octets are a request of D1, and this one has no throughput that D1 could mean.
      expect(hand.isClosed(connection) || length === 72).toBe(true)
      if (!hand.isClosed(connection)) hand.clientCloses(connection)
    }
    expectAlive(hand)
  })

  it('S11: a link that is full delays a round and shortens nothing', () => {
    const hand = server(5000)
    hand.slots = 1
    hand.ask({ throughput: 10_000_000 })
    hand.wait(1000)
    // 50 packets, and the empty one behind a size that divides evenly.
    expect(offsets(hand)).toEqual(numbers(0, 51).map(packet => packet * 100))
  })

  it('S12: a payload of 4 GiB or more is refused, and offered in windows', () => {
    const size = 5 * 2 ** 30
    const huge: Payload = {
      size,
      read(offset, target, at, length) {
        target.fill((offset / 2 ** 30) | 0, at, at + length)
        return offset + length <= size
      },
      close() {},
    }
    const payloads = new PayloadRegistry()
    payloads.add(1, () => huge)
    payloads.add(2, () => windowOf(huge, 0))
    payloads.add(3, () => windowOf(huge, 2 ** 32 - 1))
    const hand = new ServerByHand(payloads)
    hand.ask()
    expect(refusals(hand)).toEqual(['payload-too-large'])
    const total = (id: number): number | undefined => {
      const response = decodeMetaResponse(hand.responseOn(hand.ask({ payloadId: id, intervals: [] }))!)
      return isFault(response) ? undefined : response.totalOctets
    }
    expect(total(2)).toBe(2 ** 32 - 1)
    expect(total(3)).toBe(2 ** 30 + 1)
  })

  it('S13: memory that cannot be read is not sent', () => {
    const hand = server()
    const ask = (address: bigint, size: number): void =>
      hand.arrive(
        hand.connect(OTHER, Port.Memory),
        encodeMemoryRequest({ kind: 'start', address, size, meta: requestOf() }),
      )
    ask(0n, 100)
    ask(ADDRESS, TOTAL + 1)
    hand.wait(1000)
    expect(hand.sent).toEqual([])
    expect(refusals(hand)).toEqual(['unknown-payload', 'unknown-payload'])
  })

  it('S13: a read that fails ends the round, and no garbage leaves', () => {
    const payloads = new PayloadRegistry()
    const broken: Payload = { size: TOTAL, read: offset => offset < 500, close() {} }
    payloads.add(1, () => broken)
    const hand = new ServerByHand(payloads)
    const connection = hand.ask()
    hand.wait(1000)
    expect(offsets(hand)).toEqual([0, 100, 200, 300, 400])
    expect(hand.isClosed(connection)).toBe(true)
    expect(hand.told.at(-1)).toMatchObject({ why: 'read-failed', sent: 5 })
  })
})

describe('towards C clients (reference 12.2), the server', () => {
  it('sends at most a packet per millisecond, and to others what they ask for', () => {
    const fast = (session: SessionId): number => {
      const hand = server(500_000)
      hand.ask({ throughput: 10_000_000, sessionId: session })
      hand.wait(10_000)
      const data = hand.sent.filter(({ length }) => length > 0)
      return data.at(-1)!.at - data[0]!.at
    }
    expect(fast(C_SESSION_ID)).toBeGreaterThanOrEqual(4998)
    // What a C user of the vmem variant chose.
    expect(fast(0xcafe0001 as SessionId)).toBeGreaterThanOrEqual(4998)
    expect(fast(5 as SessionId)).toBeLessThan(60)
  })

  it('waits 20 ms before the first packet, since they bind their port late', () => {
    const hand = server()
    const asked = hand.now
    hand.ask()
    hand.wait(1000)
    expect(hand.sent[0]!.at - asked).toBe(20)
  })

  it('ends a payload that divides evenly with an empty packet, and only its end', () => {
    const whole = server(2000)
    whole.ask({ intervals: [WHOLE] })
    whole.wait(1000)
    expect(whole.sent.at(-1)).toMatchObject({ offset: 2000, length: 0 })
    const part = server(2000)
    part.ask({ intervals: [{ start: 0, end: 5 }] })
    part.wait(1000)
    expect(part.sent.at(-1)).toMatchObject({ offset: 500, length: 100 })
  })

  it('sends the highest packet last, whatever the order of the intervals', () => {
    const hand = server()
    hand.ask({
      intervals: [
        { start: 15, end: 19 },
        { start: 2, end: 3 },
        { start: 7, end: 7 },
      ],
    })
    hand.wait(1000)
    expect(offsets(hand)).toEqual([200, 300, 700, 1500, 1600, 1700, 1800, 1900])
  })

  it('spaces packets evenly', () => {
    const hand = server(100_000)
    hand.ask({ throughput: 50_000 })
    hand.wait(2000)
    const gaps = hand.sent.slice(1).map(({ at }, index) => at - hand.sent[index]!.at)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2.001)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1.999)
  })

  it('closes the connection only behind the last datagram', () => {
    const hand = server()
    const connection = hand.ask()
    hand.wait(30)
    expect(hand.isClosed(connection)).toBe(false)
    hand.wait(1000)
    expect(hand.isClosed(connection)).toBe(true)
    expect(hand.sent.length).toBe(20)
  })

  it('answers a question for the size alone', () => {
    const hand = server()
    const connection = hand.ask({ intervals: [] })
    expect(decodeMetaResponse(hand.responseOn(connection)!)).toEqual({ roundOctets: 0, totalOctets: TOTAL })
    hand.wait(1000)
    expect(hand.sent).toEqual([])
    expect(hand.isClosed(connection)).toBe(true)
  })

  it('shares a link that is slower than the wishes of all', () => {
    const hand = server(500_000, { throughputMax: 100_000 })
    hand.ask({ throughput: 1_000_000 })
    hand.ask({ throughput: 1_000_000 }, OTHER)
    hand.wait(1020)
    const octets = (node: number): number =>
      hand.sent.filter(each => each.node === node).reduce((sum, { length }) => sum + length, 0)
    expect(octets(10) / 50_000).toBeCloseTo(1, 1)
    expect(octets(11) / 50_000).toBeCloseTo(1, 1)
  })
})
