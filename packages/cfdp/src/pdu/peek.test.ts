import { isFault, toHex } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pdus, plainFileData } from '../../test/vectors/arbitraries.ts'
import { malformed, octetsOf, tolerant, vectors } from '../../test/vectors/vectors.ts'
import { decodePdu } from './decode.ts'
import { encodePdu } from './encode.ts'
import type { Decoded } from './model.ts'
import { FileDataView, peekFileData, sameTransaction, transactionOctets } from './peek.ts'

function encoded({ header, pdu }: Decoded): Uint8Array {
  const target = new Uint8Array(4096)
  return target.subarray(0, encodePdu(header, pdu, target))
}

/** What the short way says, where it says anything, is what the long way says. */
function agrees(datagram: Uint8Array): boolean {
  const view = new FileDataView()
  if (!peekFileData(datagram, view)) return true
  const answer = decodePdu(datagram)
  if (isFault(answer) || answer.pdu.kind !== 'file-data') return false
  const { header, pdu } = answer
  return (
    pdu.offset === view.offset &&
    pdu.segmentMetadata === undefined &&
    toHex(pdu.data) === toHex(datagram.subarray(view.dataFrom, view.dataTo)) &&
    view.acknowledged === (header.mode === 'acknowledged') &&
    view.crc === header.crc &&
    view.largeFile === header.largeFile
  )
}

describe('the short way in', () => {
  it('takes every plain File Data PDU', () => {
    fc.assert(
      fc.property(plainFileData, decoded => {
        expect(peekFileData(encoded(decoded), new FileDataView())).toBe(true)
      }),
    )
  })

  it('agrees with the long way about any PDU', () => {
    fc.assert(fc.property(pdus, decoded => agrees(encoded(decoded))))
  })

  it('agrees with the long way about damaged octets', () => {
    for (const { hex } of [...vectors, ...tolerant, ...malformed]) {
      const octets = octetsOf(hex)
      for (let bit = 0; bit < 8 * octets.length; bit++) {
        const damaged = octets.slice()
        damaged[bit >> 3]! ^= 0x80 >> (bit & 7)
        expect(agrees(damaged)).toBe(true)
        expect(agrees(octets.subarray(0, bit >> 3))).toBe(true)
      }
    }
  })

  it('refuses an offset that is no safe integer', () => {
    const last = octetsOf('31000a000101020020000000000000ffff')
    expect(peekFileData(last, new FileDataView())).toBe(false)
    const beyond = octetsOf('31000a0001010200 1fffffffffffff ffff'.replaceAll(' ', ''))
    expect(peekFileData(beyond, new FileDataView())).toBe(false)
    expect(decodePdu(beyond)).toMatchObject({ code: 'number-too-large' })
  })
})

describe('the octets of a transaction', () => {
  it('are found again in each of its PDUs, in both directions', () => {
    fc.assert(
      fc.property(pdus, pdus, (one, other) => {
        const known = transactionOctets(encoded(one))
        const { entityIdLength, sequenceLength, source, sequence, destination } = one.header
        const widths = { entityIdLength, sequenceLength, source, sequence, destination }
        const sibling = encoded({ pdu: other.pdu, header: { ...other.header, ...widths } })
        expect(known).toBeDefined()
        expect(sameTransaction(sibling, known!)).toBe(true)
      }),
    )
  })

  it('are not those of another transaction', () => {
    fc.assert(
      fc.property(
        pdus,
        fc.integer({ min: 0 }),
        fc.integer({ min: 1, max: 255 }),
        (decoded, where, change) => {
          const octets = encoded(decoded)
          const known = transactionOctets(octets)!
          octets[4 + (where % (known.length - 1))]! ^= change
          expect(sameTransaction(octets, known)).toBe(false)
        },
      ),
    )
  })

  it('differ where only the widths do: the caller compares values then', () => {
    const narrow = octetsOf('2000020001c1020900')
    const wide = octetsOf('200002110001 00c1 0002 0900'.replaceAll(' ', ''))
    expect(sameTransaction(wide, transactionOctets(narrow)!)).toBe(false)
  })

  it('are not in a datagram that ends before them', () => {
    const octets = octetsOf('2000020001c1020900')
    const known = transactionOctets(octets)!
    for (let length = 0; length < 7; length++) {
      expect(transactionOctets(octets.subarray(0, length))).toBeUndefined()
      expect(sameTransaction(octets.subarray(0, length), known)).toBe(false)
    }
  })
})
