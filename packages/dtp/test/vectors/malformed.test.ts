/** Every truncation, every flipped bit, and chance: a fault or a value, never a throw, never too much memory. */
import { isFault } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMetaFile, encodeMetaFile } from '../../src/client/meta-file.ts'
import { DIALECT_NAMES, DIALECTS, type DialectName } from '../../src/common/dialect.ts'
import {
  decodeMetaRequest,
  decodeMetaResponse,
  encodeMetaRequest,
  type MetaRequest,
  type SessionId,
} from '../../src/common/request.ts'
import { decodeMemoryRequest, decodeMemoryStatus, encodeMemoryRequest } from '../../src/common/vmem.ts'
import { captured, constructed, octets } from './vectors.ts'

const DECODERS: readonly ((bytes: Uint8Array) => unknown)[] = [
  bytes => decodeMetaRequest(bytes, { mtuMax: 2048 }),
  bytes => decodeMetaRequest(bytes, { dialect: DIALECTS.D1, mtuMax: 2048 }),
  bytes => decodeMetaRequest(bytes, { dialect: DIALECTS['D2c-be'], mtuMax: 2048 }),
  bytes => decodeMetaResponse(bytes),
  bytes => decodeMemoryRequest(bytes, 2048),
  bytes => decodeMemoryStatus(bytes),
  decodeMetaFile,
]
const all = [
  ...captured.map(({ hex, link, decoded }) => octets(link === 'file' ? hex : decoded.payload_hex!)),
  ...constructed.map(({ hex }) => octets(hex)),
]

function survive(bytes: Uint8Array): void {
  for (const decode of DECODERS) decode(bytes)
}

describe('decoders', () => {
  it('survive every truncation and every flipped bit', () => {
    for (const bytes of all) {
      for (let length = 0; length < bytes.length; length++) survive(bytes.subarray(0, length))
      const flipped = bytes.slice()
      for (let bit = 0; bit < 8 * Math.min(bytes.length, 110); bit++) {
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        survive(flipped)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
      }
    }
  })

  it('survive chance', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survive))
  })

  it('refuse a request cut before its intervals', () => {
    const request: MetaRequest = {
      throughput: 1000,
      payloadId: 1,
      sessionId: 5 as SessionId,
      mtuOctets: 208,
      keepAliveMs: 0,
      intervals: [
        { start: 0, end: 3 },
        { start: 5, end: 6 },
      ],
    }
    const bytes = encodeMetaRequest(request, DIALECTS.D2c)
    for (let length = 0; length < 32; length++) {
      expect(
        isFault(decodeMetaRequest(bytes.subarray(0, length), { dialect: DIALECTS.D2c, mtuMax: 2048 })),
      ).toBe(true)
    }
    expect(decodeMetaRequest(bytes.subarray(0, 32), { dialect: DIALECTS.D2c, mtuMax: 2048 })).toMatchObject({
      request,
    })
  })
})

const interval = fc
  .tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff))
  .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) }))
const requests = fc.record({
  throughput: fc.integer({ min: 1, max: 4_000_000 }).map(thousands => thousands * 1000),
  payloadId: fc.nat(255),
  sessionId: fc.nat(0xffff_ffff) as fc.Arbitrary<SessionId>,
  mtuOctets: fc.integer({ min: 9, max: 2048 }),
  keepAliveMs: fc.nat(0xffff),
  intervals: fc.array(interval, { maxLength: 8 }),
})

describe('encode then decode is the identity', () => {
  it.each(DIALECT_NAMES)('for requests in %s', (name: DialectName) => {
    const dialect = DIALECTS[name]
    fc.assert(
      fc.property(requests, request => {
        const sent = {
          ...request,
          sessionId: dialect.dataHeaderOctets === 4 ? 0 : request.sessionId,
          keepAliveMs: dialect.keepAlive === 'none' ? 0 : request.keepAliveMs,
        } as MetaRequest
        const answer = decodeMetaRequest(encodeMetaRequest(sent, dialect), { dialect, mtuMax: 2048 })
        expect(answer).toEqual({ request: sent, dialect })
      }),
    )
  })

  it('for more intervals than the structure has, which a C server reads the first eight of', () => {
    fc.assert(
      fc.property(requests, fc.array(interval, { minLength: 9, maxLength: 136 }), (request, intervals) => {
        const sent = { ...request, intervals }
        const octets = encodeMetaRequest(sent, DIALECTS.D2c)
        expect(decodeMetaRequest(octets, { mtuMax: 2048 })).toEqual({ request: sent, dialect: DIALECTS.D2c })
        expect(octets[4]).toBe(8)
        expect(octets.subarray(0, 80)).toEqual(
          encodeMetaRequest({ ...sent, intervals: intervals.slice(0, 8) }, DIALECTS.D2c),
        )
        for (const length of [octets.length - 1, octets.length - 4, octets.length - 8]) {
          const cut = decodeMetaRequest(octets.subarray(0, length), { mtuMax: 2048 })
          // A cut one is never taken for one with fewer; where its length is a dialect's, it is that dialect's.
          expect(isFault(cut) || ![80, 84].includes(length)).toBe(true)
        }
      }),
    )
  })

  it('for vmem starts', () => {
    fc.assert(
      fc.property(requests, fc.bigInt(0n, 2n ** 64n - 1n), fc.nat(0xffff_ffff), (meta, address, size) => {
        const request = { kind: 'start', address, size, meta } as const
        expect(decodeMemoryRequest(encodeMemoryRequest(request), 2048)).toEqual(request)
      }),
    )
  })

  it('for saved sessions', () => {
    fc.assert(
      fc.property(requests, fc.nat(0xffff_ffff), (request, payloadSize) => {
        const meta = {
          node: 20,
          mtuOctets: request.mtuOctets,
          timeoutSeconds: 5,
          throughput: request.throughput,
          payloadId: request.payloadId,
          sessionId: request.sessionId,
          bytesReceived: 0,
          payloadSize,
          segments: request.intervals,
        }
        expect(decodeMetaFile(encodeMetaFile(meta))).toEqual(meta)
      }),
    )
  })
})
