import type { Framing } from './deframer.ts'

/**
 * Any payload in a stream: its length in 4 octets, most significant first, in front of it (what OpenC3 does over TCP). A
 * payload of no octets travels too.
 */
export const LENGTH_PREFIX: Framing = {
  prefixOctets: 4,
  headOctets: 4,
  measure(octets, from, to) {
    if (to - from < 4) return undefined
    // Multiplied, not shifted: a length above 2^31 must be seen as too long, not as negative.
    const high = octets[from]! * 0x1000000
    return 4 + high + ((octets[from + 1]! << 16) | (octets[from + 2]! << 8) | octets[from + 3]!)
  },
  writePrefix(octets, at, frameOctets) {
    octets[at] = frameOctets >>> 24
    octets[at + 1] = (frameOctets >>> 16) & 0xff
    octets[at + 2] = (frameOctets >>> 8) & 0xff
    octets[at + 3] = frameOctets & 0xff
  },
}
