/** Keep Alive (section 5.2.8): how far the receiver is. */
import type { Header, PduOf } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'

export function decodeKeepAlive(reader: PduReader, header: Header): PduOf<'keep-alive'> {
  return { kind: 'keep-alive', progress: reader.size(header) }
}

export function encodeKeepAlive(writer: PduWriter, header: Header, pdu: PduOf<'keep-alive'>): void {
  writer.size(header, pdu.progress)
}
