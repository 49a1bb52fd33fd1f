/** Whatever strangers may do to a server. */
import { NEVER } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ConnectionId,
  DIALECTS,
  encodeMemoryRequest,
  encodeMetaRequest,
  type NodeAddress,
  octetsPayload,
  type Payload,
  Port,
  type SessionId,
} from '../../src/index.ts'
import { payloadOf, requestOf, ServerByHand } from '../by-hand.ts'

const TOTAL = 3000

/** Payloads that count how often they are open. */
class Counted {
  open = 0

  payload(size: number): Payload {
    const inner = octetsPayload(payloadOf(size))
    this.open += 1
    return {
      ...inner,
      size,
      close: () => {
        this.open -= 1
      },
    }
  }
}

const node = fc.integer({ min: 10, max: 14 }) as fc.Arbitrary<NodeAddress>
const intervals = fc.array(
  fc
    .record({ start: fc.nat(40), length: fc.nat(40) })
    .map(({ start, length }) => ({ start, end: start + length })),
  { maxLength: 12 },
)
const deed = fc.oneof(
  fc.record({ kind: fc.constant('connect' as const), node, isMemory: fc.boolean() }),
  fc.record({
    kind: fc.constant('ask' as const),
    which: fc.nat(20),
    intervals,
    payloadId: fc.nat(2),
    mtu: fc.integer({ min: 9, max: 300 }),
  }),
  fc.record({ kind: fc.constant('memory' as const), which: fc.nat(20), what: fc.nat(3), id: fc.nat(3) }),
  fc.record({
    kind: fc.constant('garbage' as const),
    which: fc.nat(20),
    octets: fc.uint8Array({ maxLength: 130 }),
  }),
  fc.record({ kind: fc.constant('close' as const), which: fc.nat(20), isLost: fc.boolean() }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(500) }),
)

describe('a server', () => {
  it('survives whatever comes in whatever order, sends only what was asked for, and closes every payload', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 50 }), deeds => {
        const counted = new Counted()
        const hand = new ServerByHand(
          {
            open: id => (id === 1 ? counted.payload(TOTAL) : undefined),
            openMemory: (_address, size) => (size <= TOTAL ? counted.payload(size) : undefined),
          },
          { transfersMax: 3, waitingMax: 4 },
        )
        const connections: ConnectionId[] = []
        const some = (which: number): ConnectionId => connections[which % Math.max(1, connections.length)]!
        for (const each of deeds) {
          if (each.kind === 'connect') {
            connections.push(hand.connect(each.node, each.isMemory ? Port.Memory : Port.Control))
          } else if (each.kind === 'wait') hand.wait(each.ms)
          else if (connections.length === 0) continue
          else if (each.kind === 'ask') {
            const request = requestOf({
              payloadId: each.payloadId,
              mtuOctets: each.mtu,
              intervals: each.intervals,
            })
            hand.arrive(some(each.which), encodeMetaRequest(request, DIALECTS.D2c))
          } else if (each.kind === 'memory') {
            const sessionId = each.id as SessionId
            const requests = [
              { kind: 'start', address: 0n, size: 1000 * each.id, meta: requestOf({ sessionId }) },
              { kind: 'stop', sessionId },
              { kind: 'status' },
              { kind: 'alive' },
            ] as const
            hand.arrive(some(each.which), encodeMemoryRequest(requests[each.what]!))
          } else if (each.kind === 'garbage') hand.arrive(some(each.which), each.octets)
          else hand.clientCloses(some(each.which), each.isLost ? 'lost' : 'by-peer')
          expect(hand.server.transfers).toBeLessThanOrEqual(3)
          expect(counted.open).toBe(hand.server.transfers)
        }
        hand.wait(120_000)
        expect(hand.server.transfers).toBe(0)
        expect(counted.open).toBe(0)
        expect(hand.server.deadline()).toBe(NEVER)
        for (const { offset, length } of hand.sent) expect(offset + length).toBeLessThanOrEqual(TOTAL)
      }),
      { numRuns: 300 },
    )
  })

  it('takes no more transfers than it has seats, and no more callers than it has chairs', () => {
    const open = (): Payload => octetsPayload(payloadOf(TOTAL))
    const hand = new ServerByHand({ open }, { transfersMax: 2, waitingMax: 2 })
    for (const each of [10, 11, 12]) hand.ask({}, each as NodeAddress)
    expect(hand.server.transfers).toBe(2)
    const callers = [20, 21, 22].map(each => hand.connect(each as NodeAddress))
    expect(callers.map(connection => hand.isClosed(connection))).toEqual([false, false, true])
    expect(hand.told.filter(({ kind }) => kind === 'refused')).toMatchObject([
      { why: 'busy' },
      { why: 'busy' },
    ])
  })
})
