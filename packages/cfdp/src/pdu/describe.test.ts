import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pdus } from '../../test/vectors/arbitraries.ts'
import { malformed, octetsOf, ours, tolerant, vectors } from '../../test/vectors/vectors.ts'
import { decodePdu } from './decode.ts'
import type { DescribedField } from './describe/scribe.ts'
import { describePdu } from './describe.ts'
import { encodePdu } from './encode.ts'

function named(name: string): Uint8Array {
  const found = [...vectors, ...tolerant, ...malformed].find(each => each.name === name)
  if (found === undefined) throw new Error(`no vector ${name}`)
  return octetsOf(found.hex)
}

/** Every field, outer before inner. */
function flat(fields: readonly DescribedField[]): DescribedField[] {
  return fields.flatMap(field => [field, ...flat(field.fields ?? [])])
}

function said(octets: Uint8Array): string[] {
  return flat(describePdu(octets).fields).map(({ name, value, note }) => {
    return note === undefined ? `${name}: ${value}` : `${name}: ${value} (${note})`
  })
}

/** Each field starts where the one before ended; those in one octet share it. */
function tiles(fields: readonly DescribedField[], from: number, to: number): boolean {
  let at = from
  let last: DescribedField | undefined
  for (const field of fields) {
    const sharesOctet = field.bits !== undefined && last?.octets.from === field.octets.from
    if (!sharesOctet && field.octets.from !== at) return false
    at = field.octets.to
    last = field
    if (field.fields !== undefined && !tiles(field.fields, field.octets.from, field.octets.to)) return false
  }
  return at === to
}

describe('a description', () => {
  it('says what a sender would want to read', () => {
    expect(said(named('eof-cancel-source-1'))).toEqual([
      'PDU header: transaction 1/1, file to 2',
      'Version: 1',
      'PDU type: file directive',
      'Direction: toward the file receiver',
      'Transmission mode: acknowledged',
      'CRC flag: no CRC',
      'Large file flag: small file',
      'PDU data field length: 13',
      'Segmentation control: record boundaries not preserved',
      'Length of entity IDs: 1 octet',
      'Segment metadata flag: absent',
      'Length of transaction sequence number: 1 octet',
      'Source entity ID: 1',
      'Transaction sequence number: 1',
      'Destination entity ID: 2',
      'EOF: Cancel.request received, 1024 octets',
      'Directive code: 0x04 (EOF)',
      'Condition code: Cancel.request received',
      'File checksum: 0a0b0c0d',
      'File size: 1024',
      'Fault location: entity 1',
      'Type: 6 (Entity ID)',
      'Length: 1',
      'Entity ID: 1',
    ])
  })

  it.each([
    ['md-unack-closure', 'Metadata: "src.txt" as "dst.txt", 12 octets'],
    ['md-unbounded', 'File size: 0 (unbounded: the size comes with EOF)'],
    ['op-proxied-transaction-metadata', 'Closure requested: yes (means nothing in acknowledged mode)'],
    ['op-proxied-transaction-metadata', 'Message to user: originating transaction ID: transaction 1/10'],
    [
      'op-00-proxy-put-request',
      'Message to user: proxy put request: "hello.txt" to entity 5 as "hello2.txt"',
    ],
    ['op-31-remote-suspend-response', 'Message to user: remote suspend response: transaction 1/77 suspended'],
    ['op-45-sfo-report', 'Message to user: SFO report: entity 5, No error'],
    ['op-proxy-put-cut', 'Message to user:  (means nothing: ends before a field that must be there)'],
    ['md-no-names', 'Message to user: "hello"'],
    ['md-fs-request-uncommon-rename', 'Filestore request: rename file "first", "second"'],
    ['fin-fs-response-append', 'Filestore response: append file "test.txt": not performed'],
    ['finished-spare-bit-3-set', 'Spare: 1 (end system status before 727.0-B-5, is ignored)'],
    [
      'fin-live-cfdp-py-nak-limit',
      'Finished: NAK limit reached (should say where the fault was found, peers often do not)',
    ],
    ['ack-eof-cancel', 'ACK: of EOF, Cancel.request received'],
    ['nak-large', 'NAK: 2 requests, scope 0 to 8589934592'],
    ['nak-large', 'Segment request: the Metadata PDU'],
    ['nak-request-outside-scope', 'Segment request: octets 90 to 119 (beyond the scope)'],
    ['prompt-keepalive', 'Prompt: answer with Keep Alive'],
    ['prompt-spare-bits', 'Spare: 127 (should be 0, is ignored)'],
    ['keepalive-large-uncommon', 'Progress: 18446744073709551615 (beyond 2^53 - 1, is refused)'],
    ['fd-segmeta-start-end', 'File Data: octets 0 to 10'],
    ['empty-file-data', 'File Data: nothing at 10 (no octets, means nothing)'],
    ['eof-no-error-crc', 'CRC: d6cd'],
    ['wrong-crc-low-bit', 'CRC: ddf2 (should be ddf3)'],
    ['trailing-octets-after-pdu', 'Octets left over: 000000 (beyond the data field, is ignored)'],
    ['metadata-unknown-tlv', 'Unknown TLV:  (skipped)'],
    ['eof-fault-tlv-wrong-type', 'Message to user: 01 (has no place in this PDU)'],
    ['reserved-directive-0a', 'File directive:  (no PDU has this code)'],
    ['version-2', 'Version: 2 (unknown)'],
    ['three-octets', 'Segmentation control:  (cut short: 0 of 1 octets)'],
    ['md-tlv-overrun', 'Message to user:  (cut short: 5 of 11 octets)'],
  ])('of %s says "%s"', (name, line) => {
    expect(said(named(name))).toContain(line)
  })

  it('reads the same octets as the decoder, and answers with its fault', () => {
    for (const { hex } of [...vectors, ...tolerant, ...malformed]) {
      const answer = decodePdu(octetsOf(hex))
      expect(describePdu(octetsOf(hex)).fault).toEqual('kind' in answer ? answer : undefined)
    }
  })

  it('of a golden PDU has every octet in its place', () => {
    for (const { name, hex } of ours) {
      const octets = octetsOf(hex)
      const { fields } = describePdu(octets)
      expect(tiles(fields, 0, octets.length), name).toBe(true)
      expect(
        flat(fields).filter(field => field.note?.startsWith('cut short')),
        name,
      ).toEqual([])
    }
  })

  it('of any PDU has every octet in its place', () => {
    fc.assert(
      fc.property(pdus, ({ header, pdu }) => {
        const target = new Uint8Array(4096)
        const octets = target.subarray(0, encodePdu(header, pdu, target))
        return tiles(describePdu(octets).fields, 0, octets.length)
      }),
    )
  })

  it('of any octets has every octet in its place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), octets =>
        tiles(describePdu(octets).fields, 0, octets.length),
      ),
      { numRuns: 1000 },
    )
  })

  it('of every truncation goes as far as the octets reach', () => {
    for (const { hex } of ours) {
      const octets = octetsOf(hex)
      for (let length = 0; length < octets.length; length++) {
        expect(tiles(describePdu(octets.subarray(0, length)).fields, 0, length)).toBe(true)
      }
    }
  })
})
