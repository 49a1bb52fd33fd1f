/** `world`: replays one run of a simulated world, or says which there are. Parsing is pure; `runWorld` gets its worlds. */

import { formatDuration } from '../formats.ts'
import type { Output } from '../output/output.ts'
import { parseUnsigned } from '../units.ts'
import { Exit, nearest, option, UsageError } from '../usage.ts'

/** A world as the command needs it; what `@skyferry/worlds` lists. */
export interface WorldPlan {
  readonly name: string
  /** In words. */
  readonly title: string
  run(seed: number, commit?: string): Verdict
}

export type Verdict = {
  readonly seed: number
  readonly virtualMs: number
  readonly steps: number
  readonly datagrams: number
} & ({ readonly kind: 'held' } | { readonly kind: 'failed'; readonly claim: string; readonly report: string })

export interface RawWorldOptions {
  readonly seed?: string
  readonly list?: boolean
  readonly json?: boolean
}

export type WorldRequest =
  | { readonly kind: 'list' }
  | { readonly kind: 'run'; readonly name: string; readonly seed: number }

/**
 * @param chance a seed for when none is given
 * @throws {UsageError}
 */
export function parseWorld(
  name: string | undefined,
  raw: RawWorldOptions,
  chance: () => number,
): WorldRequest {
  if (raw.list === true) return { kind: 'list' }
  if (name === undefined) throw new UsageError('NAME is missing; skyferry world --list shows which there are')
  const seed = option('--seed', raw.seed, parseSeed) ?? chance()
  return { kind: 'run', name, seed }
}

/** Seeds are what a number holds exactly. */
function parseSeed(text: string): number {
  const seed = Number(parseUnsigned(text))
  if (!Number.isSafeInteger(seed)) throw new UsageError(`'${text}' is above ${Number.MAX_SAFE_INTEGER}`)
  return seed
}

/** @returns the status of the process: 1 when a claim turned out false */
export function runWorld(request: WorldRequest, worlds: readonly WorldPlan[], output: Output): Exit {
  if (request.kind === 'list') {
    for (const { name, title } of worlds) {
      output.finding({ type: 'world', fields: { name, title }, text: `${name.padEnd(32)}${title}` })
    }
    return Exit.Done
  }
  const plan = worlds.find(each => each.name === request.name)
  if (plan === undefined)
    throw new UsageError(`there is no world '${request.name}'${hint(request.name, worlds)}`)
  const verdict = plan.run(request.seed)
  const { virtualMs, steps, datagrams } = verdict
  const fields = { name: plan.name, seed: request.seed, seconds: virtualMs / 1000, steps, datagrams }
  if (verdict.kind === 'failed') {
    const { claim, report } = verdict
    output.finding({ type: 'world', fields: { ...fields, state: 'failed', claim, report }, text: report })
    return Exit.Failed
  }
  const time = formatDuration(virtualMs)
  const text = `✓ ${plan.title}, seed 0x${request.seed.toString(16)}: ${time} of virtual time, ${steps} steps, ${datagrams} datagrams`
  output.finding({ type: 'world', fields: { ...fields, state: 'held' }, text })
  return Exit.Done
}

function hint(name: string, worlds: readonly WorldPlan[]): string {
  const near = nearest(
    name,
    worlds.map(each => each.name),
  )
  return near === undefined ? '; skyferry world --list shows which there are' : `; did you mean '${near}'?`
}
