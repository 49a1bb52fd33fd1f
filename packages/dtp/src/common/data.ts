/** The data datagram (reference section 3.3): an offset, from D2 on a session id, and octets. */
import type { Dialect } from './dialect.ts'
import { word } from './octet-order.ts'
import type { SessionId } from './request.ts'

/** Octet offset of the data in the payload; -1 for a datagram shorter than its header. */
export function dataOffset(datagram: Uint8Array, dialect: Dialect): number {
  if (datagram.length < dialect.dataHeaderOctets) return -1
  return word(datagram, 0, dialect.order === 'little')
}

/** 0 in D1, which has none. Only for datagrams that hold a header. */
export function dataSession(datagram: Uint8Array, dialect: Dialect): SessionId {
  return (dialect.dataHeaderOctets === 8 ? word(datagram, 4, dialect.order === 'little') : 0) as SessionId
}

/** Writes the header to the front of a slot; the data follow at `dialect.dataHeaderOctets`. */
export function writeDataHeader(view: DataView, offset: number, session: SessionId, dialect: Dialect): void {
  const isLittle = dialect.order === 'little'
  view.setUint32(0, offset, isLittle)
  if (dialect.dataHeaderOctets === 8) view.setUint32(4, session, isLittle)
}
