import { toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { octetsOf } from '../../test/vectors/vectors.ts'
import type { EntityId, SequenceNumber } from '../pdu/model.ts'
import { decodeReservedMessage, encodeReservedMessage } from './messages-codec.ts'

const suspend = {
  kind: 'remote-suspend-request',
  source: 1n as EntityId,
  sequence: 77n as SequenceNumber,
  entityIdLength: 2,
  sequenceLength: 4,
} as const

// standard('reserved-messages')
describe('reserved messages', () => {
  it.each(['', '63', '636664', '0068656c6c6f', '6366647100'])('are not every message (%s)', hex => {
    expect(decodeReservedMessage(octetsOf(hex))).toBeUndefined()
  })

  it('name a remote transaction bare, or nested for a peer known for it', () => {
    expect(toHex(encodeReservedMessage(suspend)!)).toBe('63666470301300010000004d')
    const nested = encodeReservedMessage(suspend, { remoteMessageIdForm: 'nested' })!
    expect(toHex(nested)).toBe('6366647030636664700a1300010000004d')
    expect(decodeReservedMessage(nested)).toEqual(suspend)
  })

  it('with ids that only start like a nested message are bare', () => {
    // 7-octet id, 4-octet sequence number: the lengths octet is "c".
    const message = octetsOf('6366647030 63 66647000112233 44556677'.replaceAll(' ', ''))
    expect(decodeReservedMessage(message)).toMatchObject({ entityIdLength: 7, sequenceLength: 4 })
  })

  it('take the fewest octets for ids whose width nobody chose', () => {
    const message = { kind: 'originating-transaction-id', source: 256n, sequence: 5n } as const
    const octets = encodeReservedMessage({
      ...message,
      source: message.source as EntityId,
      sequence: message.sequence as SequenceNumber,
    })
    expect(toHex(octets!)).toBe('636664700a10010005')
  })

  it('longer than 255 octets are no messages', () => {
    const name = 'n'.repeat(200)
    const listing = {
      kind: 'directory-listing-request',
      directoryName: name,
      directoryFileName: name,
    } as const
    expect(encodeReservedMessage(listing)).toBeUndefined()
    const longest = { ...listing, directoryName: 'n'.repeat(48) }
    expect(encodeReservedMessage(longest)).toHaveLength(255)
  })

  it('keep copies, not views, of what they hold', () => {
    const octets = octetsOf('6366647001026869')
    const message = decodeReservedMessage(octets)
    octets.fill(0)
    expect(message).toEqual({ kind: 'proxy-message-to-user', value: Uint8Array.of(0x68, 0x69) })
  })
})
