/** Stories of the client engine with a server played by hand. Packets carry 100 octets. */
import { NEVER } from '@skyferry/engine'
import { RangeSet, toHex } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TRANSFER_INPUTS, TRANSFER_STATES } from '../../src/client/transfer.ts'
import {
  compactRecords,
  decodeMemoryRequest,
  encodeMemoryStatus,
  foldSessions,
  MemorySinks,
  type Sink,
} from '../../src/index.ts'
import { ClientByHand, datagram, numbers, payloadOf, SERVER } from '../by-hand.ts'

const TOTAL = 1950
const PACKETS = 20

function receiving(terms = {}, total = TOTAL): ClientByHand {
  const hand = new ClientByHand()
  hand.get(terms)
  hand.respond(total)
  return hand
}

describe('no promise outruns the store', () => {
  it('complete is said only once the octets are durable', () => {
    const hand = receiving()
    hand.isStoring = false
    hand.data(TOTAL, ...numbers(0, PACKETS))
    hand.wait(100_000)
    expect(hand.ending()).toBeUndefined()
    expect(hand.state()).toBe('settling')
    hand.isStoring = true
    hand.request({ kind: 'pause', session: 'nobody' })
    expect(hand.ending()).toBe('complete')
  })

  it('a saved session holds what is durable and nothing that is not', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, 5))
    hand.wait(1000)
    hand.isStoring = false
    hand.data(TOTAL, ...numbers(5, 10))
    hand.wait(1000)
    expect(hand.client.report('one')!.octets).toBe(1000)
    expect(hand.client.serialize('one')!.held).toEqual([0, 500])
  })
})

describe('a restart', () => {
  it('at any record leaves a session that goes on, and ends whole', () => {
    const before = receiving()
    before.data(TOTAL, ...numbers(0, 7))
    before.wait(1000)
    before.data(TOTAL, ...numbers(9, 15))
    before.wait(1000)
    before.request({ kind: 'pause', session: 'one' })
    before.request({ kind: 'resume', session: 'one' })
    expect(before.records.length).toBeGreaterThanOrEqual(6)
    for (let count = 1; count <= before.records.length; count++) {
      const { sinks } = before
      const after = new ClientByHand({ records: before.records.slice(0, count), sinks })
      if (after.state() === 'paused') after.request({ kind: 'resume', session: 'one' })
      after.respond(TOTAL)
      for (const { start, end } of after.asked.intervals) {
        after.data(TOTAL, ...numbers(start, Math.min(end, PACKETS - 1) + 1))
      }
      expect(after.ending()).toBe('complete')
      expect(toHex(before.sinks.content('out')!)).toBe(toHex(payloadOf(TOTAL)))
    }
  })

  it('finds octets that its sink has lost missing again', () => {
    const before = receiving()
    before.data(TOTAL, ...numbers(0, 10))
    before.wait(1000)
    const sinks = new MemorySinks()
    sinks.open('out').write(0, payloadOf(450))
    const after = new ClientByHand({ records: before.records, sinks })
    after.respond(TOTAL)
    expect(after.asked.intervals).toEqual([{ start: 4, end: 19 }])
    expect(after.client.serialize('one')!.held).toEqual([0, 450])
  })

  it('tells again of an end that its user may not have heard', () => {
    const before = receiving()
    before.data(TOTAL, ...numbers(0, PACKETS))
    const after = new ClientByHand({ records: before.records })
    expect(after.ending()).toBe('complete')
    after.request({ kind: 'release', session: 'one' })
    expect(new ClientByHand({ records: [...before.records, ...after.records] }).told).toEqual([])
  })

  it('a compacted journal means the same', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, 3), 5, 8)
    hand.wait(1000)
    hand.request({ kind: 'pause', session: 'one' })
    const plain = (records: typeof hand.records): unknown =>
      [...foldSessions(records)].map(([name, facts]) => [name, { ...facts, held: facts.held.toFlat() }])
    const short = compactRecords(hand.records)
    expect(short.length).toBeLessThan(hand.records.length)
    expect(plain(short)).toEqual(plain(hand.records))
  })
})

