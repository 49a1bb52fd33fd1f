/** The ten links of the design's section 5.1: what they are, and the bounds an ideal protocol reaches on them. */

export interface LinkCase {
  readonly name: string
  readonly rateBps: number
  readonly roundTripMs: number
  /** Of each datagram, independent, in both directions. */
  readonly loss: number
  readonly fileOctets: number
  /** Octets of a full File Data PDU, header included: what the link carries per datagram. */
  readonly pduOctets: number
  /** T* over the mean time of an ideal protocol, as the design's table has it. */
  readonly bound: { readonly deferred: number; readonly immediate: number }
}

const kilo = 1000
const mega = 1000 * kilo
const giga = 1000 * mega

/** In the order of the table. PDUs are 1 KiB, except on UHF and Iridium. */
export const TEN_LINKS: readonly LinkCase[] = [
  link('LEO UHF', 9.6 * kilo, 20, 0.1, 200 * kilo, [0.999, 1.0], 256),
  link('LEO S-band', mega, 20, 0.01, 50 * mega, [1.0, 1.0]),
  link('GEO', 10 * mega, 600, 0.05, 100 * mega, [0.976, 0.987]),
  link('Lunar', 50 * mega, 2600, 0.01, giga, [0.966, 0.979]),
  link('L2', 75 * mega, 10_000, 0.01, giga, [0.836, 0.855]),
  link('ISS Ku', 500 * mega, 600, 0.001, 10 * giga, [0.994, 0.996]),
  link('fast WAN', giga, 200, 0.02, giga, [0.931, 0.951]),
  link('Mars', 2 * mega, 20 * 60_000, 0.01, 100 * mega, [0.286, 0.286]),
  link('Mars far', 2 * mega, 40 * 60_000, 0.05, 100 * mega, [0.162, 0.162]),
  link('Iridium', 2.4 * kilo, 1500, 0.05, 20 * kilo, [0.98, 0.999], 512),
]

function link(
  name: string,
  rateBps: number,
  roundTripMs: number,
  loss: number,
  fileOctets: number,
  [deferred, immediate]: readonly [number, number],
  pduOctets = 1024,
): LinkCase {
  return { name, rateBps, roundTripMs, loss, fileOctets, pduOctets, bound: { deferred, immediate } }
}

/** A delivery reduced to what the ideal protocol sees: so many datagrams, each so long on the link. */
export interface Delivery {
  readonly datagrams: number
  readonly datagramMs: number
  /** The last one carries what is left of the file: of Iridium's 41 it is two per cent. */
  readonly lastDatagramMs: number
  readonly roundTripMs: number
  readonly loss: number
}

/** @param segmentOctets file octets per datagram: `pduOctets` less the header in use */
export function deliveryOver(link: LinkCase, segmentOctets: number): Delivery {
  const datagrams = Math.ceil(link.fileOctets / segmentOctets)
  const missingOctets = datagrams * segmentOctets - link.fileOctets
  return {
    datagrams,
    datagramMs: (link.pduOctets * 8 * 1000) / link.rateBps,
    lastDatagramMs: ((link.pduOctets - missingOctets) * 8 * 1000) / link.rateBps,
    roundTripMs: link.roundTripMs,
    loss: link.loss,
  }
}

/** T*, in milliseconds: N·t/(1−p) and the way there. No protocol of any kind is faster on average. */
export function boundMs({ datagrams, datagramMs, lastDatagramMs, roundTripMs, loss }: Delivery): number {
  return ((datagrams - 1) * datagramMs + lastDatagramMs) / (1 - loss) + roundTripMs / 2
}
