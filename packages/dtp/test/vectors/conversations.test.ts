/** What two C nodes said to each other, replayed with one of ours at either end: the same octets come back. */
import { toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import {
  type ClientRecord,
  DIALECTS,
  encodeMetaRequest,
  MemorySinks,
  octetsPayload,
  type PayloadRef,
  Port,
} from '../../src/index.ts'
import { CLIENT, ClientByHand, SERVER, ServerByHand } from '../by-hand.ts'
import { captured, octets } from './vectors.ts'

const payloadOf = (name: string): Uint8Array =>
  octets(captured.find(vector => vector.name === name)!.decoded.payload_hex!)
const FULL = 'dtp-v2/full-transfer-1003-bytes-mtu208'
const DATA = ['06-data-0', '07-data-1', '08-data-2', '09-data-3', '10-data-4', '11-data-5-last-short']
const datagrams = DATA.map(name => payloadOf(`${FULL}/${name}`))
/** The file that the C server sent. */
const file = Uint8Array.from(datagrams.flatMap(datagram => [...datagram.subarray(8)]))
const SINK = 'out'

/** What our server sends to a captured request. */
function served(request: Uint8Array, port: number = Port.Control): { hand: ServerByHand; response: string } {
  const open = (): ReturnType<typeof octetsPayload> => octetsPayload(file)
  const hand = new ServerByHand({ open: id => (id === 1 ? open() : undefined), openMemory: open })
  const connection = hand.connect(CLIENT, port)
  hand.arrive(connection, request)
  hand.wait(10_000)
  return { hand, response: toHex(hand.responseOn(connection)?.subarray(0, 8) ?? new Uint8Array()) }
}

/** A client of ours whose session ids begin where the captured one's did. */
function fetching(base: number, payload: PayloadRef, held: readonly number[] = []): ClientByHand {
  const opened: ClientRecord = {
    session: 'one',
    kind: 'opened',
    base,
    total: held.length > 0 ? file.length : null,
    held,
    terms: {
      server: SERVER,
      peer: 'skyferry',
      payload,
      dialect: 'D2c',
      mtuOctets: 208,
      throughput: 10_000,
      idleMs: 5000,
      wanted: [],
      crc32: null,
      sink: SINK,
    },
  }
  const sinks = new MemorySinks()
  if (held.length > 0) sinks.open(SINK).write(0, file)
  return Object.assign(new ClientByHand({ records: [opened], sinks }), { sinks })
}

const sentBy = (hand: ClientByHand): string => {
  const call = hand.calls.findLast(each => each.kind === 'send')
  return call?.kind === 'send' ? toHex(call.octets) : ''
}

describe('a captured conversation', () => {
  it('of a whole transfer: our server answers a C client as the C server did', () => {
    const { hand, response } = served(payloadOf(`${FULL}/04-meta-request`))
    expect(response).toBe(toHex(payloadOf(`${FULL}/05-meta-response`).subarray(0, 8)))
    expect(hand.sent.map(({ offset, length, session }) => [offset, length, session])).toEqual(
      datagrams.map((datagram, packet) => [packet * 200, datagram.length - 8, 0x900dface]),
    )
  })

  it('of a whole transfer: our client asks as the C client did, and takes what the C server sent', () => {
    const hand = fetching(0x900dface, { kind: 'id', id: 1 })
    expect(sentBy(hand)).toBe(toHex(payloadOf(`${FULL}/04-meta-request`)))
    hand.connected()
    hand.client.happened(
      { kind: 'arrived', connection: hand.connection, octets: payloadOf(`${FULL}/05-meta-response`) },
      hand.now,
    )
    for (const datagram of datagrams) hand.raw(datagram)
    expect(hand.ending()).toBe('complete')
    expect(toHex(hand.sinks.content(SINK)!)).toBe(toHex(file))
  })

  it('of a whole transfer in CSP version 1: the same', () => {
    const name = 'dtp-v1/full-transfer-1003-bytes-mtu208'
    const { response } = served(payloadOf(`${name}/04-meta-request`))
    expect(response).toBe(toHex(payloadOf(`${name}/05-meta-response`).subarray(0, 8)))
  })

  it('of a resume: two holes are asked for in the same octets, and filled by the same datagrams', () => {
    const hand = fetching(0x900dface, { kind: 'id', id: 1 }, [0, 200, 400, 600, 800, 1003])
    // Ours joins holes that lie so near each other; asked for apart, the octets are those of C.
    const request = {
      ...hand.asked,
      intervals: [
        { start: 1, end: 1 },
        { start: 3, end: 3 },
      ],
    }
    expect(toHex(encodeMetaRequest(request, DIALECTS.D2c))).toBe(
      toHex(payloadOf('dtp-v2/resume-two-holes/meta-request')),
    )
    hand.connected()
    hand.client.happened(
      {
        kind: 'arrived',
        connection: hand.connection,
        octets: payloadOf('dtp-v2/resume-two-holes/meta-response'),
      },
      hand.now,
    )
    hand.raw(payloadOf('dtp-v2/resume-two-holes/data-1'))
    hand.raw(payloadOf('dtp-v2/resume-two-holes/data-3'))
    expect(hand.ending()).toBe('complete')
  })

  it('of a resume: our server sends those two packets, and says how large they are (S2)', () => {
    const { hand, response } = served(payloadOf('dtp-v2/resume-two-holes/meta-request'))
    expect(hand.sent.map(({ offset }) => offset)).toEqual([200, 600])
    expect(response).toBe(
      `90010000${toHex(payloadOf('dtp-v2/resume-two-holes/meta-response').subarray(4, 8))}`,
    )
  })

  it('of an unknown payload: our server hangs up without a word, as the C server did', () => {
    const { hand, response } = served(payloadOf('dtp-v2/meta-request-unknown-payload-77'))
    expect(response).toBe('')
    expect(hand.calls.at(-1)).toMatchObject({ kind: 'close' })
  })

  it('of memory: our server sends what the C server sent', () => {
    const { hand } = served(payloadOf('dtp-vmem-v2/start-request'), Port.Memory)
    expect(hand.sent.map(({ session }) => session)).toEqual(Array.from({ length: 6 }, () => 0xcafe0001))
    expect(hand.sent.at(-1)).toMatchObject({ offset: 1000, length: 3 })
  })

  it('of memory: our client starts as the C client did, and takes what the C server sent', () => {
    const hand = fetching(0xcafe0001, { kind: 'memory', address: '1000000000', size: 1003 })
    expect(sentBy(hand).slice(0, 54)).toBe(toHex(payloadOf('dtp-vmem-v2/start-request').subarray(0, 27)))
    hand.raw(payloadOf('dtp-vmem-v2/data-0'))
    hand.raw(payloadOf('dtp-vmem-v2/data-last'))
    expect(hand.client.report('one')).toMatchObject({ octets: 203, state: 'receiving' })
  })
})
