import { createServer, type Server, Socket } from 'node:net'
import { assert } from '@skyferry/engine'
import { LinkError, linkErrorFrom, systemCodeOf } from '../link-error.ts'
import { formatUdpAddress, type UdpAddress } from '../udp-address.ts'
import type { ByteStream, ByteStreamEvents } from './byte-stream.ts'

/** A lost connection is tried again after this long, and then after longer and longer. */
const RETRY_MS = 200
const RETRY_MAX_MS = 5000

/**
 * A TCP connection that is made again whenever it breaks; ready when it was made for the first time.
 *
 * @throws LinkError `unreachable` when nobody answers
 */
export async function connectTcp(to: UdpAddress): Promise<ByteStream> {
  const stream = new ConnectingStream(to)
  await stream.connect()
  return stream
}

/**
 * Waits for one peer at a time: who comes while there is one takes its place, because the old connection may be dead
 * without anybody having noticed.
 *
 * @throws LinkError when the port cannot be had
 */
export async function listenTcp(at: UdpAddress): Promise<ByteStream & { readonly local: UdpAddress }> {
  const stream = new ListeningStream(at)
  await stream.listen()
  return stream
}

abstract class SocketStream implements ByteStream {
  abstract readonly name: string
  readonly closed: Promise<void>
  protected isClosed = false
  protected socket: Socket | undefined
  #events: ByteStreamEvents | undefined
  #resolveClosed: () => void = () => {}

  constructor() {
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
  }

  get isUp(): boolean {
    return this.socket !== undefined
  }

  get queuedOctets(): number {
    return this.socket?.writableLength ?? 0
  }

  open(events: ByteStreamEvents): void {
    assert(this.#events === undefined, 'a stream is opened once')
    this.#events = events
    this.socket?.resume()
    if (this.isUp) events.up()
  }

  write(octets: Uint8Array): void {
    this.socket?.write(octets)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    // What was written still leaves, as far as the peer takes it.
    this.socket?.destroySoon()
    this.release(this.#resolveClosed)
  }

  /** Ends what listens or retries, then calls. */
  protected abstract release(done: () => void): void
  /** The connection broke. */
  protected abstract broke(): void

  protected adopt(socket: Socket): void {
    const before = this.socket
    if (before !== undefined) {
      this.socket = undefined
      this.#events?.down()
      before.destroy()
    }
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', octets => {
      if (!this.isClosed && this.socket === socket) this.#events?.octets(octets)
    })
    socket.on('drain', () => {
      if (!this.isClosed && this.socket === socket) this.#events?.drained()
    })
    // What broke it shows in `close`.
    socket.on('error', () => {})
    socket.once('close', () => {
      if (this.socket !== socket) return
      this.socket = undefined
      if (this.isClosed) return
      this.#events?.down()
      this.broke()
    })
    // Nobody listens yet: what arrives waits.
    if (this.#events === undefined) socket.pause()
    else this.#events.up()
  }
}

class ConnectingStream extends SocketStream {
  readonly name: string
  readonly #to: UdpAddress
  #retryMs = RETRY_MS
  #retry: NodeJS.Timeout | undefined

  constructor(to: UdpAddress) {
    super()
    this.#to = to
    this.name = `tcp:${formatUdpAddress(to)}`
  }

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new Socket()
      const failed = (error: Error): void => {
        socket.destroy()
        const doing = `connect to ${formatUdpAddress(this.#to)}`
        const plain = linkErrorFrom(error, doing)
        const isAbsent = UNREACHABLE.has(systemCodeOf(error))
        reject(isAbsent ? new LinkError('unreachable', plain.message, error) : plain)
      }
      socket.once('error', failed)
      socket.connect({ host: this.#to.host, port: this.#to.port }, () => {
        socket.off('error', failed)
        if (this.isClosed) socket.destroy()
        else this.adopt(socket)
        this.#retryMs = RETRY_MS
        resolve()
      })
    })
  }

  protected release(done: () => void): void {
    clearTimeout(this.#retry)
    if (this.socket === undefined) done()
    else this.socket.once('close', () => done())
  }

  protected broke(): void {
    this.#retry = setTimeout(() => {
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS)
      this.connect().catch(() => {
        if (!this.isClosed) this.broke()
      })
    }, this.#retryMs)
  }
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
])

class ListeningStream extends SocketStream {
  readonly name: string
  readonly #at: UdpAddress
  readonly #server: Server

  constructor(at: UdpAddress) {
    super()
    this.#at = at
    this.name = `tcp-listen:${formatUdpAddress(at)}`
    this.#server = createServer(socket => this.adopt(socket))
  }

  get local(): UdpAddress {
    const bound = this.#server.address()
    assert(bound !== null && typeof bound === 'object', 'a listening server has an address')
    return { host: this.#at.host, port: bound.port }
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void =>
        reject(linkErrorFrom(error, `listen on ${formatUdpAddress(this.#at)}`))
      this.#server.once('error', failed)
      this.#server.listen({ host: this.#at.host, port: this.#at.port }, () => {
        this.#server.off('error', failed)
        resolve()
      })
    })
  }

  protected release(done: () => void): void {
    this.socket?.destroy()
    this.#server.close(() => done())
  }

  protected broke(): void {}
}
