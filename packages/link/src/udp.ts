import type { RemoteInfo, Socket } from 'node:dgram'
import { assert, type Clock, type Link, type LinkEvents, type Slot } from '@skyferry/engine'
import { systemCodeOf } from './link-error.ts'
import { Pacer } from './pacer.ts'
import { SlotPool } from './slot-pool.ts'
import { AddressBook, formatUdpAddress, sameUdpAddress, type UdpAddress } from './udp-address.ts'
import { resolveEnds } from './udp-names.ts'
import { UdpOutlet } from './udp-outlet.ts'
import { openSockets, type UdpSockets } from './udp-sockets.ts'

export interface UdpLinkOptions {
  /** Where to listen; port 0 lets the host choose one, see `local`. Names (`localhost`) are looked up. */
  readonly listen: UdpAddress
  /** Whom `to: undefined` means. Datagrams from others arrive all the same; the engine judges them. */
  readonly peer?: UdpAddress
  /** Octets of the largest datagram sent, headers of UDP and IP not counted; at most 65 507. */
  readonly mtuOctets: number
  /** Paces what is sent, headers included; without it the host sends as fast as it can. */
  readonly rateBps?: number
  /** What the medium adds to each datagram, octets; the headers of UDP and IP when not given (28 or 48). */
  readonly overheadOctets?: number
  /** 3640 datagrams of 1 KiB fit into the default of 4 MiB while this process is busy; 92 into the host's own. */
  readonly receiveBufferOctets?: number
  /** Datagrams sent before everybody else gets a turn. */
  readonly turnDatagrams?: number
  readonly clock: Clock
}

/** What went over the link since it opened. */
export interface UdpCounters {
  readonly sent: number
  readonly sentOctets: number
  readonly received: number
  readonly receivedOctets: number
  /** Sends that failed, as far as they were watched: the first of each turn, and all for a while after one. */
  readonly sendErrors: number
  /** Of these and of errors heard while receiving: nobody listens at the peer's port (ECONNREFUSED). */
  readonly refused: number
  /** Of `sendErrors`: larger than a hop may carry (EMSGSIZE). */
  readonly tooLong: number
  readonly receiveErrors: number
  /** Had no usable address. */
  readonly unaddressed: number
  /** How often `lease` said no because the kernel pushed back, */
  readonly queueFullTurns: number
  /** … and because the rate was spent. */
  readonly rateWaits: number
}

export interface UdpLink extends Link<UdpAddress> {
  /** Where it listens, with the port the host chose. */
  readonly local: UdpAddress
  readonly peer: UdpAddress | undefined
  readonly mtuOctets: number
  /** What an operator should know about this host; empty when all is well. */
  readonly warnings: readonly string[]
  counters(): UdpCounters
  /** A new pace from now on; `undefined` takes it off. */
  changeRate(rateBps: number | undefined): void
  /** Fulfilled once the sockets are closed. */
  readonly closed: Promise<void>
}

const DEFAULT_RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024
const DEFAULT_TURN_DATAGRAMS = 64
/** More than this many datagrams waiting in the kernel's stead, and `lease` says no. */
const QUEUE_LIMIT = 64
const LARGEST_DATAGRAM = 65_507
const ROUTE_IS_WRONG: ReadonlySet<string> = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EINVAL'])

/**
 * A link over UDP on `node:dgram`, ready when the promise is fulfilled; `open` it in the same turn, what comes
 * before is lost. What it delivers are fresh `Buffer`s, whose `slice` is a view: to copy, `new Uint8Array(bytes)`.
 *
 * @throws LinkError when the port, the address or the name cannot be had
 */
