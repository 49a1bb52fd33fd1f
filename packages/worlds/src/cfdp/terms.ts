/** The settings that two entities agree on, from a seed. */
import {
  ChecksumType,
  type EntityId,
  LOCAL_DEFAULTS,
  type LocalSettings,
  type Profile,
  REMOTE_DEFAULTS,
  type RemoteSettings,
  type SequenceNumber,
} from '@skyferry/cfdp'
import type { Millis, Random } from '@skyferry/engine'
import type { LinkSettings, StoreSettings, Weather } from '@skyferry/sim'

/** Everything about two entities that is settled before they meet. */
export interface Terms {
  readonly profile: Profile
  readonly ids: { readonly earth: EntityId; readonly craft: EntityId }
  /** Towards the other entity, whichever it is. */
  readonly remote: Omit<RemoteSettings<string>, 'id' | 'address'>
  readonly local: LocalSettings
  readonly link: Partial<LinkSettings>
  readonly store: Partial<StoreSettings>
  /** See `SimulatedFilestoreOptions`. */
  readonly gatherOctets: number
}

export interface TermsLimits {
  /** Absent: mostly patient. */
  readonly profile?: Profile
  readonly maxPduSizeMin?: number
}

/** Terms from chance: widths, sizes, checksums, NAK modes, paces, and both profiles; CRCs wherever bits may flip. */
export function termsFrom(random: Random, weather: Weather, limits: TermsLimits = {}): Terms {
  const profile = limits.profile ?? (random.chance(0.8) ? 'patient' : 'yamcs')
  const entityIdLength = random.whole(1, 9)
  const sequenceLength = random.whole(1, 9)
  const damaging = weather.there.corruption > 0 || weather.back.corruption > 0
  const maxPduSize = Math.round(spread(random, limits.maxPduSizeMin ?? 80, 1500))
  const pace = paceFrom(random)
  const remote = {
    ...REMOTE_DEFAULTS[profile],
    maxPduSize,
    entityIdLength,
    sequenceLength,
    lightTime: (random.chance(0.5) ? 0 : weather.there.delayMs) as Millis,
    crcOnTransmit: damaging || random.chance(0.2),
    crcRequired: damaging,
    checksumType: random.pick(damaging ? SUMS : [...SUMS, ChecksumType.Null]),
    immediateNak: random.chance(0.7),
    incompleteFile: random.pick(['discard', 'retain'] as const),
    ackEofWhileSuspended: random.chance(0.7),
    pace,
    // An unlimited count of NAKs waits for ever for a sender that gave up.
    ...(profile === 'yamcs' ? { nakLimit: random.whole(3, 20) } : {}),
  }
  const isLast = random.chance(0.2)
  return {
    profile,
    ids: idsFrom(random, entityIdLength),
    remote,
    local: {
      ...LOCAL_DEFAULTS,
      firstSequence: (isLast ? 2n ** BigInt(8 * sequenceLength) - 1n : 1n) as SequenceNumber,
      maxOpenTransmissions: random.pick([1, 2, 10]),
    },
    link: {
      mtuOctets: random.chance(0.5) ? maxPduSize : 1500,
      slots: random.pick([1, 4, 32]),
      ...(pace === 'link' ? { rateBps: linkRate(random, weather) } : {}),
    },
    store: random.chance(0.7)
      ? {}
      : { gatherMs: random.pick([0, 1, 50]), commitMs: random.pick([1, 20, 500]) },
    gatherOctets: random.pick([0, 0, 2000, 65_536]),
  }
}

const SUMS: readonly ChecksumType[] = [
  ChecksumType.Modular,
  ChecksumType.Modular,
  ChecksumType.Proximity1,
  ChecksumType.Crc32c,
  ChecksumType.Crc32,
]

function paceFrom(random: Random): 'link' | 'window' | number {
  const kind = random.pick(['window', 'window', 'link', 'rate'] as const)
  return kind === 'rate' ? spread(random, 50_000, 50_000_000) : kind
}

/** A link that knows its rate keeps a little below what the air carries; one that does not floods it. */
function linkRate(random: Random, weather: Weather): number {
  const air = Math.min(weather.there.rateBps, weather.back.rateBps)
  if (random.chance(0.2)) return Infinity
  return air === Infinity ? spread(random, 100_000, 50_000_000) : 0.9 * air
}

/** Ids of any size that the width holds; the widest do not fit a double. */
function idsFrom(random: Random, octets: number): Terms['ids'] {
  const widest = 2n ** BigInt(8 * octets) - 1n
  const earth = random.chance(0.5) ? 1n : widest
  return { earth: earth as EntityId, craft: (earth === 1n ? 2n : widest - 1n) as EntityId }
}

/** Uniform on a logarithmic scale. */
export function spread(random: Random, from: number, to: number): number {
  return from * (to / from) ** random.unit()
}
