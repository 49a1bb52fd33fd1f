import { assert, type LinkEvents, type Slot } from '@skyferry/engine'
import { LinkError } from '../link-error.ts'
import type { ByteStream, ByteStreamEvents } from '../stream/byte-stream.ts'
import {
  type StreamCounters,
  type StreamFraming,
  type StreamLink,
  streamLink,
} from '../stream/stream-link.ts'
import { connectTcp } from '../stream/tcp-stream.ts'
import type { UdpAddress } from '../udp-address.ts'
import { writeZmtpFrame, ZMTP_HEADER_OCTETS_MAX, ZmtpPeer, zmtpSubscription } from './zmtp.ts'

export interface ZmqLinkOptions {
  /** Where the hub takes what nodes publish (zmqproxy: port 6000). */
  readonly publish: UdpAddress
  /** Where the hub gives out what others published (7000). */
  readonly subscribe: UdpAddress
  /** What messages begin with that are wanted; an empty one: everything, one's own included. */
  readonly topics: readonly Uint8Array[]
  readonly mtuOctets: number
}

export interface ZmqLink extends StreamLink {
  /** Why the hub was left, the last time that it was for what it said. */
  readonly complaint: string | undefined
}

/** A hub that says nothing for so long after the connection is none. */
const HANDSHAKE_MS = 5000
/** A hub passes subscriptions on to publishers; what is published before that is lost (`csp.md` 10.1). */
const SETTLE_MS = 100

/**
 * A link over a ZeroMQ hub: one socket publishes, one subscribes, one message is one datagram. Broken connections are made
 * again. Ready when both handshakes are over and the hub has had time to pass the subscriptions on.
 *
 * @throws LinkError `unreachable` when there is no hub, `handshake-failed` when what answers is none
 */
export async function zmqLink(options: ZmqLinkOptions): Promise<ZmqLink> {
  const publisher = new ZmtpStream(await connectTcp(options.publish), 'PUB', [], options.mtuOctets)
  let subscriber: ZmtpStream
  try {
    subscriber = new ZmtpStream(await connectTcp(options.subscribe), 'SUB', options.topics, options.mtuOctets)
  } catch (error) {
    publisher.close()
    throw error
  }
  try {
    await Promise.all([publisher.handshake, subscriber.handshake])
    await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
  } catch (error) {
    publisher.close()
    subscriber.close()
    throw error
  }
  return new HubLink(publisher, subscriber, options.mtuOctets)
}

/** A TCP connection with ZMTP spoken over it: what it takes are whole frames, what it gives are messages. */
class ZmtpStream implements ByteStream {
  readonly name: string
  readonly closed: Promise<void>
  /** Fulfilled when the first handshake is over. */
  readonly handshake: Promise<void>
  complaint: string | undefined
  onMessage: (message: Uint8Array) => void = () => {}
  readonly #stream: ByteStream
  readonly #newPeer: () => ZmtpPeer
  #peer: ZmtpPeer | undefined
  #events: ByteStreamEvents | undefined
  #shake: { done(): void; failed(error: Error): void } | undefined

  constructor(
    stream: ByteStream,
    type: 'PUB' | 'SUB',
    topics: readonly Uint8Array[],
    messageOctetsMax: number,
  ) {
    this.#stream = stream
    this.name = stream.name
    this.closed = stream.closed
    this.#newPeer = () =>
      new ZmtpPeer(type, messageOctetsMax, {
        send: octets => stream.write(octets),
        ready: () => {
          for (const topic of topics) stream.write(zmtpSubscription(topic))
          this.#shake?.done()
          this.#events?.up()
        },
        message: message => this.onMessage(message),
        subscription: () => {},
      })
    this.handshake = this.#shaken()
    stream.open({
      up: () => {
        this.#peer = this.#newPeer()
        this.#peer.begin()
      },
      down: () => {
        this.#peer = undefined
        this.#shake?.failed(this.#failure('hung up'))
        this.#events?.down()
      },
      octets: octets => this.#heard(octets),
      drained: () => this.#events?.drained(),
    })
  }

