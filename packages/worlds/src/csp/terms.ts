/** What two nodes have agreed on in one run: everything that is a matter of settings. */
import { type Deduplication, RDP_PROFILES, type RdpOptions } from '@skyferry/csp'
import type { Random } from '@skyferry/engine'
import type { Weather } from '@skyferry/sim'

export interface Terms {
  readonly version: 1 | 2
  readonly crc32: boolean
  readonly hmac: boolean
  readonly rdp: RdpOptions
  /** What the listening side sends to windows that are not ours. */
  readonly extendedAcks: 'none' | 'list'
  readonly bridgeDeduplication: Deduplication
  /** The far end sends everything back. */
  readonly echoes: boolean
  /** The longest payload, octets. */
  readonly octetsMax: number
}

/** @param weathers of every hop between the two */
export function termsFrom(random: Random, weathers: readonly Weather[]): Terms {
  const settings = weathers.flatMap(({ there, back }) => [there, back])
  const isDamaging = settings.some(({ corruption }) => corruption > 0)
  const roundTripMs = settings.reduce((sum, { delayMs, jitterMs }) => sum + delayMs + jitterMs, 0)
  const profile = RDP_PROFILES[random.pick(['libcsp', 'libcsp', 'csh', 'large'] as const)]
  const windowPackets = profile.windowPackets <= 4 ? random.whole(1, 9) : random.whole(64, 300)
  // A timeout shorter than the round trip is no setting to ask anything of.
  const packetTimeoutMs = Math.max(profile.packetTimeoutMs, Math.ceil(roundTripMs * 1.5))
  return {
    version: random.pick([1, 2] as const),
    crc32: isDamaging || random.chance(0.4),
    hmac: random.chance(0.3),
    rdp: {
      ...profile,
      windowPackets,
      packetTimeoutMs,
      connectionTimeoutMs: Math.max(profile.connectionTimeoutMs, packetTimeoutMs * 12),
      delayedAcks: random.chance(0.8),
      extendedAcks: windowPackets >= 64 ? 'runs' : random.pick(['none', 'list'] as const),
    },
    extendedAcks: random.pick(['none', 'list'] as const),
    bridgeDeduplication: random.pick(['off', 'off', 'forwarded', 'all'] as const),
    echoes: random.chance(0.5),
    octetsMax: random.pick([1, 20, 200, 1000]),
  }
}
