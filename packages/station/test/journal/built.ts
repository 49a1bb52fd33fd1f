/** The journal as it runs in production: built, with its worker, in a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import fs from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BUILT = new URL('../../dist/journal/sqlite-journal.js', import.meta.url)

/** Why tests of the built journal cannot run, if so. */
export const notBuilt: string | undefined = fs.existsSync(fileURLToPath(BUILT))
  ? undefined
  : 'needs the built package: npm run build'

/** A process that runs `body`, in which `open()` opens a journal in `stateDir`; its lines can be awaited. */
export interface JournalProcess {
  readonly child: ChildProcessWithoutNullStreams
  /** The next line it prints; undefined at its end. */
  line(): Promise<string | undefined>
  /** Its end, by exit status or signal. */
  readonly ended: Promise<number | string | null>
}

export function journalProcess(stateDir: string, body: string): JournalProcess {
  const program = `
    import { openJournal } from ${JSON.stringify(BUILT.href)}
    const open = options => openJournal({ stateDir: ${JSON.stringify(stateDir)}, ...options })
    ${body}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program])
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    line: async () => {
      const { value, done } = await lines.next()
      return done ? undefined : value
    },
    ended: new Promise(resolve => child.on('exit', (code, signal) => resolve(signal ?? code))),
  }
}
