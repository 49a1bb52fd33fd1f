/** File Data (section 5.3): the octets themselves. */
import { assert } from '@skyferry/engine'
import { crc16 } from '@skyferry/octets'
import { encodeHeader, headerLength } from './header.ts'
import type { Header, PduOf, RecordContinuation } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import { PduWriter } from './pdu-writer.ts'

/** `data` is a view of the datagram, lent like it. No data at all is legal, and means nothing. */
export function decodeFileData(
  reader: PduReader,
  header: Header,
  hasSegmentMetadata: boolean,
): PduOf<'file-data'> {
  const segmentMetadata = hasSegmentMetadata ? { segmentMetadata: readSegmentMetadata(reader) } : {}
  const at = reader.offset
  const offset = reader.size(header)
  if (offset + reader.remaining > Number.MAX_SAFE_INTEGER) reader.fail('number-too-large', at)
  return { kind: 'file-data', offset, data: reader.rest(), ...segmentMetadata }
}

export function encodeFileData(writer: PduWriter, header: Header, pdu: PduOf<'file-data'>): void {
  if (pdu.segmentMetadata !== undefined) {
    const { continuation, value } = pdu.segmentMetadata
    assert(value.length <= 63, 'segment metadata has at most 63 octets')
    writer.u8((continuation << 6) | value.length)
    writer.bytes(value)
  }
  writer.size(header, pdu.offset)
  writer.bytes(pdu.data)
}

function readSegmentMetadata(reader: PduReader): PduOf<'file-data'>['segmentMetadata'] & object {
  const octet = reader.u8()
  return { continuation: (octet >> 6) as RecordContinuation, value: reader.bytes(octet & 63).slice() }
}

/**
 * The short way out, for the PDU that goes a million times: the header of one transaction's File Data, made once.
 * No segment metadata.
 *
 *     const at = template.begin(slot.bytes, offset, length)
 *     file.read(offset, slot.bytes, at, length)
 *     slot.length = template.end(slot.bytes, at + length)
 */
export class FileDataTemplate {
  readonly #header: Uint8Array
  readonly #largeFile: boolean
  readonly #crcOctets: number
  /** Octets of the data field that are not data. */
  readonly #fieldOverhead: number

  constructor(header: Header) {
    this.#header = new Uint8Array(headerLength(header))
    const shape = { fileData: true, segmentMetadata: false, dataFieldLength: 0 }
    encodeHeader(new PduWriter(this.#header), header, shape)
    this.#largeFile = header.largeFile
    this.#crcOctets = header.crc ? 2 : 0
    this.#fieldOverhead = (header.largeFile ? 8 : 4) + this.#crcOctets
  }

  /** How many data octets a PDU of `pduOctets` carries; 0 if not even one. */
  capacity(pduOctets: number): number {
    const field = Math.min(pduOctets - this.#header.length, 0xffff)
    return Math.max(0, field - this.#fieldOverhead)
  }

  /**
   * Writes what stands before the data. `dataLength` is within `capacity(target.length)`.
   *
   * @returns where in `target` the data start
   */
  begin(target: Uint8Array, offset: number, dataLength: number): number {
    const header = this.#header
    const length = header.length
    for (let index = 0; index < length; index++) target[index] = header[index]!
    const field = this.#fieldOverhead + dataLength
    target[1] = field >>> 8
    target[2] = field
    let at = length
    if (this.#largeFile) {
      write32(target, at, Math.floor(offset / 0x100000000))
      at += 4
    }
    write32(target, at, offset)
    return at + 4
  }

  /**
   * Call once the data are in place: appends the CRC if the transaction has one.
   *
   * @param dataTo where in `target` the data end
   * @returns octets of the whole PDU
   */
  end(target: Uint8Array, dataTo: number): number {
    if (this.#crcOctets === 0) return dataTo
    const crc = crc16(target, 0, dataTo)
    target[dataTo] = crc >>> 8
    target[dataTo + 1] = crc
    return dataTo + 2
  }
}

/** The low 32 bits of `value`. */
function write32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}
