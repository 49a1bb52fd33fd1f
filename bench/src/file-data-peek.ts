/** Where a File Data PDU says its octets stand; for links that must tell the sendings of a segment apart. */

const TYPE_FILE_DATA = 0x10
const LARGE_FILE = 0x01

/** The offset of a File Data PDU (CCSDS 727.0-B-5 section 5.3), or -1 for any other datagram. */
export function fileDataOffset(datagram: Uint8Array): number {
  if (datagram.length < 4 || (datagram[0]! & TYPE_FILE_DATA) === 0) return -1
  const lengths = datagram[3]!
  const at = 4 + 2 * (((lengths >> 4) & 7) + 1) + (lengths & 7) + 1
  const low = datagram[0]! & LARGE_FILE ? at + 4 : at
  if (datagram.length < low + 4) return -1
  return (low === at ? 0 : u32(datagram, at) * 2 ** 32) + u32(datagram, low)
}

function u32(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
}
