/** Type-length-value fields (section 5.4), and the two that are one step deep: entity id and fault handler override. */
import type { DecodeDialect, EncodeDialect } from './dialect.ts'
import type { EntityId, FaultHandler, FaultHandlerOverride, Header } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import { idWidth, type PduWriter } from './pdu-writer.ts'

export const TlvType = {
  FilestoreRequest: 0,
  FilestoreResponse: 1,
  MessageToUser: 2,
  FaultHandlerOverride: 4,
  FlowLabel: 5,
  EntityId: 6,
} as const

/** One TLV: its type, and a reader of its value that ends where the value ends. */
export interface Tlv {
  readonly type: number
  readonly value: PduReader
}

/** Is this type registered at all? One that is not is skipped by its length wherever it stands. */
export function isRegistered(type: number): boolean {
  return type <= TlvType.EntityId && type !== 3
}

export function readTlv(reader: PduReader, dialect: DecodeDialect = {}): Tlv {
  const type = reader.u8()
  const more = type === TlvType.EntityId && dialect.faultLocationLengthMinusOne === true ? 1 : 0
  return { type, value: reader.sub(reader.u8() + more) }
}

/** Where a fault was found, in EOF and Finished. */
export interface FaultLocation {
  readonly faultLocation?: EntityId
  readonly faultLocationLength?: number
}

/** @param value of an entity id TLV in `reader` */
export function readFaultLocation(reader: PduReader, value: PduReader): FaultLocation {
  const { id, length } = value.entityId()
  reader.absorb(value)
  return { faultLocation: id, faultLocationLength: length }
}

/** Written with the width it came with, or the header's where that is wide enough. */
export function writeFaultLocation(
  writer: PduWriter,
  header: Header,
  location: FaultLocation,
  dialect: EncodeDialect = {},
): void {
  const { faultLocation: id, faultLocationLength } = location
  if (id === undefined) return
  const length = faultLocationLength ?? Math.max(header.entityIdLength, idWidth(id))
  writer.u8(TlvType.EntityId)
  writer.u8(dialect.faultLocationLengthMinusOne === true ? length - 1 : length)
  writer.big(id, length)
}

/** Condition and handler in one octet (section 5.4.4). */
export function readOverride(reader: PduReader): FaultHandlerOverride {
  const at = reader.offset
  const octet = reader.u8()
  const handler = octet & 0x0f
  if (handler < 1 || handler > 4) reader.fail('reserved-handler-code', at)
  return { condition: reader.condition(octet >> 4, at), handler: handler as FaultHandler }
}

export function writeOverride(writer: PduWriter, { condition, handler }: FaultHandlerOverride): void {
  writer.u8((condition << 4) | handler)
}
