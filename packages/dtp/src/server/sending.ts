/**
 * One transfer of a server: a seat that is made once and taken again and again, so that nothing is allocated while
 * datagrams leave.
 */
import { type Millis, NEVER, type Slot } from '@skyferry/engine'
import { writeDataHeader } from '../common/data.ts'
import { DIALECTS, type Dialect } from '../common/dialect.ts'
import { chunkOf, type Interval, packetCount, TO_THE_END } from '../common/packets.ts'
import { type ConnectionId, type Endpoint, type NodeAddress, Port } from '../common/port.ts'
import {
  type MetaRequest,
  MORE_INTERVALS_MAX,
  OUR_SESSIONS_BELOW,
  type SessionId,
} from '../common/request.ts'
import type { Payload } from './payloads.ts'
import type { ServerSettings } from './settings.ts'

/** As many as a request of ours has room for; no dialect has more. */
const INTERVALS_MAX = 8 + MORE_INTERVALS_MAX

/** What `fill` did. */
export type Filled = 'datagram' | 'nothing-due' | 'read-failed'

/** Whom a datagram goes to; a field of the seat, since an object per datagram would be one too many. */
class Target implements Endpoint {
  node = 0 as NodeAddress
  readonly port = Port.Data
}

export class Sending {
  readonly #settings: ServerSettings
  readonly #target: Target = new Target()
  /** First and last packet of each interval, both inclusive. */
  readonly #bounds: Uint32Array = new Uint32Array(2 * INTERVALS_MAX)
  #intervals = 0
  #at = 0
  #next = 0
  #isTaken = false
  #payload: Payload | undefined
  #connection: ConnectionId | undefined
  #dialect: Dialect = DIALECTS.D2c
  #session = 0 as SessionId
  #chunk = 1
  #size = 0
  #owesTerminator = false
  #packetMs = 0
  #nextAt: Millis = NEVER
  #sent = 0
  #roundOctets = 0

  constructor(settings: ServerSettings) {
    this.#settings = settings
  }

  get isTaken(): boolean {
    return this.#isTaken
  }

  get node(): NodeAddress {
    return this.#target.node
  }

  /** Of the classic variant; the vmem variant has none. */
  get connection(): ConnectionId | undefined {
    return this.#connection
  }

  get session(): SessionId {
    return this.#session
  }

  /** When the next datagram is due. */
  get nextAt(): Millis {
    return this.#nextAt
  }

  /** Datagrams that have left. */
  get sent(): number {
    return this.#sent
  }

  /** Octets of payload that this round is to bring. */
  get roundOctets(): number {
    return this.#roundOctets
  }

  get isDone(): boolean {
    return this.#at === this.#intervals && !this.#owesTerminator
  }

  /**
   * Takes the seat. The request has been checked, and its intervals begin within the payload.
   *
   * @param connection of the classic variant
   */
  take(
    node: NodeAddress,
    connection: ConnectionId | undefined,
    request: MetaRequest,
    dialect: Dialect,
    payload: Payload,
    now: Millis,
  ): void {
    this.#isTaken = true
    this.#target.node = node
    this.#connection = connection
    this.#payload = payload
    this.#dialect = dialect
    this.#session = request.sessionId
    this.#chunk = chunkOf(request.mtuOctets, dialect)
    this.#size = payload.size
    this.#sent = 0
    this.#takeIntervals(request.intervals)
    this.#packetMs = (this.#chunk * 1000) / this.#rateFor(request)
    this.#nextAt = (now + this.#settings.leadMs) as Millis
  }

  /** Gives the seat back. */
  leave(): void {
    this.#payload?.close()
    this.#payload = undefined
    this.#connection = undefined
    this.#isTaken = false
    this.#nextAt = NEVER
  }

  /**
   * Fills a slot with the next datagram, if one is due.
   *
   * @param sharers transfers that share the server's throughput now
   */
  fill(slot: Slot<Endpoint>, now: Millis, sharers: number): Filled {
    if (!this.#isTaken || this.#nextAt > now) return 'nothing-due'
    const header = this.#dialect.dataHeaderOctets
    const isTerminator = this.#at === this.#intervals
    const offset = isTerminator ? this.#size : this.#next * this.#chunk
    const length = Math.min(this.#chunk, this.#size - offset)
    if (length > 0 && !this.#payload!.read(offset, slot.bytes, header, length)) return 'read-failed'
    writeDataHeader(slot.view, offset, this.#session, this.#dialect)
    slot.length = header + length
    slot.to = this.#target
    this.#sent += 1
    if (isTerminator) this.#owesTerminator = false
    else this.#advance()
    this.#pace(now, sharers)
    return 'datagram'
  }

  /** Even spacing; after a late wake it makes up for `catchUpMs` and no more, so that a stall is no burst. */
  #pace(now: Millis, sharers: number): void {
    const { throughputMax, catchUpMs } = this.#settings
    const sharedMs = (this.#chunk * sharers * 1000) / throughputMax
    const spacing = Math.max(this.#packetMs, sharedMs)
    this.#nextAt = (Math.max(this.#nextAt, now - catchUpMs) + spacing) as Millis
  }

  #advance(): void {
    if (this.#next < this.#bounds[2 * this.#at + 1]!) {
      this.#next += 1
      return
    }
    this.#at += 1
    if (this.#at < this.#intervals) this.#next = this.#bounds[2 * this.#at]!
  }

  /** Ascending by their ends, so that the highest packet leaves last: a C client stops at it (C7). */
  #takeIntervals(intervals: readonly Interval[]): void {
    const packets = packetCount(this.#size, this.#chunk)
    const bounds = this.#bounds
    this.#intervals = 0
    this.#at = 0
    this.#roundOctets = 0
    let highest = -1
    for (const { start, end } of intervals) {
      const last = Math.min(end === TO_THE_END ? packets - 1 : end, packets - 1)
      if (start > last) continue
      let place = this.#intervals
      while (place > 0 && bounds[2 * place - 1]! > last) {
        bounds[2 * place] = bounds[2 * place - 2]!
        bounds[2 * place + 1] = bounds[2 * place - 1]!
        place -= 1
      }
      bounds[2 * place] = start
      bounds[2 * place + 1] = last
      this.#intervals += 1
      this.#roundOctets += Math.min(this.#size, (last + 1) * this.#chunk) - start * this.#chunk
      highest = Math.max(highest, last)
    }
    this.#next = bounds[0]!
    const endsThePayload = this.#intervals > 0 && highest === packets - 1
    this.#owesTerminator = this.#settings.terminator && endsThePayload && this.#size % this.#chunk === 0
  }

  #rateFor({ throughput, sessionId }: MetaRequest): number {
    // D1 has no session id; whoever speaks it is a C client of old.
    const isC = sessionId >= OUR_SESSIONS_BELOW || this.#dialect.dataHeaderOctets === 4
    return isC ? Math.min(throughput, this.#settings.packetsPerSecondToC * this.#chunk) : throughput
  }
}
