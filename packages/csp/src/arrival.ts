/** A packet for this node, its CRC and HMAC peeled off. */

import type { Envelope } from './indications.ts'
import type { CspHeader } from './packet/header.ts'

export interface Arrival {
  readonly header: CspHeader
  /** Lent; with the RDP trailer, if it has one. */
  readonly payload: Uint8Array
  /** To everybody, not to an address of this node. */
  readonly isBroadcast: boolean
}

/** How the user is told where a packet came from. */
export function envelopeOf({
  source,
  destination,
  sourcePort,
  destinationPort,
  priority,
  flags,
}: CspHeader): Envelope {
  return { from: source, to: destination, sourcePort, port: destinationPort, priority, flags }
}
