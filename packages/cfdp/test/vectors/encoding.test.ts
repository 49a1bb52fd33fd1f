import { toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { decodePdu } from '../../src/pdu/decode.ts'
import type { EncodeDialect } from '../../src/pdu/dialect.ts'
import { encodePdu } from '../../src/pdu/encode.ts'
import type {
  EntityId,
  FilestoreRequest,
  Header,
  MetadataOption,
  Pdu,
  SequenceNumber,
} from '../../src/pdu/model.ts'

const header: Header = {
  version: 1,
  direction: 'to-receiver',
  mode: 'acknowledged',
  crc: false,
  largeFile: false,
  segmentationControl: false,
  entityIdLength: 1,
  sequenceLength: 1,
  source: 1n as EntityId,
  sequence: 1n as SequenceNumber,
  destination: 2n as EntityId,
}

function metadata(options: readonly MetadataOption[] = [], sourceName = 'a', closureRequested = false): Pdu {
  const about = { closureRequested, checksumType: 0, fileSize: 5, sourceName, destinationName: 'b' }
  return { kind: 'metadata', ...about, options }
}

function hex(from: Header, pdu: Pdu, dialect?: EncodeDialect): string {
  const target = new Uint8Array(70_000)
  return toHex(target.subarray(0, encodePdu(from, pdu, target, new DataView(target.buffer), dialect)))
}

const create: FilestoreRequest = { action: 0, firstName: 'f' }

describe('encoding for peers', () => {
  it('sets the closure bit where the standard has it, or where a peer looks for it', () => {
    const asked = metadata([], 'a', true)
    expect(hex(header, asked)).toBe('20000a0001010207400000000501610162')
    expect(hex(header, asked, { closureBitMask: 0x80 })).toBe('20000a0001010207800000000501610162')
  })

  it('writes an empty second name only for a peer that needs it', () => {
    const pdu = metadata([{ tlv: 'filestore-request', ...create }])
    expect(hex(header, pdu).slice(-10)).toBe('0003000166')
    expect(hex(header, pdu, { emptySecondNameLv: true }).slice(-12)).toBe('000400016600')
  })

  it('writes version 0 as it was: no checksum type, no closure, record boundaries not respected', () => {
    const legacy: Header = { ...header, version: 0 }
    expect(hex(legacy, metadata([], 'a', true))).toBe('00000a0001010207800000000501610162')
    const octets = Uint8Array.from(Buffer.from(hex(legacy, metadata()), 'hex'))
    expect(decodePdu(octets, { acceptVersion0: true })).toEqual({ header: legacy, pdu: metadata() })
  })

  it('writes a fault location with the width of the ids in the header, or what it needs', () => {
    const eof = { kind: 'eof', condition: 15, checksum: 0, fileSize: 0 } as const
    const wide: Header = { ...header, entityIdLength: 2 }
    expect(hex(wide, { ...eof, faultLocation: 7n as EntityId }).slice(-8)).toBe('06020007')
    expect(hex(header, { ...eof, faultLocation: 258n as EntityId }).slice(-8)).toBe('06020102')
  })

  it('asks for Metadata before anything else', () => {
    const nak: Pdu = {
      kind: 'nak',
      scope: { from: 0, to: 9 },
      metadataRequested: true,
      requests: [{ from: 3, to: 9 }],
    }
    const body = '08' + '00000000' + '00000009' + '0000000000000000' + '0000000300000009'
    expect(hex({ ...header, direction: 'to-sender' }, nak)).toBe(`28001900010102${body}`)
  })
})

describe('what does not fit', () => {
  const name = 'n'.repeat(255)

  it.each([
    ['a name over 255 octets', metadata([], 'é'.repeat(128))],
    [
      'two names too long for one request',
      metadata([{ tlv: 'filestore-request', ...create, firstName: name }]),
    ],
    ['a message over 255 octets', metadata([{ tlv: 'message-to-user', value: new Uint8Array(256) }])],
    ['more than a data field', { kind: 'file-data', offset: 0, data: new Uint8Array(65_532) } as Pdu],
  ])('%s: nothing is written', (_, pdu) => {
    expect(encodePdu(header, pdu, new Uint8Array(70_000))).toBe(0)
  })

  it('is the only reason: one octet less is written', () => {
    const target = new Uint8Array(70_000)
    expect(encodePdu(header, { kind: 'file-data', offset: 0, data: new Uint8Array(65_531) }, target)).toBe(
      65_542,
    )
    expect(encodePdu(header, metadata([], name), target)).toBeGreaterThan(0)
  })
})

describe('our own mistakes are thrown', () => {
  const keepAlive: Pdu = { kind: 'keep-alive', progress: 2 ** 32 }
  it.each([
    ['an id wider than its width', { ...header, source: 256n as EntityId }, metadata()],
    ['a size over 32 bits without the large-file flag', header, keepAlive],
    ['a size that is no safe integer', { ...header, largeFile: true }, { ...keepAlive, progress: 2 ** 53 }],
    ['a width of nine', { ...header, sequenceLength: 9 }, metadata()],
    ['a large file in version 0', { ...header, version: 0 as const, largeFile: true }, metadata()],
  ])('%s', (_, from, pdu) => {
    expect(() => encodePdu(from, pdu as Pdu, new Uint8Array(1000))).toThrow()
  })
})
