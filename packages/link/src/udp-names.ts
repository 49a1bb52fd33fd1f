import { lookup } from 'node:dns/promises'
import { isIP, isIPv4 } from 'node:net'
import { LinkError, linkErrorFrom } from './link-error.ts'
import type { UdpAddress } from './udp-address.ts'

/** Two ends that one socket can serve, as literal addresses. */
export interface ResolvedEnds {
  readonly family: 4 | 6
  readonly listen: UdpAddress
  readonly peer: UdpAddress | undefined
}

/**
 * Literal addresses for settings that may hold names (`localhost`). A literal decides the family; between names
 * alone IPv4 wins, so that two ends that both say `localhost` meet. A socket on `::` also serves IPv4 peers.
 *
 * @throws LinkError `host-not-found`, `address-family-mismatch`
 */
export async function resolveEnds(listen: UdpAddress, peer: UdpAddress | undefined): Promise<ResolvedEnds> {
  if (listen.host === '::' && peer !== undefined && isIPv4(peer.host)) {
    return { family: 6, listen, peer: { host: `::ffff:${peer.host}`, port: peer.port } }
  }
  const wanted = isIP(listen.host) || isIP(peer?.host ?? '')
  const here = await literal(listen.host, wanted)
  const there = peer === undefined ? undefined : await literal(peer.host, isIP(here))
  const family = isIPv4(here) ? 4 : 6
  if (there !== undefined && isIP(there) !== family) {
    throw new LinkError(
      'address-family-mismatch',
      `cannot send from ${listen.host} to ${peer?.host}: one is IPv4, the other IPv6`,
    )
  }
  return {
    family,
    listen: { host: here, port: listen.port },
    peer: peer === undefined || there === undefined ? undefined : { host: there, port: peer.port },
  }
}

/**
 * The literal address of a host.
 *
 * @param family 4, 6, or 0 for whichever there is, IPv4 first
 * @throws LinkError `host-not-found`
 */
export async function literal(host: string, family: number): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    const found = await lookup(host, { family, all: true })
    const first = found.find(({ address }) => isIPv4(address)) ?? found[0]
    if (first !== undefined) return first.address
  } catch (thrown) {
    throw linkErrorFrom(thrown, `find the host ${host}`)
  }
  throw new LinkError('host-not-found', `cannot find the host ${host}`)
}
