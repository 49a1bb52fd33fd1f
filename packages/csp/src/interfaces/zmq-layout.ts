/**
 * How a packet stands in a ZeroMQ message: whole in version 2, and in three ways in version 1 that do not understand each
 * other.
 */
import { type CspFault, cspFault } from '../packet/faults.ts'
import { broadcastAddress, type CspAddress, type CspVersion } from '../packet/header.ts'

/** As a setting says it: `1.x` is libcsp 1.4 to 1.6, `2.1` libcsp 2.1 and later, `bare` 2.0; version 2 has one layout. */
export const ZMQ_LAYOUTS = ['1.x', '2.1', 'bare'] as const
export type ZmqLayout = (typeof ZMQ_LAYOUTS)[number]

/** How packets stand in the datagrams of an interface: as they are, or as one of the prefixed ZeroMQ layouts. */
export type Framing = 'plain' | 'zmq-1.x' | 'zmq-2.1'

/** Octets that a framing puts in front of the header. */
export function prefixOctets(framing: Framing): number {
  return framing === 'plain' ? 0 : 1
}

export function framingOf(layout: ZmqLayout, version: CspVersion): Framing {
  return version === 2 || layout === 'bare' ? 'plain' : `zmq-${layout}`
}

/**
 * Writes a packet to a message.
 *
 * @param nextHop the via of the route, or the packet's destination: what 1.x nodes filter by
 * @returns octets of the message; `target` has room for the packet and its prefix
 */
export function writeFramed(
  packet: Uint8Array,
  framing: Framing,
  nextHop: CspAddress,
  target: Uint8Array,
): number {
  if (framing === 'plain') {
    target.set(packet)
    return packet.length
  }
  target[0] = nextHop
  target.set(packet, 1)
  if (framing === 'zmq-1.x') reverseHeader(target.subarray(1, 5))
  return packet.length + 1
}

/** The packet in a message, as a view where it can be and as a copy where octets of the header change places. */
export function readFramed(message: Uint8Array, framing: Framing): Uint8Array | CspFault {
  if (framing === 'plain') return message
  if (message.length < 5) return cspFault('bad-zmq-prefix', message.length)
  if (framing === 'zmq-2.1') return message.subarray(1)
  // Not `slice`: what a socket delivers is a Buffer, whose `slice` is a view.
  const packet = new Uint8Array(message.subarray(1))
  reverseHeader(packet)
  return packet
}

/**
 * What a node that is not promiscuous subscribes to. Version 2: priority and destination are the first two octets, so each
 * priority with its own address, its subnet's broadcast and the global one. Version 1 as in 1.x: the prefix; the layout of
 * 2.1 takes everything, as libcsp does.
 */
export function zmqTopics(
  { address, netmask }: { readonly address: CspAddress; readonly netmask: number },
  version: CspVersion,
  layout: ZmqLayout,
): Uint8Array[] {
  if (version === 1) {
    if (layout !== '1.x') return [new Uint8Array(0)]
    return [Uint8Array.of(address), Uint8Array.of(broadcastAddress(1)), Uint8Array.of(255)]
  }
  const subnetBroadcast = address | (2 ** (14 - netmask) - 1)
  const topics: Uint8Array[] = []
  for (let priority = 0; priority < 4; priority++) {
    for (const destination of new Set([address, subnetBroadcast, broadcastAddress(2)])) {
      topics.push(Uint8Array.of((priority << 6) | (destination >> 8), destination & 0xff))
    }
  }
  return topics
}

/** The first 4 octets, last first. */
function reverseHeader(octets: Uint8Array): void {
  const [a, b, c, d] = [octets[0]!, octets[1]!, octets[2]!, octets[3]!]
  octets[0] = d
  octets[1] = c
  octets[2] = b
  octets[3] = a
}