describe('a C server', () => {
  it('is asked for the size before it is asked for anything it may not have', () => {
    const hand = new ClientByHand()
    hand.get({ peer: 'libdtp' })
    expect(hand.asked.intervals).toEqual([])
    hand.respond(TOTAL)
    expect(hand.asked.intervals).toEqual([{ start: 0, end: 19 }])
    hand.respond(TOTAL)
    hand.data(TOTAL, ...numbers(0, 10))
    hand.request({ kind: 'pause', session: 'one' })
    hand.request({ kind: 'resume', session: 'one' })
    // The payload may have shrunk meanwhile.
    expect(hand.asked.intervals).toEqual([])
  })

  it('whose payload is empty is asked for nothing but its size', () => {
    const hand = new ClientByHand()
    hand.get({ peer: 'libdtp' })
    hand.respond(0)
    expect(hand.ending()).toBe('complete')
    expect(hand.connects()).toBe(1)
  })

  it('that is busy with somebody else is asked again, later and later', () => {
    const hand = new ClientByHand({ settings: { responseMs: 1000 } })
    hand.get()
    const connectedAt: number[] = []
    for (let times = 0; times < 5; times++) {
      hand.connected()
      connectedAt.push(hand.now)
      const before = hand.connects()
      while (hand.connects() === before) hand.wait(50)
    }
    const waits = connectedAt.slice(1).map((at, index) => at - connectedAt[index]!)
    expect(waits[3]).toBeGreaterThan(waits[0]! + 1000)
    expect(hand.client.report('one')!.waitingFor).toContain('node 20')
    hand.respond(TOTAL)
    hand.data(TOTAL, ...numbers(0, PACKETS))
    expect(hand.ending()).toBe('complete')
  })

  it('is never given a rate whose rounds are seconds long, where another is near', () => {
    const hand = new ClientByHand()
    hand.get({ peer: 'libdtp', mtuOctets: 2048, throughput: 300_000 })
    expect(hand.asked.throughput).toBe(204_000)
  })
})

describe('a round', () => {
  it('that the server ended leaves what is under way the time to come', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, 18))
    hand.serverCloses()
    expect(hand.state()).toBe('draining')
    hand.wait(15)
    hand.data(TOTAL, 18, 19)
    expect(hand.ending()).toBe('complete')
    expect(hand.connects()).toBe(1)
  })

  it('takes data of earlier rounds, whenever they come', () => {
    const hand = receiving()
    const first = hand.asked.sessionId
    hand.data(TOTAL, ...numbers(0, 10))
    hand.serverCloses()
    hand.wait(100)
    expect(hand.state()).toBe('connecting')
    expect(hand.asked.sessionId).toBe(first + 1)
    for (const packet of numbers(10, PACKETS)) {
      hand.raw(datagram(first, packet * 100, Math.min(100, TOTAL - packet * 100)))
    }
    expect(hand.ending()).toBe('complete')
  })

  it('of silence is repeated later and later, and by a word of the user at once', () => {
    const hand = receiving()
    for (let rounds = 0; rounds < 8; rounds++) {
      if (hand.state() === 'connecting') hand.respond(TOTAL)
      hand.wait(5000)
      if (hand.state() !== 'waiting') hand.wait(40_000)
    }
    while (hand.state() !== 'waiting') hand.wait(100)
    hand.request({ kind: 'resume', session: 'one' })
    expect(hand.state()).toBe('connecting')
  })

  it('gives up where it was told to, and its state can be loaded', () => {
    const hand = new ClientByHand({ settings: { giveUpMs: 60_000 as never } })
    hand.get()
    hand.respond(TOTAL)
    hand.data(TOTAL, 0, 1, 2)
    hand.wait(1000)
    hand.serverCloses('lost')
    hand.wait(600_000)
    expect(hand.ending()).toBe('gave-up')
    expect(hand.client.serialize('one')!.held).toEqual([0, 300])
  })
})

