/** Metadata (section 5.2.5): what the transaction is about. */
import { unreachable } from '@skyferry/engine'
import type { DecodeDialect, EncodeDialect } from './dialect.ts'
import { readFilestoreRequest, writeFilestoreRequest } from './filestore-tlv.ts'
import type { Header, MetadataOption, PduOf } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'
import { readOverride, readTlv, type Tlv, TlvType, writeOverride } from './tlv.ts'

const CLOSURE_REQUESTED = 0x40
/** What bit 7 of the flags meant before issue 5: record boundaries are not respected. */
const LEGACY_NO_BOUNDARIES = 0x80

/** Options are taken in any order and kept in it, with copies of their values; reserved bits are not looked at. */
export function decodeMetadata(reader: PduReader, header: Header, dialect: DecodeDialect): PduOf<'metadata'> {
  const octet = reader.u8()
  // Before issue 5 there was no closure, and one checksum.
  const flags = header.version === 0 ? 0 : octet
  const fileSize = reader.size(header)
  const sourceName = reader.name()
  const destinationName = reader.name()
  const options: MetadataOption[] = []
  while (reader.remaining > 0) {
    const tlv = readTlv(reader)
    options.push(readOption(tlv))
    reader.absorb(tlv.value)
  }
  return {
    kind: 'metadata',
    closureRequested: (flags & (dialect.closureBitMask ?? CLOSURE_REQUESTED)) !== 0,
    checksumType: flags & 0x0f,
    fileSize,
    sourceName,
    destinationName,
    options,
  }
}

export function encodeMetadata(
  writer: PduWriter,
  header: Header,
  pdu: PduOf<'metadata'>,
  dialect: EncodeDialect,
): void {
  writer.u8(header.version === 0 ? LEGACY_NO_BOUNDARIES : flagsOf(pdu, dialect))
  writer.size(header, pdu.fileSize)
  writer.name(pdu.sourceName)
  writer.name(pdu.destinationName)
  for (const option of pdu.options) writeOption(writer, option, dialect)
}

function flagsOf(pdu: PduOf<'metadata'>, dialect: EncodeDialect): number {
  const closure = pdu.closureRequested ? (dialect.closureBitMask ?? CLOSURE_REQUESTED) : 0
  return closure | (pdu.checksumType & 0x0f)
}

function readOption({ type, value }: Tlv): MetadataOption {
  switch (type) {
    case TlvType.FilestoreRequest:
      return { tlv: 'filestore-request', ...readFilestoreRequest(value) }
    case TlvType.MessageToUser:
      return { tlv: 'message-to-user', value: value.rest().slice() }
    case TlvType.FaultHandlerOverride:
      if (value.remaining !== 1) value.fail('bad-tlv-length')
      return { tlv: 'fault-handler-override', ...readOverride(value) }
    case TlvType.FlowLabel:
      return { tlv: 'flow-label', value: value.rest().slice() }
    default:
      return { tlv: 'unknown', type, value: value.rest().slice() }
  }
}

function writeOption(writer: PduWriter, option: MetadataOption, dialect: EncodeDialect): void {
  switch (option.tlv) {
    case 'filestore-request':
      writer.tlv(TlvType.FilestoreRequest, () => writeFilestoreRequest(writer, option, dialect))
      break
    case 'message-to-user':
      writer.tlv(TlvType.MessageToUser, () => writer.bytes(option.value))
      break
    case 'fault-handler-override':
      writer.tlv(TlvType.FaultHandlerOverride, () => writeOverride(writer, option))
      break
    case 'flow-label':
      writer.tlv(TlvType.FlowLabel, () => writer.bytes(option.value))
      break
    case 'unknown':
      writer.tlv(option.type, () => writer.bytes(option.value))
      break
    default:
      unreachable(option)
  }
}
