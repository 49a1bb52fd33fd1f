/** The header of every PDU (CCSDS 727.0-B-5 section 5.1). */
import { assert } from '@skyferry/engine'
import type { DecodeDialect } from './dialect.ts'
import { type CfdpFault, cfdpFault } from './faults.ts'
import type { EntityId, Header, SequenceNumber } from './model.ts'
import { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'

/** Octet 0. */
const VERSION_1 = 0x20
const FILE_DATA = 0x10
const TO_SENDER = 0x08
const UNACKNOWLEDGED = 0x04
const CRC = 0x02
const LARGE_FILE = 0x01
/** Octet 3. */
const SEGMENTATION_CONTROL = 0x80
const SEGMENT_METADATA = 0x08

/** A header, and where the rest of its PDU stands in the datagram. */
export interface Frame {
  readonly header: Header
  readonly fileData: boolean
  readonly segmentMetadata: boolean
  /** The data field without its CRC, half-open. */
  readonly bodyFrom: number
  readonly bodyTo: number
  /** Octets of the whole PDU; a datagram may be longer. */
  readonly length: number
}

/** What a header needs to know of the PDU behind it. */
export interface Shape {
  readonly fileData: boolean
  readonly segmentMetadata: boolean
  /** Octets after the header, CRC included; at most 65535. */
  readonly dataFieldLength: number
}

/** Octets of a header with these widths: 7 to 28. */
export function headerLength(header: Pick<Header, 'entityIdLength' | 'sequenceLength'>): number {
  return 4 + 2 * header.entityIdLength + header.sequenceLength
}

/**
 * Octets of the PDU that starts here, by its own lengths: how a stream is cut into PDUs.
 *
 * @returns undefined while fewer than the four octets that say it are there
 */
export function pduLength(octets: Uint8Array): number | undefined {
  if (octets.length < 4) return undefined
  const widths = octets[3]!
  return 7 + 2 * ((widths >> 4) & 7) + (widths & 7) + ((octets[1]! << 8) | octets[2]!)
}

/** Reads a header and checks that the PDU it announces is whole. The CRC is not verified here. */
export function decodeHeader(datagram: Uint8Array, dialect: DecodeDialect): Frame | CfdpFault {
  if (datagram.length < 4) return cfdpFault('truncated', datagram.length)
  const first = datagram[0]!
  const fourth = datagram[3]!
  const version = first >> 5
  if (version !== 1 && !(version === 0 && dialect.acceptVersion0 === true)) return cfdpFault('bad-version', 0)
  const entityIdLength = ((fourth >> 4) & 7) + 1
  const sequenceLength = (fourth & 7) + 1
  const bodyFrom = 4 + 2 * entityIdLength + sequenceLength
  if (datagram.length < bodyFrom) return cfdpFault('truncated', datagram.length)
  const fileData = (first & FILE_DATA) !== 0
  const crc = (first & CRC) !== 0
  const announced = bodyFrom + ((datagram[1]! << 8) | datagram[2]!)
  const untilEnd = dialect.dataFieldExtendsToDatagramEnd === true && !fileData && !crc
  const length = untilEnd ? Math.max(announced, datagram.length) : announced
  if (length > datagram.length) return cfdpFault('truncated', datagram.length)
  const bodyTo = crc ? length - 2 : length
  if (bodyTo < bodyFrom) return cfdpFault('truncated', length)
  const ids = new PduReader(datagram, 4, bodyFrom)
  // Version 0 reserves what is now the large-file flag and the two flags of octet 3.
  const header: Header = {
    version: version as 0 | 1,
    direction: (first & TO_SENDER) === 0 ? 'to-receiver' : 'to-sender',
    mode: (first & UNACKNOWLEDGED) === 0 ? 'acknowledged' : 'unacknowledged',
    crc,
    largeFile: version === 1 && (first & LARGE_FILE) !== 0,
    segmentationControl: version === 1 && fileData && (fourth & SEGMENTATION_CONTROL) !== 0,
    entityIdLength,
    sequenceLength,
    source: ids.big(entityIdLength) as EntityId,
    sequence: ids.big(sequenceLength) as SequenceNumber,
    destination: ids.big(entityIdLength) as EntityId,
  }
  const segmentMetadata = version === 1 && fileData && (fourth & SEGMENT_METADATA) !== 0
  return { header, fileData, segmentMetadata, bodyFrom, bodyTo, length }
}

/** Writes a header. An id wider than its width is our own mistake, and so is a large file in version 0. */
export function encodeHeader(writer: PduWriter, header: Header, shape: Shape): void {
  const { entityIdLength, sequenceLength } = header
  const legacy = header.version === 0
  assert(isWidth(entityIdLength) && isWidth(sequenceLength), 'ids and sequence numbers have 1 to 8 octets')
  assert(!(legacy && (header.largeFile || shape.segmentMetadata)), 'version 0 knows no such flag')
  writer.u8(
    (legacy ? 0 : VERSION_1) |
      (shape.fileData ? FILE_DATA : 0) |
      (header.direction === 'to-sender' ? TO_SENDER : 0) |
      (header.mode === 'unacknowledged' ? UNACKNOWLEDGED : 0) |
      (header.crc ? CRC : 0) |
      (header.largeFile ? LARGE_FILE : 0),
  )
  writer.u16(shape.dataFieldLength)
  writer.u8(
    (header.segmentationControl && shape.fileData && !legacy ? SEGMENTATION_CONTROL : 0) |
      ((entityIdLength - 1) << 4) |
      (shape.segmentMetadata ? SEGMENT_METADATA : 0) |
      (sequenceLength - 1),
  )
  writer.big(header.source, entityIdLength)
  writer.big(header.sequence, sequenceLength)
  writer.big(header.destination, entityIdLength)
}

function isWidth(octets: number): boolean {
  return Number.isInteger(octets) && octets >= 1 && octets <= 8
}
