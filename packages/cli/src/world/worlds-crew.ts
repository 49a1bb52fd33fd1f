import { Worker } from 'node:worker_threads'
import { seedInHex } from '@skyferry/sim'
import type { Portion } from './worlds-plan.ts'
import type { PortionOutcome, WorkerStart } from './worlds-worker.ts'

/** A seed that takes longer than this is taken for one that never comes to an end. */
const SEED_MS_MAX = 120_000
const LOOK_MS = 1000

/**
 * Has portions run by worker threads, one portion each at a time. A thread that is caught in one seed is ended, the
 * seed counts as failed, and another thread goes on behind it.
 *
 * @param tell called for every portion that is done
 */
export async function runPortions(
  portions: readonly Portion[],
  { jobs, commit, tell }: { jobs: number; commit: string | undefined; tell(outcome: PortionOutcome): void },
): Promise<void> {
  const left = [...portions].reverse()
  const count = Math.min(jobs, portions.length)
  await Promise.all(Array.from({ length: count }, () => work(left, commit, tell)))
}

async function work(
  left: Portion[],
  commit: string | undefined,
  tell: (outcome: PortionOutcome) => void,
): Promise<void> {
  let member = new Member(commit)
  for (let portion = left.pop(); portion !== undefined; portion = left.pop()) {
    const outcome = await member.run(portion)
    if (outcome.kind === 'done') {
      tell(outcome.outcome)
      continue
    }
    const { seed } = outcome
    tell({ seeds: 1, virtualMs: 0, datagrams: 0, failures: [stuck(portion.world, seed)] })
    left.push({ ...portion, from: seed + 1, count: portion.from + portion.count - seed - 1 })
    await member.end()
    member = new Member(commit)
  }
  await member.end()
}

function stuck(world: string, seed: number): PortionOutcome['failures'][number] {
  const report = [
    `✗ ${world} — the run comes to an end`,
    `  after ${SEED_MS_MAX / 1000} s of this machine's time it had not`,
    `  replay   npm run world -- ${world} --seed ${seedInHex(seed)}`,
  ]
  return { world, seed, report: report.join('\n') }
}

/** One thread. */
class Member {
  readonly #shared: SharedArrayBuffer = new SharedArrayBuffer(8)
  readonly #worker: Worker

  constructor(commit: string | undefined) {
    const workerData: WorkerStart = { commit, seed: this.#shared }
    this.#worker = new Worker(new URL('./worlds-worker.js', import.meta.url), { workerData })
  }

  run(
    portion: Portion,
  ): Promise<{ kind: 'done'; outcome: PortionOutcome } | { kind: 'stuck'; seed: number }> {
    const current = new Float64Array(this.#shared)
    current[0] = portion.from
    return new Promise((resolve, reject) => {
      let seed = portion.from
      let since = performance.now()
      const look = setInterval(() => {
        if (current[0] !== seed) {
          seed = current[0]!
          since = performance.now()
        } else if (performance.now() - since > SEED_MS_MAX) finish(() => resolve({ kind: 'stuck', seed }))
      }, LOOK_MS)
      const finish = (then: () => void): void => {
        clearInterval(look)
        // Only ours: a worker listens to itself too.
        this.#worker.off('message', onMessage)
        this.#worker.off('error', onError)
        then()
      }
      const onMessage = (outcome: PortionOutcome): void => finish(() => resolve({ kind: 'done', outcome }))
      const onError = (error: unknown): void => finish(() => reject(error))
      this.#worker.on('message', onMessage)
      this.#worker.on('error', onError)
      this.#worker.postMessage(portion)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
