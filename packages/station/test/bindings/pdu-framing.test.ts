import { readFileSync } from 'node:fs'
import { decodePdu } from '@skyferry/cfdp'
import { Deframer, fromHex, isFault } from '@skyferry/octets'
import { PDU_FRAMING } from '@skyferry/station'
import fc from 'fast-check'
import { expect, it } from 'vitest'

const { vectors } = JSON.parse(
  readFileSync(new URL('../../../../vectors/cfdp-pdus.json', import.meta.url), 'utf8'),
) as { readonly vectors: readonly { readonly hex: string }[] }

const PDUS = vectors.map(({ hex }) => fromHex(hex)).filter(octets => !isFault(octets)) as Uint8Array[]
const MOST = 65_795

function cut(chunks: readonly Uint8Array[]): (Uint8Array | string)[] {
  const deframer = new Deframer(PDU_FRAMING, MOST)
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

it('every PDU of the vectors is cut from a stream whole, at every place the stream is cut', () => {
  for (const pdu of PDUS) {
    for (let at = 0; at <= pdu.length; at++) expect(cut([pdu.slice(0, at), pdu.slice(at)])).toEqual([pdu])
  }
})

it('a stream of many is cut into the same PDUs, however it arrives', () => {
  const stream = Uint8Array.from(PDUS.flatMap(pdu => [...pdu]))
  fc.assert(
    fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 60 }), ends => {
      const edges = [0, ...ends.sort((a, b) => a - b), stream.length]
      expect(cut(edges.slice(1).map((end, index) => stream.slice(edges[index], end)))).toEqual(PDUS)
    }),
    { numRuns: 50 },
  )
})

it('what begins no PDU ends the stream at its first header', () => {
  const pdu = PDUS[0]!
  expect(cut([pdu, Uint8Array.of(0x00)])).toEqual([pdu, 'bad-version'])
  expect(cut([pdu, Uint8Array.of(0x20, 0, 0, 0)])).toEqual([pdu, 'truncated'])
})

it('any octets give PDUs, none of which the decoder throws at, and perhaps one fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), octets => {
      const first = octets.slice()
      if (first.length > 0) first[0] = 0x20 | (first[0]! & 0x1f)
      for (const frame of cut([first])) if (typeof frame !== 'string') decodePdu(frame)
    }),
  )
})
