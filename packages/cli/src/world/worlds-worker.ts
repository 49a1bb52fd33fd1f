/** Runs portions of seeds in a thread of its own and says how they went. */
import { parentPort, workerData } from 'node:worker_threads'
import { ALL_WORLDS } from '@skyferry/worlds'
import type { Portion } from './worlds-plan.ts'

/** What a worker is started with. */
export interface WorkerStart {
  readonly commit: string | undefined
  /** One number: the seed being run, for whoever must say which one never came to an end. */
  readonly seed: SharedArrayBuffer
}

export interface FailedSeed {
  readonly world: string
  readonly seed: number
  readonly report: string
}

/** How a portion went. */
export interface PortionOutcome {
  readonly seeds: number
  readonly virtualMs: number
  readonly datagrams: number
  readonly failures: readonly FailedSeed[]
}

const { commit, seed: shared } = workerData as WorkerStart
const current = new Float64Array(shared)

parentPort!.on('message', ({ world, from, count }: Portion) => {
  const plan = ALL_WORLDS.find(each => each.name === world)!
  const failures: FailedSeed[] = []
  let virtualMs = 0
  let datagrams = 0
  for (let seed = from; seed < from + count; seed++) {
    current[0] = seed
    const verdict = plan.run(seed, commit)
    virtualMs += verdict.virtualMs
    datagrams += verdict.datagrams
    if (verdict.kind === 'failed') failures.push({ world, seed, report: verdict.report })
  }
  const outcome: PortionOutcome = { seeds: count, virtualMs, datagrams, failures }
  parentPort!.postMessage(outcome)
})
