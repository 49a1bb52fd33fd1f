import { assert, type Link, type LinkEvents, type Slot } from '@skyferry/engine'
import { SlotPool } from '../slot-pool.ts'
import type { ByteStream } from './byte-stream.ts'

/** How datagrams stand in a stream of octets. */
export interface StreamFraming {
  /** The most octets that a datagram of so many takes in the stream. */
  framedOctetsMax(octets: number): number
  /** Writes one datagram to `target` at `at`; returns where it ends. */
  write(datagram: Uint8Array, target: Uint8Array, at: number): number
  /** Takes octets as they come and calls for each datagram they complete; views are lent. */
  read(octets: Uint8Array, datagram: (bytes: Uint8Array) => void): void
  /** Datagrams that came in damaged. */
  readonly damaged: number
  /** The stream begins anew: half a datagram is worth nothing. */
  reset(): void
}

/** What went over the link since it opened. */
export interface StreamCounters {
  readonly sent: number
  readonly received: number
  /** Sent while the stream was down. */
  readonly lost: number
  /** Received, and no datagram any more. */
  readonly damaged: number
}

export interface StreamLink extends Link<string> {
  readonly mtuOctets: number
  /** Whom everything comes from, and `to: undefined` means. */
  readonly peer: string
  readonly isUp: boolean
  counters(): StreamCounters
  readonly closed: Promise<void>
}

/** Datagrams sent before everybody else gets a turn; they leave in one piece. */
const TURN_DATAGRAMS = 64
const SLOTS = TURN_DATAGRAMS
/** More than this many octets waiting in the process, and `lease` says no. */
const QUEUE_OCTETS = 256 * 1024

/**
 * Datagrams over a stream, framed. What is sent in one turn is gathered and written at once. While the stream is down,
 * what is sent is lost, as on any medium; it never waits for a peer that may not come back.
 */
export function streamLink(
  stream: ByteStream,
  framing: StreamFraming,
  options: { readonly mtuOctets: number },
): StreamLink {
  return new FramedLink(stream, framing, options.mtuOctets)
}

class FramedLink implements StreamLink {
  readonly mtuOctets: number
  readonly peer: string
  readonly closed: Promise<void>
  readonly #stream: ByteStream
  readonly #framing: StreamFraming
  readonly #pool: SlotPool<string>
  #gathered: Uint8Array
  #gatheredOctets = 0
  #flushIsComing = false
  #share = TURN_DATAGRAMS
  /** `lease` said no: a turn is owed. */
  #refused = false
  #turnIsComing = false
  #events: LinkEvents<string> | undefined
  #isClosed = false
  readonly #tally = { sent: 0, received: 0, lost: 0 }

  constructor(stream: ByteStream, framing: StreamFraming, mtuOctets: number) {
    this.mtuOctets = mtuOctets
    this.peer = stream.name
    this.closed = stream.closed
    this.#stream = stream
    this.#framing = framing
    this.#pool = new SlotPool(SLOTS, mtuOctets)
    this.#gathered = this.#fresh()
  }

  get isUp(): boolean {
    return this.#stream.isUp
  }

  counters(): StreamCounters {
    return { ...this.#tally, damaged: this.#framing.damaged }
  }

  lease(): Slot<string> | undefined {
    if (this.#isClosed) return undefined
    const isFull = this.#stream.queuedOctets > QUEUE_OCTETS
    const slot = this.#share > 0 && !isFull ? this.#pool.lease() : undefined
    if (slot === undefined) {
      this.#refused = true
      // A full stream calls when it has drained, slots still out when they come back.
      if (this.#share === 0 && !isFull) this.#callTurn()
    }
    return slot
  }

  send(slot: Slot<string>): void {
    const taken = this.#pool.take(slot)
    if (!this.#isClosed) this.#gather(taken.datagram, taken.to)
    this.#pool.recycle(taken)
    this.#roomAgain()
  }

  release(slot: Slot<string>): void {
    this.#pool.release(slot)
    this.#roomAgain()
  }

  open(events: LinkEvents<string>): void {
    assert(this.#events === undefined, 'a link is opened once')
    this.#events = events
    this.#stream.open({
      octets: bytes => this.#heard(bytes),
      up: () => this.#framing.reset(),
      down: () => this.#roomAgain(),
      drained: () => this.#roomAgain(),
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#flush()
    this.#isClosed = true
    this.#stream.close()
  }

  #gather(datagram: Uint8Array, to: string | undefined): void {
    this.#share -= 1
    if (!this.#stream.isUp || (to !== undefined && to !== this.peer)) {
      this.#tally.lost += 1
      return
    }
    this.#tally.sent += 1
    const octets = this.#framing.framedOctetsMax(datagram.length)
    if (this.#gatheredOctets + octets > this.#gathered.length) this.#flush()
    this.#gatheredOctets = this.#framing.write(datagram, this.#gathered, this.#gatheredOctets)
    if (this.#flushIsComing) return
    this.#flushIsComing = true
    queueMicrotask(this.#flush)
  }

  readonly #flush = (): void => {
    this.#flushIsComing = false
    if (this.#gatheredOctets === 0 || this.#isClosed) return
    const gathered = this.#gathered.subarray(0, this.#gatheredOctets)
    // A few short ones are copied, so that the room stays; what is worth it goes as it is.
    if (gathered.length * 4 < this.#gathered.length) this.#stream.write(new Uint8Array(gathered))
    else {
      this.#stream.write(gathered)
      this.#gathered = this.#fresh()
    }
    this.#gatheredOctets = 0
  }

  #fresh(): Uint8Array {
    return new Uint8Array(Math.max(16_384, 2 * this.#framing.framedOctetsMax(this.mtuOctets)))
  }

  #heard(bytes: Uint8Array): void {
    let count = 0
    this.#framing.read(bytes, datagram => {
      if (this.#isClosed || datagram.length > this.mtuOctets) return
      count += 1
      this.#tally.received += 1
      this.#events?.datagram(datagram, this.peer)
    })
    if (count > 0 && !this.#isClosed) this.#turn()
  }

  #roomAgain(): void {
    if (this.#refused) this.#callTurn()
  }

  #callTurn(): void {
    if (this.#turnIsComing || this.#isClosed) return
    this.#turnIsComing = true
    setImmediate(() => {
      this.#turnIsComing = false
      this.#turn()
    })
  }

  #turn(): void {
    if (this.#isClosed) return
    this.#share = TURN_DATAGRAMS
    this.#refused = false
    this.#events?.turn()
  }
}
