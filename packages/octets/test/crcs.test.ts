import { crc16, crc32, crc32c, proximity1Crc32 } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bitwiseCrc, CRC16, CRC32, CRC32C, PROXIMITY_1 } from './bitwise-crc.ts'

const crcs = [
  { name: 'crc16', crc: crc16, model: CRC16, nothing: 0xffff },
  { name: 'crc32', crc: crc32, model: CRC32, nothing: 0 },
  { name: 'crc32c', crc: crc32c, model: CRC32C, nothing: 0 },
  { name: 'proximity1Crc32', crc: proximity1Crc32, model: PROXIMITY_1, nothing: 0 },
]

describe.each(crcs)('$name', ({ crc, model, nothing }) => {
  test('of nothing is its preset', () => {
    expect(crc(new Uint8Array(0))).toBe(nothing)
    expect(crc(Uint8Array.of(1, 2, 3), 2, 2)).toBe(nothing)
  })

  test('agrees with the bit by bit model, over any part of a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(), fc.nat(), (octets, a, b) => {
        const [from, to] = [a % (octets.length + 1), b % (octets.length + 1)].sort((x, y) => x - y)
        expect(crc(octets, from, to)).toBe(bitwiseCrc(model, octets.subarray(from, to)))
      }),
    )
  })

  test('taken in pieces, each seeded with the one before, is that of the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 }), pieces => {
        let value = nothing
        for (const piece of pieces) value = crc(piece, 0, piece.length, value)
        expect(value).toBe(crc(Uint8Array.from(pieces.flatMap(piece => [...piece]))))
      }),
    )
  })
})

test('a PDU together with its CRC-16 checks to zero', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), pdu => {
      const crc = crc16(pdu)
      expect(crc16(Uint8Array.of(...pdu, crc >>> 8, crc & 0xff))).toBe(0)
    }),
  )
})
