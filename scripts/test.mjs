/**
 * `npm test`: the whole gate. Makes the clone ready, then runs every check that this machine can run; names what it
 * skips with the command that would enable it. The last line is `N passed, N failed, N skipped`.
 *
 * A step that counts for itself (the tests, the foreign peers) brings its own numbers; every other step counts one.
 *
 *   npm test -- --only STEP       one step of: format, types, tests, worlds, fuzz, interop (repeatable)
 *   npm test -- --filter TEXT     only test files whose path holds TEXT
 *   npm test -- --seeds N         seeds of the worlds (default 2000)
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, install, NotReady, ROOT } from './ready.mjs'

/** What a step found. `lines` are shown below it. */
const passed = () => ({ passed: 1, failed: 0, skipped: 0, lines: [] })
const failed = (lines = []) => ({ passed: 0, failed: 1, skipped: 0, lines })

const options = readOptions()

const STEPS = {
  format: () => tool('node_modules/@biomejs/biome/bin/biome', ['check', '.']),
  types: () => tool('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.test.json']),
  tests: () => unitTests(),
  worlds: () => tool('packages/cli/dist/world/run-worlds.js', ['--seeds', options.seeds]),
  fuzz: () => tool('packages/cfdp/fuzz/main.mjs', ['--seconds', '20']),
  interop: () => counted('interop/main.mjs', []),
}

const total = { passed: 0, failed: 0, skipped: 0 }
process.exitCode = await main()

async function main() {
  process.stdout.write(`Node.js ${process.versions.node}, ${availableParallelism()} cores\n`)
  const wanted = options.only.length > 0 ? options.only : Object.keys(STEPS)
  const unknown = wanted.filter(name => !(name in STEPS))
  if (unknown.length > 0) {
    process.stdout.write(`no such step: ${unknown.join(', ')}; there are ${Object.keys(STEPS).join(', ')}\n`)
    total.failed += 1
  } else if ((await step('install', ready(install))) && (await step('build', ready(build)))) {
    for (const name of wanted) await step(name, STEPS[name])
  }
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
  return total.failed === 0 ? 0 : 1
}

/** Runs one step under a headline and adds what it found. */
async function step(name, run) {
  const started = Date.now()
  process.stdout.write(`\n── ${name}\n`)
  // Whatever happens in a step, the gate goes on to its last line.
  const result = await run().catch(error => failed([error.stack]))
  const mark = result.failed > 0 ? '✗ failed' : result.passed > 0 ? '✓ passed' : '– skipped'
  for (const line of result.lines) process.stdout.write(`   ${line}\n`)
  process.stdout.write(`${mark} (${name}, ${((Date.now() - started) / 1000).toFixed(1)} s)\n`)
  for (const kind of Object.keys(total)) total[kind] += result[kind]
  return result.failed === 0
}

function ready(part) {
  return async () => {
    try {
      await part()
      return passed()
    } catch (error) {
      if (error instanceof NotReady) return failed([error.message])
      throw error
    }
  }
}

/** A program that passes when it ends with 0. */
async function tool(module, args) {
  if (!existsSync(join(ROOT, module))) return failed([`${module} is not there`])
  return (await node(module, args)).status === 0 ? passed() : failed()
}

/** A program whose last line says how many passed, failed and were skipped. */
async function counted(module, args) {
  if (!existsSync(join(ROOT, module))) return failed([`${module} is not there`])
  const { status, lastLine } = await node(module, args)
  const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(lastLine)
  if (counts === null) return failed([`${module} ended with ${status} and without its closing line`])
  const [good, bad, left] = counts.slice(1).map(Number)
  return { passed: good, failed: status !== 0 && bad === 0 ? 1 : bad, skipped: left, lines: [] }
}

async function unitTests() {
  const folder = mkdtempSync(join(tmpdir(), 'skyferry-test-'))
  const report = join(folder, 'report.json')
  try {
    const filter = options.filter === undefined ? [] : [options.filter]
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const { status } = await node('node_modules/vitest/vitest.mjs', ['run', ...reporters, ...filter])
    return readReport(report, status)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Counts vitest's own report; a run that failed without a failed test (a file that does not load) is a failure too. */
function readReport(file, status) {
  if (!existsSync(file)) return failed([`vitest ended with ${status} and without a report`])
  const report = JSON.parse(readFileSync(file, 'utf8'))
  const all = report.testResults.flatMap(result => result.assertionResults)
  const count = (...states) => all.filter(test => states.includes(test.status)).length
  const left = all.filter(test => !['passed', 'failed'].includes(test.status))
  const bad = count('failed')
  return {
    passed: count('passed'),
    failed: status !== 0 && bad === 0 ? 1 : bad,
    skipped: left.length,
    lines: left.map(test => `skipped: ${test.fullName}`),
  }
}

/** Runs a module with Node; shows what it prints as it comes and keeps the last line. */
async function node(module, args) {
  const child = spawn(process.execPath, [join(ROOT, module), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let tail = ''
  child.stdout.on('data', chunk => {
    process.stdout.write(chunk)
    tail = (tail + chunk).slice(-1000)
  })
  const status = await new Promise((settle, fail) => {
    child.on('error', fail)
    child.on('close', (code, signal) => settle(code ?? signal))
  })
  return { status, lastLine: tail.trimEnd().split('\n').at(-1) ?? '' }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      filter: { type: 'string' },
      seeds: { type: 'string', default: '2000' },
    },
  })
  const only = values.filter !== undefined && values.only.length === 0 ? ['tests'] : values.only
  return { ...values, only: only.map(name => (name === 'vitest' ? 'tests' : name)) }
}
