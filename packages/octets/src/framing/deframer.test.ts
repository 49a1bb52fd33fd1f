import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '../fault.ts'
import { SPACE_PACKET_FRAMING } from '../space-packet/primary-header.ts'
import { Deframer, type Framing } from './deframer.ts'
import { LENGTH_PREFIX } from './length-prefix.ts'

const MOST = 300

/** All that is cut from a stream that arrives in these chunks; a fault ends it. */
function cut(framing: Framing, chunks: readonly Uint8Array[], most = MOST): (Uint8Array | string)[] {
  const deframer = new Deframer(framing, most)
  const cuts: (Uint8Array | string)[] = []
  for (const chunk of chunks) {
    deframer.offer(chunk)
    for (let frame = deframer.next(); frame !== undefined; frame = deframer.next()) {
      if (isFault(frame)) return [...cuts, frame.code]
      cuts.push(frame.slice())
    }
  }
  return cuts
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]))
}

/** The same octets in pieces that end at `ends`. */
function pieces(stream: Uint8Array, ends: readonly number[]): Uint8Array[] {
  const edges = [0, ...[...ends].sort((a, b) => a - b).map(end => end % (stream.length + 1)), stream.length]
  edges.sort((a, b) => a - b)
  return edges.slice(1).map((end, index) => stream.slice(edges[index], end))
}

const prefixed = (payload: Uint8Array): Uint8Array =>
  joined([Uint8Array.of(0, 0, 0, payload.length), payload])
const packet = (data: Uint8Array): Uint8Array =>
  joined([Uint8Array.of(0x17, 0xfd, 0xc0, 0, 0, data.length - 1), data])

const payloads = fc.array(fc.uint8Array({ minLength: 0, maxLength: 200 }), { maxLength: 8 })
const cutsAt = fc.array(fc.nat(), { maxLength: 40 })

describe('a stream of length-prefixed payloads', () => {
  it('is cut into the same payloads wherever the stream itself was cut', () => {
    fc.assert(
      fc.property(payloads, cutsAt, (sent, ends) => {
        expect(cut(LENGTH_PREFIX, pieces(joined(sent.map(prefixed)), ends))).toEqual(sent)
      }),
    )
  })

  it('is cut the same when it arrives in two pieces, at every place, and octet by octet', () => {
    const sent = [
      Uint8Array.of(1, 2, 3),
      new Uint8Array(),
      Uint8Array.of(4),
      new Uint8Array(),
      new Uint8Array(9),
    ]
    const stream = joined(sent.map(prefixed))
    for (let at = 0; at <= stream.length; at++) {
      expect(cut(LENGTH_PREFIX, [stream.slice(0, at), stream.slice(at)])).toEqual(sent)
    }
    expect(cut(LENGTH_PREFIX, pieces(stream, [...stream.keys()]))).toEqual(sent)
  })

  it('is over at a length that is more than allowed, also one of 2^31 and above', () => {
    expect(cut(LENGTH_PREFIX, [Uint8Array.of(0, 0, 0, 8, ...new Uint8Array(8))], 12)).toHaveLength(1)
    expect(cut(LENGTH_PREFIX, [Uint8Array.of(0, 0, 0, 9, ...new Uint8Array(9))], 12)).toEqual([
      'frame-too-long',
    ])
    expect(cut(LENGTH_PREFIX, [Uint8Array.of(0xff, 0xff, 0xff, 0xff)])).toEqual(['frame-too-long'])
    expect(cut(LENGTH_PREFIX, [Uint8Array.of(0x80), Uint8Array.of(0, 0), Uint8Array.of(0)])).toEqual([
      'frame-too-long',
    ])
  })
})

describe('a stream of space packets', () => {
  const data = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 8 })

  it('is cut into the same packets wherever the stream itself was cut', () => {
    fc.assert(
      fc.property(data, cutsAt, (sent, ends) => {
        const packets = sent.map(packet)
        expect(cut(SPACE_PACKET_FRAMING, pieces(joined(packets), ends))).toEqual(packets)
      }),
    )
  })

  it('is over at the first octet that begins none', () => {
    const sound = packet(Uint8Array.of(1, 2))
    expect(cut(SPACE_PACKET_FRAMING, [sound, Uint8Array.of(0x37), sound])).toEqual([
      sound,
      'bad-packet-version',
    ])
  })
})

describe('any stream', () => {
  it('whatever its octets are, gives frames and perhaps one fault, the same however it is cut, and never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(LENGTH_PREFIX, SPACE_PACKET_FRAMING),
        fc.uint8Array({ maxLength: 600 }),
        cutsAt,
        (framing, stream, ends) => {
          const whole = cut(framing, [stream])
          expect(cut(framing, pieces(stream, ends))).toEqual(whole)
          for (const frame of whole)
            if (typeof frame !== 'string') expect(frame.length).toBeLessThanOrEqual(MOST)
        },
      ),
    )
  })

  it('that has ended in fault stays so', () => {
    const deframer = new Deframer(SPACE_PACKET_FRAMING, MOST)
    deframer.offer(Uint8Array.of(0xff))
    const fault = deframer.next()
    expect(isFault(fault)).toBe(true)
    deframer.offer(packet(Uint8Array.of(1)))
    expect(deframer.next()).toBe(fault)
  })

  it('says whether it ends within a frame', () => {
    const deframer = new Deframer(LENGTH_PREFIX, MOST)
    expect(deframer.isWithinFrame).toBe(false)
    deframer.offer(Uint8Array.of(0, 0))
    expect(deframer.next()).toBe(undefined)
    expect(deframer.isWithinFrame).toBe(true)
    deframer.offer(Uint8Array.of(0, 1, 7))
    expect(deframer.next()).toEqual(Uint8Array.of(7))
    expect(deframer.next()).toBe(undefined)
    expect(deframer.isWithinFrame).toBe(false)
  })

  it('is handed over one chunk at a time', () => {
    const deframer = new Deframer(LENGTH_PREFIX, MOST)
    deframer.offer(Uint8Array.of(0))
    expect(() => deframer.offer(Uint8Array.of(0))).toThrow(RangeError)
    expect(() => new Deframer(LENGTH_PREFIX, 3)).toThrow(RangeError)
  })
})
