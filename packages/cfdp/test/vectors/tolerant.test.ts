import { isFault } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { decodePdu } from '../../src/pdu/decode.ts'
import type { DecodeDialect } from '../../src/pdu/dialect.ts'
import { vectorForm } from './vector-form.ts'
import { octetsOf, tolerant } from './vectors.ts'

/** Where the vectors show bits that we do not look at, we show what we act on. */
const UNSEEN: Record<string, (form: Record<string, unknown>) => Record<string, unknown>> = {
  'ack-wrong-subtype': form => ({ ...form, subtype: 1 }),
  'directive-with-segment-metadata-flag': form => ({
    ...form,
    header: { ...(form.header as object), segmentationControl: false, segmentMetadata: false },
  }),
}

const DIALECTS: Record<string, DecodeDialect> = {
  'version-000-legacy-yamcs-test': { acceptVersion0: true },
}

function form(hex: string, dialect: DecodeDialect = {}): Record<string, unknown> | string {
  const octets = octetsOf(hex)
  const answer = decodePdu(octets, dialect)
  return isFault(answer) ? answer.code : vectorForm(answer, octets)
}

function named(name: string): string {
  const found = tolerant.find(each => each.name === name)
  if (found === undefined) throw new Error(`no vector ${name}`)
  return found.hex
}

describe('what peers send against the standard', () => {
  it.each(tolerant)('$name: $expect', ({ name, hex, decoded }) => {
    const expected = UNSEEN[name]?.(decoded) ?? decoded
    expect(form(hex, DIALECTS[name])).toEqual(expected)
  })

  it('version 0 is refused unless the peer is known for it', () => {
    expect(form(named('version-000-legacy-yamcs-test'))).toBe('bad-version')
  })

  it('a peer known for it asks for closure with bit 7', () => {
    const hex = named('metadata-closure-bit-7')
    expect(form(hex, { closureBitMask: 0x80 })).toMatchObject({ closureRequested: true })
  })

  it('a peer known for it has its options after the data field', () => {
    const hex = named('n7s-length-excludes-options')
    const options = [{ tlv: 'messageToUser', reserved: { operation: 'directoryListingRequest' } }]
    expect(form(hex, { dataFieldExtendsToDatagramEnd: true })).toMatchObject({ options })
  })

  it('a peer known for it answers with statuses of its own', () => {
    const hex = '280008000101020502010465016100'
    expect(form(hex)).toBe('reserved-status-code')
    expect(form(hex, { anyResponseStatus: true })).toMatchObject({ filestoreResponses: [{ statusCode: 5 }] })
  })
})
