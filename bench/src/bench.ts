/** What a bench is to the program that runs it. */
import type { ParseArgsConfig } from 'node:util'
import type { Figure } from './figures.ts'

export type Options = NonNullable<ParseArgsConfig['options']>
export type Values = ReadonlyMap<string, string | boolean>

export interface Bench {
  readonly name: string
  /** Beyond `--json`, `--record` and `--help`. */
  readonly options: Options
  /** Lines of help, one per option. */
  readonly help: readonly string[]
  /** Measures, and reports each figure as soon as it stands. Throws only when it cannot measure at all. */
  run(values: Values, say: Say): Promise<void>
}

export interface Say {
  figure(figure: Omit<Figure, 'bench'>): void
  /** One line on stderr: what is being measured now, or why something is not. */
  progress(text: string): void
}

/** A count from an option, or its default. */
export function countOf(values: Values, name: string, otherwise: number): number {
  const text = values.get(name)
  if (typeof text !== 'string') return otherwise
  const count = Number(text)
  if (!Number.isFinite(count) || count <= 0)
    throw new UsageError(`--${name} takes a number above 0, not "${text}"`)
  return count
}

/** A share from 0 to 1 from an option, or its default. */
export function shareOf(values: Values, name: string, otherwise: number): number {
  const text = values.get(name)
  if (typeof text !== 'string') return otherwise
  const share = Number(text)
  if (!(share >= 0 && share <= 1)) throw new UsageError(`--${name} takes a share from 0 to 1, not "${text}"`)
  return share
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** Octets from an option such as `64MiB`, or its default. */
export function octetsOf(values: Values, name: string, otherwise: number): number {
  const text = values.get(name)
  if (typeof text !== 'string') return otherwise
  const match = /^([0-9.]+)\s*([A-Za-z]*)$/.exec(text)
  const unit = match === null ? undefined : UNITS[match[2]!]
  if (match === null || unit === undefined)
    throw new UsageError(`--${name} takes a size such as 64MiB, not "${text}"`)
  return Math.round(Number(match[1]) * unit)
}

/** Names from a comma-separated option, each one of `known`; absent, all of them. */
export function namesOf<Name extends string>(
  values: Values,
  option: string,
  known: readonly Name[],
): readonly Name[] {
  const text = values.get(option)
  if (typeof text !== 'string') return known
  return text.split(',').map(asked => {
    const found = known.find(name => name.toLowerCase() === asked.trim().toLowerCase())
    if (found === undefined) throw new UsageError(`--${option} knows ${known.join(', ')}, not "${asked}"`)
    return found
  })
}

/** The command was asked for something it does not have; exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
