/** EOF (section 5.2.2): everything has been sent once, or the sender gave up. */
import type { DecodeDialect, EncodeDialect } from './dialect.ts'
import type { Header, PduOf } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'
import {
  type FaultLocation,
  isRegistered,
  readFaultLocation,
  readTlv,
  TlvType,
  writeFaultLocation,
} from './tlv.ts'

/** The fault location is taken as it comes: peers forget it, or add it to "No error". */
export function decodeEof(reader: PduReader, header: Header, dialect: DecodeDialect): PduOf<'eof'> {
  const at = reader.offset
  const condition = reader.condition(reader.u8() >> 4, at)
  const checksum = reader.u32()
  const fileSize = reader.size(header)
  let location: FaultLocation = {}
  while (reader.remaining > 0 && location.faultLocation === undefined) {
    const tlvAt = reader.offset
    const { type, value } = readTlv(reader, dialect)
    if (type === TlvType.EntityId) location = readFaultLocation(reader, value)
    else if (isRegistered(type)) reader.fail('unknown-tlv-type', tlvAt)
  }
  return { kind: 'eof', condition, checksum, fileSize, ...location }
}

export function encodeEof(
  writer: PduWriter,
  header: Header,
  pdu: PduOf<'eof'>,
  dialect: EncodeDialect,
): void {
  writer.u8(pdu.condition << 4)
  writer.u32(pdu.checksum)
  writer.size(header, pdu.fileSize)
  writeFaultLocation(writer, header, pdu, dialect)
}
