import { isFault, toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { decodePdu } from '../../src/pdu/decode.ts'
import { encodePdu } from '../../src/pdu/encode.ts'
import type { Decoded, MetadataOption } from '../../src/pdu/model.ts'
import { decodeReservedMessage, encodeReservedMessage } from '../../src/user-operations/messages-codec.ts'
import { vectorForm } from './vector-form.ts'
import { beyondSafeIntegers, octetsOf, ours, vectors } from './vectors.ts'

function decoded(hex: string): Decoded {
  const answer = decodePdu(octetsOf(hex))
  if (isFault(answer)) throw new Error(`refused: ${answer.code} at ${answer.offset}`)
  return answer
}

// seed('pdus-as-specified')
// standard('pdu-formats')
describe('the golden PDUs', () => {
  it.each(ours)('$name decodes as written', ({ hex, decoded: expected }) => {
    expect(vectorForm(decoded(hex), octetsOf(hex))).toEqual(expected)
  })

  it.each(ours)('$name encodes to the same octets', ({ hex }) => {
    const { header, pdu } = decoded(hex)
    const target = new Uint8Array(hex.length / 2)
    expect(encodePdu(header, pdu, target)).toBe(target.length)
    expect(toHex(target)).toBe(hex)
  })

  it.each(ours)('$name does not fit a target one octet too short', ({ hex }) => {
    const { header, pdu } = decoded(hex)
    expect(encodePdu(header, pdu, new Uint8Array(hex.length / 2 - 1))).toBe(0)
  })

  it('refuses sizes that are no safe integers, and only those', () => {
    const refused = vectors.filter(({ hex }) => isFault(decodePdu(octetsOf(hex))))
    expect(new Set(refused.map(({ name }) => name))).toEqual(beyondSafeIntegers)
    for (const { hex } of refused) {
      expect(decodePdu(octetsOf(hex))).toMatchObject({ kind: 'fault', code: 'number-too-large' })
    }
  })
})

describe('the golden reserved messages', () => {
  const messages = ours.flatMap(({ name, hex }) => {
    const { pdu } = decoded(hex)
    const options: readonly MetadataOption[] = pdu.kind === 'metadata' ? pdu.options : []
    return options.flatMap(option =>
      option.tlv === 'message-to-user' ? [{ name, value: option.value }] : [],
    )
  })
  const reserved = messages.filter(({ value }) => decodeReservedMessage(value) !== undefined)

  it('include every message of the standard', () => {
    const kinds = new Set(reserved.map(({ value }) => decodeReservedMessage(value)?.kind))
    expect(kinds.size).toBe(27)
  })

  it.each(reserved)('encode to the same octets ($name)', ({ value }) => {
    const message = decodeReservedMessage(value)
    if (message === undefined || isFault(message)) throw new Error('a golden message is refused')
    expect(toHex(encodeReservedMessage(message) ?? new Uint8Array())).toBe(toHex(value))
  })
})
