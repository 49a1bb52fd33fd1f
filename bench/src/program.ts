/** Child processes that speak JSON lines, as our own command line does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What any of the programs may say on one line; none says all of it. */
export interface Line {
  readonly type?: string
  readonly port?: number
  readonly state?: string
  readonly seconds?: number
  readonly octets?: number
  readonly cpuSeconds?: number
  readonly sent?: number
  readonly datagrams?: number
  readonly pdus?: { readonly sent: number }
  readonly heapOctetsPerPdu?: number
  readonly bufferOctetsPerPdu?: number
  readonly collections?: number
  readonly memoryOctets?: readonly number[]
  /** A line that was not JSON. */
  readonly text?: string
}

/** A gigabyte at 2 MB/s; what takes longer hangs. */
const TEN_MINUTES = 600_000

/** One running program: its lines as they come, and its end. */
export class Program {
  readonly #child: ChildProcess
  readonly #lines: Line[] = []
  readonly #errors: string[] = []
  readonly #waiting: (() => void)[] = []
  #status: number | undefined
  #isLate = false

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#listen()
  }

  /** A module of this package's own. */
  static module(url: URL, args: readonly string[], flags: readonly string[] = []): Program {
    return new Program(process.execPath, [...flags, fileURLToPath(url), ...args])
  }

  /**
   * The first line that `matches`, past or future.
   * @throws with the program's last words when it ends without one, or says nothing of the kind in time
   */
  async line(matches: (line: Line) => boolean, withinMs: number = TEN_MINUTES): Promise<Line> {
    const late = setTimeout(() => {
      this.#isLate = true
      this.#wake()
    }, withinMs)
    try {
      return await this.#lineInTime(matches)
    } finally {
      clearTimeout(late)
    }
  }

  async #lineInTime(matches: (line: Line) => boolean): Promise<Line> {
    for (let seen = 0; ; ) {
      for (; seen < this.#lines.length; seen++) {
        const line = this.#lines[seen]!
        if (matches(line)) return line
      }
      if (this.#status !== undefined) throw new Error(`ended with ${this.#status}: ${this.#lastWords()}`)
      if (this.#isLate) throw new Error(`said nothing to the point in time: ${this.#lastWords()}`)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  /** Exit status, once it has ended and said everything. */
  async end(): Promise<number> {
    while (this.#status === undefined) await new Promise<void>(resolve => this.#waiting.push(resolve))
    return this.#status
  }

  /** By its own id, and only if it still runs. */
  stop(): void {
    if (this.#status === undefined) this.#child.kill('SIGKILL')
  }

  #listen(): void {
    createInterface(this.#child.stdout!).on('line', text => {
      this.#lines.push(parse(text))
      this.#wake()
    })
    createInterface(this.#child.stderr!).on('line', text => {
      this.#errors.push(text)
      if (text.startsWith('{')) this.#lines.push(parse(text))
      this.#wake()
    })
    this.#child.on('close', (status, signal) => {
      this.#status = status ?? (signal === null ? 1 : 128)
      this.#wake()
    })
    this.#child.on('error', error => this.#errors.push(error.message))
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #lastWords(): string {
    const last = this.#lines.at(-1)
    return (
      this.#errors.slice(-3).join(' | ') || (last === undefined ? 'without a word' : JSON.stringify(last))
    )
  }
}

function parse(text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch {
    return { text }
  }
}
