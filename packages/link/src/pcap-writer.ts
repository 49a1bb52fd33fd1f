import { closeSync, openSync, writeSync } from 'node:fs'
import { isIPv4, isIPv6 } from 'node:net'
import { assert } from '@skyferry/engine'
import { encodeText } from '@skyferry/octets'
import { linkErrorFrom } from './link-error.ts'
import type { UdpAddress } from './udp-address.ts'

const MAGIC_MICROSECONDS = 0xa1b2c3d4
const LINKTYPE_RAW = 101
/** "Wireshark upper-PDU": each record names the dissector that reads it. */
const LINKTYPE_UPPER_PDU = 252
const FILE_HEADER_OCTETS = 24
const RECORD_HEADER_OCTETS = 16
const UDP_HEADER_OCTETS = 8
const PROTOCOL_UDP = 17
const HOP_LIMIT = 64
/** The length fields of UDP and IP have 16 bits. */
const LARGEST_LENGTH = 0xffff
/** What IPv4's length field leaves for the payload, beside both headers. */
const LARGEST_IPV4_PAYLOAD = LARGEST_LENGTH - 20 - UDP_HEADER_OCTETS

/** A write costs a system call: several datagrams share one. */
const BLOCK_OCTETS = 64 * 1024
/** Of an upper PDU no more is kept: the largest PDU or packet there is, and some. */
const LARGEST_UPPER_PDU = 65_535 + 260
const LARGEST_TAGS = 96
const LARGEST_RECORD = RECORD_HEADER_OCTETS + LARGEST_TAGS + LARGEST_UPPER_PDU
/** Whoever can send datagrams chooses how many addresses we meet. */
const KNOWN_HOSTS_MAX = 4096

const UNSPECIFIED = new Uint8Array(16)
const NOTHING = new Uint8Array()

/** Tags of an upper PDU, as Wireshark numbers them in `epan/exported_pdu.h`. */
const Tag = {
  End: 0,
  DissectorName: 12,
  Ipv4Source: 20,
  Ipv4Target: 21,
  Ipv6Source: 22,
  Ipv6Target: 23,
  PortType: 24,
  SourcePort: 25,
  TargetPort: 26,
} as const
const PORT_TYPES = { tcp: 2, udp: 3 } as const

/**
 * How a capture says what it holds: as UDP datagrams, whose ports the reader must know the meaning of; or as upper PDUs
 * that tshark and Wireshark hand to a dissector by name: single PDUs of CFDP, or CCSDS space packets, taken out of
 * whatever carried them.
 */
export type CaptureForm =
  | 'udp'
  | { readonly dissector: 'cfdp' | 'ccsds'; readonly over: keyof typeof PORT_TYPES }

/**
 * Writes datagrams into a classic capture file that tshark and Wireshark read: microseconds, raw IP, with IP and UDP
 * headers made up around each payload, checksums included; or upper PDUs, see `CaptureForm`. IPv4 in IPv6's clothes (`::ffff:192.0.2.1`) is written as
 * IPv4. What a socket cannot know of itself (`0.0.0.0`, a name) stands there as the unspecified address.
 *
 * Writes are synchronous, in blocks of 64 KiB: what is not yet written is lost when the process dies.
 *
 * @throws LinkError from any method when the file cannot be written
 */
export class PcapWriter {
  readonly path: string
  readonly #form: CaptureForm
  readonly #buffer: Uint8Array = new Uint8Array(BLOCK_OCTETS + LARGEST_RECORD)
  readonly #view: DataView = new DataView(this.#buffer.buffer)
  readonly #hosts: Map<string, Uint8Array> = new Map()
  #file: number | undefined
  #used = 0

  /** @param path replaced if it exists */
  constructor(path: string, form: CaptureForm = 'udp') {
    this.path = path
    this.#form = form
    try {
      this.#file = openSync(path, 'w')
    } catch (thrown) {
      throw linkErrorFrom(thrown, `record to ${path}`)
    }
    const view = this.#view
    view.setUint32(0, MAGIC_MICROSECONDS, true)
    view.setUint16(4, 2, true)
    view.setUint16(6, 4, true)
    view.setUint32(16, 0x40000, true)
    view.setUint32(20, form === 'udp' ? LINKTYPE_RAW : LINKTYPE_UPPER_PDU, true)
    this.#used = FILE_HEADER_OCTETS
  }

