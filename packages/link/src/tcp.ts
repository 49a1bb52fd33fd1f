import type { Socket } from 'node:net'
import {
  type Alarm,
  assert,
  type Clock,
  type Link,
  type LinkEvents,
  type Millis,
  type Slot,
} from '@skyferry/engine'
import { Deframer, type Framing, isFault } from '@skyferry/octets'
import { Pacer } from './pacer.ts'
import { SlotPool } from './slot-pool.ts'
import { openEnd, type StreamEnd, type TcpAddress, type TcpRole } from './tcp-ends.ts'
import { framesWithin, StreamOutlet, type StreamRoom } from './tcp-outlet.ts'

export interface TcpLinkOptions {
  readonly role: TcpRole
  /** How datagrams stand in the stream. One that tells its own length cannot be of no octets. */
  readonly framing: Framing
  /** Octets of the largest datagram sent. */
  readonly mtuOctets: number
  /** Octets of the largest frame taken, prefix included: what one connection may make us hold. Default 65 795. */
  readonly receivedFrameOctets?: number
  /** Octets held for an end that does not read, in blocks of 64 KiB. Default 256 KiB. */
  readonly sendBufferOctets?: number
  /** Paces what is sent; without it the stream sends as fast as the other end reads. */
  readonly rateBps?: number
  /** What each datagram costs beside its own octets; its prefix when not given. */
  readonly overheadOctets?: number
  /** Datagrams sent before everybody else gets a turn. */
  readonly turnDatagrams?: number
  readonly clock: Clock
  /** What becomes of the connection, for whoever tells the operator. */
  onState?(state: TcpState): void
}

export type TcpState =
  | { readonly kind: 'connected'; readonly peer: TcpAddress }
  | { readonly kind: 'lost'; readonly why: string }
  /** A client calls again after so long. */
  | { readonly kind: 'waiting'; readonly why: string; readonly retryInMs: number }
  | { readonly kind: 'refused'; readonly host: string }

/** What went over the link since it opened. */
export interface TcpCounters {
  readonly sent: number
  readonly sentOctets: number
  readonly received: number
  readonly receivedOctets: number
  readonly connections: number
  /** Calls that came to nothing. */
  readonly failedCalls: number
  /** Callers sent away: not the host we wait for. */
  readonly refused: number
  /** Streams that gave way to a newer one of the same peer. */
  readonly replaced: number
  /** Streams closed because no frame began where one had to. */
  readonly lostSynchronisation: number
  /** Streams that ended within a frame. */
  readonly cutShort: number
  /** Datagrams handed over when the connection was gone. */
  readonly lost: number
  /** Datagrams that their own framing does not delimit (one of no octets, say). */
  readonly unframed: number
  /** How often `lease` said no because the other end does not read, */
  readonly bufferFullTurns: number
  /** … and because the rate was spent. */
  readonly rateWaits: number
}

export interface TcpLink extends Link<TcpAddress> {
  /** Where a server listens, with the port the host chose; a client's own end while it is connected. */
  readonly local: TcpAddress | undefined
  /** The other end of the connection there is. */
  readonly peer: TcpAddress | undefined
  readonly mtuOctets: number
  counters(): TcpCounters
  /** A new pace from now on; `undefined` takes it off. */
  changeRate(rateBps: number | undefined): void
  /** Fulfilled once all is closed. */
  readonly closed: Promise<void>
}

const DEFAULT_TURN_DATAGRAMS = 64
const DEFAULT_SEND_BUFFER_OCTETS = 256 * 1024
/** A PDU's data field of 65 535 octets behind the longest header, and some. */
const DEFAULT_RECEIVED_FRAME_OCTETS = 65_535 + 260
/** A connection that lasted this long was of use even if it was silent. */
const OF_USE_MS = 10_000
/** How long what was sent before `close` may take to leave. */
const LINGER_MS = 2000
const KEEP_ALIVE_MS = 10_000

/**
 * Datagrams in a TCP stream, one connection at a time, to one peer: whoever is at the other end, whatever `to` says.
 * Without a connection `lease` says no, and a turn follows when there is one. A client calls again with growing waits; at a
 * server the newest call wins, because a peer that lost power leaves a connection behind that nobody ends.
 *
 * A stream that loses its place is closed: on the first octets that begin no frame. What was under way when a connection
 * ended is lost, like datagrams anywhere.
 *
 * @throws LinkError when the port or the name cannot be had; that nobody is there to be called is no error
 */
export async function tcpLink(options: TcpLinkOptions): Promise<TcpLink> {
  assert(options.mtuOctets >= 1, 'an MTU is a size')
  return new StreamLink(await openEnd(options.role, options.clock), options)
}

type Tally = { -readonly [Name in keyof TcpCounters]: TcpCounters[Name] }