describe('memory (the vmem variant)', () => {
  const memory = { payload: { kind: 'memory', address: '1000', size: TOTAL } } as const
  const lastMemory = (hand: ClientByHand): unknown => {
    const sent = hand.calls.findLast(call => call.kind === 'send')
    return sent?.kind === 'send' ? decodeMemoryRequest(sent.octets, 2048) : undefined
  }

  it('is started without an answer, and stopped by its session id', () => {
    const hand = new ClientByHand()
    hand.get(memory)
    const start = lastMemory(hand) as { kind: string; meta: { sessionId: number } }
    expect(start).toMatchObject({ kind: 'start', address: 0x1000n, size: TOTAL })
    expect(hand.state()).toBe('receiving')
    hand.raw(datagram(start.meta.sessionId, 0, 100))
    hand.request({ kind: 'cancel', session: 'one' })
    expect(lastMemory(hand)).toEqual({ kind: 'stop', sessionId: start.meta.sessionId })
  })

  it('ends its round when the service says that it is idle', () => {
    const hand = new ClientByHand()
    hand.get(memory)
    const start = lastMemory(hand) as { meta: { sessionId: number } }
    for (const packet of numbers(0, 19)) hand.raw(datagram(start.meta.sessionId, packet * 100, 100))
    hand.wait(400)
    expect(lastMemory(hand)).toEqual({ kind: 'status' })
    const octets = encodeMemoryStatus({ sessionId: start.meta.sessionId as never, isBusy: false })
    hand.client.happened({ kind: 'arrived', connection: hand.connection, octets }, hand.now)
    hand.wait(100)
    expect(lastMemory(hand)).toMatchObject({ kind: 'start', meta: { intervals: [{ start: 19, end: 19 }] } })
  })

  it('that is whole is not stopped: a C server would stop whatever it is at', () => {
    const hand = new ClientByHand()
    hand.get(memory)
    const start = lastMemory(hand) as { meta: { sessionId: number } }
    for (const packet of numbers(0, PACKETS)) {
      hand.raw(datagram(start.meta.sessionId, packet * 100, Math.min(100, TOTAL - packet * 100)))
    }
    expect(hand.ending()).toBe('complete')
    expect(lastMemory(hand)).toMatchObject({ kind: 'start' })
  })
})

describe('bounds', () => {
  it('a server that sends every second packet of a huge payload costs so many ranges and no more', () => {
    const hand = new ClientByHand({ settings: { rangesMax: 100 } })
    hand.get({ mtuOctets: 9 })
    hand.respond(1_000_000)
    const { sessionId } = hand.asked
    for (const packet of numbers(0, 5000)) hand.raw(datagram(sessionId, packet * 2, 1))
    expect(hand.client.held('one')!.size).toBe(100)
    expect(hand.client.report('one')!.rejected.get('too-many-ranges')).toBe(4900)
    // What closes a hole is welcome all the same.
    hand.raw(datagram(sessionId, 1, 1))
    expect(hand.client.held('one')!.size).toBe(99)
  })

  it('a sink that is full ends the session, resumable', () => {
    let writes = 0
    const sink: Sink = {
      size: 1e6,
      write: () =>
        ++writes > 3 ? { kind: 'problem', code: 'no-space', reason: 'the disk is full' } : undefined,
      read: () => undefined,
      close() {},
    }
    const hand = new ClientByHand({ sinks: { open: () => sink } })
    hand.get()
    hand.respond(TOTAL)
    hand.data(TOTAL, ...numbers(0, PACKETS))
    expect(hand.ending()).toBe('sink-failed')
    expect(hand.client.serialize('one')!.held).toEqual([0, 300])
  })

  it('a sink is closed at the end, opened again by whoever reads, and closed once more when it is forgotten', () => {
    const deeds: string[] = []
    const octets = new Uint8Array(TOTAL)
    const open = (): Sink => {
      deeds.push('open')
      let isOpen = true
      return {
        size: TOTAL,
        write: (offset, data) => {
          octets.set(data, offset)
          return undefined
        },
        read: (offset, target, at, length) => {
          if (!isOpen) throw new Error('read from a sink that is closed')
          target.set(octets.subarray(offset, offset + length), at)
          return undefined
        },
        close: () => {
          isOpen = false
          deeds.push('close')
        },
      }
    }
    const hand = new ClientByHand({ sinks: { open } })
    hand.get()
    hand.respond(TOTAL)
    hand.data(TOTAL, ...numbers(0, PACKETS))
    expect(hand.ending()).toBe('complete')
    expect(deeds).toEqual(['open', 'close'])
    const copy = new Uint8Array(TOTAL)
    expect(hand.client.read('one', 0, copy, 0, TOTAL)).toBe(true)
    expect(toHex(copy)).toBe(toHex(payloadOf(TOTAL)))
    hand.request({ kind: 'release', session: 'one' })
    expect(deeds).toEqual(['open', 'close', 'open', 'close'])
  })

  it('sessions are counted', () => {
    const hand = new ClientByHand({ settings: { sessionsMax: 1 } })
    hand.get()
    expect(
      hand.request({ kind: 'get', terms: { server: SERVER, payload: { kind: 'id', id: 1 }, sink: 'x' } }),
    ).toMatchObject({
      kind: 'refused',
    })
  })
})

