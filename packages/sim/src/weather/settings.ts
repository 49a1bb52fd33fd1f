import { assert, type Millis } from '@skyferry/engine'

/** A stretch of time in which nothing that is sent gets through, `from` ≤ t < `to`. */
export interface Outage {
  readonly from: Millis
  readonly to: Millis
}

/** What one direction of a link does to the datagrams that are offered to it. Probabilities are 0 to 1. */
export interface WeatherSettings {
  /** How fast the transmitter is, bit/s; Infinity: it takes no time. */
  readonly rateBps: number
  /** Octets that every datagram costs the transmitter beyond its own (28 for UDP over IPv4). */
  readonly overheadOctets: number
  /** How much may wait for the transmitter, the datagram on the air not counted. What finds no room is dropped. */
  readonly queueOctets: number
  readonly queueDatagrams: number
  /** Octets under way at once, what waits included: the bound on memory. What finds no room is dropped. */
  readonly flightOctets: number
  /** One way, from the last bit sent to the last bit received. */
  readonly delayMs: number
  /** Each datagram takes up to this much longer, uniformly, on its own: neighbours may swap. */
  readonly jitterMs: number
  /** Chance that a datagram never arrives, outside bursts. */
  readonly loss: number
  /** Bursts (Gilbert–Elliott): chance per datagram that one begins; 0 for none. */
  readonly burstStart: number
  /** Chance per datagram that a burst ends: its mean length is the inverse. */
  readonly burstEnd: number
  /** Chance that a datagram in a burst is lost. */
  readonly burstLoss: number
  /** Chance that a datagram arrives a second time. */
  readonly duplication: number
  /** The second copy comes up to this much after the first, uniformly. */
  readonly duplicationMs: number
  /** Chance that a datagram is held back so that later ones overtake it. */
  readonly reordering: number
  /** It is held back up to this long, uniformly. */
  readonly reorderingMs: number
  /** Chance that a copy arrives with one to three of its bits flipped. */
  readonly corruption: number
  /** Larger datagrams are dropped. */
  readonly mtuOctets: number
  /** In ascending order, apart from each other. */
  readonly outages: readonly Outage[]
}

/** Nothing is lost, nothing is late: what every other weather is a change of. */
export const CALM: WeatherSettings = {
  rateBps: Infinity,
  overheadOctets: 0,
  queueOctets: Infinity,
  queueDatagrams: 1000,
  flightOctets: 2 ** 29,
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  burstStart: 0,
  burstEnd: 1,
  burstLoss: 1,
  duplication: 0,
  duplicationMs: 0,
  reordering: 0,
  reorderingMs: 0,
  corruption: 0,
  mtuOctets: Infinity,
  outages: [],
}

/** The weather of a link, each direction of its own. */
export interface Weather {
  readonly there: WeatherSettings
  readonly back: WeatherSettings
}

/** The same weather in both directions. */
export function bothWays(settings: Partial<WeatherSettings> = {}): Weather {
  const whole = { ...CALM, ...settings }
  return { there: whole, back: whole }
}

/** The same link on a clear day: its physics (rate, delay, queue, MTU) without its faults. */
export function cleared(settings: WeatherSettings): WeatherSettings {
  return {
    ...settings,
    jitterMs: 0,
    loss: 0,
    burstStart: 0,
    duplication: 0,
    reordering: 0,
    corruption: 0,
    outages: [],
  }
}

const PROBABILITIES = [
  'loss',
  'burstStart',
  'burstEnd',
  'burstLoss',
  'duplication',
  'reordering',
  'corruption',
] as const
const AMOUNTS = [
  'overheadOctets',
  'queueOctets',
  'queueDatagrams',
  'flightOctets',
  'delayMs',
  'jitterMs',
  'duplicationMs',
  'reorderingMs',
  'mtuOctets',
] as const

/** Asserts that a machine can be built from these numbers; whoever takes them from a user checks them first. */
export function assertSettings(settings: WeatherSettings): void {
  for (const name of PROBABILITIES) {
    assert(settings[name] >= 0 && settings[name] <= 1, `${name} is a probability`)
  }
  for (const name of AMOUNTS) assert(settings[name] >= 0, `${name} is not negative`)
  assert(settings.rateBps > 0, 'rateBps is above zero; a link that sends nothing is down')
  let end = -Infinity
  for (const { from, to } of settings.outages) {
    assert(from >= end && to > from, 'outages are in order and have a length')
    end = to
  }
}
