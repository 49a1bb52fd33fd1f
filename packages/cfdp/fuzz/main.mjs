/**
 * Coverage-guided fuzzing of what strangers may send us.
 *
 *   node packages/cfdp/fuzz/main.mjs --seconds 60 [--target NAME] [--seed N] [--keep] [--hex HEX]
 *
 * Without `--target` every target has its turn, and the seconds are shared among them.
 * Fails on any exception and on any input that takes longer than two seconds, and prints that input. `--keep` adds
 * the smallest new findings to the corpus; `--hex` (with `--target`) executes one input and nothing else. Needs the built packages.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'

const HANG_MS = 2000
const INPUT_OCTETS = 65_536
/** The corpus stays small enough to read: what it teaches beyond the vectors, not everything ever found. */
const KEPT_INPUTS = 96
const KEPT_OCTETS = 192

const usage = 'usage: main.mjs [--seconds N] [--target NAME] [--seed N] [--keep] [--hex HEX]'
let options
try {
  options = parseArgs({
    options: {
      seconds: { type: 'string', default: '30' },
      target: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
      keep: { type: 'boolean', default: false },
      hex: { type: 'string' },
    },
  }).values
} catch (error) {
  refuse(`${error.message}\n${usage}`)
}

const seconds = Number(options.seconds)
const seed = Number(options.seed)
if (!(seconds > 0) || !Number.isSafeInteger(seed)) refuse(usage)
const names = readdirSync(new URL('./targets/', import.meta.url)).map(name => name.replace(/\.mjs$/, ''))
if (options.target !== undefined && !names.includes(options.target)) {
  refuse(`no target ${options.target}; there is ${names.join(', ')}`)
}
if (options.hex !== undefined && options.target === undefined) refuse('--hex needs --target')
const only = options.hex === undefined ? undefined : new Uint8Array(Buffer.from(options.hex, 'hex'))

const wanted = options.target === undefined ? names : [options.target]
for (const name of wanted) {
  if (await fails(name, seconds / wanted.length)) {
    process.exitCode = 1
    break
  }
}

/** Runs one target for so long, in a worker that is watched. */
async function fails(target, share) {
  const targetUrl = new URL(`./targets/${target}.mjs`, import.meta.url)
  const shared = new SharedArrayBuffer(8 + INPUT_OCTETS)
  const words = new Uint32Array(shared, 0, 2)
  const worker = new Worker(new URL('./loop.mjs', import.meta.url), {
    workerData: { targetUrl: targetUrl.href, seed, untilMs: Date.now() + share * 1000, shared, only },
  })
  if (only === undefined) console.log(`target ${target}, seed ${seed}, ${share} s`)

  let failed = false
  worker.on('message', message => {
    if (message.kind === 'failed') {
      failed = true
      console.error(`FAILED\n${message.error}`)
      console.error(`input  ${hexOf(message.input)}`)
      console.error(`shrunk ${hexOf(message.shrunk)}`)
      console.error(
        `replay node packages/cfdp/fuzz/main.mjs --target ${target} --hex ${hexOf(message.shrunk)}`,
      )
    } else {
      const rate = Math.round(message.executions / Math.max(message.seconds, 0.001))
      const { executions, pool, features } = message
      console.log(`${executions} executions, ${rate} executions/s, corpus ${pool}, features ${features}`)
      if (message.kind === 'done' && options.keep) keep(target, message.found)
    }
  })
  worker.on('error', error => {
    failed = true
    console.error('FAILED', error)
  })

  let last = { executions: 0, at: Date.now() }
  const watch = setInterval(() => {
    const executions = Atomics.load(words, 0)
    if (executions === 0 || executions !== last.executions) last = { executions, at: Date.now() }
    else if (Date.now() - last.at > HANG_MS && !failed) {
      failed = true
      const input = Buffer.from(shared, 8, Math.min(words[1], INPUT_OCTETS))
      console.error(`FAILED: no answer for ${HANG_MS} ms\ninput  ${input.toString('hex')}`)
      void worker.terminate()
    }
  }, 250)
  await new Promise(settle => worker.once('exit', settle))
  clearInterval(watch)
  if (only !== undefined && !failed) console.log('nothing wrong with this input')
  return failed
}

/** Appends the shortest findings to the corpus file, one line each. */
function keep(target, found) {
  const file = new URL(`./corpus/${target}.hex`, import.meta.url)
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const lines = new Set(before.split('\n').filter(line => line !== ''))
  for (const input of found) {
    if (lines.size < KEPT_INPUTS && input.length <= KEPT_OCTETS) lines.add(hexOf(input))
  }
  writeFileSync(file, `${[...lines].join('\n')}\n`)
  console.log(`corpus file holds ${lines.size} inputs`)
}

function hexOf(octets) {
  return Buffer.from(octets).toString('hex')
}

function refuse(text) {
  console.error(text)
  process.exit(2)
}
