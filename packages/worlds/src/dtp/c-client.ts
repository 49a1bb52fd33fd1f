/**
 * The C library's client as it behaves (dtp reference, sections 5, 8 and 11.1): it binds its data port late, leaves by an
 * estimate in whole milliseconds, judges by the number of octets, and asks for eight gaps at most.
 */
import {
  C_SESSION_ID,
  type Call,
  type ConnectionEvent,
  type ConnectionId,
  type CRounds,
  cRounds,
  DIALECTS,
  type DtpEngine,
  dataOffset,
  decodeMetaResponse,
  type Endpoint,
  encodeMetaRequest,
  type Interval,
  type NodeAddress,
  Port,
  TO_THE_END,
} from '@skyferry/dtp'
import { type Millis, NEVER, Queue, type Slot } from '@skyferry/engine'
import { isFault, RangeSet } from '@skyferry/octets'

const HEADER_OCTETS = 8
const CONNECT_MS = 10_000
const READ_MS = 10_000
const INTERVALS_MAX = 8

export interface CSession {
  readonly server: number
  readonly payloadId: number
  readonly mtu: number
  readonly throughput: number
  readonly timeoutS: number
}

export type CRequest = { readonly kind: 'fetch' }
/** 0, 1, 2 of the library, and what its application makes of error 7. */
export type CResult = 'ok' | 'error' | 'cancelled' | 'exhausted'
export type CIndication = { readonly kind: 'result'; readonly result: CResult }

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' | 'reading'; readonly connection: ConnectionId; readonly until: Millis }
  | { readonly name: 'binding'; readonly connection: ConnectionId; readonly until: Millis }
  | { readonly name: 'looping'; readonly connection: ConnectionId; readonly loop: Loop }

/** The variables of its receive loop. */
interface Loop {
  readonly startedAt: Millis
  readonly packets: number
  readonly last: number
  readonly rounds: CRounds
  received: number
  lastAt: Millis
  /** Summed-up timeouts since the last datagram: one round for every two that pass (C9). */
  idleMs: number
  waitsUntil: Millis
  expectedEnd: number
  previous: number
}

export class CClient implements DtpEngine<CRequest, boolean, CIndication, never> {
  readonly #session: CSession
  readonly #chunk: number
  /** How long after the response its data port is bound. */
  readonly #bindMs: number
  readonly #write: (offset: number, data: Uint8Array) => void
  readonly #calls: Queue<Call> = new Queue()
  readonly #indications: Queue<CIndication> = new Queue()
  #connections = 0
  #state: State = { name: 'idle' }
  /** Packets that its saved session lists. */
  readonly segments: RangeSet = new RangeSet()
  /** Its own count, duplicates included. */
  bytesReceived = 0
  #size = 0

  constructor(session: CSession, bindMs: number, write: (offset: number, data: Uint8Array) => void) {
    this.#session = session
    this.#chunk = session.mtu - HEADER_OCTETS
    this.#bindMs = bindMs
    this.#write = write
    this.#calls.push({ kind: 'listen', port: Port.Data, takes: 'datagrams' })
  }

  get isIdle(): boolean {
    return this.#state.name === 'idle'
  }

