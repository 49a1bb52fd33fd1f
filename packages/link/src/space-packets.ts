import type { Link } from '@skyferry/engine'
import { type HeardForm, type PacketForm, PacketOpener, PacketSealer } from '@skyferry/octets'
import { type EncapsulatedLink, type Encapsulation, WrappedLink } from './encapsulated.ts'

/**
 * The next sequence count of each APID (CCSDS 133.0-B-2 section 4.1.3.4.2.3 counts per APID). Hand the same one to every
 * link that sends into one medium. Counts begin at 0 with the process and are not kept over a restart: nothing in a file
 * transfer reads them, and whoever watches for lost packets sees one jump, as after an outage.
 */
export class SequenceCounts {
  readonly #next: Uint16Array = new Uint16Array(0x800)

  take(apid: number): number {
    const count = this.#next[apid]!
    this.#next[apid] = (count + 1) & 0x3fff
    return count
  }
}

export interface SpacePacketOptions {
  /** What we send. */
  readonly send: PacketForm
  /** What we take; everything else is dropped and counted by reason. */
  readonly hear: HeardForm
  /** Shared by all that send into one medium; a link's own when absent. */
  readonly counts?: SequenceCounts
}

export interface SpacePacketLink<Address> extends EncapsulatedLink<Address> {
  /** How often the sequence count of what was heard was not the next one: something was lost, or came out of order. */
  readonly sequenceJumps: number
}

/**
 * One datagram in each CCSDS space packet, over any link that carries packets whole: UDP, or TCP with
 * `SPACE_PACKET_FRAMING`. A `RangeError` says that the options cannot be met.
 */
export function spacePackets<Address>(
  link: Link<Address>,
  options: SpacePacketOptions,
): SpacePacketLink<Address> {
  return new PacketLink(link, new Packets(options))
}

/** Octets that a packet puts around its payload. */
export function spacePacketOverhead(form: PacketForm): number {
  const { headOctets, tailOctets } = new PacketSealer(form)
  return headOctets + tailOctets
}

class PacketLink<Address> extends WrappedLink<Address> implements SpacePacketLink<Address> {
  readonly #packets: Packets

  constructor(link: Link<Address>, packets: Packets) {
    super(link, packets)
    this.#packets = packets
  }

  get sequenceJumps(): number {
    return this.#packets.sequenceJumps
  }
}

class Packets implements Encapsulation {
  sequenceJumps = 0
  readonly #sealer: PacketSealer
  readonly #opener: PacketOpener
  readonly #counts: SequenceCounts
  #lastHeard: number | undefined

  constructor({ send, hear, counts }: SpacePacketOptions) {
    this.#sealer = new PacketSealer(send)
    this.#opener = new PacketOpener(hear)
    this.#counts = counts ?? new SequenceCounts()
  }

  get headOctets(): number {
    return this.#sealer.headOctets
  }

  get tailOctets(): number {
    return this.#sealer.tailOctets
  }

  get span(): { readonly from: number; readonly to: number } {
    return this.#opener.span
  }

  seal(octets: Uint8Array, payloadOctets: number): number | undefined {
    if (!this.#sealer.carries(payloadOctets)) return undefined
    return this.#sealer.seal(octets, payloadOctets, this.#counts.take(this.#sealer.apid))
  }

  open(octets: Uint8Array): string | undefined {
    const drop = this.#opener.open(octets)
    if (drop === undefined) this.#heard(this.#opener.span.sequenceCount)
    return drop
  }

  #heard(count: number): void {
    const last = this.#lastHeard
    this.#lastHeard = count
    // A sender that does not count says the same each time, and misses nothing by it.
    if (last !== undefined && count !== last && count !== ((last + 1) & 0x3fff)) this.sequenceJumps += 1
  }
}