  /**
   * Copies the first `length` octets of `bytes`.
   *
   * @param wallClockMs milliseconds since 1970
   */
  write(from: UdpAddress, to: UdpAddress, bytes: Uint8Array, length: number, wallClockMs: number): void {
    if (this.#file === undefined) return
    assert(length >= 0 && length <= bytes.length, 'a datagram lies within its octets')
    if (this.#form === 'udp') this.#udpDatagram(from, to, bytes, length, wallClockMs)
    else this.#upperPdu(from, to, bytes, length, wallClockMs, this.#form)
    if (this.#used >= BLOCK_OCTETS) this.flush()
  }

  #udpDatagram(
    from: UdpAddress,
    to: UdpAddress,
    bytes: Uint8Array,
    length: number,
    wallClockMs: number,
  ): void {
    const source = this.#host(from.host)
    const target = this.#host(to.host)
    const isVersion4 = (isIn4(source) || isIn4(target)) && fitsIn4(source) && fitsIn4(target)
    const largest = isVersion4 ? LARGEST_IPV4_PAYLOAD : LARGEST_LENGTH - UDP_HEADER_OCTETS
    assert(length <= largest, 'a datagram has a size that UDP can carry')

    const udpOctets = UDP_HEADER_OCTETS + length
    const packetOctets = (isVersion4 ? 20 : 40) + udpOctets
    this.#recordHeader(packetOctets, wallClockMs)
    if (isVersion4) this.#ipv4Header(source, target, packetOctets)
    else this.#ipv6Header(source, target, udpOctets)
    const addressOctets = isVersion4 ? 4 : 16
    // Both headers end with the two addresses, so the pseudo-header's are already in place.
    const addressesAt = this.#used - 2 * addressOctets
    const udpAt = this.#used
    const view = this.#view
    view.setUint16(udpAt, from.port)
    view.setUint16(udpAt + 2, to.port)
    view.setUint16(udpAt + 4, udpOctets)
    view.setUint16(udpAt + 6, 0)
    this.#buffer.set(length === bytes.length ? bytes : bytes.subarray(0, length), udpAt + UDP_HEADER_OCTETS)
    const sum = this.#sum(addressesAt, 2 * addressOctets + udpOctets) + PROTOCOL_UDP + udpOctets
    // Zero would say "no checksum"; its twin is sent instead (RFC 768).
    view.setUint16(udpAt + 6, complement(sum) || 0xffff)
    this.#used += udpOctets
  }

  #upperPdu(
    from: UdpAddress,
    to: UdpAddress,
    bytes: Uint8Array,
    length: number,
    wallClockMs: number,
    { dissector, over }: Exclude<CaptureForm, 'udp'>,
  ): void {
    const recordAt = this.#used
    this.#recordHeader(0, wallClockMs)
    const dataAt = this.#used
    this.#tag(Tag.DissectorName, encodeText(dissector))
    const source = this.#host(from.host)
    const target = this.#host(to.host)
    if (fitsIn4(source) && fitsIn4(target)) {
      this.#tag(Tag.Ipv4Source, source.subarray(12))
      this.#tag(Tag.Ipv4Target, target.subarray(12))
    } else {
      this.#tag(Tag.Ipv6Source, source)
      this.#tag(Tag.Ipv6Target, target)
    }
    this.#numberTag(Tag.PortType, PORT_TYPES[over])
    this.#numberTag(Tag.SourcePort, from.port)
    this.#numberTag(Tag.TargetPort, to.port)
    this.#tag(Tag.End, NOTHING)
    const kept = Math.min(length, LARGEST_UPPER_PDU)
    this.#buffer.set(kept === bytes.length ? bytes : bytes.subarray(0, kept), this.#used)
    this.#used += kept
    const octets = this.#used - dataAt
    this.#view.setUint32(recordAt + 8, octets, true)
    this.#view.setUint32(recordAt + 12, octets + length - kept, true)
  }

  /** Values are filled up to a multiple of four octets, and so counted. */
  #tag(tag: number, value: Uint8Array): void {
    const octets = Math.ceil(value.length / 4) * 4
    this.#view.setUint16(this.#used, tag)
    this.#view.setUint16(this.#used + 2, octets)
    this.#buffer.fill(0, this.#used + 4, this.#used + 4 + octets)
    this.#buffer.set(value, this.#used + 4)
    this.#used += 4 + octets
  }

