/** What the C client gets wrong (reference 11.1, by number), and ours does not. Packets carry 100 octets unless said. */
import { isFault, toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import {
  decodeMetaFile,
  encodeMetaFile,
  parseSession,
  type SessionTerms,
  type Sink,
  serializeSession,
  sessionFromMeta,
} from '../../src/index.ts'
import { ClientByHand, datagram, numbers, octetAt, payloadOf, SERVER } from '../by-hand.ts'

const TOTAL = 1950
const PACKETS = 20

function receiving(total = TOTAL): ClientByHand {
  const hand = new ClientByHand()
  hand.get()
  hand.respond(total)
  expect(hand.state()).toBe('receiving')
  return hand
}

function content(hand: ClientByHand): string {
  return toHex(hand.sinks.content('out') ?? new Uint8Array(0))
}

describe('the client', () => {
  it('C1: does not leave by an estimate, however fast data come', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, PACKETS - 1))
    hand.wait(1000)
    // A C client would have been gone a second ago.
    expect(hand.state()).toBe('receiving')
    hand.data(TOTAL, PACKETS - 1)
    expect(hand.ending()).toBe('complete')
    expect(content(hand)).toBe(toHex(payloadOf(TOTAL)))
  })

  it('C2: a lost packet and a duplicate of equal size are a hole, which is asked for, and no success', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, 7), ...numbers(8, PACKETS), 3)
    hand.serverCloses()
    hand.wait(100)
    expect(hand.ending()).toBeUndefined()
    expect(hand.asked.intervals).toEqual([{ start: 7, end: 7 }])
    hand.respond(TOTAL)
    hand.data(TOTAL, 7)
    expect(hand.ending()).toBe('complete')
    expect(content(hand)).toBe(toHex(payloadOf(TOTAL)))
  })

  it('C3: duplicates are counted once, and as redundant', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, 10), 2, 5, 2, ...numbers(10, PACKETS))
    expect(hand.ending()).toBe('complete')
    expect(hand.client.report('one')).toMatchObject({ octets: TOTAL, redundant: 300, rounds: 1 })
  })

  it('C4: a size that is a multiple of the chunk has no packet behind its last', () => {
    const hand = receiving(2000)
    hand.data(2000, ...numbers(0, 20))
    expect(hand.ending()).toBe('complete')
  })

  it('C5: only the last packet lost is a hole like any other', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, PACKETS - 1))
    hand.serverCloses()
    hand.wait(100)
    expect(hand.asked.intervals).toEqual([{ start: 19, end: 19 }])
    hand.respond(TOTAL)
    hand.data(TOTAL, 19)
    expect(hand.ending()).toBe('complete')
    expect(content(hand)).toBe(toHex(payloadOf(TOTAL)))
  })

  it('C6: packets out of order are no holes', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, PACKETS).sort((one, other) => ((one * 7) % 20) - ((other * 7) % 20)))
    expect(hand.ending()).toBe('complete')
    expect(hand.connects()).toBe(1)
    expect(content(hand)).toBe(toHex(payloadOf(TOTAL)))
  })

  it('C7: the last packet first ends nothing', () => {
    const hand = receiving()
    hand.data(TOTAL, 19)
    expect(hand.state()).toBe('receiving')
    hand.data(TOTAL, ...numbers(0, 19))
    expect(hand.ending()).toBe('complete')
  })

  it('C8: a stall near the end is waited out', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, 10))
    hand.wait(4000)
    expect(hand.state()).toBe('receiving')
    hand.data(TOTAL, ...numbers(10, PACKETS))
    expect(hand.ending()).toBe('complete')
  })

  it('C9: the idle timeout is as long as it says', () => {
    const hand = new ClientByHand()
    hand.get({ idleMs: 2000 })
    hand.respond(TOTAL)
    hand.data(TOTAL, 0)
    hand.wait(1999)
    expect(hand.state()).toBe('receiving')
    hand.wait(1)
    expect(hand.told.findLast(({ kind }) => kind === 'round-ended')).toMatchObject({ why: 'silence' })
  })

  it('C10: more than eight holes take as many rounds as it takes, by themselves', () => {
    const total = 100_000
    const hand = receiving(total)
    const lost = new Set(numbers(0, 30).map(hole => hole * 33 + 5))
    hand.data(total, ...numbers(0, 1000).filter(packet => !lost.has(packet)))
    hand.serverCloses()
    hand.wait(100)
    let rounds = 0
    for (; hand.ending() === undefined && rounds < 20; rounds++) {
      const { intervals } = hand.asked
      expect(intervals.length).toBeLessThanOrEqual(8)
      hand.respond(total)
      for (const { start, end } of intervals) hand.data(total, ...numbers(start, end + 1))
      if (hand.ending() === undefined && hand.state() === 'receiving') {
        hand.serverCloses()
        hand.wait(100)
      }
    }
    expect(hand.ending()).toBe('complete')
    expect(rounds).toBeGreaterThan(1)
    expect(content(hand)).toBe(toHex(payloadOf(total)))
  })

  it('C11: every datagram is checked: whose, from where, which offset, how long', () => {
    const hand = receiving()
    const session = hand.asked.sessionId
    hand.raw(datagram(session + 1, 0, 100))
    hand.raw(datagram(session - 1, 0, 100))
    hand.raw(datagram(session, 0, 100), { node: 21 as typeof SERVER, port: 0 })
    hand.raw(datagram(session, 0, 100), { node: SERVER, port: 7 })
    hand.raw(datagram(session, 50, 100))
    hand.raw(datagram(session, 2000, 100))
    hand.raw(datagram(session, 4_294_967_200, 100))
    hand.raw(datagram(session, 0, 99))
    hand.raw(datagram(session, 0, 200))
    hand.raw(datagram(session, 0, 0))
    hand.raw(new Uint8Array(7))
    hand.raw(new Uint8Array(0))
    expect(hand.client.report('one')!.octets).toBe(0)
    expect(Object.fromEntries(hand.client.dropped)).toEqual({
      'foreign-session': 4,
      'unknown-server': 1,
      'bad-source-port': 1,
    })
    expect(Object.fromEntries(hand.client.report('one')!.rejected)).toEqual({
      'bad-offset': 3,
      'bad-length': 3,
    })
    hand.data(TOTAL, ...numbers(0, PACKETS))
    expect(hand.ending()).toBe('complete')
  })

  it('C12: the data port is bound before anything is asked, and no connection is closed twice', () => {
    const hand = receiving()
    expect(hand.calls[0]).toEqual({ kind: 'listen', port: 8, takes: 'datagrams' })
    hand.data(TOTAL, 0)
    hand.serverCloses()
    hand.wait(100)
    hand.respond(TOTAL)
    hand.data(TOTAL, ...numbers(1, PACKETS))
    hand.request({ kind: 'release', session: 'one' })
    const closed = hand.calls.filter(({ kind }) => kind === 'close')
    // The first was closed by the server.
    expect(closed).toEqual([{ kind: 'close', connection: 2 }])
  })

  it('C14: a saved session of another version, cut or damaged, is refused; names may be of any length', () => {
    const meta = encodeMetaFile({
      node: 20,
      mtuOctets: 108,
      timeoutSeconds: 5,
      throughput: 1000,
      payloadId: 1,
      sessionId: 1 as never,
      bytesReceived: 900,
      payloadSize: TOTAL,
      segments: [{ start: 0, end: 8 }],
    })
    const about = { sink: 'x'.repeat(1000), fileOctets: TOTAL, base: 5 }
    expect(sessionFromMeta(meta, about)).toMatchObject({ held: [0, 900], terms: { sink: about.sink } })
    for (let length = 0; length < meta.length; length++) {
      expect(isFault(decodeMetaFile(meta.subarray(0, length)))).toBe(true)
    }
    const other = meta.slice()
    other[0] = 1
    expect(decodeMetaFile(other)).toMatchObject({ code: 'bad-version' })
    const ours = serializeSession({ version: 1, terms: terms(), base: 1, total: 9, held: [0, 9] })
    expect(isFault(parseSession(ours))).toBe(false)
    for (let at = 0; at < ours.length; at++) {
      const damaged = ours.slice()
      damaged[at]! ^= 4
      expect(isFault(parseSession(damaged))).toBe(true)
      expect(isFault(parseSession(ours.subarray(0, at)))).toBe(true)
    }
  })

  it('C14: what a C session claims is believed only as far as its segments and its file go', () => {
    const meta = (segments: { start: number; end: number }[], bytesReceived: number, payloadSize = TOTAL) =>
      encodeMetaFile({
        node: 20,
        mtuOctets: 108,
        timeoutSeconds: 5,
        throughput: 1000,
        payloadId: 1,
        sessionId: 1 as never,
        bytesReceived,
        payloadSize,
        segments,
      })
    const heldIn = (octets: Uint8Array, fileOctets: number): unknown => {
      const state = sessionFromMeta(octets, { sink: 'out', fileOctets, base: 1 })
      return isFault(state) ? state.code : state.held
    }
    // It says it has everything, and lists a hole (C2).
    expect(
      heldIn(
        meta(
          [
            { start: 0, end: 6 },
            { start: 8, end: 19 },
          ],
          TOTAL,
        ),
        TOTAL,
      ),
    ).toEqual([0, 700, 800, 1950])
    // The last packet is listed nowhere (C5).
    expect(heldIn(meta([{ start: 0, end: 18 }], TOTAL), TOTAL)).toEqual([0, 1900])
    // The file is shorter than the list.
    expect(heldIn(meta([{ start: 0, end: 19 }], TOTAL), 512)).toEqual([0, 512])
    // The packet behind the last that C invents (C4), and nonsense beyond.
    expect(heldIn(meta([{ start: 0, end: 20 }], 2000, 2000), 2000)).toEqual([0, 2000])
    expect(heldIn(meta([{ start: 20, end: 4_000_000_000 }], 0, 2000), 2000)).toEqual([])
  })

  it('C15: nothing more to fetch, no such session and no such payload are three things', () => {
    const hand = receiving()
    hand.data(TOTAL, ...numbers(0, PACKETS))
    expect(hand.ending()).toBe('complete')
    const state = hand.client.serialize('one')!
    hand.request({ kind: 'load', session: 'again', state })
    expect(hand.told.at(-1)).toMatchObject({ session: 'again', outcome: { ending: 'complete' } })
    expect(hand.request({ kind: 'resume', session: 'nobody' })).toEqual({
      kind: 'refused',
      reason: 'there is no session nobody',
    })
    const stranger = new ClientByHand()
    stranger.get()
    for (let times = 0; times < 5; times++) {
      stranger.connected()
      stranger.serverCloses()
      stranger.wait(2000)
    }
    expect(stranger.ending()).toBe('refused')
  })

  it('C16: offsets near 4 GiB are exact', () => {
    const total = 0xffff_ffff
    const written: [number, number][] = []
    const sink: Sink = {
      size: total,
      write(offset, data) {
        written.push([offset, data.length])
        for (let at = 0; at < data.length; at++) expect(data[at]).toBe(octetAt(offset + at))
        return undefined
      },
      read: () => undefined,
      close() {},
    }
    const hand = new ClientByHand({ sinks: { open: () => sink } })
    hand.get({ mtuOctets: 1008, wanted: [4_294_966_000, total] })
    hand.respond(total)
    hand.respond(total)
    expect(hand.asked.intervals).toEqual([{ start: 4_294_966, end: 4_294_967 }])
    hand.data(total, 4_294_966, 4_294_967)
    expect(written).toEqual([
      [4_294_966_000, 1000],
      [4_294_967_000, 295],
    ])
    expect(hand.ending()).toBe('complete')
  })
})

function terms(): SessionTerms {
  return {
    server: 20,
    peer: 'libdtp',
    payload: { kind: 'id', id: 1 },
    dialect: 'D2c',
    mtuOctets: 108,
    throughput: 1000,
    idleMs: 5000,
    wanted: [],
    crc32: null,
    sink: 'out',
  }
}
