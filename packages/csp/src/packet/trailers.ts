/**
 * What trails a payload, in its order: SFP (8), RDP (5), HMAC (4), CRC32 (4). The node that originates a packet seals it;
 * routers pass the trailers on untouched. The CRC and the HMAC are peeled here; RDP and SFP have files of their own.
 */
import { assert } from '@skyferry/engine'
import { crc32c } from '@skyferry/octets'
import { HMAC_OCTETS, type HmacKey } from '../security/hmac.ts'
import { type CspFault, cspFault } from './faults.ts'
import { type CspHeader, type CspVersion, Flag, headerOctets, KNOWN_FLAGS } from './header.ts'

/** Octets that a CRC adds to a packet. */
export const CRC32_OCTETS = 4

/**
 * What a CRC covers. Every sender to date covers the payload only; libcsp 2 accepts both, 1.x the first only. Header and
 * payload is for two ends that are known to be new: it catches a damaged address or port.
 */
export type Crc32Coverage = 'payload' | 'header-and-payload'

/** What a node knows that trailers are made and checked with. */
export interface Security {
  readonly hmacKey?: HmacKey | undefined
  readonly crc32Coverage?: Crc32Coverage
}

/** Octets that these flags add behind the payload and its RDP and SFP trailers. */
export function sealOctets(flags: number): number {
  return (flags & Flag.Hmac ? HMAC_OCTETS : 0) + (flags & Flag.Crc32 ? CRC32_OCTETS : 0)
}

/**
 * Appends HMAC and CRC32, as the flags of the packet's header ask.
 *
 * @param packet header, payload and RDP trailer stand in its first `length` octets; it has room for what follows
 * @returns the length of the whole packet
 */
export function seal(
  packet: Uint8Array,
  length: number,
  flags: number,
  version: CspVersion,
  security: Security,
): number {
  const payloadAt = headerOctets(version)
  let end = length
  assert(packet.length >= end + sealOctets(flags), 'a packet has room for its trailers')
  if (flags & Flag.Hmac) {
    assert(security.hmacKey !== undefined, 'a packet with an HMAC needs a key')
    packet.set(security.hmacKey.digest(packet, payloadAt, end).subarray(0, HMAC_OCTETS), end)
    end += HMAC_OCTETS
  }
  if (flags & Flag.Crc32) {
    const crc = crc32c(packet, security.crc32Coverage === 'header-and-payload' ? 0 : payloadAt, end)
    packet[end] = crc >>> 24
    packet[end + 1] = crc >>> 16
    packet[end + 2] = crc >>> 8
    packet[end + 3] = crc
    end += CRC32_OCTETS
  }
  return end
}

/** A packet whose CRC and HMAC hold. */
export interface OpenedPacket {
  /** Where the payload begins and ends in the packet; RDP and SFP trailers are still in it. */
  readonly from: number
  readonly to: number
  /** Which habit the sender has; absent without a CRC. */
  readonly crc32Coverage?: Crc32Coverage
}

/** Peels CRC32 and HMAC off, CRC first. */
export function open(
  packet: Uint8Array,
  header: CspHeader,
  version: CspVersion,
  security: Security,
): OpenedPacket | CspFault {
  const { flags } = header
  const from = headerOctets(version)
  let to = packet.length
  if (flags & Flag.Xtea) return cspFault('xtea-unsupported', from - 1)
  if (flags & ~KNOWN_FLAGS) return cspFault('unknown-flags', from - 1)
  if (to - from < sealOctets(flags)) return cspFault('truncated', to)
  let crc32Coverage: Crc32Coverage | undefined
  if (flags & Flag.Crc32) {
    to -= CRC32_OCTETS
    const given =
      ((packet[to]! << 24) | (packet[to + 1]! << 16) | (packet[to + 2]! << 8) | packet[to + 3]!) >>> 0
    if (crc32c(packet, from, to) === given) crc32Coverage = 'payload'
    else if (crc32c(packet, 0, to) === given) crc32Coverage = 'header-and-payload'
    else return cspFault('bad-crc32', to)
  }
  if (flags & Flag.Hmac) {
    if (security.hmacKey === undefined) return cspFault('no-hmac-key', to - HMAC_OCTETS)
    to -= HMAC_OCTETS
    if (!security.hmacKey.verifies(packet, from, to)) return cspFault('bad-hmac', to)
  }
  return crc32Coverage === undefined ? { from, to } : { from, to, crc32Coverage }
}
