/** `link emulate` with real sockets, a clock, stdin and signals. */
import { randomInt } from 'node:crypto'
import { createInterface } from 'node:readline'
import { onInterrupt } from '../interrupts.ts'
import { openOutput } from '../output/open.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit } from '../usage.ts'
import { announce, type EmulatedLink, type EmulatePlan, obey, parseEmulate, tellCounters } from './emulate.ts'
import type { RawEmulateOptions } from './options.ts'

const SEEDS = 2 ** 32

export async function emulateCommand(_operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawEmulateOptions
  const plan = parseEmulate(raw, () => randomInt(SEEDS))
  const link = await start(plan)
  const output = await openOutput(raw.json ?? false)
  const over = end(plan, link, output)
  announce(plan, link, output)
  for (const text of link.warnings) output.event({ code: 'warning', text })
  const exit = await over
  tellCounters(link, output)
  await link.close()
  output.close()
  return exit
}

async function start(plan: EmulatePlan) {
  const { LinkError, realClock, startEmulator } = await import('@skyferry/link')
  try {
    return await startEmulator({ ...plan, clock: realClock() })
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    const exit = error.code === 'host-not-found' ? Exit.Unreachable : Exit.Usage
    throw new CommandError(error.code, `--listen-a, --listen-b: ${error.message}`, exit, error)
  }
}

/** Resolves when a signal or a line ends the link; with --control, so does the end of stdin. */
function end(plan: EmulatePlan, link: EmulatedLink, output: Output): Promise<Exit> {
  return new Promise(resolve => {
    onInterrupt(() => finish(Exit.Interrupted))
    process.once('SIGTERM', () => finish(Exit.Done))
    const lines = plan.control ? createInterface({ input: process.stdin }) : undefined
    lines?.on('line', line => {
      if (!obey(line, link, output)) finish(Exit.Done)
    })
    lines?.on('close', () => finish(Exit.Done))
    const finish = (exit: Exit): void => {
      resolve(exit)
      lines?.close()
      process.stdin.destroy()
    }
  })
}
