import { closeSync, constants, openSync } from 'node:fs'
import { isatty, ReadStream, WriteStream } from 'node:tty'
import { assert } from '@skyferry/engine'
import { LinkError, linkErrorFrom } from '../link-error.ts'
import type { ByteStream, ByteStreamEvents } from './byte-stream.ts'

/**
 * A serial line through its device file. The line is made raw here (no echo, no signals, eight bits); its speed is what
 * `stty -F DEVICE SPEED` has set before, because the host's own library cannot set one.
 *
 * @throws LinkError when the device cannot be opened, or is no terminal
 */
export function openTty(path: string): ByteStream {
  let descriptor: number
  try {
    // Not the controlling terminal of this process, and no waiting for a modem's carrier.
    descriptor = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch (thrown) {
    throw linkErrorFrom(thrown, `open ${path}`)
  }
  if (!isatty(descriptor)) {
    closeSync(descriptor)
    throw new LinkError('not-a-terminal', `${path} is no serial line`)
  }
  return new TtyStream(path, descriptor)
}

class TtyStream implements ByteStream {
  readonly name: string
  readonly closed: Promise<void>
  readonly #reader: ReadStream
  readonly #writer: WriteStream
  #events: ByteStreamEvents | undefined
  #isClosed = false
  #isUp = true

  constructor(path: string, descriptor: number) {
    this.name = path
    this.#reader = new ReadStream(descriptor)
    this.#reader.setRawMode(true)
    this.#reader.pause()
    this.#writer = new WriteStream(descriptor)
    this.#writer.on('drain', () => {
      if (!this.#isClosed) this.#events?.drained()
    })
    this.#reader.on('data', (octets: Buffer) => {
      if (!this.#isClosed) this.#events?.octets(octets)
    })
    const gone = (): void => {
      if (this.#isClosed || !this.#isUp) return
      this.#isUp = false
      this.#events?.down()
    }
    // A device that was pulled out answers with an error; it does not come back by itself.
    this.#reader.on('error', gone)
    this.#writer.on('error', gone)
    this.#reader.on('end', gone)
    this.closed = new Promise(resolve => this.#reader.once('close', () => resolve()))
  }

  get isUp(): boolean {
    return this.#isUp && !this.#isClosed
  }

  get queuedOctets(): number {
    return this.#writer.writableLength
  }

  open(events: ByteStreamEvents): void {
    assert(this.#events === undefined, 'a stream is opened once')
    this.#events = events
    this.#reader.resume()
    events.up()
  }

  write(octets: Uint8Array): void {
    if (this.isUp) this.#writer.write(octets)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#writer.destroy()
    this.#reader.destroy()
  }
}
