/** What `npm run worlds` runs: options, and seeds cut into portions. Pure. */
import { parseArgs } from 'node:util'
import type { WorldPlan } from '@skyferry/sim'
import { parseCount, parseUnsigned } from '../units.ts'
import { nearest, option, UsageError } from '../usage.ts'

export interface WorldsRequest {
  /** Runs of all worlds together. */
  readonly seeds: number
  /** Names; empty for every world. */
  readonly worlds: readonly string[]
  /** The first seed; undefined: some that are always the same, and some that the commit chooses. */
  readonly from: number | undefined
  readonly jobs: number
  readonly isJson: boolean
}

/** So many seeds of one world, from the first. */
export interface Portion {
  readonly world: string
  readonly from: number
  readonly count: number
}

const SEEDS_DEFAULT = 2000
/** Of the seeds that every run repeats. */
const FIXED_MAX = 10_000
/** Small enough that two workers end at about the same time, large enough that handing them out costs nothing. */
const PORTION_SEEDS = 50

/** @throws {UsageError} */
export function parseWorlds(args: readonly string[]): WorldsRequest {
  const { values } = read(args)
  return {
    seeds: option('--seeds', values.seeds, text => parseCount(text, 1)) ?? SEEDS_DEFAULT,
    worlds: values.world ?? [],
    from: option('--from', values.from, text => Number(parseUnsigned(text))),
    jobs: option('--jobs', values.jobs, text => parseCount(text, 1, 64)) ?? 2,
    isJson: values.json ?? false,
  }
}

function read(args: readonly string[]): {
  readonly values: { seeds?: string; world?: string[]; from?: string; jobs?: string; json?: boolean }
} {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string' },
        world: { type: 'string', multiple: true },
        from: { type: 'string' },
        jobs: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/**
 * Shares the seeds out among the worlds, by their shares and at least one each. Without a first seed, half of them (10,000 at most) are the same in every run,
 * and the rest are taken from the commit, so that every push tries some that nobody has tried.
 *
 * @param commit hexadecimal; undefined outside a clone
 * @throws {UsageError} for a name that no world has
 */
export function planWorlds(
  { seeds, worlds, from }: Pick<WorldsRequest, 'seeds' | 'worlds' | 'from'>,
  known: readonly Known[],
  commit: string | undefined,
): Portion[] {
  const chosen = worlds.length === 0 ? known : worlds.map(name => find(name, known))
  const whole = chosen.reduce((sum, { share }) => sum + share, 0)
  const portions: Portion[] = []
  let shared = 0
  let given = 0
  for (const { name, share } of chosen) {
    shared += share
    const count = Math.max(1, Math.round((seeds * shared) / whole) - given)
    given += count
    if (from !== undefined || commit === undefined) portions.push(...cut(name, from ?? 0, count))
    else {
      const fixed = Math.min(Math.ceil(count / 2), Math.ceil((FIXED_MAX * share) / whole))
      portions.push(...cut(name, 0, fixed), ...cut(name, freshSeed(commit), count - fixed))
    }
  }
  return portions
}

/** What is to be known of a world to share seeds out. */
type Known = Pick<WorldPlan, 'name' | 'share'>

function find(name: string, known: readonly Known[]): Known {
  const found = known.find(each => each.name === name)
  if (found !== undefined) return found
  const near = nearest(
    name,
    known.map(each => each.name),
  )
  throw new UsageError(`there is no world '${name}'${near === undefined ? '' : `; did you mean '${near}'?`}`)
}

/** Where a commit's own seeds begin. */
export function freshSeed(commit: string): number {
  return Number.parseInt(commit.slice(0, 8), 16)
}

function cut(world: string, from: number, count: number): Portion[] {
  const portions: Portion[] = []
  for (let done = 0; done < count; done += PORTION_SEEDS) {
    portions.push({ world, from: from + done, count: Math.min(PORTION_SEEDS, count - done) })
  }
  return portions
}