describe('the table', () => {
  it('has a cell for every state and input', () => {
    expect(TRANSFER_STATES.length).toBe(10)
    expect(TRANSFER_INPUTS.length).toBe(9)
  })

  it('whatever comes in whatever order: no throw, no deadline in the past, nothing held that did not come', () => {
    const deed = fc.oneof(
      fc.record({
        kind: fc.constant('data' as const),
        packet: fc.nat(25),
        id: fc.integer({ min: -1, max: 4 }),
      }),
      fc.record({ kind: fc.constantFrom('connected', 'respond', 'by-peer', 'lost', 'unreachable') }),
      fc.record({ kind: fc.constantFrom('pause', 'resume', 'cancel') }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20_000) }),
      fc.record({ kind: fc.constant('garbage' as const), octets: fc.uint8Array({ maxLength: 120 }) }),
      fc.record({ kind: fc.constant('store' as const) }),
    )
    const peers = fc.constantFrom('skyferry', 'libdtp', 'satdeploy')
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), peers, fc.boolean(), (deeds, peer, isMemory) => {
        const hand = new ClientByHand()
        const payload = isMemory ? { kind: 'memory', address: '0', size: TOTAL } : { kind: 'id', id: 1 }
        hand.get({ peer, payload, idleMs: 500 } as never)
        const sent = new RangeSet()
        const session = firstSession(hand)
        for (const each of deeds) {
          switch (each.kind) {
            case 'data': {
              const { packet, id } = each as { packet: number; id: number }
              hand.raw(
                datagram(
                  (session + id) >>> 0,
                  packet * 100,
                  Math.min(100, Math.max(1, TOTAL - packet * 100)),
                ),
              )
              if (packet < PACKETS) sent.add(packet * 100, Math.min(TOTAL, packet * 100 + 100))
              break
            }
            case 'connected':
              hand.connected()
              break
            case 'respond':
              hand.respond(TOTAL)
              break
            case 'by-peer':
            case 'lost':
            case 'unreachable':
              hand.serverCloses(each.kind as never)
              break
            case 'pause':
            case 'resume':
            case 'cancel':
              hand.request({ kind: each.kind as 'pause', session: 'one' })
              break
            case 'wait':
              hand.wait((each as { ms: number }).ms)
              break
            case 'garbage':
              hand.raw((each as { octets: Uint8Array }).octets)
              break
            default:
              hand.isStoring = !hand.isStoring
          }
          const due = hand.client.deadline()
          expect(due === NEVER || due > hand.now - 1e-6).toBe(true)
          for (const { from, to } of hand.client.held('one') ?? []) expect(sent.covers(from, to)).toBe(true)
          if (hand.ending() === 'complete') expect(sent.covers(0, TOTAL)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** Of the first round, whichever variant it is. */
function firstSession(hand: ClientByHand): number {
  const sent = hand.calls.findLast(call => call.kind === 'send')
  if (sent?.kind !== 'send') return 0
  if (sent.octets[1] === 0x80 && sent.octets.length === 99) {
    const start = decodeMemoryRequest(sent.octets, 2048)
    return start.kind === 'start' ? start.meta.sessionId : 0
  }
  return hand.asked.sessionId
}
