/** PDUs to octets. */
import { unreachable } from '@skyferry/engine'
import { crc16 } from '@skyferry/octets'
import { encodeAck } from './ack.ts'
import { type EncodeDialect, STANDARD_DIALECT } from './dialect.ts'
import { encodeEof } from './eof.ts'
import { encodeFileData } from './file-data.ts'
import { encodeFinished } from './finished.ts'
import { encodeHeader } from './header.ts'
import { encodeKeepAlive } from './keep-alive.ts'
import { encodeMetadata } from './metadata.ts'
import { DirectiveCode, type Header, type Pdu } from './model.ts'
import { encodeNak } from './nak.ts'
import { PduWriter } from './pdu-writer.ts'
import { encodePrompt } from './prompt.ts'

/** What the data field length can say. */
const LONGEST_FIELD = 0xffff

/**
 * Writes one PDU to the front of `target`, with its data field length and, where the header says so, its CRC
 * (CCSDS 727.0-B-5 section 5).
 *
 * @param view the same octets as `target`, if there is one
 * @returns octets written; 0 if the PDU does not fit, be it into `target` or, a name say, into its own field
 * @throws RangeError where a field cannot carry its value, such as an id wider than the header says
 */
export function encodePdu(
  header: Header,
  pdu: Pdu,
  target: Uint8Array,
  view?: DataView,
  dialect: EncodeDialect = STANDARD_DIALECT,
): number {
  const writer = new PduWriter(target, view)
  const fileData = pdu.kind === 'file-data'
  const segmentMetadata = fileData && pdu.segmentMetadata !== undefined
  encodeHeader(writer, header, { fileData, segmentMetadata, dataFieldLength: 0 })
  const bodyFrom = writer.offset
  writeBody(writer, header, pdu, dialect)
  const bodyTo = writer.offset
  if (header.crc) writer.u16(0)
  const fieldLength = writer.offset - bodyFrom
  if (writer.overflowed || fieldLength > LONGEST_FIELD) return 0
  writer.setU16(1, fieldLength)
  if (header.crc) writer.setU16(bodyTo, crc16(target, 0, bodyTo))
  return writer.offset
}

function writeBody(writer: PduWriter, header: Header, pdu: Pdu, dialect: EncodeDialect): void {
  switch (pdu.kind) {
    case 'file-data':
      encodeFileData(writer, header, pdu)
      break
    case 'metadata':
      writer.u8(DirectiveCode.Metadata)
      encodeMetadata(writer, header, pdu, dialect)
      break
    case 'eof':
      writer.u8(DirectiveCode.Eof)
      encodeEof(writer, header, pdu, dialect)
      break
    case 'finished':
      writer.u8(DirectiveCode.Finished)
      encodeFinished(writer, header, pdu, dialect)
      break
    case 'ack-eof':
    case 'ack-finished':
      writer.u8(DirectiveCode.Ack)
      encodeAck(writer, pdu)
      break
    case 'nak':
      writer.u8(DirectiveCode.Nak)
      encodeNak(writer, header, pdu)
      break
    case 'prompt':
      writer.u8(DirectiveCode.Prompt)
      encodePrompt(writer, pdu)
      break
    case 'keep-alive':
      writer.u8(DirectiveCode.KeepAlive)
      encodeKeepAlive(writer, header, pdu)
      break
    default:
      unreachable(pdu)
  }
}
