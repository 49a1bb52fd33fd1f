/** NAK (section 5.2.6): what is still missing inside a scope; inside it, whatever is not asked for has arrived. */
import type { Header, PduOf, Range } from './model.ts'
import type { PduReader } from './pdu-reader.ts'
import type { PduWriter } from './pdu-writer.ts'

/**
 * Requests outside the scope, overlapping or repeated ones, and a scope of 0-0 with requests (NASA's CF) are for the
 * sender to make sense of; only what means nothing at all is refused.
 */
export function decodeNak(reader: PduReader, header: Header): PduOf<'nak'> {
  const scopeAt = reader.offset
  const scope = { from: reader.size(header), to: reader.size(header) }
  if (scope.from > scope.to) reader.fail('bad-scope', scopeAt)
  const requests: Range[] = []
  let metadataRequested = false
  while (reader.remaining > 0) {
    const at = reader.offset
    const from = reader.size(header)
    const to = reader.size(header)
    if (from < to) requests.push({ from, to })
    else if (from === 0 && to === 0) metadataRequested = true
    else reader.fail('bad-segment-request', at)
  }
  return { kind: 'nak', scope, metadataRequested, requests }
}

export function encodeNak(writer: PduWriter, header: Header, pdu: PduOf<'nak'>): void {
  writeRange(writer, header, pdu.scope)
  if (pdu.metadataRequested) writeRange(writer, header, { from: 0, to: 0 })
  for (const request of pdu.requests) writeRange(writer, header, request)
}

function writeRange(writer: PduWriter, header: Header, range: Range): void {
  writer.size(header, range.from)
  writer.size(header, range.to)
}
