import { isFault } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { decodePdu } from '../../src/pdu/decode.ts'
import { CFDP_FAULTS } from '../../src/pdu/faults.ts'
import { decodeReservedMessage } from '../../src/user-operations/messages-codec.ts'
import { malformed, octetsOf } from './vectors.ts'

const pdus = malformed.filter(({ scope }) => scope === 'pdu')
const messages = malformed.filter(({ scope }) => scope === 'message')

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

describe('what is no PDU', () => {
  it.each(pdus)('$name is refused: $why', ({ hex, error }) => {
    const octets = octetsOf(hex)
    const answer = decodePdu(octets)
    expect(answer).toMatchObject({ kind: 'fault', code: kebab(error) })
    if (isFault(answer)) expect(answer.offset).toBeLessThanOrEqual(octets.length)
  })

  it('every fault is one of ours', () => {
    for (const { error } of malformed) expect(Object.keys(CFDP_FAULTS)).toContain(kebab(error))
  })
})

describe('what is no reserved message', () => {
  it.each(messages)('$name leaves its PDU sound: $why', ({ hex, error }) => {
    const answer = decodePdu(octetsOf(hex))
    if (isFault(answer) || answer.pdu.kind !== 'metadata') throw new Error('the PDU around it is sound')
    const [option] = answer.pdu.options
    if (option?.tlv !== 'message-to-user') throw new Error('it holds one message')
    expect(decodeReservedMessage(option.value)).toMatchObject({ kind: 'fault', code: kebab(error) })
  })
})
