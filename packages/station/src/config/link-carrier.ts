/** From what a configuration says of a link to what carries its PDUs. Pure. */
import { CFDP_APID } from '@skyferry/octets'
import type { Carrier, TcpCarrier, UdpCarrier } from '../bindings/carrier.ts'
import type { LinkConfig } from './configuration.ts'

/** Whether it is a stream that calls its peer. */
export function calls({ type }: Pick<LinkConfig, 'type'>): boolean {
  return type.endsWith('tcp')
}

/** Whether it is a stream: one peer, whoever is spoken to. */
export function isStream({ type }: Pick<LinkConfig, 'type'>): boolean {
  return type.includes('tcp')
}

export function hasPackets({ type }: Pick<LinkConfig, 'type'>): boolean {
  return type.startsWith('space-packet')
}

/** Of a link that `checkReferences` finds whole: `listen` and `peer` are where its type needs them. */
export function carrierOf(link: LinkConfig): Carrier {
  const over = mediumOf(link)
  if (!hasPackets(link)) return over
  const { apid = { sent: CFDP_APID, heard: CFDP_APID }, packetType = 'telecommand' } = link
  const form = { secondaryHeader: link.packetHeader ?? 'none', errorControl: link.packetCrc ?? false }
  return {
    type: 'space-packet',
    over,
    send: { type: packetType, apid: apid.sent, ...form },
    hear: { apid: apid.heard, ...form },
  }
}

function mediumOf(link: LinkConfig): UdpCarrier | TcpCarrier {
  const { listen, peer, rate, overhead } = link
  const paced = { overheadOctets: overhead, ...(rate === undefined ? {} : { rateBps: rate }) }
  if (calls(link)) return { type: 'tcp', role: { kind: 'client', connect: peer! }, ...paced }
  if (!isStream(link))
    return { type: 'udp', listen: listen!, ...(peer === undefined ? {} : { peer }), ...paced }
  const peerHost = peer === undefined ? {} : { peerHost: peer.host }
  return { type: 'tcp', role: { kind: 'server', listen: listen!, ...peerHost }, ...paced }
}
