/** What carries the PDUs of `cfdp send` and `cfdp receive`: `--encapsulation` and the options that go with it. Pure. */
import { CFDP_APID, LARGEST_SPACE_PACKET, PacketSealer } from '@skyferry/octets'
import type { Carrier, SpacePacketCarrier, TcpCarrier, UdpCarrier } from '@skyferry/station'
import { parseHex } from '../hex.ts'
import { parseCount, parseHostPort, parsePeer, parseUnsigned } from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import type { RawEngineOptions } from './options.ts'

/** `tcp` calls its peer, `tcp-listen` waits to be called. */
export const ENCAPSULATIONS = [
  'udp',
  'tcp',
  'tcp-listen',
  'space-packet',
  'space-packet-tcp',
  'space-packet-tcp-listen',
] as const
type Encapsulation = (typeof ENCAPSULATIONS)[number]

const PACKET_TYPES = ['telecommand', 'telemetry'] as const

const APID_MAX = 0x7ff
/** More than any mission has, and far less than a packet holds. */
const SECONDARY_HEADER_OCTETS_MAX = 63
const UDP_OCTETS_MAX = 65_507

/**
 * @param pduOctets of the largest PDU sent: it has to fit
 * @throws {UsageError} naming the option
 */
export function parseCarrier(raw: RawEngineOptions, rateBps: number | undefined, pduOctets: number): Carrier {
  const name = option('--encapsulation', raw.encapsulation, text => oneOf(text, ENCAPSULATIONS)) ?? 'udp'
  const medium = parseMedium(name, raw, rateBps)
  if (!name.startsWith('space-packet')) {
    refuse(name, raw, ['apid', 'packetType', 'packetHeader', 'packetCrc'])
    return medium
  }
  const carrier: SpacePacketCarrier = { type: 'space-packet', over: medium, ...parsePackets(raw) }
  const most = medium.type === 'udp' ? UDP_OCTETS_MAX : LARGEST_SPACE_PACKET
  const around = overheadOf(carrier)
  if (pduOctets + around > most) {
    throw new UsageError(`--pdu-size: ${pduOctets} and a packet around it are above ${most}`)
  }
  return carrier
}

/** The link paces what is sent: by its rate, or because a stream takes no more than the other end reads. */
export function holdsBack(carrier: Carrier): boolean {
  const medium = carrier.type === 'space-packet' ? carrier.over : carrier
  return medium.type === 'tcp' || medium.rateBps !== undefined
}

function parseMedium(
  name: Encapsulation,
  raw: RawEngineOptions,
  rateBps: number | undefined,
): UdpCarrier | TcpCarrier {
  const listen = option('--listen', raw.listen, parseHostPort)
  const peer = option('--peer', raw.peer, parsePeer)
  const rate = rateBps === undefined ? {} : { rateBps }
  if (name.endsWith('tcp')) {
    if (listen !== undefined)
      throw new UsageError(`--listen: ${name} calls its peer; to be called, ${name}-listen`)
    if (peer === undefined) throw missing('--peer', name)
    return { type: 'tcp', role: { kind: 'client', connect: peer }, ...rate }
  }
  if (listen === undefined) throw missing('--listen', name)
  if (name.endsWith('tcp-listen')) {
    const peerHost = peer === undefined ? {} : { peerHost: peer.host }
    return { type: 'tcp', role: { kind: 'server', listen, ...peerHost }, ...rate }
  }
  if (peer === undefined) throw missing('--peer', name)
  return { type: 'udp', listen, peer, ...rate }
}

function missing(name: string, encapsulation: Encapsulation): UsageError {
  return new UsageError(`required option '${name} <host:port>' not specified, ${encapsulation} needs it`)
}

function parsePackets(raw: RawEngineOptions): Pick<SpacePacketCarrier, 'send' | 'hear'> {
  const apids = option('--apid', raw.apid, parseApids) ?? { sent: CFDP_APID, heard: CFDP_APID }
  const type = option('--packet-type', raw.packetType, text => oneOf(text, PACKET_TYPES)) ?? 'telecommand'
  const secondaryHeader = option('--packet-header', raw.packetHeader, parseHeader) ?? 'none'
  const form = { secondaryHeader, errorControl: raw.packetCrc ?? false }
  return { send: { type, apid: apids.sent, ...form }, hear: { apid: apids.heard, ...form } }
}

/** `0x7fd`, `0xc8:0xc2`. */
function parseApids(text: string): { readonly sent: number; readonly heard: number } {
  const [sent, heard = sent, ...rest] = text.split(':')
  if (rest.length > 0) throw new UsageError(`'${text}' is not SENT:HEARD`)
  return { sent: parseApid(sent!), heard: parseApid(heard!) }
}

function parseApid(text: string): number {
  return parseCount(parseUnsigned(text).toString(), 0, APID_MAX)
}

function parseHeader(text: string): 'none' | 'cfs' | Uint8Array {
  if (text === 'none' || text === 'cfs') return text
  const octets = parseHex(text)
  if (octets.length === 0 || octets.length > SECONDARY_HEADER_OCTETS_MAX) {
    throw new UsageError(
      `'${text}' is not none, cfs or 1 to ${SECONDARY_HEADER_OCTETS_MAX} octets in hexadecimal`,
    )
  }
  return octets
}

function overheadOf({ send }: SpacePacketCarrier): number {
  const { headOctets, tailOctets } = new PacketSealer(send)
  return headOctets + tailOctets
}

const OPTION_NAMES = {
  apid: '--apid',
  packetType: '--packet-type',
  packetHeader: '--packet-header',
  packetCrc: '--packet-crc',
} as const

function refuse(
  name: Encapsulation,
  raw: RawEngineOptions,
  options: readonly (keyof typeof OPTION_NAMES)[],
): void {
  const given = options.find(each => raw[each] !== undefined)
  if (given !== undefined) throw new UsageError(`${OPTION_NAMES[given]}: ${name} has no space packets`)
}
