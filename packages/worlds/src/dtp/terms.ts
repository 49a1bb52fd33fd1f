/** What two nodes agree on before they meet, from a seed. */
import { type DialectName, type PeerName, SESSION_DEFAULTS, type SessionTerms } from '@skyferry/dtp'
import type { Random } from '@skyferry/engine'
import type { LinkSettings, StoreSettings } from '@skyferry/sim'

export interface DtpTerms {
  readonly session: Omit<SessionTerms, 'server' | 'payload' | 'sink'>
  readonly isMemory: boolean
  readonly payload: Uint8Array
  readonly store: Partial<StoreSettings>
  readonly link: Partial<LinkSettings>
}

/** The largest datagram of the air: an mtu and what the stand-in adds, or a control frame. */
export const AIR_OCTETS = 2100
/** Longer transfers say nothing that shorter ones do not. */
const DURATION_S_MAX = 60

const DIALECTS: readonly DialectName[] = [
  'D2c',
  'D2c',
  'D2c',
  'D2a',
  'D2b',
  'D2c-be',
  'D2a-kb',
  'D1',
  'D1-19',
]

export interface TermsLimits {
  readonly peer?: PeerName
  readonly dialect?: DialectName
  readonly isMemory?: boolean
}

export function dtpTermsFrom(random: Random, limits: TermsLimits = {}): DtpTerms {
  const dialect = limits.dialect ?? random.pick(DIALECTS)
  const header = dialect.startsWith('D1') ? 4 : 8
  const mtuOctets = Math.round(spread(random, header + 8, 1400))
  const chunk = mtuOctets - header
  const size = sizeFrom(random, chunk)
  const throughput = Math.round(spread(random, Math.max(1000, size / DURATION_S_MAX), 5_000_000))
  const payload = new Uint8Array(size)
  random.fill(payload)
  // The memory service knows D2 only, and a big-endian host's server would have to be told of it.
  const isMemory = limits.isMemory ?? (dialect === 'D2c' && random.chance(0.3))
  return {
    session: {
      ...SESSION_DEFAULTS,
      peer: limits.peer ?? random.pick(['skyferry', 'libdtp']),
      dialect,
      mtuOctets,
      throughput,
      idleMs: Math.round(spread(random, 500, 20_000)),
      wanted: random.chance(0.25) ? wantedFrom(random, size) : [],
    },
    isMemory,
    payload,
    store: random.chance(0.7)
      ? {}
      : { gatherMs: random.pick([0, 1, 50]), commitMs: random.pick([1, 20, 500]) },
    link: { mtuOctets: AIR_OCTETS, slots: random.pick([1, 4, 32]) },
  }
}

/** Empty, tiny, one packet more or less than a whole number of them, or anything. */
function sizeFrom(random: Random, chunk: number): number {
  const kind = random.whole(0, 8)
  if (kind === 0) return random.whole(0, 3)
  const packets = 1 + Math.floor(spread(random, 1, Math.min(600, 60_000 / chunk)))
  if (kind <= 3) return packets * chunk + random.pick([0, 0, 1, -1])
  return random.whole(1, packets * chunk + 1)
}

function wantedFrom(random: Random, size: number): number[] {
  const bounds = new Set<number>()
  const count = 2 * random.whole(1, 4)
  for (let tries = 0; bounds.size < count && tries < 50; tries++) bounds.add(random.whole(0, size + 1))
  const sorted = [...bounds].sort((one, other) => one - other)
  const whole = sorted.slice(0, 2 * Math.floor(sorted.length / 2))
  // A range that begins behind the end is refused, which is another story.
  return whole.length > 0 && whole.at(-2)! >= size ? [] : whole
}

/** Uniform on a logarithmic scale. */
export function spread(random: Random, from: number, to: number): number {
  return to <= from ? from : from * (to / from) ** random.unit()
}
