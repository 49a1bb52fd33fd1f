/** A packet in one line, for people: last words, captures, `decode`. */
import { isFault } from '@skyferry/octets'
import { type CspVersion, decodeHeader, Flag, flagsInWords } from './packet/header.ts'
import { open, type Security } from './packet/trailers.ts'
import { decodeTrailer, RDP_OCTETS } from './rdp/segment.ts'
import { kindOf } from './rdp/states.ts'

/** `10:34 → 20:10 RDP|CRC32, ACK 17 acknowledges 4, 200 octets`; what is wrong with it, if something is. */
export function packetInWords(packet: Uint8Array, version: CspVersion, security: Security = {}): string {
  const header = decodeHeader(packet, version)
  if (isFault(header)) return `unreadable (${header.code})`
  const { source, sourcePort, destination, destinationPort, flags } = header
  const ends = `${source}:${sourcePort} → ${destination}:${destinationPort}`
  const opened = open(packet, header, version, security)
  if (isFault(opened)) return `${ends} ${flagsInWords(flags)}, ${opened.code}`
  const parts = [flags === 0 ? ends : `${ends} ${flagsInWords(flags)}`]
  let { to } = opened
  if (flags & Flag.Rdp) {
    const trailer = decodeTrailer(packet, opened.from, to)
    if (isFault(trailer)) return `${parts[0]}, ${trailer.code}`
    to -= RDP_OCTETS
    const kind = kindOf(trailer.flags).toUpperCase().replace('-', '+')
    parts.push(`${kind} ${trailer.sequence} acknowledges ${trailer.acknowledgement}`)
  }
  parts.push(`${to - opened.from} octets`)
  return parts.join(', ')
}
