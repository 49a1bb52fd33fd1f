/** Octets to PDUs. Nothing a peer can send makes it throw. */
import { crc16, isFault } from '@skyferry/octets'
import { decodeAck } from './ack.ts'
import { type DecodeDialect, STANDARD_DIALECT } from './dialect.ts'
import { decodeEof } from './eof.ts'
import { type CfdpFault, cfdpFault } from './faults.ts'
import { decodeFileData } from './file-data.ts'
import { decodeFinished } from './finished.ts'
import { decodeHeader, type Frame } from './header.ts'
import { decodeKeepAlive } from './keep-alive.ts'
import { decodeMetadata } from './metadata.ts'
import { type Decoded, DirectiveCode, type Header, type Pdu } from './model.ts'
import { decodeNak } from './nak.ts'
import { PduReader } from './pdu-reader.ts'
import { decodePrompt } from './prompt.ts'

/**
 * Reads one PDU (CCSDS 727.0-B-5 section 5). Octets after its data field are ignored; nothing beyond the data field
 * is read. A reserved message to user is not looked into: see `decodeReservedMessage`.
 */
export function decodePdu(
  datagram: Uint8Array,
  dialect: DecodeDialect = STANDARD_DIALECT,
): Decoded | CfdpFault {
  const frame = decodeHeader(datagram, dialect)
  if (isFault(frame)) return frame
  const { header } = frame
  if (header.crc && crc16(datagram, 0, frame.length) !== 0) return cfdpFault('bad-crc', frame.bodyTo)
  const reader = new PduReader(datagram, frame.bodyFrom, frame.bodyTo)
  const pdu = frame.fileData ? readFileData(reader, frame) : readDirective(reader, header, dialect)
  if (reader.remaining > 0) reader.fail('trailing-bytes')
  return reader.fault ?? { header, pdu }
}

/** Which way each directive travels; an ACK's way depends on what it acknowledges. */
const DIRECTIONS: Readonly<Record<number, Header['direction']>> = {
  [DirectiveCode.Eof]: 'to-receiver',
  [DirectiveCode.Finished]: 'to-sender',
  [DirectiveCode.Metadata]: 'to-receiver',
  [DirectiveCode.Nak]: 'to-sender',
  [DirectiveCode.Prompt]: 'to-receiver',
  [DirectiveCode.KeepAlive]: 'to-sender',
}

function readFileData(reader: PduReader, { header, segmentMetadata }: Frame): Pdu {
  if (header.direction !== 'to-receiver') reader.fail('wrong-direction', 0)
  return decodeFileData(reader, header, segmentMetadata)
}

function readDirective(reader: PduReader, header: Header, dialect: DecodeDialect): Pdu {
  const at = reader.offset
  const code = reader.u8()
  if (header.direction !== (DIRECTIONS[code] ?? header.direction)) reader.fail('wrong-direction', 0)
  switch (code) {
    case DirectiveCode.Eof:
      return decodeEof(reader, header, dialect)
    case DirectiveCode.Finished:
      return decodeFinished(reader, dialect)
    case DirectiveCode.Ack:
      return decodeAck(reader, header)
    case DirectiveCode.Metadata:
      return decodeMetadata(reader, header, dialect)
    case DirectiveCode.Nak:
      return decodeNak(reader, header)
    case DirectiveCode.KeepAlive:
      return decodeKeepAlive(reader, header)
    default:
      if (code !== DirectiveCode.Prompt) reader.fail('reserved-directive-code', at)
      return decodePrompt(reader)
  }
}