interface Connection {
  readonly socket: Socket
  readonly peer: TcpAddress
  readonly outlet: StreamOutlet
  readonly deframer: Deframer
  readonly since: Millis
  heard: boolean
  isReading: boolean
}

class StreamLink implements TcpLink {
  readonly mtuOctets: number
  readonly closed: Promise<void>
  readonly #end: StreamEnd
  readonly #options: TcpLinkOptions
  readonly #clock: Clock
  readonly #room: StreamRoom
  readonly #overheadOctets: number
  readonly #turnDatagrams: number
  readonly #pool: SlotPool<TcpAddress>
  readonly #pacer: Pacer
  #connection: Connection | undefined
  #events: LinkEvents<TcpAddress> | undefined
  #isClosed = false
  /** How many more datagrams may leave in this turn. */
  #share: number
  #turnIsComing = false
  /** `lease` said no for want of room or of a connection: a turn is owed when there is some. */
  #wantsRoom = false
  #linger: Alarm | undefined
  #allClosed: () => void = () => {}
  readonly #tally: Tally = {
    sent: 0,
    sentOctets: 0,
    received: 0,
    receivedOctets: 0,
    connections: 0,
    failedCalls: 0,
    refused: 0,
    replaced: 0,
    lostSynchronisation: 0,
    cutShort: 0,
    lost: 0,
    unframed: 0,
    bufferFullTurns: 0,
    rateWaits: 0,
  }

  constructor(end: StreamEnd, options: TcpLinkOptions) {
    const { framing, mtuOctets, clock } = options
    this.mtuOctets = mtuOctets
    this.#end = end
    this.#options = options
    this.#clock = clock
    this.#room = {
      frameOctets: framing.prefixOctets + mtuOctets,
      bufferOctets: options.sendBufferOctets ?? DEFAULT_SEND_BUFFER_OCTETS,
    }
    this.#overheadOctets = options.overheadOctets ?? framing.prefixOctets
    this.#turnDatagrams = options.turnDatagrams ?? DEFAULT_TURN_DATAGRAMS
    this.#share = this.#turnDatagrams
    // Never more than a fresh outlet takes: what was leased before a connection finds room in the next.
    this.#pool = new SlotPool(Math.min(this.#turnDatagrams, framesWithin(this.#room)), mtuOctets)
    this.#pacer = new Pacer(clock, this.#overheadOctets, () => this.#turn())
    if (options.rateBps !== undefined) this.changeRate(options.rateBps)
    this.closed = new Promise(resolve => {
      this.#allClosed = resolve
    })
    end.start({
      connected: (socket, peer) => this.#connected(socket, peer),
      failed: (why, retryInMs) => {
        this.#tally.failedCalls += 1
        options.onState?.({ kind: 'waiting', why, retryInMs })
      },
      refused: host => {
        this.#tally.refused += 1
        options.onState?.({ kind: 'refused', host })
      },
    })
  }

  get local(): TcpAddress | undefined {
    if (this.#end.local !== undefined) return this.#end.local
    const { localAddress: host, localPort: port } = this.#connection?.socket ?? {}
    return host === undefined || port === undefined ? undefined : { host, port }
  }

  get peer(): TcpAddress | undefined {
    return this.#connection?.peer
  }

  counters(): TcpCounters {
    return { ...this.#tally }
  }

  changeRate(rateBps: number | undefined): void {
    if (this.#pacer.changeRate(rateBps)) this.#callTurn()
  }

  lease(): Slot<TcpAddress> | undefined {
    if (this.#isClosed) return undefined
    const leased = this.#pool.leasedCount
    if (this.#connection === undefined) {
      this.#wantsRoom = true
      return undefined
    }
    if (leased >= this.#share) {
      if (this.#share === 0) this.#callTurn()
      else this.#wantsRoom = true
      return undefined
    }
    if (!this.#connection.outlet.hasRoomFor(leased + 1)) {
      this.#tally.bufferFullTurns += 1
      this.#wantsRoom = true
      return undefined
    }
    if (!this.#pacer.hasCredit(leased * (this.mtuOctets + this.#overheadOctets))) {
      this.#tally.rateWaits += 1
      return undefined
    }
    const slot = this.#pool.lease()
    if (slot === undefined) this.#wantsRoom = true
    return slot
  }

  send(slot: Slot<TcpAddress>): void {
    const taken = this.#pool.take(slot)
    const connection = this.#connection
    if (this.#isClosed || connection === undefined) {
      this.#tally.lost += 1
    } else if (!this.#isDelimited(taken.bytes, taken.length)) {
      this.#tally.unframed += 1
    } else {
      this.#share -= 1
      this.#tally.sent += 1
      this.#tally.sentOctets += taken.length
      this.#pacer.spend(taken.length)
      connection.outlet.send(taken.datagram)
    }
    this.#pool.recycle(taken)
    this.#roomCame()
  }

  release(slot: Slot<TcpAddress>): void {
    this.#pool.release(slot)
    this.#pacer.rest()
    this.#roomCame()
  }

  open(events: LinkEvents<TcpAddress>): void {
    assert(this.#events === undefined, 'a link is opened once')
    this.#events = events
    const connection = this.#connection
    if (connection !== undefined && !this.#isClosed) this.#read(connection)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#pacer.stop()
    const endClosed = this.#end.close()
    const socket = this.#connection?.socket
    this.#connection?.outlet.flush()
    const streamClosed = socket === undefined ? Promise.resolve() : this.#endGently(socket)
    void Promise.all([endClosed, streamClosed]).then(() => this.#allClosed())
  }

  /** What was sent leaves first; what still comes in is read and thrown away, or the host would cut the stream off. */
  #endGently(socket: Socket): Promise<void> {
    return new Promise(resolve => {
      this.#linger = this.#clock.at((this.#clock.now() + LINGER_MS) as Millis, () => socket.destroy())
      socket.once('close', () => {
        this.#linger?.cancel()
        resolve()
      })
      socket.removeAllListeners('data')
      socket.end()
      socket.resume()
    })
  }

  /** Would the other end find this datagram whole in the stream? One that it would not costs the connection. */
  #isDelimited(bytes: Uint8Array, length: number): boolean {
    const { framing } = this.#options
    return framing.prefixOctets > 0 || (length > 0 && framing.measure(bytes, 0, length) === length)
  }

  #connected(socket: Socket, peer: TcpAddress): void {
    if (this.#isClosed) {
      socket.destroy()
      return
    }
    const former = this.#connection
    if (former !== undefined) {
      this.#tally.replaced += 1
      this.#lost(former, 'the peer called again')
    }
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    const { framing, receivedFrameOctets = DEFAULT_RECEIVED_FRAME_OCTETS } = this.#options
    const connection: Connection = {
      socket,
      peer,
      outlet: new StreamOutlet(socket, framing, this.#room, () => {
        if (this.#connection === connection) this.#roomCame()
      }),
      deframer: new Deframer(framing, receivedFrameOctets),
      since: this.#clock.now(),
      heard: false,
      isReading: false,
    }
    this.#connection = connection
    this.#tally.connections += 1
    let why = 'the other end closed it'
    socket.on('error', error => {
      why = error.message
    })
    socket.on('close', () => this.#lost(connection, why))
    this.#options.onState?.({ kind: 'connected', peer })
    this.#wantsRoom = false
    this.#callTurn()
    if (this.#events !== undefined) this.#read(connection)
  }

  /** Is called again for a connection that is gone already, and does nothing then. */
  #lost(connection: Connection, why: string): void {
    connection.socket.destroy()
    if (this.#connection !== connection) return
    this.#connection = undefined
    if (this.#isClosed) return
    if (connection.deframer.isWithinFrame) this.#tally.cutShort += 1
    this.#options.onState?.({ kind: 'lost', why })
    this.#end.over(connection.heard || this.#clock.now() - connection.since >= OF_USE_MS)
  }

  #read(connection: Connection): void {
    if (!connection.isReading) {
      connection.isReading = true
      connection.socket.on('data', chunk => this.#received(connection, chunk))
    }
    connection.socket.resume()
  }

  /** One read a turn: the next is not asked for before what this one brought has been settled. */
  #received(connection: Connection, chunk: Uint8Array): void {
    if (this.#connection !== connection || this.#isClosed) return
    connection.socket.pause()
    this.#callTurn()
    const { deframer, peer } = connection
    deframer.offer(chunk)
    for (let frame = deframer.next(); frame !== undefined; frame = deframer.next()) {
      if (isFault(frame)) {
        this.#tally.lostSynchronisation += 1
        this.#lost(connection, `it lost synchronisation (${frame.code})`)
        return
      }
      connection.heard = true
      this.#tally.received += 1
      this.#tally.receivedOctets += frame.length
      this.#events?.datagram(frame, peer)
      if (this.#connection !== connection || this.#isClosed) return
    }
  }

  #roomCame(): void {
    if (!this.#wantsRoom || this.#connection === undefined) return
    if (!this.#connection.outlet.hasRoomFor(this.#pool.leasedCount + 1)) return
    this.#wantsRoom = false
    this.#callTurn()
  }

  #callTurn(): void {
    if (this.#turnIsComing || this.#isClosed) return
    this.#turnIsComing = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#turnIsComing = false
    if (this.#isClosed) return
    this.#share = this.#turnDatagrams
    this.#events?.turn()
    if (this.#events !== undefined && this.#connection !== undefined && !this.#isClosed) {
      this.#connection.socket.resume()
    }
  }
}
