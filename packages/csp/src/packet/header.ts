/**
 * The packet header, versions 1 and 2. Nothing in a frame tells them apart: the version is a property of the whole
 * network, and whoever decodes has to know it.
 */
import { assert, type Brand } from '@skyferry/engine'
import { type CspFault, cspFault } from './faults.ts'

/** The version of the header, and with it the width of an address. Both ends of a network are told it. */
export type CspVersion = 1 | 2

/** What a node is called: 5 bits in version 1, 14 in version 2. */
export type CspAddress = Brand<number, 'CspAddress'>
/** 0 to 63. */
export type CspPort = Brand<number, 'CspPort'>

/** 0 critical to 3 low. libcsp 2 sends first come, first served whatever it says; CAN arbitrates by it. */
export const Priority = { Critical: 0, High: 1, Normal: 2, Low: 3 } as const
export type Priority = (typeof Priority)[keyof typeof Priority]

export const Flag = {
  /** A CRC-32C trails the payload. */
  Crc32: 0x01,
  /** An RDP trailer stands before the HMAC and the CRC. */
  Rdp: 0x02,
  /** The payload is encrypted (libcsp 1.x only). */
  Xtea: 0x04,
  /** A truncated HMAC-SHA1 stands before the CRC. */
  Hmac: 0x08,
  /** An SFP fragment. */
  Fragment: 0x10,
} as const

/** Flags that this implementation understands. */
export const KNOWN_FLAGS: number = Flag.Crc32 | Flag.Rdp | Flag.Hmac | Flag.Fragment

export interface CspHeader {
  readonly priority: Priority
  readonly source: CspAddress
  readonly destination: CspAddress
  readonly destinationPort: CspPort
  readonly sourcePort: CspPort
  /** A sum of `Flag`; 8 bits in version 1, 6 in version 2. */
  readonly flags: number
}

/** Octets of a header. */
export function headerOctets(version: CspVersion): number {
  return version === 1 ? 4 : 6
}

/** Bits of an address. */
export function addressBits(version: CspVersion): number {
  return version === 1 ? 5 : 14
}

/** The address that means everybody: all ones. */
export function broadcastAddress(version: CspVersion): CspAddress {
  return (2 ** addressBits(version) - 1) as CspAddress
}

/** The first 4 or 6 octets of a packet; every value of every field is legal. */
export function decodeHeader(packet: Uint8Array, version: CspVersion): CspHeader | CspFault {
  if (packet.length < headerOctets(version)) return cspFault('truncated', packet.length)
  const [a, b, c, d] = [packet[0]!, packet[1]!, packet[2]!, packet[3]!]
  if (version === 1) {
    return {
      priority: (a >> 6) as Priority,
      source: ((a >> 1) & 0x1f) as CspAddress,
      destination: (((a & 1) << 4) | (b >> 4)) as CspAddress,
      destinationPort: (((b & 0x0f) << 2) | (c >> 6)) as CspPort,
      sourcePort: (c & 0x3f) as CspPort,
      flags: d,
    }
  }
  const [e, f] = [packet[4]!, packet[5]!]
  return {
    priority: (a >> 6) as Priority,
    destination: (((a & 0x3f) << 8) | b) as CspAddress,
    source: ((c << 6) | (d >> 2)) as CspAddress,
    destinationPort: (((d & 3) << 4) | (e >> 4)) as CspPort,
    sourcePort: (((e & 0x0f) << 2) | (f >> 6)) as CspPort,
    flags: f & 0x3f,
  }
}

/** Writes a header to the front of `target`, which has room for it. A field that its bits cannot carry is our mistake. */
export function encodeHeader(header: CspHeader, version: CspVersion, target: Uint8Array): void {
  const { priority, source, destination, destinationPort, sourcePort, flags } = header
  const addressMax = broadcastAddress(version)
  assert(
    priority >= 0 &&
      priority <= 3 &&
      source >= 0 &&
      destination >= 0 &&
      source <= addressMax &&
      destination <= addressMax &&
      destinationPort >= 0 &&
      destinationPort <= 63 &&
      sourcePort >= 0 &&
      sourcePort <= 63,
    'every field of a CSP header fits its bits',
  )
  assert(flags >= 0 && flags <= (version === 1 ? 0xff : 0x3f), 'flags fit their bits')
  if (version === 1) {
    target[0] = (priority << 6) | (source << 1) | (destination >> 4)
    target[1] = ((destination & 0x0f) << 4) | (destinationPort >> 2)
    target[2] = ((destinationPort & 3) << 6) | sourcePort
    target[3] = flags
    return
  }
  target[0] = (priority << 6) | (destination >> 8)
  target[1] = destination & 0xff
  target[2] = source >> 6
  target[3] = ((source & 0x3f) << 2) | (destinationPort >> 4)
  target[4] = ((destinationPort & 0x0f) << 4) | (sourcePort >> 2)
  target[5] = ((sourcePort & 3) << 6) | flags
}

/** The names of the flags that are set, for people: `RDP|CRC32`. */
export function flagsInWords(flags: number): string {
  const names: string[] = []
  if (flags & Flag.Fragment) names.push('FRAG')
  if (flags & Flag.Hmac) names.push('HMAC')
  if (flags & Flag.Xtea) names.push('XTEA')
  if (flags & Flag.Rdp) names.push('RDP')
  if (flags & Flag.Crc32) names.push('CRC32')
  const rest = flags & ~0x1f
  if (rest !== 0) names.push(`0x${rest.toString(16)}`)
  return names.length === 0 ? 'none' : names.join('|')
}