export async function udpLink(options: UdpLinkOptions): Promise<UdpLink> {
  const { mtuOctets } = options
  assert(mtuOctets >= 1 && mtuOctets <= LARGEST_DATAGRAM, 'an MTU is a size that UDP can carry')
  const ends = await resolveEnds(options.listen, options.peer)
  const sockets = await openSockets(ends, options.receiveBufferOctets ?? DEFAULT_RECEIVE_BUFFER_OCTETS)
  const overheadOctets = options.overheadOctets ?? (ends.family === 4 ? 28 : 48)
  return new DgramLink(sockets, ends.peer, { ...options, overheadOctets })
}

type Settled = UdpLinkOptions & { readonly overheadOctets: number }
type Tally = { -readonly [Name in keyof UdpCounters]: UdpCounters[Name] }

class DgramLink implements UdpLink {
  readonly local: UdpAddress
  readonly peer: UdpAddress | undefined
  readonly mtuOctets: number
  readonly closed: Promise<void>
  readonly #warnings: string[]
  readonly #sockets: readonly Socket[]
  readonly #overheadOctets: number
  readonly #turnDatagrams: number
  readonly #pool: SlotPool<UdpAddress>
  readonly #toAnybody: UdpOutlet
  #toPeer: UdpOutlet
  readonly #book: AddressBook = new AddressBook()
  readonly #pacer: Pacer
  #events: LinkEvents<UdpAddress> | undefined
  #isClosed = false
  /** How many more datagrams may leave in this turn. */
  #share: number
  #turnIsComing = false
  /** `lease` said no for want of room: a turn is owed when there is some. */
  #wantsRoom = false
  readonly #tally: Tally = {
    sent: 0,
    sentOctets: 0,
    received: 0,
    receivedOctets: 0,
    sendErrors: 0,
    refused: 0,
    tooLong: 0,
    receiveErrors: 0,
    unaddressed: 0,
    queueFullTurns: 0,
    rateWaits: 0,
  }

  constructor({ open, direct, local, warnings }: UdpSockets, peer: UdpAddress | undefined, options: Settled) {
    this.local = local
    this.peer = peer === undefined ? undefined : this.#book.at(peer.host, peer.port)
    this.mtuOctets = options.mtuOctets
    this.#warnings = [...warnings]
    this.#overheadOctets = options.overheadOctets
    this.#pacer = new Pacer(options.clock, options.overheadOctets, () => this.#turn())
    this.#turnDatagrams = options.turnDatagrams ?? DEFAULT_TURN_DATAGRAMS
    this.#share = this.#turnDatagrams
    // Both queues full, and one turn's worth in somebody's hands.
    const slots = 2 * QUEUE_LIMIT + this.#turnDatagrams
    this.#pool = new SlotPool(slots, options.mtuOctets)
    const outlet = (socket: Socket, isConnected: boolean): UdpOutlet =>
      new UdpOutlet(
        socket,
        { isConnected, pool: this.#pool, slots },
        { failed: error => this.#sendFailed(error, isConnected), drained: this.#drained },
      )
    this.#toAnybody = outlet(open, false)
    this.#toPeer = direct === undefined ? this.#toAnybody : outlet(direct, true)
    this.#sockets = direct === undefined ? [open] : [open, direct]
    for (const socket of this.#sockets) {
      socket.on('message', this.#received)
      socket.on('error', this.#receiveFailed)
    }
    this.closed = Promise.all(
      this.#sockets.map(socket => new Promise<void>(resolve => socket.once('close', resolve))),
    ).then(() => {})
    if (options.rateBps !== undefined) this.changeRate(options.rateBps)
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  counters(): UdpCounters {
    return { ...this.#tally }
  }

  changeRate(rateBps: number | undefined): void {
    if (this.#pacer.changeRate(rateBps)) this.#callTurn()
  }

  lease(): Slot<UdpAddress> | undefined {
    if (this.#isClosed) return undefined
    // What is lent already counts: its user may send all of it in this turn.
    if (this.#pool.leasedCount >= this.#share) {
      if (this.#share === 0) this.#callTurn()
      else this.#wantsRoom = true
      return undefined
    }
    if (this.#toPeer.queuedCount > QUEUE_LIMIT || this.#toAnybody.queuedCount > QUEUE_LIMIT) {
      this.#tally.queueFullTurns += 1
      this.#wantsRoom = true
      return undefined
    }
    const promised = this.#pool.leasedCount * (this.mtuOctets + this.#overheadOctets)
    if (!this.#pacer.hasCredit(promised)) {
      this.#tally.rateWaits += 1
      return undefined
    }
    const slot = this.#pool.lease()
    if (slot === undefined) this.#wantsRoom = true
    return slot
  }

  send(slot: Slot<UdpAddress>): void {
    const taken = this.#pool.take(slot)
    const to = taken.to ?? this.peer
    // Port 0 may stand in a datagram, as "do not answer"; the host would throw at it.
    if (this.#isClosed || to === undefined || to.port === 0) {
      this.#tally.unaddressed += 1
      this.#pool.recycle(taken)
      if (this.#wantsRoom) this.#drained()
      return
    }
    this.#share -= 1
    this.#tally.sent += 1
    this.#tally.sentOctets += taken.length
    this.#pacer.spend(taken.length)
    const isForPeer = this.peer !== undefined && sameUdpAddress(to, this.peer)
    const outlet = isForPeer ? this.#toPeer : this.#toAnybody
    outlet.send(taken, to)
    if (this.#wantsRoom) this.#drained()
  }

  release(slot: Slot<UdpAddress>): void {
    this.#pool.release(slot)
    this.#pacer.rest()
    if (this.#wantsRoom) this.#drained()
  }

  open(events: LinkEvents<UdpAddress>): void {
    assert(this.#events === undefined, 'a link is opened once')
    this.#events = events
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#pacer.stop()
    for (const socket of this.#sockets) socket.close()
  }

  readonly #drained = (): void => {
    if (!this.#wantsRoom || this.#toPeer.queuedCount + this.#toAnybody.queuedCount > QUEUE_LIMIT / 2) return
    this.#wantsRoom = false
    this.#callTurn()
  }

  /**
   * The host reads up to 32 datagrams in a row, and runs microtasks after each: only an immediate comes once,
   * after them all. It is also what lets everybody else have their turn.
   */
  #callTurn(): void {
    if (this.#turnIsComing || this.#isClosed) return
    this.#turnIsComing = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#turnIsComing = false
    if (this.#isClosed) return
    this.#share = this.#turnDatagrams
    this.#toPeer.watch()
    this.#toAnybody.watch()
    this.#events?.turn()
  }

  readonly #received = (bytes: Uint8Array, from: RemoteInfo): void => {
    this.#tally.received += 1
    this.#tally.receivedOctets += bytes.length
    if (this.#events === undefined || this.#isClosed) return
    this.#callTurn()
    this.#events.datagram(bytes, this.#book.at(from.address, from.port))
  }

  readonly #receiveFailed = (error: Error): void => {
    this.#tally.receiveErrors += 1
    if (systemCodeOf(error) === 'ECONNREFUSED') this.#tally.refused += 1
  }

  #sendFailed(error: Error, wasConnected: boolean): void {
    this.#tally.sendErrors += 1
    const code = systemCodeOf(error)
    if (code === 'ECONNREFUSED') this.#tally.refused += 1
    else if (code === 'EMSGSIZE') this.#tally.tooLong += 1
    else if (wasConnected && ROUTE_IS_WRONG.has(code)) this.#sendUnconnected(code)
  }

  /** A connected socket keeps the route and the own address it found at first; after a change of network they are wrong. */
  #sendUnconnected(code: string): void {
    if (this.#toPeer === this.#toAnybody) return
    this.#toPeer = this.#toAnybody
    const whom = this.peer === undefined ? 'the peer' : formatUdpAddress(this.peer)
    this.#warnings.push(`sending to ${whom} failed (${code}): each datagram now looks up its route`)
  }
}
