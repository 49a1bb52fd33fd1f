import { LinkError } from './link-error.ts'
import type { UdpAddress } from './udp-address.ts'

/** One UDP datagram of a capture, or one upper PDU. */
export interface CapturedDatagram {
  /** A view into the capture's octets. */
  readonly payload: Uint8Array
  /** Milliseconds since 1970, with the fraction. */
  readonly timeMs: number
  readonly from: UdpAddress
  readonly to: UdpAddress
  /** Which dissector the capture names for it; a UDP datagram has none. */
  readonly dissector?: string
}

const FILE_HEADER_OCTETS = 24
const RECORD_HEADER_OCTETS = 16

/** By the first four octets, read big-endian. */
const FORMATS: ReadonlyMap<number, { readonly little: boolean; readonly fractionsPerMs: number }> = new Map([
  [0xa1b2c3d4, { little: false, fractionsPerMs: 1e3 }],
  [0xd4c3b2a1, { little: true, fractionsPerMs: 1e3 }],
  [0xa1b23c4d, { little: false, fractionsPerMs: 1e6 }],
  [0x4d3cb2a1, { little: true, fractionsPerMs: 1e6 }],
])
const PCAPNG_MAGIC = 0x0a0d0d0a

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_IPV6 = 0x86dd
const VLAN_TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100])
const PROTOCOL_UDP = 17
const FRAGMENT_HEADER = 44
const AUTHENTICATION_HEADER = 51
/** Hop-by-hop options, routing, destination options: each says its length in eights of octets (RFC 8200 §4). */
const OPTION_HEADERS: ReadonlySet<number> = new Set([0, 43, 60])

/** Where a packet's IP header begins, or undefined when it carries something else. */
type LinkLayer = (packet: DataView) => number | undefined

const LINKTYPE_UPPER_PDU = 252

/** By the link type of the file header; the host's own spelling of raw IP was 12 or 14 before it became 101. */
const LINK_LAYERS: ReadonlyMap<number, LinkLayer> = new Map([
  [0, loopback],
  [1, ethernet],
  [12, () => 0],
  [14, () => 0],
  [101, () => 0],
  [108, loopback],
  [113, packet => cooked(packet, 14, 16)],
  [228, () => 0],
  [229, () => 0],
  [276, packet => cooked(packet, 0, 20)],
])

/**
 * The UDP datagrams of a classic capture file, in file order: either order of octets, micro- or nanoseconds; raw IP,
 * Ethernet (VLAN tags included), BSD loopback and Linux cooked captures; IPv4 and IPv6; and upper PDUs. Fragments, packets that the
 * capture cut short and whatever is not UDP are passed over. A file that ends within a packet ends before it.
 * Checksums are not looked at: a sender's own capture holds packets whose checksums the network card fills in later.
 *
 * @throws LinkError `capture-failed` when this is no such file; nothing behind the file header makes it throw
 */
export function readPcap(content: Uint8Array): Iterable<CapturedDatagram> {
  const view = viewOf(content)
  if (content.length < FILE_HEADER_OCTETS) throw notACapture('it is shorter than the header of one')
  const magic = view.getUint32(0)
  if (magic === PCAPNG_MAGIC) throw notACapture('it is a pcapng file, which `editcap -F pcap` converts')
  const format = FORMATS.get(magic)
  if (format === undefined) throw notACapture('it does not begin like one')
  // The upper half says how many octets of a frame check sequence follow each packet.
  const linkType = view.getUint32(20, format.little) & 0xffff
  const layer = linkType === LINKTYPE_UPPER_PDU ? () => 0 : LINK_LAYERS.get(linkType)
  if (layer === undefined) throw notACapture(`its link type ${linkType} is not known here`)
  return {
    [Symbol.iterator]: () =>
      datagrams(content, view, { ...format, layer, isUpper: linkType === LINKTYPE_UPPER_PDU }),
  }
}

function* datagrams(
  content: Uint8Array,
  view: DataView,
  file: {
    readonly little: boolean
    readonly fractionsPerMs: number
    readonly layer: LinkLayer
    readonly isUpper: boolean
  },
): Generator<CapturedDatagram> {
  const { little, fractionsPerMs, layer, isUpper } = file
  let at = FILE_HEADER_OCTETS
  while (at + RECORD_HEADER_OCTETS <= content.length) {
    const timeMs = view.getUint32(at, little) * 1000 + view.getUint32(at + 4, little) / fractionsPerMs
    const captured = view.getUint32(at + 8, little)
    at += RECORD_HEADER_OCTETS
    if (captured > content.length - at) return
    const packet = content.subarray(at, at + captured)
    at += captured
    const packetView = viewOf(packet)
    const start = layer(packetView)
    if (start === undefined || start >= captured) continue
    const found = isUpper ? fromUpperPdu(packet) : fromIp(packet.subarray(start))
    if (found !== undefined) yield { ...found, timeMs }
  }
}

function ethernet(packet: DataView): number | undefined {
  let at = 12
  while (at + 2 <= packet.byteLength && VLAN_TAGS.has(packet.getUint16(at))) at += 4
  if (at + 2 > packet.byteLength) return undefined
  return isIp(packet.getUint16(at)) ? at + 2 : undefined
}

/** The address family's number is the capturing host's, in its order of octets; the IP header knows better. */
function loopback(packet: DataView): number | undefined {
  return packet.byteLength >= 4 ? 4 : undefined
}

