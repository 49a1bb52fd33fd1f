/** What carries CFDP, as plain values: what a configuration or a command line says, understood. */
import type { TcpAddress, TcpRole, UdpAddress } from '@skyferry/link'
import { type HeardForm, LARGEST_SPACE_PACKET, type PacketForm, PacketSealer } from '@skyferry/octets'

interface Paced {
  /** Paces what is sent, bit/s, overhead included; absent: as fast as the medium takes it. */
  readonly rateBps?: number
  /** What the medium adds to each of its datagrams, octets. */
  readonly overheadOctets?: number
}

/** One PDU, or packet, in each UDP datagram. */
export interface UdpCarrier extends Paced {
  readonly type: 'udp'
  readonly listen: UdpAddress
  /** Whom remote settings without an address mean. */
  readonly peer?: UdpAddress
}

/** A TCP stream, cut by the lengths that PDUs or packets tell themselves. */
export interface TcpCarrier extends Paced {
  readonly type: 'tcp'
  readonly role: TcpRole
}

/** PDUs in CCSDS space packets, and those in one of the others. */
export interface SpacePacketCarrier {
  readonly type: 'space-packet'
  readonly over: UdpCarrier | TcpCarrier
  /** Packets sent. */
  readonly send: PacketForm
  /** Packets taken: the rest is dropped, and counted by reason. */
  readonly hear: HeardForm
}

export type Carrier = UdpCarrier | TcpCarrier | SpacePacketCarrier

/** What is below the packets, if there are any. */
export function mediumOf(carrier: Carrier): UdpCarrier | TcpCarrier {
  return carrier.type === 'space-packet' ? carrier.over : carrier
}

/** Octets that a packet puts around each PDU. */
export function packetOverhead(carrier: Carrier): number {
  if (carrier.type !== 'space-packet') return 0
  const { headOctets, tailOctets } = new PacketSealer(carrier.send)
  return headOctets + tailOctets
}

const LARGEST_UDP_DATAGRAM = 65_507

/**
 * Why a carrier cannot carry PDUs of this size, in words; undefined when it can. Looks at values only: whether ports and
 * names can be had is found out in opening.
 */
export function carrierProblem(carrier: Carrier, pduOctets: number): string | undefined {
  const medium = mediumOf(carrier)
  let octets = pduOctets
  if (carrier.type === 'space-packet') {
    for (const { apid } of [carrier.send, carrier.hear]) {
      if (!Number.isInteger(apid) || apid < 0 || apid > 0x7ff) return `an APID is 0 to 2047, not ${apid}`
    }
    const code = carrier.send.functionCode ?? 0
    if (!Number.isInteger(code) || code < 0 || code > 0x7f)
      return `a cFS function code is 0 to 127, not ${code}`
    octets += packetOverhead(carrier)
    if (octets > LARGEST_SPACE_PACKET)
      return `a space packet has at most ${LARGEST_SPACE_PACKET} octets, not ${octets}`
  }
  if (medium.type === 'udp' && octets > LARGEST_UDP_DATAGRAM) {
    return `a UDP datagram has at most ${LARGEST_UDP_DATAGRAM} octets, not ${octets}`
  }
  return undefined
}

/** One end of any of these. */
export type CarrierAddress = UdpAddress & TcpAddress

/** Yamcs' example `cfdp`: packets that begin 17 FD C0 00, in both directions, and the PDU behind the primary header. */
export const YAMCS_PACKETS: Pick<SpacePacketCarrier, 'send' | 'hear'> = {
  send: { type: 'telecommand', apid: 0x7fd },
  hear: { apid: 0x7fd },
}

/**
 * What NASA's CF takes and sends on a channel by its default message ids: commands with APID 0xC8 or 0xC9 to it, telemetry
 * with 0xC2 or 0xC3 from it, cFS headers on both.
 */
export function cfsPackets(channel: 0 | 1): Pick<SpacePacketCarrier, 'send' | 'hear'> {
  return {
    send: { type: 'telecommand', apid: 0xc8 + channel, secondaryHeader: 'cfs' },
    hear: { apid: 0xc2 + channel, secondaryHeader: 'cfs' },
  }
}
