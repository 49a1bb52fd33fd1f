/** The knobs of bad weather as people turn them: what `loss: 5%` in a file or `set loss 5%` on a line means. */
import type { Millis } from '@skyferry/engine'
import {
  parseCount,
  parseDuration,
  parseProbability,
  parseRate,
  parseSize,
  suggestion,
  UnitError,
} from '@skyferry/units'
import type { Outage, WeatherSettings } from './settings.ts'

/** What one knob changes of a weather. */
export type Patch = Partial<WeatherSettings>

export interface Knob {
  /** What stands behind the option in --help. */
  readonly value: string
  readonly description: string
  readonly parse: (text: string) => Patch
}

/** How far a datagram is held back when nobody says. */
const REORDERING_MS = 50

/** Every knob by its name. */
export const KNOBS: Readonly<Record<string, Knob>> = {
  rate: {
    value: '<rate>',
    description: 'what the transmitter carries, headers included (1Mbit/s); as fast as it can',
    parse: text => ({ rateBps: text === 'unlimited' ? Infinity : parseRate(text) }),
  },
  delay: {
    value: '<duration>',
    description: 'one way (40ms)',
    parse: text => ({ delayMs: parseDuration(text) }),
  },
  jitter: {
    value: '<duration>',
    description: 'up to this much more, each datagram on its own, so that neighbours may swap',
    parse: text => ({ jitterMs: parseDuration(text) }),
  },
  loss: {
    value: '<share>',
    description: 'chance that a datagram is lost (5%)',
    parse: text => ({ loss: parseProbability(text) }),
  },
  burst: {
    value: '<start:length[:loss]>',
    description: 'bursts of loss: chance to begin per datagram, mean length in datagrams (0.5%:20)',
    parse: parseBurst,
  },
  duplicate: {
    value: '<share[:duration]>',
    description: 'chance that a datagram comes twice, the second up to so much later (5%:100ms)',
    parse: text => {
      const [share, late] = parseShareAndTime(text)
      return { duplication: share, ...(late === undefined ? {} : { duplicationMs: late }) }
    },
  },
  reorder: {
    value: '<share[:duration]>',
    description: `chance that a datagram is held back, and for how long at most (5%:${REORDERING_MS}ms)`,
    parse: text => {
      const [share, late] = parseShareAndTime(text)
      return { reordering: share, reorderingMs: late ?? REORDERING_MS }
    },
  },
  corrupt: {
    value: '<share>',
    description: 'chance that some bits of a datagram are flipped (1%)',
    parse: text => ({ corruption: parseProbability(text) }),
  },
  mtu: {
    value: '<size>',
    description: 'larger datagrams are dropped',
    parse: text => ({ mtuOctets: parseSize(text) }),
  },
  queue: {
    value: '<size|count>',
    description: 'what may wait for the transmitter: octets (64KiB) or datagrams (1000)',
    parse: text =>
      /^\d+$/.test(text.trim()) ? { queueDatagrams: parseCount(text, 0) } : { queueOctets: parseSize(text) },
  },
  overhead: {
    value: '<size>',
    description: 'what a datagram costs beside its own octets (28, the headers of UDP and IPv4)',
    parse: text => ({ overheadOctets: parseSize(text) }),
  },
}

/**
 * @param text as typed
 * @throws {UnitError} when there is no such knob, or the value is none
 */
export function parseKnob(name: string, text: string): Patch {
  const knob = Object.hasOwn(KNOBS, name) ? KNOBS[name] : undefined
  if (knob === undefined)
    throw new UnitError(`'${name}' is not known: ${suggestion(name, Object.keys(KNOBS))}`)
  return knob.parse(text)
}

/**
 * Outages in order of time.
 * @throws {UnitError} when one is none, or two overlap
 */
export function parseOutages(texts: readonly string[]): readonly Outage[] {
  const outages = texts.map(parseOutage).sort((one, other) => one.from - other.from)
  for (const [index, outage] of outages.entries()) {
    const next = outages[index + 1]
    if (next !== undefined && next.from < outage.to) {
      throw new UnitError(`outages overlap between ${next.from / 1000} s and ${outage.to / 1000} s`)
    }
  }
  return outages
}

/** `10s-20s`, counted from the start. */
export function parseOutage(text: string): Outage {
  const [from, to, ...rest] = text.split('-')
  if (from === undefined || to === undefined || rest.length > 0) {
    throw new UnitError(`'${text}' is not FROM-TO, as in 10s-20s`)
  }
  const outage = { from: parseDuration(from) as Millis, to: parseDuration(to) as Millis }
  if (outage.to <= outage.from) throw new UnitError(`'${text}' ends before it begins`)
  return outage
}

function parseBurst(text: string): Patch {
  const [start, length, loss, ...rest] = text.split(':')
  if (start === undefined || length === undefined || rest.length > 0) {
    throw new UnitError(`'${text}' is not START:LENGTH, as in 0.5%:20`)
  }
  return {
    burstStart: parseProbability(start),
    burstEnd: 1 / parseCount(length, 1),
    burstLoss: loss === undefined ? 1 : parseProbability(loss),
  }
}

function parseShareAndTime(text: string): readonly [number, number | undefined] {
  const [share, late, ...rest] = text.split(':')
  if (rest.length > 0) throw new UnitError(`'${text}' is not SHARE:DURATION, as in 5%:50ms`)
  return [parseProbability(share!), late === undefined ? undefined : parseDuration(late)]
}