function cooked(packet: DataView, protocolAt: number, headerOctets: number): number | undefined {
  if (packet.byteLength < headerOctets) return undefined
  return isIp(packet.getUint16(protocolAt)) ? headerOctets : undefined
}

function isIp(etherType: number): boolean {
  return etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6
}

type Addressed = Omit<CapturedDatagram, 'timeMs'>

/** Tags with their lengths, then the PDU (Wireshark, `epan/exported_pdu.h`). */
function fromUpperPdu(packet: Uint8Array): Addressed | undefined {
  const view = viewOf(packet)
  const from = { host: '0.0.0.0', port: 0 }
  const to = { host: '0.0.0.0', port: 0 }
  let dissector = ''
  let at = 0
  while (at + 4 <= packet.length) {
    const tag = view.getUint16(at)
    const octets = view.getUint16(at + 2)
    const value = packet.subarray(at + 4, at + 4 + octets)
    if (value.length < octets) return undefined
    at += 4 + octets
    if (tag === 0) return { payload: packet.subarray(at), from, to, dissector }
    if (tag === 12) dissector = String.fromCharCode(...value.subarray(0, 64)).replace(/\0+$/, '')
    if (tag === 20 && octets === 4) from.host = value.join('.')
    if (tag === 21 && octets === 4) to.host = value.join('.')
    if (tag === 22 && octets === 16) from.host = ipv6Text(viewOf(value))
    if (tag === 23 && octets === 16) to.host = ipv6Text(viewOf(value))
    if (tag === 25 && octets === 4) from.port = viewOf(value).getUint32(0)
    if (tag === 26 && octets === 4) to.port = viewOf(value).getUint32(0)
  }
  return undefined
}

/** @param packet not empty */
function fromIp(packet: Uint8Array): Addressed | undefined {
  const version = packet[0]! >> 4
  if (version === 4) return fromIpv4(packet)
  return version === 6 ? fromIpv6(packet) : undefined
}

/** RFC 791 §3.1. */
function fromIpv4(packet: Uint8Array): Addressed | undefined {
  if (packet.length < 20) return undefined
  const view = viewOf(packet)
  const headerOctets = (packet[0]! & 0x0f) * 4
  const totalOctets = view.getUint16(2)
  if (headerOctets < 20 || totalOctets < headerOctets || totalOctets > packet.length) return undefined
  // More fragments follow, or this is not the first.
  if ((view.getUint16(6) & 0x3fff) !== 0) return undefined
  if (packet[9] !== PROTOCOL_UDP) return undefined
  const source = packet.subarray(12, 16).join('.')
  const target = packet.subarray(16, 20).join('.')
  return fromUdp(packet.subarray(headerOctets, totalOctets), source, target)
}

/** RFC 8200 §3 and §4. */
function fromIpv6(packet: Uint8Array): Addressed | undefined {
  if (packet.length < 40) return undefined
  const view = viewOf(packet)
  const end = 40 + view.getUint16(4)
  if (end > packet.length) return undefined
  let header = packet[6]!
  let at = 40
  while (header !== PROTOCOL_UDP) {
    if (at + 8 > end) return undefined
    if (header === FRAGMENT_HEADER) {
      // One that is first and last at once is whole (RFC 6946).
      if ((view.getUint16(at + 2) & 0xfff9) !== 0) return undefined
      header = packet[at]!
      at += 8
    } else if (header === AUTHENTICATION_HEADER) {
      header = packet[at]!
      at += (packet[at + 1]! + 2) * 4
    } else if (OPTION_HEADERS.has(header)) {
      header = packet[at]!
      at += (packet[at + 1]! + 1) * 8
    } else {
      return undefined
    }
  }
  if (at > end) return undefined
  const source = ipv6Text(viewOf(packet.subarray(8, 24)))
  const target = ipv6Text(viewOf(packet.subarray(24, 40)))
  return fromUdp(packet.subarray(at, end), source, target)
}

/** RFC 768. */
function fromUdp(segment: Uint8Array, source: string, target: string): Addressed | undefined {
  if (segment.length < 8) return undefined
  const view = viewOf(segment)
  const octets = view.getUint16(4)
  if (octets < 8 || octets > segment.length) return undefined
  return {
    payload: segment.subarray(8, octets),
    from: { host: source, port: view.getUint16(0) },
    to: { host: target, port: view.getUint16(2) },
  }
}

/** As RFC 5952 wants it: lower case, the longest run of zeros left out, IPv4 in its own clothes. */
function ipv6Text(address: DataView): string {
  const groups = Array.from({ length: 8 }, (_, index) => address.getUint16(index * 2))
  if (groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff) {
    const octets = new Uint8Array(address.buffer, address.byteOffset + 12, 4)
    return `::ffff:${octets.join('.')}`
  }
  let runAt = 0
  let runLength = 0
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length += 1
    if (length > runLength) {
      runAt = start
      runLength = length
    }
  }
  const text = (part: readonly number[]): string => part.map(group => group.toString(16)).join(':')
  if (runLength < 2) return text(groups)
  return `${text(groups.slice(0, runAt))}::${text(groups.slice(runAt + runLength))}`
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
}

function notACapture(why: string): LinkError {
  return new LinkError('capture-failed', `cannot read the capture: ${why}`)
}
