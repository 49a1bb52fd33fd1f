import { type Millis, Random } from '@skyferry/engine'
import { bothWays, CALM, type Outage, type Weather, type WeatherSettings } from './settings.ts'

/** What can be wrong with a link. */
export type FaultName =
  | 'loss'
  | 'bursts'
  | 'duplication'
  | 'reordering'
  | 'jitter'
  | 'corruption'
  | 'outages'
  | 'delay'
  | 'rate'

const FAULTS: readonly FaultName[] = [
  'loss',
  'bursts',
  'duplication',
  'reordering',
  'jitter',
  'corruption',
  'outages',
  'delay',
  'rate',
]

/** How bad it may get; each has a default. */
export interface WeatherLimits {
  /** The faults that may exist; absent: all. */
  readonly faults: readonly FaultName[]
  readonly lossMax: number
  /** Share of the datagrams that fall into a burst, and the longest mean burst in datagrams. */
  readonly burstShareMax: number
  readonly burstLengthMax: number
  readonly duplicationMax: number
  readonly reorderingMax: number
  readonly corruptionMax: number
  readonly jitterMsMax: number
  readonly delayMsMax: number
  readonly rateBpsMin: number
  readonly rateBpsMax: number
  /** Outages begin and end before this; how many at most. */
  readonly stormMs: number
  readonly outagesMax: number
  /** The link's MTU, octets. */
  readonly mtuOctets: number
}

const LIMITS: WeatherLimits = {
  faults: FAULTS,
  lossMax: 0.4,
  burstShareMax: 0.3,
  burstLengthMax: 50,
  duplicationMax: 0.3,
  reorderingMax: 0.3,
  corruptionMax: 0.1,
  jitterMsMax: 500,
  delayMsMax: 5000,
  rateBpsMin: 100_000,
  rateBpsMax: 100_000_000,
  stormMs: 60_000,
  outagesMax: 3,
  mtuOctets: Infinity,
}

/**
 * A weather from a seed: first *which* faults exist at all, then how strong each is, so that some worlds are calm, some
 * only reorder, and a failure names few suspects. One time in eight nothing is wrong; half the time both directions are alike.
 */
export function weatherFrom(seed: number | Random, limits: Partial<WeatherLimits> = {}): Weather {
  const random = (typeof seed === 'number' ? new Random(seed) : seed).fork('weather')
  const bounds = { ...LIMITS, ...limits }
  const calm = random.chance(1 / 8)
  const faults = new Set(bounds.faults.filter(() => random.chance(0.4)))
  if (calm) return bothWays({ mtuOctets: bounds.mtuOctets })
  const there = direction(random.fork('there'), faults, bounds)
  return random.chance(0.5) ? { there, back: there } : { there, back: direction(random, faults, bounds) }
}

function direction(random: Random, faults: ReadonlySet<FaultName>, limits: WeatherLimits): WeatherSettings {
  const settings: { -readonly [Name in keyof WeatherSettings]: WeatherSettings[Name] } = { ...CALM }
  settings.mtuOctets = limits.mtuOctets
  if (faults.has('delay')) settings.delayMs = spread(random, 1, limits.delayMsMax)
  if (faults.has('rate')) {
    settings.rateBps = spread(random, limits.rateBpsMin, limits.rateBpsMax)
    settings.overheadOctets = random.pick([0, 28])
    if (random.chance(0.3)) settings.queueDatagrams = Math.round(spread(random, 4, 200))
  }
  if (faults.has('loss')) settings.loss = spread(random, 0.001, limits.lossMax)
  if (faults.has('bursts')) {
    const length = spread(random, 2, limits.burstLengthMax)
    const share = spread(random, 0.005, limits.burstShareMax)
    settings.burstEnd = 1 / length
    settings.burstStart = Math.min(1, share / (length * (1 - share)))
    settings.burstLoss = random.chance(0.5) ? 1 : 0.5 + random.unit() / 2
  }
  if (faults.has('duplication')) {
    settings.duplication = spread(random, 0.005, limits.duplicationMax)
    settings.duplicationMs = random.chance(0.3) ? 0 : spread(random, 1, 3000)
  }
  if (faults.has('reordering')) {
    settings.reordering = spread(random, 0.005, limits.reorderingMax)
    settings.reorderingMs = spread(random, 1, 3000)
  }
  if (faults.has('jitter')) settings.jitterMs = spread(random, 1, limits.jitterMsMax)
  if (faults.has('corruption')) settings.corruption = spread(random, 0.001, limits.corruptionMax)
  if (faults.has('outages')) settings.outages = outages(random, limits)
  return settings
}

/** Uniform on a logarithmic scale: as many mild weathers as wild ones, whatever the units. */
function spread(random: Random, from: number, to: number): number {
  return to <= from ? to : Number((from * (to / from) ** random.unit()).toPrecision(3))
}

function outages(random: Random, limits: WeatherLimits): Outage[] {
  const count = random.whole(1, limits.outagesMax + 1)
  const edges = new Set<number>()
  while (edges.size < count * 2) edges.add(random.whole(0, Math.max(limits.stormMs, count * 4)))
  const sorted = [...edges].sort((one, other) => one - other)
  return Array.from({ length: count }, (_, index) => ({
    from: sorted[index * 2]! as Millis,
    to: sorted[index * 2 + 1]! as Millis,
  }))
}
