/**
 * `npm run worlds -- --seeds N [--world NAME]… [--from SEED] [--jobs 2] [--json]`: many seeds of the simulated worlds.
 * What fails is printed with the line that replays it; the last line is `N passed, N failed`; exits 1 when any failed.
 */
import { execFileSync } from 'node:child_process'
import { WORLDS } from '@skyferry/worlds'
import { CommandError, Exit } from '../usage.ts'
import { runPortions } from './worlds-crew.ts'
import { parseWorlds, planWorlds, type WorldsRequest } from './worlds-plan.ts'
import type { PortionOutcome } from './worlds-worker.ts'

/** How often the way so far is told, where nobody looks at a terminal. */
const PROGRESS_MS = 10_000
/** Reports printed in full; a broken engine fails everywhere. */
const REPORTS_MAX = 20

interface Totals {
  seeds: number
  failed: number
  virtualMs: number
  datagrams: number
}

async function main(args: readonly string[]): Promise<Exit> {
  const request = parseWorlds(args)
  const commit = commitOf()
  const portions = planWorlds(request, WORLDS, commit)
  const totals: Totals = { seeds: 0, failed: 0, virtualMs: 0, datagrams: 0 }
  const began = performance.now()
  let told = began
  const tell = (outcome: PortionOutcome): void => {
    totals.seeds += outcome.seeds
    totals.failed += outcome.failures.length
    totals.virtualMs += outcome.virtualMs
    totals.datagrams += outcome.datagrams
    printFailures(outcome, totals, request)
    if (performance.now() - told < PROGRESS_MS || request.isJson) return
    told = performance.now()
    process.stderr.write(`${summary(totals, performance.now() - began)}\n`)
  }
  await runPortions(portions, { jobs: request.jobs, commit, tell })
  printEnd(totals, performance.now() - began, request)
  return totals.failed === 0 ? Exit.Done : Exit.Failed
}

function printFailures({ failures }: PortionOutcome, totals: Totals, { isJson }: WorldsRequest): void {
  for (const [index, failure] of failures.entries()) {
    if (isJson) print(JSON.stringify({ type: 'failure', ...failure }))
    else if (totals.failed - failures.length + index < REPORTS_MAX) print(`${failure.report}\n`)
    else print(`✗ ${failure.world} --seed ${failure.seed}`)
  }
}

function printEnd(totals: Totals, elapsedMs: number, { isJson }: WorldsRequest): void {
  const passed = totals.seeds - totals.failed
  if (isJson) {
    const { virtualMs, datagrams, failed } = totals
    const virtualHours = virtualMs / 3_600_000
    print(
      JSON.stringify({ type: 'result', passed, failed, virtualHours, datagrams, seconds: elapsedMs / 1000 }),
    )
    return
  }
  print(summary(totals, elapsedMs))
  print(`${passed} passed, ${totals.failed} failed`)
}

function summary({ seeds, virtualMs, datagrams }: Totals, elapsedMs: number): string {
  const seconds = elapsedMs / 1000
  const hours = virtualMs / 3_600_000
  return [
    `${seeds} worlds in ${seconds.toFixed(1)} s (${(seeds / seconds).toFixed(0)}/s)`,
    `${hours.toFixed(0)} virtual hours (${(hours / seconds).toFixed(0)} per second)`,
    `${(datagrams / 1e6).toFixed(2)} million datagrams`,
  ].join(', ')
}

/** The commit of these sources, for replay lines and for seeds of its own. */
function commitOf(): string | undefined {
  try {
    const cwd = new URL('.', import.meta.url)
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exit
}
