import { close, constants, openSync, write } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'
import { assert, Queue } from '@skyferry/engine'
import { LinkError, linkErrorFrom, systemCodeOf } from '../link-error.ts'
import type { ByteStream, ByteStreamEvents } from './byte-stream.ts'

/** A line that has no room is tried again after this long: 40 octets at 115 200 bit/s. */
const AGAIN_MS = 4

/**
 * A serial line through its device file. The line is made raw here (no echo, no signals, eight bits); its speed is what
 * `stty -F DEVICE SPEED` has set before, because the host's own library cannot set one.
 *
 * @throws LinkError when the device cannot be opened, or is no terminal
 */
export function openTty(path: string): ByteStream {
  return new TtyStream(path, openDevice(path), openDevice(path))
}

function openDevice(path: string): number {
  let descriptor: number
  try {
    // Not the controlling terminal of this process, and no waiting for a modem's carrier.
    descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch (thrown) {
    throw linkErrorFrom(thrown, `open ${path}`)
  }
  if (isatty(descriptor)) return descriptor
  close(descriptor)
  throw new LinkError('not-a-terminal', `${path} is no serial line`)
}

class TtyStream implements ByteStream {
  readonly name: string
  readonly closed: Promise<void>
  readonly #reader: ReadStream
  /** The host's own stream would write while everybody waits; a line may take seconds for what it is given. */
  readonly #output: number
  readonly #waiting: Queue<Uint8Array> = new Queue()
  #queuedOctets = 0
  #isWriting = false
  #events: ByteStreamEvents | undefined
  #isClosed = false
  #isUp = true
  #resolveClosed: () => void = () => {}

  constructor(path: string, input: number, output: number) {
    this.name = path
    this.#output = output
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
    this.#reader = new ReadStream(input)
    this.#reader.setRawMode(true)
    this.#reader.pause()
    this.#reader.on('data', (octets: Buffer) => {
      if (!this.#isClosed) this.#events?.octets(octets)
    })
    this.#reader.on('error', this.#gone)
    this.#reader.on('end', this.#gone)
    this.#reader.once('close', () => this.#closeOutput())
  }

  get isUp(): boolean {
    return this.#isUp && !this.#isClosed
  }

  get queuedOctets(): number {
    return this.#queuedOctets
  }

  open(events: ByteStreamEvents): void {
    assert(this.#events === undefined, 'a stream is opened once')
    this.#events = events
    this.#reader.resume()
    events.up()
  }

  write(octets: Uint8Array): void {
    if (!this.isUp) return
    this.#waiting.push(octets)
    this.#queuedOctets += octets.length
    this.#writeOn()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#reader.destroy()
  }

  #writeOn(): void {
    const octets = this.#waiting.peek()
    if (octets === undefined || this.#isWriting || !this.isUp) return
    this.#isWriting = true
    this.#writeRest(octets, 0)
  }

  #writeRest(octets: Uint8Array, from: number): void {
    write(this.#output, octets, from, octets.length - from, null, (error, count) => {
      const isFull = error !== null && systemCodeOf(error) === 'EAGAIN'
      if (error !== null && !isFull) this.#gone()
      if (!this.isUp) {
        this.#isWriting = false
        if (this.#isClosed) this.#closeOutput()
        return
      }
      const end = isFull ? from : from + count
      this.#queuedOctets -= end - from
      if (end < octets.length) setTimeout(() => this.#writeRest(octets, end), isFull ? AGAIN_MS : 0)
      else {
        this.#isWriting = false
        this.#waiting.shift()
        this.#writeOn()
        if (this.#waiting.size === 0) this.#events?.drained()
      }
    })
  }

  /** The descriptor's number may be somebody else's as soon as it is closed: never under a write. */
  #closeOutput(): void {
    if (this.#isWriting || !this.#reader.closed) return
    close(this.#output, () => this.#resolveClosed())
  }

  /** A device that was pulled out answers with an error; it does not come back by itself. */
  readonly #gone = (): void => {
    if (this.#isClosed || !this.#isUp) return
    this.#isUp = false
    this.#events?.down()
  }
}