  get isUp(): boolean {
    return this.#peer?.isOpen === true
  }

  get queuedOctets(): number {
    return this.#stream.queuedOctets
  }

  open(events: ByteStreamEvents): void {
    this.#events = events
    if (this.isUp) events.up()
  }

  write(octets: Uint8Array): void {
    if (this.isUp) this.#stream.write(octets)
  }

  close(): void {
    this.#shake?.done()
    this.#stream.close()
  }

  #heard(octets: Uint8Array): void {
    const problem = this.#peer?.receive(octets)
    if (problem !== undefined) {
      this.complaint = problem
      this.#peer = undefined
      this.#shake?.failed(this.#failure(`sent ${problem}`))
      return
    }
    this.#events?.octets(NOTHING)
  }

  #shaken(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#shake?.failed(this.#failure('said nothing')), HANDSHAKE_MS)
      const over = (): void => {
        clearTimeout(timer)
        this.#shake = undefined
      }
      this.#shake = {
        done: () => {
          over()
          resolve()
        },
        failed: error => {
          over()
          reject(error)
        },
      }
    })
  }

  #failure(what: string): LinkError {
    return new LinkError('handshake-failed', `no ZeroMQ hub at ${this.name}: it ${what}`)
  }
}

const NOTHING = new Uint8Array(0)

/** Sends through one stream and hears through the other. */
class HubLink implements ZmqLink {
  readonly mtuOctets: number
  readonly peer: string
  readonly closed: Promise<void>
  readonly #out: StreamLink
  readonly #publisher: ZmtpStream
  readonly #subscriber: ZmtpStream
  #events: LinkEvents<string> | undefined
  #isClosed = false
  #received = 0

  constructor(publisher: ZmtpStream, subscriber: ZmtpStream, mtuOctets: number) {
    this.mtuOctets = mtuOctets
    this.#publisher = publisher
    this.#subscriber = subscriber
    this.#out = streamLink(publisher, PUBLISHED, { mtuOctets })
    this.peer = publisher.name
    this.closed = Promise.all([publisher.closed, subscriber.closed]).then(() => {})
  }

  get isUp(): boolean {
    return this.#publisher.isUp && this.#subscriber.isUp
  }

  get complaint(): string | undefined {
    return this.#publisher.complaint ?? this.#subscriber.complaint
  }

  counters(): StreamCounters {
    return { ...this.#out.counters(), received: this.#received }
  }

  lease(): Slot<string> | undefined {
    return this.#out.lease()
  }

  send(slot: Slot<string>): void {
    this.#out.send(slot)
  }

  release(slot: Slot<string>): void {
    this.#out.release(slot)
  }

  open(events: LinkEvents<string>): void {
    assert(this.#events === undefined, 'a link is opened once')
    this.#events = events
    this.#out.open({ datagram: () => {}, turn: () => events.turn() })
    let heard = 0
    this.#subscriber.onMessage = message => {
      if (this.#isClosed || message.length > this.mtuOctets) return
      heard += 1
      this.#received += 1
      events.datagram(message, this.peer)
    }
    this.#subscriber.open({
      // Called after every piece of the stream, when its messages have been heard.
      octets: () => {
        if (heard === 0 || this.#isClosed) return
        heard = 0
        events.turn()
      },
      up: () => {},
      down: () => {},
      drained: () => {},
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#out.close()
    this.#subscriber.close()
  }
}

/** Messages as frames; nothing is read from a publisher's stream. */
const PUBLISHED: StreamFraming = {
  framedOctetsMax: octets => octets + ZMTP_HEADER_OCTETS_MAX,
  write: writeZmtpFrame,
  read: () => {},
  damaged: 0,
  reset: () => {},
}
