/** Files as what DTP sends, and as where it puts what it fetches. */
import fs from 'node:fs'
import { promisify } from 'node:util'
import type { Payload, Sink, SinkProblem, Sinks } from '@skyferry/dtp'

const datasync = promisify(fs.fdatasync)

const CODES: Readonly<Record<string, SinkProblem['code']>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  EACCES: 'not-allowed',
  EPERM: 'not-allowed',
  EROFS: 'not-allowed',
  ENOENT: 'does-not-exist',
}

function problem(error: unknown): SinkProblem {
  const { code = '', message } = error as NodeJS.ErrnoException
  return { kind: 'problem', code: CODES[code] ?? 'io-error', reason: message }
}

/** Files by their paths; what is written is durable after `sync`. */
export class FileSinks implements Sinks {
  readonly #open: Map<string, FileSink> = new Map()

  open(path: string): Sink | SinkProblem {
    const known = this.#open.get(path)
    if (known !== undefined) return known
    try {
      const sink = new FileSink(path, () => this.#open.delete(path))
      this.#open.set(path, sink)
      return sink
    } catch (error) {
      return problem(error)
    }
  }

  /** Makes durable what was written before this call. */
  async sync(): Promise<void> {
    await Promise.all([...this.#open.values()].map(sink => sink.sync()))
  }

  close(): void {
    for (const sink of [...this.#open.values()]) sink.close()
  }
}

/** A descriptor that was closed may be another file's by now. */
const CLOSED: SinkProblem = { kind: 'problem', code: 'io-error', reason: 'the file has been closed' }

class FileSink implements Sink {
  readonly #descriptor: number
  readonly #closed: () => void
  #size: number
  #isDirty = true
  #isOpen = true

  constructor(path: string, closed: () => void) {
    this.#descriptor = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o666)
    this.#size = fs.fstatSync(this.#descriptor).size
    this.#closed = closed
  }

  get size(): number {
    return this.#size
  }

  write(offset: number, data: Uint8Array): SinkProblem | undefined {
    if (!this.#isOpen) return CLOSED
    try {
      for (let done = 0; done < data.length; ) {
        done += fs.writeSync(this.#descriptor, data, done, data.length - done, offset + done)
      }
    } catch (error) {
      return problem(error)
    }
    this.#isDirty = true
    this.#size = Math.max(this.#size, offset + data.length)
    return undefined
  }

  read(offset: number, target: Uint8Array, at: number, length: number): SinkProblem | undefined {
    if (!this.#isOpen) return CLOSED
    try {
      if (readWhole(this.#descriptor, offset, target, at, length)) return undefined
      return { kind: 'problem', code: 'io-error', reason: 'the file ends before that' }
    } catch (error) {
      return problem(error)
    }
  }

  async sync(): Promise<void> {
    if (!this.#isDirty || !this.#isOpen) return
    this.#isDirty = false
    try {
      await datasync(this.#descriptor)
    } catch (error) {
      this.#isDirty = true
      throw error
    }
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    fs.closeSync(this.#descriptor)
    this.#closed()
  }
}

/** A file to send, as it is now; undefined when it cannot be opened. */
export function filePayload(path: string): Payload | undefined {
  let descriptor: number
  let size: number
  try {
    descriptor = fs.openSync(path, 'r')
    size = fs.fstatSync(descriptor).size
  } catch {
    return undefined
  }
  return {
    size,
    read(offset, target, at, length) {
      try {
        return readWhole(descriptor, offset, target, at, length)
      } catch {
        return false
      }
    },
    close: () => fs.closeSync(descriptor),
  }
}

/** False where the file ends before that. */
function readWhole(
  descriptor: number,
  offset: number,
  target: Uint8Array,
  at: number,
  length: number,
): boolean {
  for (let done = 0; done < length; ) {
    const octets = fs.readSync(descriptor, target, at + done, length - done, offset + done)
    if (octets === 0) return false
    done += octets
  }
  return true
}
