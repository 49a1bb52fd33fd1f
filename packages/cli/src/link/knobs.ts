/** The knobs of an emulated link: what `--loss 5%`, `--loss-ab 5%` and the control line `set loss 5%` mean. Pure. */
import { KNOBS, type Patch, parseKnob, parseOutages } from '@skyferry/sim'
import { suggestion } from '@skyferry/units'
import { asUsage, option, UsageError } from '../usage.ts'

export { KNOBS } from '@skyferry/sim'

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
  if (!Object.hasOwn(KNOBS, word!)) {
    throw new UsageError(`'${name}' is not known: ${suggestion(word!, Object.keys(KNOBS))}`)
  }
  const directions = direction === undefined ? DIRECTIONS : [direction as Direction]
  return { directions, patch: asUsage(parseKnob)(word!, text) }
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
    const outages = option(`--outage${suffix}`, texts.map(String), parseOutages)!
    for (const direction of DIRECTIONS) {
      if (suffix === '' || suffix === `-${direction}`) weather[direction] = { ...weather[direction], outages }
    }
  }
  return weather
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
