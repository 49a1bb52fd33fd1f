/** Processes of the built command line, and what they say; a test waits for lines and exits, never for time. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface Line {
  readonly type: string
  readonly time: string
  readonly code?: string
  readonly text?: string
  readonly state?: string
  readonly reason?: string | null
  readonly octets?: number
  readonly size?: number | null
  readonly gaps?: number
  readonly sha256?: string | null
  readonly path?: string | null
  readonly transaction?: string
  readonly pdus?: { readonly sent: number; readonly received: number; readonly resent: number }
  readonly [field: string]: unknown
}

/** One running command, with --json. */
export class Running {
  readonly lines: Line[] = []
  stderr = ''
  /** Resolves with the status, or with the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>
  /** What ends it for certain, and whatever it has started. */
  readonly #lastSignal: NodeJS.Signals
  readonly #child: ChildProcess
  readonly #watchers = new Set<() => void>()
  #isOver = false

  /** @param program the command line, or a script of ours that speaks like it */
  constructor(args: readonly string[], program: string = MAIN) {
    this.#lastSignal = program === MAIN ? 'SIGKILL' : 'SIGTERM'
    this.#child = spawn(process.execPath, [program, ...args, '--json'], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdin?.on('error', () => {})
    this.#child.stderr?.on('data', chunk => {
      this.stderr += String(chunk)
    })
    createInterface({ input: this.#child.stdout! }).on('line', text => {
      this.lines.push(JSON.parse(text) as Line)
      this.#look()
    })
    this.exit = new Promise(resolve =>
      this.#child.once('close', (code, signal) => {
        this.#isOver = true
        resolve(code ?? signal)
        this.#look()
      }),
    )
  }

  /** The first line, said already or to come, that `isIt`. Fails when the command ends without it. */
  line(isIt: (line: Line) => boolean): Promise<Line> {
    return new Promise((resolve, reject) => {
      let seen = 0
      const look = (): void => {
        for (; seen < this.lines.length; seen++) {
          const line = this.lines[seen]!
          if (!isIt(line)) continue
          this.#watchers.delete(look)
          resolve(line)
          return
        }
        if (!this.#isOver) return
        this.#watchers.delete(look)
        reject(new Error(`the command ended without that line; it said:\n${this.#everything()}`))
      }
      this.#watchers.add(look)
      look()
    })
  }

  result(): Promise<Line> {
    return this.line(line => line.type === 'result' || line.type === 'error')
  }

  event(code: string): Promise<Line> {
    return this.line(line => line.type === 'event' && line.code === code)
  }

  /** Resolves once it has said `count` lines, or has ended. */
  async saidLines(count: number): Promise<void> {
    await Promise.race([this.exit, this.line(() => this.lines.length >= count)]).catch(() => {})
  }

  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.exit
  }

  end(): Promise<unknown> {
    if (!this.#isOver) this.signal(this.#lastSignal)
    return this.exit
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #everything(): string {
    return [...this.lines.slice(-20).map(line => JSON.stringify(line)), this.stderr].join('\n')
  }
}

/** A folder, ports and processes of one journey; `end` leaves nothing behind. */
export class Scene {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'skyferry-journey-'))
  readonly #running: Running[] = []

  start(args: readonly string[]): Running {
    return this.watch(new Running(args))
  }

  /** Sees to it that it ends with the scene. */
  watch(running: Running): Running {
    this.#running.push(running)
    return running
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  /** A file of random octets. @returns its path and digest */
  file(name: string, octets: number): { readonly path: string; readonly sha256: string } {
    const content = randomFillSync(Buffer.alloc(octets))
    const path = this.path(name)
    writeFileSync(path, content)
    return { path, sha256: digestOf(content) }
  }

  async end(): Promise<void> {
    await Promise.all(this.#running.map(running => running.end()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function sha256(path: string): string {
  return digestOf(readFileSync(path))
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Addresses of the loopback that nobody uses; all are held until all are known, so that they differ. */
export async function freeAddresses(count: number): Promise<string[]> {
  const sockets = await Promise.all(Array.from({ length: count }, openSocket))
  const addresses = sockets.map(socket => `127.0.0.1:${socket.address().port}`)
  await Promise.all(sockets.map(socket => new Promise<void>(resolve => socket.close(() => resolve()))))
  return addresses
}

function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', () => resolve(socket))
  })
}
