/** `link emulate`: a bad link between two ends, steered by lines and ended by a signal. Parsing is pure; the link is handed in. */
import type { WeatherCounters, WeatherSettings } from '@skyferry/sim'
import { formatHostPort } from '../formats.ts'
import type { Output } from '../output/output.ts'
import { type HostPort, parseHostPort, parsePeer, parseUnsigned } from '../units.ts'
import { option, UsageError } from '../usage.ts'
import { DIRECTIONS, type Direction, parseTurn, parseWeather } from './knobs.ts'
import type { RawEmulateOptions } from './options.ts'

export interface EmulatePlan {
  /** Where the two ends listen. */
  readonly a: HostPort
  readonly b: HostPort
  /** Where each end sends to. */
  readonly listenA: HostPort
  readonly listenB: HostPort
  readonly weather: Readonly<Record<Direction, Partial<WeatherSettings>>>
  readonly seed: number
  /** Whether lines on stdin are commands. */
  readonly control: boolean
}

const ANYWHERE: HostPort = { host: '127.0.0.1', port: 0 }

/**
 * @param chance a seed for when none is given
 * @throws {UsageError} naming the option
 */
export function parseEmulate(raw: RawEmulateOptions, chance: () => number): EmulatePlan {
  const a = option('--a', raw.a, parsePeer)!
  const b = option('--b', raw.b, parsePeer)!
  const listenA = option('--listen-a', raw.listenA, parseHostPort) ?? ANYWHERE
  const listenB = option('--listen-b', raw.listenB, parseHostPort) ?? ANYWHERE
  refuseTwice({ '--a': a, '--b': b, '--listen-a': listenA, '--listen-b': listenB })
  return {
    a,
    b,
    listenA,
    listenB,
    weather: parseWeather(raw),
    seed: option('--seed', raw.seed, parseSeed) ?? chance(),
    control: raw.control ?? false,
  }
}

/** Four places: where two are one, one end can only wait, or the link talks to itself. */
function refuseTwice(places: Readonly<Record<string, HostPort>>): void {
  const taken = new Map<string, string>()
  for (const [name, place] of Object.entries(places)) {
    if (place.port === 0) continue
    const where = formatHostPort(place)
    const other = taken.get(where)
    if (other !== undefined) throw new UsageError(`${name}: '${where}' is ${other} already`)
    taken.set(where, name)
  }
}

function parseSeed(text: string): number {
  const seed = Number(parseUnsigned(text))
  if (!Number.isSafeInteger(seed)) throw new UsageError(`'${text}' is above ${Number.MAX_SAFE_INTEGER}`)
  return seed
}

/** An emulated link at work. */
export interface EmulatedLink {
  readonly listenA: HostPort
  readonly listenB: HostPort
  setUp(direction: Direction, up: boolean): void
  adjust(direction: Direction, patch: Partial<WeatherSettings>): void
  counters(direction: Direction): WeatherCounters
}

/** Says where the ends are to send to; the first line of every run. */
export function announce(plan: EmulatePlan, link: EmulatedLink, output: Output): void {
  const listenA = formatHostPort(link.listenA)
  const listenB = formatHostPort(link.listenB)
  const seed = `0x${plan.seed.toString(16)}`
  output.event({
    code: 'listening',
    text: `A (${formatHostPort(plan.a)}) sends to ${listenA}, B (${formatHostPort(plan.b)}) sends to ${listenB}; seed ${seed}`,
    fields: { listenA, listenB, seed },
  })
}

/**
 * Obeys one control line: `down`, `up`, both perhaps with `ab` or `ba`, `set KNOB VALUE`, `counters`, `quit`.
 * A line that is none is said to be none, and changes nothing.
 *
 * @returns whether to go on
 */
export function obey(line: string, link: EmulatedLink, output: Output): boolean {
  const [verb, first, ...rest] = line.trim().split(/\s+/)
  try {
    switch (verb) {
      case '':
        return true
      case 'up':
      case 'down':
        for (const direction of directionsOf(first)) link.setUp(direction, verb === 'up')
        output.event({ code: verb, text: `the link is ${verb}${first === undefined ? '' : ` (${first})`}` })
        return true
      case 'set': {
        if (first === undefined || rest.length === 0)
          throw new UsageError('write set KNOB VALUE, as in set loss 5%')
        const { directions, patch } = parseTurn(first, rest.join(' '))
        for (const direction of directions) link.adjust(direction, patch)
        output.event({ code: 'set', text: `${first} is ${rest.join(' ')}` })
        return true
      }
      case 'counters':
        tellCounters(link, output)
        return true
      case 'quit':
        return false
      default:
        throw new UsageError(`'${verb}' is not known: one of up, down, set, counters, quit`)
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    output.event({ code: 'refused', text: error.message })
    return true
  }
}

function directionsOf(word: string | undefined): readonly Direction[] {
  if (word === undefined) return DIRECTIONS
  const found = DIRECTIONS.find(direction => direction === word)
  if (found === undefined) throw new UsageError(`'${word}' is no direction: ab or ba`)
  return [found]
}

/** What became of the datagrams, one line for each direction. */
export function tellCounters(link: EmulatedLink, output: Output): void {
  for (const direction of DIRECTIONS) {
    const counters = link.counters(direction)
    const words = Object.entries(counters).map(([name, count]) => `${count} ${wordsOf(name)}`)
    const text = `${direction === 'ab' ? 'A → B' : 'B → A'}  ${words.join(', ')}`
    output.finding({ type: 'counters', fields: { direction, ...counters }, text })
  }
}

/** `queueDropped` as `queue dropped`. */
function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
}