  /** Starts, or resumes what it has: its application calls it again and again. */
  request(_request: CRequest, now: Millis): boolean {
    if (this.#state.name !== 'idle') return false
    const intervals = this.#intervals()
    if (intervals.length === 0) {
      this.#indications.push({ kind: 'result', result: 'exhausted' })
      return true
    }
    this.#connections += 1
    const connection = this.#connections as ConnectionId
    const to = { node: this.#session.server as NodeAddress, port: Port.Control }
    this.#calls.push({ kind: 'connect', connection, to, reliable: true, crc32: false })
    const { payloadId, mtu: mtuOctets, throughput } = this.#session
    const request = { throughput, payloadId, sessionId: C_SESSION_ID, mtuOctets, keepAliveMs: 0, intervals }
    this.#calls.push({ kind: 'send', connection, octets: encodeMetaRequest(request, DIALECTS.D2c) })
    this.#asked = intervals
    this.#state = { name: 'connecting', connection, until: (now + CONNECT_MS) as Millis }
    return true
  }

  #asked: readonly Interval[] = []

  happened(event: ConnectionEvent, now: Millis): void {
    const state = this.#state
    if (state.name === 'idle' || !('connection' in state) || state.connection !== event.connection) return
    if (event.kind === 'connected' && state.name === 'connecting') {
      this.#state = { name: 'reading', connection: state.connection, until: (now + READ_MS) as Millis }
    } else if (event.kind === 'arrived' && (state.name === 'reading' || state.name === 'connecting')) {
      const response = decodeMetaResponse(event.octets)
      if (isFault(response)) return
      this.#size = response.totalOctets
      this.#state = { name: 'binding', connection: state.connection, until: (now + this.#bindMs) as Millis }
    } else if (event.kind === 'closed' && state.name !== 'looping' && state.name !== 'binding')
      this.#end('error')
  }

  receive(datagram: Uint8Array, _from: Endpoint, now: Millis): void {
    if (this.#state.name !== 'looping') return
    const { loop } = this.#state
    loop.idleMs = 0
    loop.lastAt = now
    loop.waitsUntil = (now + 2 * loop.rounds.roundMs) as Millis
    const offset = dataOffset(datagram, DIALECTS.D2c)
    const index = Math.floor(offset / this.#chunk)
    if (index === loop.previous) return this.#look()
    const data = datagram.subarray(HEADER_OCTETS)
    loop.received += 1
    this.bytesReceived += data.length
    const rate = Math.floor((loop.received * this.#chunk) / Math.max(1, Math.floor(now) - loop.startedAt))
    if (rate > 0) loop.expectedEnd = loop.startedAt + Math.floor((this.#chunk * loop.packets) / rate)
    this.#write(index * this.#chunk, data)
    // What comes out of order is in the file, and not in its list (C6).
    if (index > loop.previous && data.length > 0) this.segments.add(index, index + 1)
    loop.previous = Math.max(loop.previous, index)
    if (index >= loop.last) this.#end(this.bytesReceived === this.#size ? 'ok' : 'cancelled')
    else this.#look()
  }

  tick(now: Millis): void {
    const state = this.#state
    if (state.name === 'binding') {
      if (state.until <= now) this.#loop(state.connection, now)
    } else if (state.name === 'looping') {
      const { loop } = state
      while (this.#state.name === 'looping' && loop.waitsUntil <= now) {
        loop.idleMs += loop.rounds.roundMs
        loop.waitsUntil = (loop.waitsUntil + 2 * loop.rounds.roundMs) as Millis
        if (loop.idleMs > this.#session.timeoutS * 1000) this.#end('cancelled')
        else this.#look()
      }
    } else if (state.name !== 'idle' && state.until <= now) this.#end('error')
  }

  transmit(_slot: Slot<Endpoint>): boolean {
    return false
  }

  record(): undefined {
    return undefined
  }

  stored(): void {}

  call(): Call | undefined {
    return this.#calls.shift()
  }

  indication(): CIndication | undefined {
    return this.#indications.shift()
  }

  deadline(): Millis {
    const state = this.#state
    if (state.name === 'idle') return NEVER
    return state.name === 'looping' ? state.loop.waitsUntil : state.until
  }

  /** The condition of its loop (C1, C8). */
  #look(): void {
    if (this.#state.name !== 'looping') return
    const { loop } = this.#state
    const goesOn = Math.floor(loop.lastAt) + loop.idleMs < loop.expectedEnd && loop.received < loop.packets
    // Whoever leaves by the condition has cancelled, also where everything is there (C4).
    if (!goesOn) this.#end('cancelled')
  }

  #loop(connection: ConnectionId, now: Millis): void {
    const rounds = cRounds(this.#session.throughput, this.#chunk)
    // One too many where the size is a multiple (C4).
    const end = Math.floor(this.#size / this.#chunk)
    const ends = this.#asked.map(interval => (interval.end === TO_THE_END ? end : interval.end))
    const packets = this.#asked.reduce((sum, { start }, index) => sum + ends[index]! - start + 1, 0)
    const duration = Math.max(1000, Math.floor((packets * rounds.roundMs) / rounds.packetsPerRound))
    this.#state = {
      name: 'looping',
      connection,
      loop: {
        // Its clock counts whole milliseconds.
        startedAt: Math.floor(now) as Millis,
        packets,
        last: ends.at(-1)!,
        rounds,
        received: 0,
        lastAt: now,
        idleMs: 0,
        waitsUntil: (now + 2 * rounds.roundMs) as Millis,
        expectedEnd: Math.floor(now) + duration + 2 * rounds.roundMs,
        previous: -1,
      },
    }
  }

  /** The complement of its list, the first eight of it (C10); a last packet that is missing alone is not in it (C5). */
  #intervals(): Interval[] {
    if (this.segments.size === 0) return [{ start: 0, end: TO_THE_END }]
    const end = Math.floor(this.#size / this.#chunk)
    const intervals: Interval[] = this.segments
      .gapsWithin(0, this.segments.highest)
      .map(({ from, to }) => ({ start: from, end: to - 1 }))
    if (this.segments.highest < end) intervals.push({ start: this.segments.highest, end })
    return intervals.slice(0, INTERVALS_MAX)
  }

  #end(result: CResult): void {
    const state = this.#state
    if ('connection' in state) this.#calls.push({ kind: 'close', connection: state.connection })
    this.#state = { name: 'idle' }
    this.#indications.push({ kind: 'result', result })
  }
}
