/** How a stream comes about: by calling again and again, or by being called. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Alarm, Clock, Millis } from '@skyferry/engine'
import { linkErrorFrom, systemCodeOf } from './link-error.ts'
import { formatUdpAddress, type UdpAddress } from './udp-address.ts'
import { literal } from './udp-names.ts'

/** One end of a stream: a host and a port, as for UDP. */
export type TcpAddress = UdpAddress

/** Who begins: the client calls, the server waits to be called. */
export type TcpRole =
  | {
      readonly kind: 'client'
      readonly connect: TcpAddress
      /** Waits between attempts: the first, then twice as long each time up to the longest. Default 250 ms to 30 s. */
      readonly backOff?: { readonly firstMs: number; readonly longestMs: number }
    }
  | {
      readonly kind: 'server'
      readonly listen: TcpAddress
      /** Only this host may call; absent: any. A literal address or a name. */
      readonly peerHost?: string
    }

/** What an end tells its link. */
export interface EndEvents {
  /** A stream is there, not yet read from. */
  connected(socket: Socket, peer: TcpAddress): void
  /** An attempt came to nothing. */
  failed(why: string, retryInMs: number): void
  /** A caller was sent away: it is not the host we wait for. */
  refused(host: string): void
}

export interface StreamEnd {
  /** Where it listens; a client has no such place. */
  readonly local: TcpAddress | undefined
  /** Begins to call, or to take calls. */
  start(events: EndEvents): void
  /** The stream is over. @param wasOfUse it carried something: the next attempt need not wait long */
  over(wasOfUse: boolean): void
  close(): Promise<void>
}

/** @throws LinkError when the name or the port cannot be had */
export async function openEnd(role: TcpRole, clock: Clock): Promise<StreamEnd> {
  if (role.kind === 'client') {
    // A name that is nowhere is told at once; later, each attempt asks for it again.
    await literal(role.connect.host, 0)
    return new Caller(role.connect, role.backOff ?? { firstMs: 250, longestMs: 30_000 }, clock)
  }
  const peerHost = role.peerHost === undefined ? undefined : await literal(role.peerHost, 0)
  const server = createServer({ pauseOnConnect: true })
  try {
    const listening = once(server, 'listening')
    server.listen({ host: role.listen.host, port: role.listen.port, exclusive: true })
    await listening
  } catch (thrown) {
    server.close()
    throw linkErrorFrom(thrown, `listen on ${formatUdpAddress(role.listen)}`)
  }
  return new Called(server, role.listen.host, peerHost)
}

/** A call that nobody answers is given up after this long; the host would try for two minutes. */
const CONNECT_MS = 10_000

class Caller implements StreamEnd {
  readonly local = undefined
  readonly #target: TcpAddress
  readonly #longestMs: number
  readonly #firstMs: number
  readonly #clock: Clock
  #events: EndEvents | undefined
  #waitMs: number
  #alarm: Alarm | undefined
  #calling: Socket | undefined
  #isClosed = false

  constructor(
    target: TcpAddress,
    { firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number },
    clock: Clock,
  ) {
    this.#target = target
    this.#firstMs = firstMs
    this.#longestMs = longestMs
    this.#waitMs = firstMs
    this.#clock = clock
  }

  start(events: EndEvents): void {
    this.#events = events
    this.#call()
  }

  over(wasOfUse: boolean): void {
    if (wasOfUse) this.#waitMs = this.#firstMs
    this.#again('the connection ended')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#alarm?.cancel()
    this.#calling?.destroy()
  }

  readonly #call = (): void => {
    if (this.#isClosed) return
    const socket = connect({ host: this.#target.host, port: this.#target.port })
    this.#calling = socket
    let why = 'nobody answers'
    const limit = this.#clock.at((this.#clock.now() + CONNECT_MS) as Millis, () => socket.destroy())
    const failed = (error: Error): void => {
      why = systemCodeOf(error) || error.message
    }
    const ended = (): void => {
      limit.cancel()
      this.#calling = undefined
      this.#again(why)
    }
    socket.on('error', failed)
    socket.on('close', ended)
    socket.once('connect', () => {
      limit.cancel()
      socket.off('error', failed)
      socket.off('close', ended)
      this.#calling = undefined
      this.#events?.connected(socket, this.#target)
    })
  }

  #again(why: string): void {
    if (this.#isClosed) return
    const waitMs = this.#waitMs
    this.#waitMs = Math.min(2 * waitMs, this.#longestMs)
    this.#events?.failed(why, waitMs)
    this.#alarm = this.#clock.at((this.#clock.now() + waitMs) as Millis, this.#call)
  }
}

class Called implements StreamEnd {
  readonly local: TcpAddress
  readonly #server: Server
  readonly #peerHost: string | undefined

  constructor(server: Server, host: string, peerHost: string | undefined) {
    this.#server = server
    this.#peerHost = peerHost
    const address = server.address()
    this.local = { host, port: typeof address === 'object' && address !== null ? address.port : 0 }
  }

  start(events: EndEvents): void {
    this.#server.on('connection', socket => {
      // An IPv4 caller at a socket for both comes in IPv6's clothes.
      const host = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
      const port = socket.remotePort
      if (port === undefined) {
        socket.destroy()
      } else if (this.#peerHost !== undefined && host !== this.#peerHost) {
        socket.destroy()
        events.refused(host)
      } else {
        events.connected(socket, { host, port })
      }
    })
  }

  over(): void {
    // Whoever called calls again.
  }

  close(): Promise<void> {
    return new Promise(resolve => this.#server.close(() => resolve()))
  }
}
