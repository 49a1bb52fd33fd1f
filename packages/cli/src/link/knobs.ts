/** The knobs of an emulated link: what `--loss 5%`, `--loss-ab 5%` and the control line `set loss 5%` mean. Pure. */
import type { Millis } from '@skyferry/engine'
import type { Outage, WeatherSettings } from '@skyferry/sim'
import { parseCount, parseDuration, parseProbability, parseRate, parseSize } from '../units.ts'
import { nearest, option, UsageError } from '../usage.ts'

type Patch = Partial<WeatherSettings>

interface Knob {
  /** What stands behind the option in --help. */
  readonly value: string
  readonly description: string
  readonly parse: (text: string) => Patch
}

/** How far a datagram is held back when nobody says. */
const REORDERING_MS = 50

/** Each is an option for both directions, and with -ab or -ba behind it for one. */
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

/** The two directions by their names. */
export const DIRECTIONS = ['ab', 'ba'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** One knob turned: which directions, and to what. */
export interface Turn {
  readonly directions: readonly Direction[]
  readonly patch: Patch
}

/**
 * @param name  `loss`, or `loss-ab` for one direction
 * @throws {UsageError} when there is no such knob, or the value is none
 */
export function parseTurn(name: string, text: string): Turn {
  const [, word, direction] = /^(.*?)(?:-(ab|ba))?$/.exec(name)!
  const knob = Object.hasOwn(KNOBS, word!) ? KNOBS[word!] : undefined
  if (knob === undefined) {
    const near = nearest(word!, Object.keys(KNOBS))
    const hint = near === undefined ? `one of ${Object.keys(KNOBS).join(', ')}` : `did you mean '${near}'?`
    throw new UsageError(`'${name}' is not known: ${hint}`)
  }
  const directions = direction === undefined ? DIRECTIONS : [direction as Direction]
  return { directions, patch: knob.parse(text) }
}

/**
 * The weather of both directions from options as commander gives them (camel case). What is said for one direction
 * counts more than what is said for both.
 */
export function parseWeather(raw: Readonly<Record<string, unknown>>): Readonly<Record<Direction, Patch>> {
  const weather: Record<Direction, Patch> = { ab: { overheadOctets: 28 }, ba: { overheadOctets: 28 } }
  for (const suffix of ['', '-ab', '-ba']) {
    for (const word of Object.keys(KNOBS)) {
      const text = raw[camelCase(word + suffix)]
      if (typeof text !== 'string') continue
      const turn = option(`--${word}${suffix}`, text, each => parseTurn(word + suffix, each))!
      for (const direction of turn.directions) weather[direction] = { ...weather[direction], ...turn.patch }
    }
  }
  for (const suffix of ['', '-ab', '-ba']) {
    const texts = raw[camelCase(`outage${suffix}`)]
    if (!Array.isArray(texts)) continue
    const outages = parseOutages(texts.map(String), `--outage${suffix}`)
    for (const direction of DIRECTIONS) {
      if (suffix === '' || suffix === `-${direction}`) weather[direction] = { ...weather[direction], outages }
    }
  }
  return weather
}

function parseOutages(texts: readonly string[], name: string): readonly Outage[] {
  const outages = texts.map(text => option(name, text, parseOutage)!)
  outages.sort((one, other) => one.from - other.from)
  for (const [index, outage] of outages.entries()) {
    const next = outages[index + 1]
    if (next !== undefined && next.from < outage.to) {
      throw new UsageError(`${name}: outages overlap between ${next.from / 1000} s and ${outage.to / 1000} s`)
    }
  }
  return outages
}

/** `10s-20s`, counted from the start. */
export function parseOutage(text: string): Outage {
  const [from, to, ...rest] = text.split('-')
  if (from === undefined || to === undefined || rest.length > 0) {
    throw new UsageError(`'${text}' is not FROM-TO, as in 10s-20s`)
  }
  const outage = { from: parseDuration(from) as Millis, to: parseDuration(to) as Millis }
  if (outage.to <= outage.from) throw new UsageError(`'${text}' ends before it begins`)
  return outage
}

function parseBurst(text: string): Patch {
  const [start, length, loss, ...rest] = text.split(':')
  if (start === undefined || length === undefined || rest.length > 0) {
    throw new UsageError(`'${text}' is not START:LENGTH, as in 0.5%:20`)
  }
  return {
    burstStart: parseProbability(start),
    burstEnd: 1 / parseCount(length, 1),
    burstLoss: loss === undefined ? 1 : parseProbability(loss),
  }
}

function parseShareAndTime(text: string): readonly [number, Millis | undefined] {
  const [share, late, ...rest] = text.split(':')
  if (rest.length > 0) throw new UsageError(`'${text}' is not SHARE:DURATION, as in 5%:50ms`)
  return [parseProbability(share!), late === undefined ? undefined : parseDuration(late)]
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
