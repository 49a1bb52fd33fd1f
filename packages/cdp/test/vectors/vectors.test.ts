import type { Millis } from '@skyferry/engine'
import { isFault, toHex } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Connection, decode, describe as describeDatagram, encode, summarize } from '../../src/index.ts'
import { type Decoded, exchanges, octetsOf, vectors } from './vectors.ts'

const KINDS: Readonly<Record<string, string>> = {
  heartbeat: 'heartbeat',
  ack: 'ack',
  resend: 'resend',
  halt: 'halt',
  'random payload': 'random',
  'check connection (later revision of the draft)': 'check',
}

function expectDecoded(hex: string, decoded: Decoded): void {
  const octets = octetsOf(hex)
  const message = decode(octets)
  if (decoded.malformed !== undefined || decoded.flag === 7) {
    expect(message).toMatchObject({ kind: 'fault', offset: decoded.flag === 7 ? 0 : 1 })
    return
  }
  if (isFault(message)) throw new Error(`refused: ${message.code}`)
  const other = decoded.type === 'unassigned' ? 'reserved' : 'payload'
  expect(message.kind).toBe(KINDS[decoded.type] ?? other)
  if (decoded.id !== undefined) expect('id' in message && message.id).toBe(decoded.id)
  if ('flag' in message) expect(message.flag).toBe(decoded.flag)
  if (decoded.payloadHex !== undefined)
    expect('data' in message && toHex(message.data)).toBe(decoded.payloadHex)
  if ('data' in message) expect(message.data.length).toBe(decoded.payloadLength)
  const isTidy = decoded.trailingHex === undefined && ('id' in message || (octets[0] ?? 0) % 16 === 0)
  if (isTidy) expect(toHex(encode(message))).toBe(hex)
}

describe('vectors (CDP-1, CDP-2, CDP-4, CDP-5, CDP-6, CDP-7)', () => {
  it('are all there', () => {
    expect(vectors.length).toBe(83)
    expect(exchanges.length).toBe(67)
  })

  it.each(vectors.map(({ name, hex, decoded }) => [name, hex.slice(0, 24), hex, decoded] as const))(
    '%s (%s)',
    (_name, _start, hex, decoded) => expectDecoded(hex, decoded),
  )

  it('of the recorded exchanges decode, too', () => {
    const steps = exchanges.flatMap(({ steps }) => steps).filter(step => step.hex !== undefined)
    expect(steps.length).toBeGreaterThan(290)
    for (const { hex, decoded } of steps) expectDecoded(hex!, decoded)
  })
})

describe('decoding', () => {
  it('gives a datagram or a fault for every truncation and every flipped bit of every vector', () => {
    for (const { hex } of vectors) {
      const octets = octetsOf(hex)
      for (let length = 0; length < octets.length; length++) expectSound(octets.subarray(0, length))
      for (let bit = 0; bit < octets.length * 8; bit++) {
        const flipped = new Uint8Array(octets)
        flipped[bit >> 3]! ^= 0x80 >> (bit & 7)
        expectSound(flipped)
      }
    }
  })

  it('gives a datagram or a fault for all datagrams of one and two octets (CDP-8)', () => {
    for (let first = 0; first < 256; first++) {
      expectSound(new Uint8Array([first]))
      for (let second = 0; second < 256; second++) expectSound(new Uint8Array([first, second]))
    }
  })

  it('gives one for any octets, and encoding gives back what was decoded', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), expectSound))
  })

  it('takes an empty datagram for a heartbeat, and a heartbeat is encoded as one (CDP-3)', () => {
    expect(decode(new Uint8Array(0))).toEqual({ kind: 'heartbeat' })
    expect(encode({ kind: 'heartbeat' })).toHaveLength(0)
  })

  it('keeps all of the largest datagram that UDP carries (CDP-10)', () => {
    const octets = new Uint8Array(65_507).fill(7)
    octets[0] = 0x10
    expect(decode(octets)).toMatchObject({ kind: 'payload', data: octets.subarray(2) })
  })
})

const OUT = new Uint8Array(1200)

/** Decoded to something that can be encoded, described and received. */
function expectSound(octets: Uint8Array): void {
  const message = decode(octets)
  const { fields } = describeDatagram(octets)
  expect(fields.length).toBeGreaterThan(0)
  for (const { octets: range } of fields) expect(range.to).toBeLessThanOrEqual(octets.length)
  expect(summarize(octets)).not.toBe('')
  if (isFault(message)) expect(message.offset).toBeLessThanOrEqual(octets.length)
  else expect(decode(encode(message))).toEqual(message)
  const connection = new Connection('handler', 0 as Millis)
  connection.receive(octets, 1 as Millis)
  connection.fill(OUT, 1 as Millis)
}
