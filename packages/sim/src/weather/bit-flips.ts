import type { Random } from '@skyferry/engine'

/** The flips of one datagram lie within this many octets of each other. */
const SPAN_OCTETS = 4095

/**
 * Flips one to three different bits of `datagram`, as thermal noise does when a frame's own code gives up.
 *
 * Three is the most, and a span of 4,095 octets, because that is what CRC-16 (x¹⁶+x¹²+x⁵+1) promises to detect: it has
 * x+1 as a factor, which catches every odd number of flips, and any two flips that are fewer than 32,767 bits apart.
 * So a receiver that checks a CRC-16 over the whole datagram, and can tell that there is one and where, accepts none of
 * these; one of heavier damage slips through per 65,536, and a world that met it would blame the engine for the code's limit.
 */
export function flipBits(datagram: Uint8Array, random: Random): void {
  if (datagram.length === 0) return
  const first = random.whole(0, datagram.length * 8)
  flip(datagram, first)
  const count = random.whole(1, 4)
  if (count === 1) return
  const octets = Math.min(datagram.length, SPAN_OCTETS)
  const middle = (first >> 3) - (octets >> 1)
  const start = Math.max(0, Math.min(datagram.length - octets, middle)) * 8
  // A step of 1 … bits − 1 around the circle never comes back to the bit it left.
  const bits = octets * 8
  const second = start + ((first - start + random.whole(1, bits)) % bits)
  flip(datagram, second)
  if (count === 2) return
  let third = first
  while (third === first || third === second) third = start + random.whole(0, bits)
  flip(datagram, third)
}

function flip(datagram: Uint8Array, bit: number): void {
  datagram[bit >> 3]! ^= 0x80 >> (bit & 7)
}
