/**
 * A hub for CSP nodes, in the place of zmqproxy: what is published at one port goes out at the other, to whoever has
 * subscribed to how it begins. It may stand for a bad link, too.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { type Alarm, type Clock, type Millis, NEVER, Random } from '@skyferry/engine'
import { type WeatherCounters, WeatherPath, type WeatherSettings } from '@skyferry/sim'
import { linkErrorFrom } from '../link-error.ts'
import { formatUdpAddress, type UdpAddress } from '../udp-address.ts'
import { ZmtpPeer, zmtpFrame, zmtpSubscription } from './zmtp.ts'

export interface ZmqHubOptions {
  /** Where nodes publish to. */
  readonly publish: UdpAddress
  /** Where nodes subscribe. */
  readonly subscribe: UdpAddress
  /** What happens to messages on their way; nothing if not given. Outages count from the start. */
  readonly weather?: Partial<WeatherSettings>
  readonly seed?: number
  readonly clock: Clock
  /** Longer messages end the connection that they come from. */
  readonly messageOctetsMax?: number
  /** Hears every message as it comes in; lent for the call. */
  heard?(message: Uint8Array): void
}

export interface ZmqHubCounters {
  readonly publishers: number
  readonly subscribers: number
  readonly received: number
  readonly receivedOctets: number
  /** Copies to subscribers. */
  readonly sent: number
  /** Copies that were not made because the subscriber is behind. */
  readonly dropped: number
  /** Connections that were ended for what they sent. */
  readonly misbehaved: number
}

export interface ZmqHub {
  /** With the ports that the host chose. */
  readonly publish: UdpAddress
  readonly subscribe: UdpAddress
  counters(): ZmqHubCounters
  weather(): WeatherCounters
  setUp(up: boolean): void
  adjust(patch: Partial<WeatherSettings>): void
  close(): Promise<void>
}

const MESSAGE_OCTETS_MAX = 65_536
/** A subscriber that is so far behind loses messages, as it does in libzmq after 1000 of them. */
const BEHIND_OCTETS = 16 * 1024 * 1024
const TOPICS_MAX = 1024
const PEERS_MAX = 1024

/** @throws LinkError when a port cannot be had */
export async function startZmqHub(options: ZmqHubOptions): Promise<ZmqHub> {
  const hub = new Hub(options)
  try {
    await hub.listen()
    return hub
  } catch (error) {
    await hub.close()
    throw error
  }
}

interface Subscriber {
  readonly socket: Socket
  readonly topics: Map<string, Uint8Array>
}

class Hub implements ZmqHub {
  readonly #options: ZmqHubOptions
  readonly #clock: Clock
  readonly #path: WeatherPath
  readonly #began: Millis
  readonly #ins: Server
  readonly #outs: Server
  readonly #sockets: Set<Socket> = new Set()
  readonly #subscribers: Set<Subscriber> = new Set()
  readonly #tally = { publishers: 0, received: 0, receivedOctets: 0, sent: 0, dropped: 0, misbehaved: 0 }
  #alarm: Alarm | undefined
  #armed: Millis = NEVER

  constructor(options: ZmqHubOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#began = options.clock.now()
    this.#path = new WeatherPath(options.weather ?? {}, new Random(options.seed ?? 0))
    this.#ins = createServer(socket => this.#publisher(socket))
    this.#outs = createServer(socket => this.#subscriber(socket))
  }

