/** What do these octets say? A NAK that asks for Metadata and for one gap. */
import { decodePdu } from '@skyferry/cfdp'
import { fromHex, isFault } from '@skyferry/octets'

export function main(hex = '280019000101020800000000000000640000000000000000000000280000003c'): string {
  const octets = fromHex(hex)
  if (isFault(octets)) return octets.code
  const decoded = decodePdu(octets)
  if (isFault(decoded)) return `${decoded.code} at octet ${decoded.offset}`
  const { header, pdu } = decoded
  if (pdu.kind !== 'nak') return pdu.kind
  const gaps = pdu.requests.map(({ from, to }) => `${from}–${to}`).join(', ')
  return `transaction ${header.source}:${header.sequence} lacks ${pdu.metadataRequested ? 'Metadata and ' : ''}${gaps}`
}
