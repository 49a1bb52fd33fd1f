/** What an RDP connection is opened with, and what is made of what a peer asks for. */
import type { SynOptions } from './segment.ts'

export interface RdpOptions extends SynOptions {
  /**
   * Whether acknowledgements say what arrived out of order. `list`: number by number, as libcsp 1.x and 2.0 do; later ones
   * take it for a plain acknowledgement. `runs`: as first and last of each run, between two of ours: a long window's list
   * would be longer than what it saves.
   */
  readonly extendedAcks: 'none' | 'list' | 'runs'
}

export type RdpProfile = 'libcsp' | 'csh' | 'large'

/**
 * Profiles. `libcsp` and `csh` are those programs' defaults, safe with every C peer: their queues hold no more. `large` is
 * for two of ours, or a peer that is known to be built large: its window fills a link of 1 Mbit/s and 600 ms with packets of
 * 200 octets, with losses too.
 */
export const RDP_PROFILES: Readonly<Record<RdpProfile, RdpOptions>> = {
  libcsp: {
    windowPackets: 4,
    connectionTimeoutMs: 10_000,
    packetTimeoutMs: 1000,
    delayedAcks: true,
    ackTimeoutMs: 250,
    ackDelayCount: 2,
    extendedAcks: 'none',
  },
  csh: {
    windowPackets: 3,
    connectionTimeoutMs: 10_000,
    packetTimeoutMs: 5000,
    delayedAcks: true,
    ackTimeoutMs: 2000,
    ackDelayCount: 2,
    extendedAcks: 'none',
  },
  large: {
    windowPackets: 2048,
    connectionTimeoutMs: 30_000,
    packetTimeoutMs: 1000,
    delayedAcks: true,
    ackTimeoutMs: 250,
    ackDelayCount: 7,
    extendedAcks: 'runs',
  },
}

/** No C node has queues for a window like this: whoever asks for one understands runs. */
const OURS_FROM_WINDOW = 64
const CONNECTION_TIMEOUT_MAX_MS = 3_600_000

/**
 * What the passive side makes of a SYN: all of it, as libcsp does, within bounds, because whoever can send a packet chooses
 * these numbers.
 */
export function adopted(
  asked: SynOptions,
  {
    windowPacketsMax,
    extendedAcks,
  }: { readonly windowPacketsMax: number; readonly extendedAcks: 'none' | 'list' },
): RdpOptions {
  const connectionTimeoutMs = clamp(asked.connectionTimeoutMs, 100, CONNECTION_TIMEOUT_MAX_MS)
  return {
    windowPackets: clamp(asked.windowPackets, 1, windowPacketsMax),
    connectionTimeoutMs,
    packetTimeoutMs: clamp(asked.packetTimeoutMs, 10, connectionTimeoutMs),
    delayedAcks: asked.delayedAcks,
    ackTimeoutMs: clamp(asked.ackTimeoutMs, 1, connectionTimeoutMs),
    ackDelayCount: clamp(asked.ackDelayCount, 0, windowPacketsMax),
    extendedAcks: asked.windowPackets >= OURS_FROM_WINDOW ? 'runs' : extendedAcks,
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
