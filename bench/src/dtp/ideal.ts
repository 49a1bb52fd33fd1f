import { SERVER_DEFAULTS } from '@skyferry/dtp'
import { Fates } from '../links/fates.ts'
import type { Delivery, Flight } from './flight.ts'

const HEADER_OCTETS = 8

/** A client that asks for every hole at once, in as many intervals as there are, and knows when a round is over. */
export function runIdeal(delivery: Delivery, seed: number): Flight {
  const chunk = delivery.mtuOctets - HEADER_OCTETS
  const packetMs = (chunk * 1000) / delivery.throughput
  const fates = new Fates(seed, delivery.loss)
  // Handshake, request, the server's lead, and the way of the first packet.
  const beforeData = 2 * delivery.roundTripMs + SERVER_DEFAULTS.leadMs
  let missing = Array.from({ length: Math.ceil(delivery.octets / chunk) }, (_, packet) => packet * chunk)
  let ms = 0
  let rounds = 0
  for (; missing.length > 0; rounds++) {
    ms += beforeData + (missing.length - 1) * packetMs
    const attempt = rounds
    missing = missing.filter(offset => fates.isLost(offset, attempt))
  }
  return { ms, rounds, redundantOctets: 0 }
}
