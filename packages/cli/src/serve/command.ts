/** `serve`: the station, until a signal ends it. */
import type { StationEvent } from '@skyferry/api'
import { asError } from '../config/check.ts'
import { openOutput } from '../output/open.ts'
import type { Output } from '../output/output.ts'
import { CommandError, Exit } from '../usage.ts'
import { version } from '../version.ts'
import type { RawServeOptions } from './options.ts'
import { parseServe } from './plan.ts'

export async function serveCommand(_operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawServeOptions
  // Logs are JSON lines; a person at a terminal reads text.
  const output = await openOutput(raw.json === true || process.stdout.isTTY !== true)
  try {
    const loaded = await configuration(raw, output)
    if (raw.printConfig === true) {
      const { printConfiguration } = await import('@skyferry/station')
      process.stdout.write(printConfiguration(loaded.configuration))
      return Exit.Done
    }
    const { planOfConfiguration } = await import('@skyferry/station')
    const plan = parseServe(raw, planOfConfiguration(loaded))
    const ended = signalled()
    const { station, server } = await start(plan, output)
    output.event({
      code: 'listening',
      text: `the station's API is at ${server.url}`,
      fields: { url: server.url },
    })
    await ended
    output.event({ code: 'stopping', text: 'the station stops; its transfers go on at the next start' })
    await server.close()
    await station.stop()
    return Exit.Done
  } finally {
    output.close()
  }
}

/** What is unwise is said, what is wrong is where it ends: the first of it as the error, all of it told. */
async function configuration(raw: RawServeOptions, output: Output) {
  const { describeProblem, loadConfiguration } = await import('@skyferry/station')
  const loading = await loadConfiguration(raw.config, Date.now())
  if (loading.kind === 'configuration') {
    for (const problem of loading.warnings) {
      output.event({ code: problem.code, text: describeProblem(problem), fields: { severity: 'warning' } })
    }
    return loading
  }
  const errors = loading.problems.filter(({ severity }) => severity === 'error')
  for (const problem of errors.slice(1)) output.error(asError(problem, describeProblem))
  throw asError(errors[0]!, describeProblem)
}

async function start(plan: ReturnType<typeof parseServe>, output: Output) {
  const { PlanError, serveStation, Station, StoreError } = await import('@skyferry/station')
  const { LinkError } = await import('@skyferry/link')
  try {
    const station = await Station.open(plan, { version: version(), log: event => tell(event, output) })
    try {
      return { station, server: await serveStation(station) }
    } catch (error) {
      await station.stop()
      throw error
    }
  } catch (error) {
    if (error instanceof LinkError || error instanceof PlanError) {
      throw new CommandError(error.code, error.message, Exit.Usage, error)
    }
    if (error instanceof StoreError) {
      throw new CommandError(`state-${error.code}`, error.message, Exit.Failed, error)
    }
    throw error
  }
}

function tell({ code, text, severity, source, transfer, seq }: StationEvent, output: Output): void {
  const fields = { severity, source, seq, ...(transfer === null ? {} : { transfer }) }
  output.event({ code, text, fields })
}

/** Resolves at SIGINT or SIGTERM; a second one ends the process at once. */
function signalled(): Promise<void> {
  return new Promise(resolve => {
    let count = 0
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        count += 1
        if (count > 1) process.exit(Exit.Interrupted)
        resolve()
      })
    }
  })
}
