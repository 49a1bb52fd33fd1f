/** How packets leave a node: sealed, copied for every interface that leads there, queued, and written into slots. */
import type { Slot } from '@skyferry/engine'
import { Queue } from '@skyferry/engine'
import { BufferPool, type PacketBuffer } from './buffers.ts'
import type { CspDrop } from './counters.ts'
import { writeFramed } from './interfaces/zmq-layout.ts'
import type { Media, Medium, Way } from './media.ts'
import {
  broadcastAddress,
  type CspAddress,
  type CspHeader,
  encodeHeader,
  headerOctets,
} from './packet/header.ts'
import { type Security, seal, sealOctets } from './packet/trailers.ts'
import { encodeTrailer, RDP_OCTETS, type RdpTrailer } from './rdp/segment.ts'
import type { NodeSettings } from './settings.ts'

/** What a packet of this node's own says of itself; without a source it gets that of the interface it leaves through. */
export type OwnHeader = Omit<CspHeader, 'source'> & { readonly source: CspAddress | undefined }

export type SendOutcome = 'sent' | 'no-route' | 'queue-full' | 'too-long'

/** Packets to this node itself that may wait; it looks after them at once. */
const LOOPED_MAX = 1024

export class Outbox {
  readonly #settings: NodeSettings
  readonly #security: Security
  readonly #media: Media
  readonly #pool: BufferPool
  readonly #looped: Queue<Uint8Array> = new Queue()
  readonly #headerOctets: number
  readonly #drop: (why: CspDrop, medium?: Medium) => void
  /** Which interface is asked first, where the slot does not say. */
  #turn = 0

  constructor(settings: NodeSettings, media: Media, drop: (why: CspDrop, medium?: Medium) => void) {
    this.#settings = settings
    this.#security = { hmacKey: settings.hmacKey, crc32Coverage: settings.crc32Coverage }
    this.#media = media
    this.#headerOctets = headerOctets(settings.version)
    this.#pool = new BufferPool(settings.buffers, this.#headerOctets + settings.bufferOctets)
    this.#drop = drop
  }

  get freeBuffers(): number {
    return this.#pool.freeCount
  }

  /** Octets of payload that fit one packet with these flags. */
  payloadOctetsMax(flags: number, hasRdp: boolean): number {
    return this.#settings.bufferOctets - sealOctets(flags) - (hasRdp ? RDP_OCTETS : 0)
  }

  /** Sends a packet of this node's own; borrows `payload`. */
  send(header: OwnHeader, payload: Uint8Array, rdp?: RdpTrailer): SendOutcome {
    if (payload.length > this.payloadOctetsMax(header.flags, rdp !== undefined)) return 'too-long'
    if (this.#media.isOurs(header.destination)) return this.#loop(header, payload, rdp)
    const ways = this.#media.waysTo(header.destination)
    if (ways.length === 0) {
      this.#drop('no-route')
      return 'no-route'
    }
    let sent = 0
    for (const way of ways) {
      const buffer = this.#bufferFor(way)
      if (buffer === undefined) continue
      const { medium } = way
      const source = header.source ?? medium.address
      const destination = this.#onMedium(header.destination, medium)
      buffer.length = this.#write(buffer.octets, { ...header, source, destination }, payload, rdp)
      buffer.via = way.via ?? destination
      medium.queue.push(buffer)
      sent += 1
    }
    return sent > 0 ? 'sent' : 'queue-full'
  }

  /** Sends somebody else's packet on, trailers untouched. */
  forward(packet: Uint8Array, header: CspHeader, ways: readonly Way[]): void {
    if (ways.length === 0) this.#drop('no-route')
    for (const way of ways) {
      const buffer = this.#bufferFor(way)
      if (buffer === undefined) continue
      buffer.octets.set(packet)
      buffer.length = packet.length
      const destination = this.#onMedium(header.destination, way.medium)
      if (destination !== header.destination) {
        encodeHeader({ ...header, destination }, this.#settings.version, buffer.octets)
      }
      buffer.via = way.via ?? destination
      way.medium.queue.push(buffer)
    }
  }

  /** The next packet to this node itself. */
  takeLooped(): Uint8Array | undefined {
    return this.#looped.shift()
  }

  get hasLooped(): boolean {
    return this.#looped.size > 0
  }

  /** Does something wait at this interface? */
  isWaiting(name: string): boolean {
    return (this.#media.named(name)?.queue.size ?? 0) > 0
  }

  /** Fills a slot; one that names an interface belongs to it, any other is addressed to whichever has its turn. */
  transmit(slot: Slot<string>): boolean {
    const named = slot.to
    for (;;) {
      const medium = named === undefined ? this.#nextMedium() : this.#media.named(named)
      const buffer = medium?.queue.shift()
      if (medium === undefined || buffer === undefined) return false
      const fits = buffer.length + medium.prefixOctets <= slot.bytes.length
      if (fits) {
        slot.length = this.#fill(buffer, medium, slot.bytes)
        slot.to = medium.name
        medium.counters.tx += 1
        medium.counters.txOctets += buffer.length
      } else medium.counters.txError += 1
      this.#pool.give(buffer)
      if (fits) return true
    }
  }

  #fill(buffer: PacketBuffer, medium: Medium, target: Uint8Array): number {
    const packet = buffer.octets.subarray(0, buffer.length)
    return writeFramed(packet, medium.framing, buffer.via as CspAddress, target)
  }

  #nextMedium(): Medium | undefined {
    const { all } = this.#media
    for (let index = 0; index < all.length; index++) {
      const medium = all[(this.#turn + index) % all.length]!
      if (medium.queue.size === 0) continue
      this.#turn = (this.#turn + index + 1) % all.length
      return medium
    }
    return undefined
  }

  /** In the subnet itself, its broadcast becomes everybody's: what libcsp 2 puts on the wire. */
  #onMedium(destination: CspAddress, medium: Medium): CspAddress {
    if (medium.netmask === 0 || destination !== medium.subnetBroadcast) return destination
    return broadcastAddress(this.#settings.version)
  }

  #bufferFor({ medium }: Way): PacketBuffer | undefined {
    if (medium.queue.isFull) {
      this.#drop('interface-queue-full', medium)
      return undefined
    }
    const buffer = this.#pool.take()
    if (buffer === undefined) this.#drop('no-buffer', medium)
    return buffer
  }

  #loop(header: OwnHeader, payload: Uint8Array, rdp: RdpTrailer | undefined): SendOutcome {
    if (this.#looped.size >= LOOPED_MAX) {
      this.#drop('no-buffer')
      return 'queue-full'
    }
    const packet = new Uint8Array(this.#headerOctets + this.#settings.bufferOctets)
    const source = header.source ?? header.destination
    this.#looped.push(packet.subarray(0, this.#write(packet, { ...header, source }, payload, rdp)))
    return 'sent'
  }

  #write(target: Uint8Array, header: CspHeader, payload: Uint8Array, rdp: RdpTrailer | undefined): number {
    encodeHeader(header, this.#settings.version, target)
    target.set(payload, this.#headerOctets)
    let length = this.#headerOctets + payload.length
    if (rdp !== undefined) {
      encodeTrailer(rdp, target, length)
      length += RDP_OCTETS
    }
    return seal(target, length, header.flags, this.#settings.version, this.#security)
  }
}
