import type { Millis } from '@skyferry/engine'
import { type FailureFacts, failureReport, type ReportHeading, WorldFailure } from './failure.ts'
import type { World } from './world.ts'

/** What a world's body gets: hand it to `new World`. */
export interface Run {
  readonly seed: number
  /** Are last words wanted? Not in the first run of a seed: they cost more than the run. */
  readonly hasWords: boolean
  /** The world that the body made; its constructor writes this. */
  world: World | undefined
}

/** How the run of one seed ended. */
export type Verdict = {
  readonly seed: number
  readonly virtualMs: number
  readonly steps: number
  readonly datagrams: number
} & (
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly claim: string; readonly report: string; readonly cause: unknown }
)

/** A world by name: one story, as many runs as there are seeds. */
export interface WorldPlan {
  /** As the command line takes it: `cfdp/two-entities`. */
  readonly name: string
  /** In words: `two entities, one file, any weather`. */
  readonly title: string
  /** Seeds it gets when many are shared out, compared to a world of 1: one that takes seconds gets few. */
  readonly share: number
  /** Never throws. @param commit of the sources, for the report */
  run(seed: number, commit?: string): Verdict
}

/**
 * Names a world.
 *
 * ```ts
 * export const twoEntities = world('cfdp/two-entities', 'two entities, one file, any weather', run => {
 *   const sky = new World(run, weatherFrom(run.seed))
 *   …
 * })
 * ```
 *
 * @param body builds a world from the run it is given and lives through it; it throws what `World` throws
 */
export function world(name: string, title: string, body: (run: Run) => void, share = 1): WorldPlan {
  return {
    name,
    title,
    share,
    run(seed, commit) {
      const silent: Run = { seed, hasWords: false, world: undefined }
      const failure = problemOf(body, silent)
      if (failure === undefined) return { kind: 'held', ...figures(silent) }
      const spoken: Run = { seed, hasWords: true, world: undefined }
      const again = problemOf(body, spoken)
      return {
        kind: 'failed',
        ...figures(silent),
        claim: failure.facts.claim,
        report: report(failure.facts, again?.facts, { name, title, commit }),
        cause: failure.cause,
      }
    },
  }
}

/** The plan of that name, or undefined. */
export function findWorld(plans: readonly WorldPlan[], name: string): WorldPlan | undefined {
  return plans.find(plan => plan.name === name)
}

function problemOf(body: (run: Run) => void, run: Run): WorldFailure | undefined {
  try {
    body(run)
    return undefined
  } catch (problem) {
    if (problem instanceof WorldFailure) return problem
    const facts = { seed: run.seed, at: 0 as Millis, step: 0, weather: 'unknown', lastWords: [] }
    const claim = 'the story itself can be told'
    return (
      run.world?.failure(claim, String(problem), problem) ??
      new WorldFailure({ ...facts, claim, detail: String(problem) }, problem)
    )
  }
}

function figures(run: Run): { seed: number; virtualMs: number; steps: number; datagrams: number } {
  const { seed, world: sky } = run
  return {
    seed,
    virtualMs: sky?.now ?? 0,
    steps: sky?.clock.steps ?? 0,
    datagrams: sky?.datagrams ?? 0,
  }
}

/** The first run knows what failed, the second how it came to that, if it went the same way. */
function report(first: FailureFacts, second: FailureFacts | undefined, heading: ReportHeading): string {
  const isSame = second !== undefined && second.claim === first.claim && second.step === first.step
  if (isSame) return failureReport(second, heading)
  return [
    failureReport(first, heading),
    '  note     run again, this seed did not fail the same way: something here is not decided by the seed',
  ].join('\n')
}
