/** `node scripts/run.mjs TARGET args…`: makes the clone ready, then runs that module as if it had been called directly. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ensureReady, NotReady, ROOT } from './ready.mjs'

const [target, ...args] = process.argv.slice(2)
process.exitCode = await main()

async function main() {
  if (target === undefined) return refuse('usage: node scripts/run.mjs TARGET [args…]')
  try {
    await ensureReady({ quiet: true })
  } catch (error) {
    if (error instanceof NotReady) return refuse(error.message)
    throw error
  }
  const module = resolve(ROOT, target)
  if (!existsSync(module)) return refuse(`${target} is not there`)
  return await become(module)
}

/** Runs the module with our terminal; its signals are ours and its status becomes ours. */
async function become(module) {
  const child = spawn(process.execPath, [module, ...args], { stdio: 'inherit' })
  // A terminal's Ctrl-C reaches the child by itself; passing it on too would count as a second, impatient one.
  const interrupt = process.stdin.isTTY ? () => {} : () => child.kill('SIGINT')
  const handlers = {
    SIGINT: interrupt,
    SIGTERM: () => child.kill('SIGTERM'),
    SIGHUP: () => child.kill('SIGHUP'),
  }
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler)
  const [code, signal] = await new Promise((settle, fail) => {
    child.on('error', fail)
    child.on('close', (...end) => settle(end))
  })
  for (const [name, handler] of Object.entries(handlers)) process.off(name, handler)
  if (signal === null) return code
  process.kill(process.pid, signal)
  return 1
}

function refuse(reason) {
  process.stderr.write(`${reason}\n`)
  return 2
}