  get publish(): UdpAddress {
    return localOf(this.#ins, this.#options.publish)
  }

  get subscribe(): UdpAddress {
    return localOf(this.#outs, this.#options.subscribe)
  }

  async listen(): Promise<void> {
    await listening(this.#ins, this.#options.publish)
    await listening(this.#outs, this.#options.subscribe)
  }

  counters(): ZmqHubCounters {
    return { ...this.#tally, subscribers: this.#subscribers.size }
  }

  weather(): WeatherCounters {
    return this.#path.counters
  }

  setUp(up: boolean): void {
    this.#path.setUp(up, this.#now())
  }

  adjust(patch: Partial<WeatherSettings>): void {
    this.#path.adjust(patch)
    this.#deliver()
  }

  async close(): Promise<void> {
    this.#alarm?.cancel()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([closed(this.#ins), closed(this.#outs)])
  }

  #publisher(socket: Socket): void {
    const peer = this.#meet(socket, 'XSUB', {
      // Everything: what nobody wants costs a hop on this side only, and a capture wants it all.
      ready: () => socket.write(zmtpSubscription(new Uint8Array(0))),
      message: message => this.#heard(message),
      subscription: () => {},
      after: () => this.#deliver(),
    })
    if (peer === undefined) return
    this.#tally.publishers += 1
    socket.once('close', () => {
      this.#tally.publishers -= 1
    })
  }

  #subscriber(socket: Socket): void {
    const subscriber: Subscriber = { socket, topics: new Map() }
    const peer = this.#meet(socket, 'XPUB', {
      ready: () => {},
      message: () => {},
      subscription: (topic, isOn) => {
        const key = Buffer.from(topic).toString('latin1')
        if (!isOn) subscriber.topics.delete(key)
        else if (subscriber.topics.size < TOPICS_MAX) subscriber.topics.set(key, new Uint8Array(topic))
      },
      after: () => {},
    })
    if (peer === undefined) return
    this.#subscribers.add(subscriber)
    socket.once('close', () => this.#subscribers.delete(subscriber))
  }

  #meet(
    socket: Socket,
    type: 'XSUB' | 'XPUB',
    {
      after,
      ...events
    }: {
      ready(): void
      message(octets: Uint8Array): void
      subscription(topic: Uint8Array, isOn: boolean): void
      after(): void
    },
  ): ZmtpPeer | undefined {
    if (this.#sockets.size >= PEERS_MAX) {
      socket.destroy()
      return undefined
    }
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    const most = this.#options.messageOctetsMax ?? MESSAGE_OCTETS_MAX
    const peer = new ZmtpPeer(type, most, { ...events, send: octets => socket.write(octets) })
    socket.on('data', octets => {
      if (socket.destroyed) return
      if (peer.receive(octets) !== undefined) {
        this.#tally.misbehaved += 1
        socket.destroy()
      }
      after()
    })
    socket.on('error', () => {})
    socket.once('close', () => this.#sockets.delete(socket))
    peer.begin()
    return peer
  }

  #heard(message: Uint8Array): void {
    this.#tally.received += 1
    this.#tally.receivedOctets += message.length
    this.#options.heard?.(message)
    if (this.#options.weather === undefined) this.#giveOut(message)
    else this.#path.offer(message, this.#now())
  }

  /** What is due in the weather. */
  #deliver(): void {
    if (this.#options.weather === undefined) return
    const now = this.#now()
    for (let message = this.#path.take(now); message !== undefined; message = this.#path.take(now)) {
      this.#giveOut(message)
    }
    const due = this.#path.deadline()
    if (due >= this.#armed) return
    this.#alarm?.cancel()
    this.#armed = due
    this.#alarm = this.#clock.at((due + this.#began) as Millis, () => {
      this.#armed = NEVER
      this.#deliver()
    })
  }

  #giveOut(message: Uint8Array): void {
    let frame: Uint8Array | undefined
    for (const { socket, topics } of this.#subscribers) {
      if (!isWanted(message, topics)) continue
      if (socket.writableLength > BEHIND_OCTETS) {
        this.#tally.dropped += 1
        continue
      }
      frame ??= zmtpFrame(message)
      socket.write(frame)
      this.#tally.sent += 1
    }
  }

  #now(): Millis {
    return (this.#clock.now() - this.#began) as Millis
  }
}

function isWanted(message: Uint8Array, topics: ReadonlyMap<string, Uint8Array>): boolean {
  for (const topic of topics.values()) {
    if (topic.length <= message.length && topic.every((octet, index) => octet === message[index])) return true
  }
  return false
}

function localOf(server: Server, asked: UdpAddress): UdpAddress {
  const bound = server.address()
  return bound !== null && typeof bound === 'object' ? { host: asked.host, port: bound.port } : asked
}

function listening(server: Server, { host, port }: UdpAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(linkErrorFrom(error, `listen on ${formatUdpAddress({ host, port })}`))
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()))
}
