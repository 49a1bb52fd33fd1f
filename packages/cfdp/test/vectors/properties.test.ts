import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { isFault } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePdu } from '../../src/pdu/decode.ts'
import { encodePdu } from '../../src/pdu/encode.ts'
import { pduLength } from '../../src/pdu/header.ts'
import type { Decoded } from '../../src/pdu/model.ts'
import { decodeReservedMessage, encodeReservedMessage } from '../../src/user-operations/messages-codec.ts'
import { pdus, reservedMessages } from './arbitraries.ts'
import { malformed, octetsOf, ours, tolerant } from './vectors.ts'

function encoded({ header, pdu }: Decoded): Uint8Array {
  const target = new Uint8Array(4096)
  const length = encodePdu(header, pdu, target)
  if (length === 0) throw new Error('what was decoded does not encode')
  return target.subarray(0, length)
}

describe('any PDU', () => {
  it('encodes to octets that decode to it', () => {
    fc.assert(
      fc.property(pdus, decoded => {
        expect(decodePdu(encoded(decoded))).toEqual(decoded)
      }),
    )
  })

  it('says its own length to whoever cuts a stream', () => {
    fc.assert(
      fc.property(pdus, decoded => {
        const octets = encoded(decoded)
        expect(pduLength(octets)).toBe(octets.length)
        expect(pduLength(octets.subarray(0, 3))).toBeUndefined()
      }),
    )
  })

  it('does not fit one octet less', () => {
    fc.assert(
      fc.property(pdus, ({ header, pdu }) => {
        const { length } = encoded({ header, pdu })
        expect(encodePdu(header, pdu, new Uint8Array(length - 1))).toBe(0)
      }),
    )
  })

  it('means the same with other octets behind it', () => {
    fc.assert(
      fc.property(pdus, fc.uint8Array({ minLength: 1, maxLength: 40 }), (decoded, more) => {
        const octets = encoded(decoded)
        const datagram = new Uint8Array(octets.length + more.length)
        datagram.set(octets)
        datagram.set(more, octets.length)
        expect(decodePdu(datagram)).toEqual(decoded)
      }),
    )
  })
})

describe('any reserved message', () => {
  it('encodes to octets that decode to it, with ids bare or nested', () => {
    fc.assert(
      fc.property(reservedMessages, fc.constantFrom('bare' as const, 'nested' as const), (message, form) => {
        const value = encodeReservedMessage(message, { remoteMessageIdForm: form })
        fc.pre(value !== undefined)
        expect(decodeReservedMessage(value!)).toEqual(message)
      }),
    )
  })

  it('is never longer than a message to user', () => {
    fc.assert(fc.property(reservedMessages, message => (encodeReservedMessage(message)?.length ?? 0) <= 255))
  })
})

/** What was decoded from whatever octets must survive its own encoding: a relay changes nothing. */
function isStable(datagram: Uint8Array): void {
  const once = decodePdu(datagram)
  if (isFault(once)) return
  if (!isDeepStrictEqual(decodePdu(encoded(once)), once)) expect(decodePdu(encoded(once))).toEqual(once)
}

describe('damage', () => {
  const samples = [...ours, ...tolerant, ...malformed].map(({ name, hex }) => ({
    name,
    octets: octetsOf(hex),
  }))

  it('every truncation is refused or a sound PDU', () => {
    for (const { octets } of samples) {
      for (let length = 0; length < octets.length; length++) isStable(octets.slice(0, length))
    }
  })

  it('a truncated golden PDU is always refused: its data field is no longer whole', () => {
    for (const { hex } of ours) {
      const octets = octetsOf(hex)
      for (let length = 0; length < octets.length; length++) {
        expect(decodePdu(octets.subarray(0, length))).toMatchObject({ kind: 'fault', code: 'truncated' })
      }
    }
  })

  it('every flip of one bit is refused or a sound PDU', () => {
    for (const { octets } of samples) {
      for (let bit = 0; bit < 8 * octets.length; bit++) {
        const damaged = octets.slice()
        damaged[bit >> 3]! ^= 0x80 >> (bit & 7)
        isStable(damaged)
      }
    }
  })

  it('a CRC finds every flip of one bit, where the flag itself survives', () => {
    const guarded = samples.filter(({ octets }) => (octets[0]! & 2) !== 0 && !isFault(decodePdu(octets)))
    expect(guarded.length).toBeGreaterThan(10)
    for (const { octets } of guarded) {
      for (let bit = 0; bit < 8 * octets.length; bit++) {
        if (bit === 6) continue
        const damaged = octets.slice()
        damaged[bit >> 3]! ^= 0x80 >> (bit & 7)
        expect(isFault(decodePdu(damaged))).toBe(true)
      }
    }
  })

  it('what fuzzing found is refused or a sound PDU', () => {
    const lines = readFileSync(new URL('../../fuzz/corpus/decoders.hex', import.meta.url), 'utf8').split('\n')
    const found = lines.filter(line => line !== '' && !line.startsWith('#'))
    expect(found.length).toBeGreaterThan(0)
    for (const line of found) isStable(octetsOf(line))
  })

  it('any octets at all are refused or a sound PDU', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), isStable), { numRuns: 2000 })
  })
})
