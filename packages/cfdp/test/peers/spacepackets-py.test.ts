/**
 * us-irs+spacepackets-py, the codec under cfdp-py: what it refuses or misreads of a transfer. The puppet reads octets
 * the way it does and says what it would have stumbled over; what we send in whole transfers must not.
 */
import { describe, expect, it } from 'vitest'
import { type Dialect, type Pdu, REMOTE_DEFAULTS, withDialect } from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { Meeting } from './meeting.ts'
import { type Heard, ReceivingPuppet } from './puppet.ts'

const FILE = content(5000)
const WIDTHS = [1, 2, 4, 8]

class Codec extends ReceivingPuppet {
  hear(heard: Heard): void {
    const { bytes, header, pdu } = heard
    const widths = [header.entityIdLength, header.sequenceLength]
    if (!widths.every(width => WIDTHS.includes(width))) this.troubles.push('a width of 3, 5, 6 or 7')
    if (header.version !== 1) this.troubles.push('a version other than 1')
    const end = 4 + 2 * header.entityIdLength + header.sequenceLength + bytes[1]! * 256 + bytes[2]!
    // EOF, File Data, NAK and Metadata are parsed to the end of the buffer.
    if (bytes.length > end) this.troubles.push('octets behind the PDU are read as part of it')
    this.#read(pdu, bytes[3]!)
    if (pdu.kind === 'metadata') this.metadata = pdu
    if (pdu.kind === 'file-data') this.store(pdu)
    if (pdu.kind !== 'eof') return
    this.eof = pdu
    this.reply(heard, { kind: 'ack-eof', condition: pdu.condition, status: 1 })
    if (this.isWhole)
      this.reply(heard, { kind: 'finished', condition: 0, delivery: 0, fileStatus: 2, responses: [] })
  }

  #read(pdu: Pdu, octet3: number): void {
    if (pdu.kind === 'file-data' && pdu.data.length === 0) this.troubles.push('File Data without data')
    if (pdu.kind === 'file-data' && (octet3 & 0x08) !== 0) this.troubles.push('segment metadata')
    if (pdu.kind !== 'metadata') return
    if (pdu.options.some(option => option.tlv === 'unknown')) this.troubles.push('an unknown TLV')
    if (![0, 1, 2, 3, 15].includes(pdu.checksumType)) this.troubles.push('an unassigned checksum type')
  }
}

describe('towards spacepackets-py, which reads', () => {
  it.each([0, 1, 1008, 5000])('nothing of a transfer of %i octets is refused or misread', length => {
    for (const mode of ['acknowledged', 'unacknowledged'] as const) {
      const meeting = new Meeting('sender', new Codec(), { dialect: 'cfdp-py' })
      meeting.put(FILE.subarray(0, length), {
        mode,
        messages: [Uint8Array.of(1)],
        flowLabel: Uint8Array.of(2),
      })
      expect(meeting.runToEnd()).toBe(true)
      meeting.run(100)
      expect(meeting.peer.file).toEqual(FILE.slice(0, length))
      expect(meeting.peer.troubles).toEqual([])
    }
  })

  it.each([3, 5, 6, 7])('widths of %i are refused there: so is the Put', width => {
    for (const remote of [{ entityIdLength: width }, { sequenceLength: width }]) {
      const meeting = new Meeting('sender', new Codec(), { dialect: 'cfdp-py', remote })
      expect(meeting.tryPut(FILE)).toMatchObject({
        kind: 'refused',
        reason: expect.stringMatching(new RegExp(`of ${width} octets`)),
      })
    }
  })

  it('an unassigned checksum type is refused there with its whole Metadata: so is the Put', () => {
    const meeting = new Meeting('sender', new Codec(), { dialect: 'cfdp-py' })
    expect(meeting.tryPut(FILE, { checksumType: 7 })).toMatchObject({ kind: 'refused' })
  })

  it('an extra second name in a response has the whole Finished refused: towards it there is none', () => {
    const dialect: Dialect = 'cfdp-py'
    const { pduDialect } = withDialect(REMOTE_DEFAULTS.patient, dialect)
    expect(pduDialect.emptySecondNameLv).toBeUndefined()
  })
})
