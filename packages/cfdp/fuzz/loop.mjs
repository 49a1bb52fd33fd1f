/** The worker: mutates, executes, keeps what did something new. Its present input is in shared memory for the watcher. */
import { register } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { Coverage } from './coverage.mjs'
import { Mutator } from './mutate.mjs'

const { targetUrl, seed, untilMs, shared, only } = workerData
const { default: target } = await import(targetUrl)
register('./instrument.mjs', import.meta.url, { data: { pattern: target.instrument } })
const { Random } = await import('@skyferry/engine')

/** [executions, length of the present input], then the input itself. */
const words = new Uint32Array(shared, 0, 2)
const present = new Uint8Array(shared, 8)

const { quick, thorough } = await target.load()
const coverage = new Coverage()
let executions = 0

/** Executes one input. @returns how many new features it met; throws what the target throws */
function run(input, execute) {
  executions += 1
  words[1] = input.length
  present.set(input.subarray(0, present.length))
  Atomics.store(words, 0, executions)
  coverage.reset()
  execute(input)
  return coverage.collect()
}

function fails(input) {
  // A sign of life for the watcher: this input is not stuck, only one of many.
  Atomics.add(words, 0, 1)
  try {
    thorough(input)
    return false
  } catch {
    return true
  }
}

/** The same failure with fewer octets, as far as cutting pieces out goes. */
function shrink(input) {
  let best = input
  for (let piece = best.length >> 1; piece >= 1; piece >>= 1) {
    for (let at = 0; at + piece <= best.length; ) {
      const shorter = new Uint8Array([...best.subarray(0, at), ...best.subarray(at + piece)])
      if (fails(shorter)) best = shorter
      else at += piece
    }
  }
  return best
}

function attempt(input, execute) {
  try {
    const fresh = run(input, execute)
    return fresh > 0 && execute !== thorough ? fresh + run(input, thorough) : fresh
  } catch (error) {
    parentPort.postMessage({
      kind: 'failed',
      input,
      shrunk: shrink(input),
      error: String(error?.stack ?? error),
    })
    process.exit(1)
  }
}

if (only !== undefined) {
  attempt(only, thorough)
} else {
  const random = new Random(seed)
  const mutator = new Mutator(random)
  const pool = []
  for (const input of target.seeds()) {
    attempt(input, thorough)
    pool.push(input)
  }
  const given = pool.length
  const found = []
  const started = Date.now()
  let reported = started
  while (Date.now() < untilMs) {
    for (let turn = 0; turn < 256; turn++) {
      // Half of the time something found lately, for it is the frontier.
      const lately = Math.max(0, pool.length - 64)
      const parent =
        pool[random.chance(0.5) ? random.whole(lately, pool.length) : random.whole(0, pool.length)]
      let input = mutator.mutate(parent, random.pick(pool), target.words)
      if (random.chance(0.75)) input = target.mend(input, random)
      if (attempt(input, random.chance(1 / 16) ? thorough : quick) === 0) continue
      pool.push(input)
      found.push(input)
    }
    if (Date.now() - reported >= 5000) {
      reported = Date.now()
      const seconds = (reported - started) / 1000
      parentPort.postMessage({
        kind: 'progress',
        executions,
        seconds,
        pool: pool.length,
        features: coverage.features,
      })
    }
  }
  const seconds = (Date.now() - started) / 1000
  const { features } = coverage
  parentPort.postMessage({
    kind: 'done',
    executions,
    seconds,
    pool: pool.length,
    features,
    found: worthKeeping(),
  })

  /** The shortest of what was found that together reach everything it reached beyond the seeds. */
  function worthKeeping() {
    coverage.forget()
    for (const input of pool.slice(0, given)) run(input, thorough)
    return found.sort((a, b) => a.length - b.length).filter(input => run(input, thorough) > 0)
  }
}
