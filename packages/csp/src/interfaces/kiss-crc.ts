/**
 * The checksum that libcsp puts into every KISS frame behind the packet: a CRC-32C over all that follows the header, so over
 * a CRC of the packet's own too. Part of the link, not of the packet.
 */
import { crc32c } from '@skyferry/octets'
import { type CspFault, cspFault } from '../packet/faults.ts'
import { type CspVersion, headerOctets } from '../packet/header.ts'
import { CRC32_OCTETS } from '../packet/trailers.ts'

/**
 * Appends the checksum.
 *
 * @param frame the packet stands in its first `length` octets; it has room for 4 more
 * @returns octets of the frame
 */
export function appendKissCrc(frame: Uint8Array, length: number, version: CspVersion): number {
  const crc = crc32c(frame, Math.min(headerOctets(version), length), length)
  frame[length] = crc >>> 24
  frame[length + 1] = crc >>> 16
  frame[length + 2] = crc >>> 8
  frame[length + 3] = crc
  return length + CRC32_OCTETS
}

/** The packet in a frame, as a view. */
export function checkKissCrc(frame: Uint8Array, version: CspVersion): Uint8Array | CspFault {
  const to = frame.length - CRC32_OCTETS
  if (to < 0) return cspFault('truncated', frame.length)
  const given = ((frame[to]! << 24) | (frame[to + 1]! << 16) | (frame[to + 2]! << 8) | frame[to + 3]!) >>> 0
  if (crc32c(frame, Math.min(headerOctets(version), to), to) !== given) return cspFault('bad-kiss-crc', to)
  return frame.subarray(0, to)
}