  #numberTag(tag: number, value: number): void {
    this.#view.setUint16(this.#used, tag)
    this.#view.setUint16(this.#used + 2, 4)
    this.#view.setUint32(this.#used + 4, value)
    this.#used += 8
  }

  /** Hands what is buffered to the host. */
  flush(): void {
    if (this.#file === undefined) return
    let written = 0
    try {
      while (written < this.#used) {
        written += writeSync(this.#file, this.#buffer, written, this.#used - written)
      }
    } catch (thrown) {
      throw linkErrorFrom(thrown, `record to ${this.path}`)
    } finally {
      this.#used = 0
    }
  }

  /** Flushes and closes; a second call does nothing. The file is closed even when flushing throws. */
  close(): void {
    const file = this.#file
    if (file === undefined) return
    try {
      this.flush()
    } finally {
      this.#file = undefined
      closeSync(file)
    }
  }

  #recordHeader(octets: number, wallClockMs: number): void {
    const at = this.#used
    const microseconds = Math.max(0, Math.round(wallClockMs * 1000))
    this.#view.setUint32(at, Math.floor(microseconds / 1e6), true)
    this.#view.setUint32(at + 4, microseconds % 1e6, true)
    this.#view.setUint32(at + 8, octets, true)
    this.#view.setUint32(at + 12, octets, true)
    this.#used += RECORD_HEADER_OCTETS
  }

  /** RFC 791 §3.1. */
  #ipv4Header(source: Uint8Array, target: Uint8Array, octets: number): void {
    const at = this.#used
    const view = this.#view
    view.setUint8(at, 0x45)
    view.setUint8(at + 1, 0)
    view.setUint16(at + 2, octets)
    view.setUint32(at + 4, 0)
    view.setUint8(at + 8, HOP_LIMIT)
    view.setUint8(at + 9, PROTOCOL_UDP)
    view.setUint16(at + 10, 0)
    this.#buffer.set(source.subarray(12), at + 12)
    this.#buffer.set(target.subarray(12), at + 16)
    view.setUint16(at + 10, complement(this.#sum(at, 20)))
    this.#used += 20
  }

  /** RFC 8200 §3. */
  #ipv6Header(source: Uint8Array, target: Uint8Array, payloadOctets: number): void {
    const at = this.#used
    const view = this.#view
    view.setUint32(at, 0x60000000)
    view.setUint16(at + 4, payloadOctets)
    view.setUint8(at + 6, PROTOCOL_UDP)
    view.setUint8(at + 7, HOP_LIMIT)
    this.#buffer.set(source, at + 8)
    this.#buffer.set(target, at + 24)
    this.#used += 40
  }

  /** The sum of 16-bit words; an odd last octet counts as the high one. */
  #sum(at: number, octets: number): number {
    const buffer = this.#buffer
    const end = at + octets - 1
    let sum = 0
    let index = at
    for (; index < end; index += 2) sum += (buffer[index]! << 8) | buffer[index + 1]!
    if (index === end) sum += buffer[index]! << 8
    return sum
  }

  #host(host: string): Uint8Array {
    const known = this.#hosts.get(host)
    if (known !== undefined) return known
    if (this.#hosts.size >= KNOWN_HOSTS_MAX) this.#hosts.clear()
    const octets = hostOctets(host)
    this.#hosts.set(host, octets)
    return octets
  }
}

/** Folds the carries of a sum of 16-bit words back in and inverts it (RFC 1071). */
function complement(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16)
  return ~folded & 0xffff
}

/** An address as 16 octets, IPv4 as `::ffff:…`; what is no literal is unspecified. */
function hostOctets(host: string): Uint8Array {
  const literal = host.split('%', 1)[0]!
  const octets = new Uint8Array(16)
  if (isIPv4(literal)) {
    octets[10] = 0xff
    octets[11] = 0xff
    octets.set(literal.split('.').map(Number), 12)
    return octets
  }
  if (!isIPv6(literal)) return octets
  const [head = '', tail] = literal.split('::')
  const first = groups(head)
  octets.set(first)
  if (tail !== undefined) {
    const last = groups(tail)
    octets.set(last, 16 - last.length)
  }
  return octets
}

function groups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap(group => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

function isIn4(octets: Uint8Array): boolean {
  return octets[10] === 0xff && octets[11] === 0xff && octets.subarray(0, 10).every(octet => octet === 0)
}

/** A socket on `::` that hears an IPv4 peer speaks IPv4. */
function fitsIn4(octets: Uint8Array): boolean {
  return isIn4(octets) || octets.every((octet, index) => octet === UNSPECIFIED[index])
}
