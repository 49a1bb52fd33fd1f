import { readFileSync } from 'node:fs'
import {
  addModular,
  Crc32,
  Crc32c,
  crc16,
  fromHex,
  isFault,
  modularSum,
  Proximity1Crc32,
  RangeSet,
  type RunningChecksum,
} from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

interface Vector {
  readonly name: string
  readonly type: 'modular' | 'crc32Proximity1' | 'crc32c' | 'crc32' | 'null' | 'pduCrc16'
  readonly hex?: string
  /** Decimal; where the octets stand in the file. */
  readonly offset?: string
  readonly segments?: readonly { readonly offset: string; readonly hex: string }[]
  readonly expected: string
}
interface Segment {
  readonly offset: number
  readonly octets: Uint8Array
}

const file = new URL('../../../../vectors/cfdp-pdus.json', import.meta.url)
const vectors = (JSON.parse(readFileSync(file, 'utf8')) as { checksums: Vector[] }).checksums
const ofType = (...types: Vector['type'][]): Vector[] => vectors.filter(({ type }) => types.includes(type))

function octetsOf(hex: string): Uint8Array {
  const octets = fromHex(hex)
  if (isFault(octets)) throw new Error(`a vector is not hexadecimal: ${octets.code} at ${octets.offset}`)
  return octets
}

function segmentsOf({ hex, offset, segments }: Vector): Segment[] {
  if (segments !== undefined) {
    return segments.map(part => ({ offset: Number(part.offset), octets: octetsOf(part.hex) }))
  }
  return [{ offset: Number(offset ?? 0), octets: octetsOf(hex ?? '') }]
}

function contribution({ offset, octets }: Segment, from: number, to: number): number {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  return modularSum(octets, view, from - offset, to - offset, from)
}

const running: Record<string, () => RunningChecksum> = {
  crc32: () => new Crc32(),
  crc32c: () => new Crc32c(),
  crc32Proximity1: () => new Proximity1Crc32(),
}

test('all 50 vectors belong to a kind that is checked here', () => {
  expect(vectors).toHaveLength(50)
  expect(
    ofType('modular').length +
      ofType('crc32', 'crc32c', 'crc32Proximity1').length +
      ofType('pduCrc16').length +
      ofType('null').length,
  ).toBe(50)
})

describe('the modular checksum', () => {
  test.each(ofType('modular'))('$name', vector => {
    const segments = segmentsOf(vector)
    const sum = segments.reduce(
      (sum, segment) =>
        addModular(sum, contribution(segment, segment.offset, segment.offset + segment.octets.length)),
      0,
    )
    expect(sum).toBe(Number.parseInt(vector.expected, 16))
  })

  test.each(ofType('modular'))('$name: cut up, shuffled, each piece up to three times', vector => {
    const whole = segmentsOf(vector)
    const piece = fc.nat({ max: whole.length - 1 }).chain(index => {
      const { octets } = whole[index]!
      return fc
        .tuple(fc.nat({ max: octets.length }), fc.nat({ max: Math.min(octets.length, 70) }))
        .map(([start, length]) => ({ index, start, length }))
    })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const held = new RangeSet()
        let sum = 0
        const take = (segment: Segment, from: number, to: number): void => {
          // The guard that a receiver uses: only what was missing is counted.
          for (const gap of held.gapsWithin(from, to))
            sum = addModular(sum, contribution(segment, gap.from, gap.to))
          held.add(from, to)
        }
        for (const { index, start, length } of pieces) {
          const segment = whole[index]!
          const from = segment.offset + start
          take(segment, from, Math.min(from + length, segment.offset + segment.octets.length))
        }
        for (const segment of whole) take(segment, segment.offset, segment.offset + segment.octets.length)
        expect(sum).toBe(Number.parseInt(vector.expected, 16))
      }),
      { numRuns: 30 },
    )
  })
})

describe('the checksums that take a file in order', () => {
  const types = ofType('crc32', 'crc32c', 'crc32Proximity1')
  test.each(types)('$name: at once, and octet by octet', vector => {
    const octets = octetsOf(vector.hex ?? '')
    const expected = Number.parseInt(vector.expected, 16)
    const whole = running[vector.type]!()
    whole.update(octets, 0, octets.length)
    expect(whole.value()).toBe(expected)
    const slow = running[vector.type]!()
    for (let at = 0; at < octets.length; at++) slow.update(octets, at, at + 1)
    expect(slow.value()).toBe(expected)
  })
})

test.each(ofType('pduCrc16'))('the CRC of a PDU: $name', vector => {
  expect(crc16(octetsOf(vector.hex ?? ''))).toBe(Number.parseInt(vector.expected, 16))
})

test.each(ofType('null'))('the null checksum is zero by definition: $name', vector => {
  expect(Number.parseInt(vector.expected, 16)).toBe(0)
})
