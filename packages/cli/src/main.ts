/** The process: arguments in, exit status out. */
import { CommanderError } from 'commander'
import { openOutput } from './output/open.ts'
import { buildProgram } from './program.ts'
import { CommandError, Exit, UsageError } from './usage.ts'
import { version } from './version.ts'

const args = process.argv.slice(2)
process.on('uncaughtException', error => void crash(error))
process.exitCode = await main()

async function main(): Promise<Exit> {
  let exit: Exit = Exit.Done
  try {
    await buildProgram(version(), status => {
      exit = status
    }).parseAsync(args, { from: 'user' })
    return exit
  } catch (error) {
    const failure = failureOf(error)
    if (failure === undefined) return Exit.Done
    const output = await openOutput(asksForJson())
    output.error(failure)
    output.close()
    return failure.exit
  }
}

/** A mistake of ours, wherever it showed. Nothing here can be trusted to go on; the journal can. */
async function crash(error: Error): Promise<void> {
  const output = await openOutput(asksForJson())
  output.error(new CommandError('internal', `a mistake of ours: ${error.message}`, Exit.Failed, error))
  process.stderr.write(`${error.stack ?? ''}\n`)
  process.exit(Exit.Failed)
}

/** What the operator is told of something thrown; undefined for --help and --version, which are no failure. */
function failureOf(error: unknown): CommandError | undefined {
  if (error instanceof CommandError) return error
  if (!(error instanceof CommanderError)) throw error
  if (error.exitCode === 0) return undefined
  // `skyferry` and `skyferry cfdp` alone have already shown their help.
  if (error.code === 'commander.help') return new UsageError('a command is missing')
  return new UsageError(error.message.replace(/^error: /, '').replace(/\n\((.*)\)$/, '; $1'))
}

/** Also when the arguments cannot be parsed: whoever asked for JSON reads no other error. */
function asksForJson(): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).includes('--json')
}
