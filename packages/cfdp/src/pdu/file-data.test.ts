import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainFileData } from '../../test/vectors/arbitraries.ts'
import { decodePdu } from './decode.ts'
import { encodePdu } from './encode.ts'
import { FileDataTemplate } from './file-data.ts'
import { headerLength } from './header.ts'
import type { EntityId, Header, SequenceNumber } from './model.ts'

const header: Header = {
  version: 1,
  direction: 'to-receiver',
  mode: 'acknowledged',
  crc: false,
  largeFile: false,
  segmentationControl: false,
  entityIdLength: 2,
  sequenceLength: 4,
  source: 1n as EntityId,
  sequence: 7n as SequenceNumber,
  destination: 2n as EntityId,
}

describe('the template of a transaction', () => {
  it('writes what encoding writes', () => {
    fc.assert(
      fc.property(plainFileData, ({ header, pdu }) => {
        const expected = new Uint8Array(4096)
        const length = encodePdu(header, pdu, expected)
        const target = new Uint8Array(4096).fill(0xaa)
        const template = new FileDataTemplate(header)
        const at = template.begin(target, pdu.offset, pdu.data.length)
        target.set(pdu.data, at)
        expect(template.end(target, at + pdu.data.length)).toBe(length)
        expect(target.subarray(0, length)).toEqual(expected.subarray(0, length))
      }),
    )
  })

  it.each([
    [{ ...header }, 512, 496],
    [{ ...header, crc: true }, 512, 494],
    [{ ...header, largeFile: true }, 512, 492],
    [{ ...header, crc: true }, 18, 0],
    [{ ...header, crc: true }, 10, 0],
    // The data field length ends at 65535, however large the datagram.
    [{ ...header }, 100_000, 65_531],
  ])('has room for data after what else stands in a PDU (case %#)', (with_, pduOctets, dataOctets) => {
    const template = new FileDataTemplate(with_)
    expect(template.capacity(pduOctets)).toBe(dataOctets)
  })

  it('fills a PDU of the largest size to the last octet', () => {
    const template = new FileDataTemplate({ ...header, crc: true })
    const target = new Uint8Array(512)
    const room = template.capacity(target.length)
    const at = template.begin(target, 0, room)
    expect(template.end(target, at + room)).toBe(512)
    expect(decodePdu(target)).toMatchObject({ pdu: { kind: 'file-data', offset: 0 } })
  })

  it('is as long as its widths say', () => {
    expect(headerLength(header)).toBe(12)
  })
})
