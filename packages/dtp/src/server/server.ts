/** The server as an engine: connections bring requests, requests take seats, seats fill datagrams. */
import { type Millis, NEVER, Queue, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import { DIALECTS, type Dialect } from '../common/dialect.ts'
import { chunkOf, PAYLOAD_OCTETS_MAX, packetCount } from '../common/packets.ts'
import {
  type Call,
  type ConnectionEvent,
  type ConnectionId,
  type DtpEngine,
  type Endpoint,
  type NodeAddress,
  Port,
} from '../common/port.ts'
import { decodeMetaRequest, encodeMetaResponse, type MetaRequest, type SessionId } from '../common/request.ts'
import { decodeMemoryRequest, encodeMemoryStatus, type MemoryRequest } from '../common/vmem.ts'
import type { Payload, Payloads } from './payloads.ts'
import { Sending } from './sending.ts'
import { SERVER_DEFAULTS, type ServerSettings } from './settings.ts'

export interface ServerOptions {
  readonly payloads: Payloads
  readonly settings?: Partial<ServerSettings>
}

/** A user has nothing to ask of a server but to stop a node's transfer. */
export type ServerRequest = { readonly kind: 'stop'; readonly node: NodeAddress }
export type ServerReply =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string }

/** Why a transfer came to its end at this side. */
export type SendingEnd = 'sent' | 'stopped' | 'superseded' | 'lost' | 'read-failed'

export type ServerIndication =
  | {
      readonly kind: 'started'
      readonly node: NodeAddress
      readonly payloadId: number
      readonly session: SessionId
      readonly octets: number
    }
  | {
      readonly kind: 'ended'
      readonly node: NodeAddress
      readonly session: SessionId
      readonly why: SendingEnd
      /** Datagrams that left. */
      readonly sent: number
    }
  | { readonly kind: 'refused'; readonly node: NodeAddress; readonly why: string }

/** A connection whose request has not come yet. */
interface Caller {
  readonly node: NodeAddress
  readonly port: number
  readonly since: Millis
}

export class Server implements DtpEngine<ServerRequest, ServerReply, ServerIndication, never> {
  readonly settings: ServerSettings
  readonly #payloads: Payloads
  readonly #seats: readonly Sending[]
  readonly #callers: Map<ConnectionId, Caller> = new Map()
  readonly #calls: Queue<Call> = new Queue()
  readonly #indications: Queue<ServerIndication> = new Queue()
  #turn = 0
  #taken = 0
  /** Of the last vmem start; 0 after a stop. */
  #memorySession = 0 as SessionId

  constructor({ payloads, settings }: ServerOptions) {
    this.settings = { ...SERVER_DEFAULTS, ...settings }
    this.#payloads = payloads
    this.#seats = Array.from({ length: this.settings.transfersMax }, () => new Sending(this.settings))
    this.#calls.push({ kind: 'listen', port: Port.Control, takes: 'connections' })
    if (payloads.openMemory !== undefined)
      this.#calls.push({ kind: 'listen', port: Port.Memory, takes: 'connections' })
  }

  request(request: ServerRequest, _now: Millis): ServerReply {
    const seat = this.#seats.find(each => each.isTaken && each.node === request.node)
    if (seat === undefined)
      return { kind: 'refused', reason: `nothing is being sent to node ${request.node}` }
    this.#end(seat, 'stopped', true)
    return { kind: 'accepted' }
  }

  /** A server takes no datagrams: requests come by connections. */
  receive(_datagram: Uint8Array, _from: Endpoint, _now: Millis): void {}

  happened(event: ConnectionEvent, now: Millis): void {
    const { connection } = event
    switch (event.kind) {
      case 'accepted':
        this.#accept(connection, event.from.node, event.port, now)
        return
      case 'connected':
        return
      case 'arrived':
        this.#arrived(connection, event.octets, now)
        return
      case 'closed': {
        this.#callers.delete(connection)
        const seat = this.#seats.find(each => each.isTaken && each.connection === connection)
        // A client that leaves closes; one that is gone is noticed by RDP.
        if (seat !== undefined) this.#end(seat, event.how === 'by-peer' ? 'stopped' : 'lost', false)
      }
    }
  }

  tick(now: Millis): void {
    for (const [connection, { since }] of this.#callers) {
      if (since + this.settings.requestMs <= now) this.#hangUp(connection)
    }
  }

  /** The seats take turns, so that a fast transfer does not starve a slow one. */
  transmit(slot: Slot<Endpoint>, now: Millis): boolean {
    const seats = this.#seats
    for (let tried = 0; tried < seats.length; tried++) {
      const seat = seats[this.#turn]!
      this.#turn = this.#turn + 1 === seats.length ? 0 : this.#turn + 1
      if (!seat.isTaken) continue
      const filled = seat.fill(slot, now, this.#taken)
      if (filled === 'nothing-due') continue
      if (filled === 'read-failed') {
        // Never garbage: the client sees the round end and asks again.
        this.#end(seat, 'read-failed', true)
        continue
      }
      // Closed only after the last datagram has left.
      if (seat.isDone) this.#end(seat, 'sent', true)
      return true
    }
    return false
  }

  record(): undefined {
    return undefined
  }

  stored(_count: number, _now: Millis): void {}

  call(): Call | undefined {
    return this.#calls.shift()
  }

  indication(): ServerIndication | undefined {
    return this.#indications.shift()
  }

  deadline(): Millis {
    let earliest: Millis = NEVER
    if (this.#taken > 0) {
      for (let index = 0; index < this.#seats.length; index++) {
        const { nextAt } = this.#seats[index]!
        if (nextAt < earliest) earliest = nextAt
      }
    }
    // Insertion order is the order of time.
    for (const { since } of this.#callers.values()) {
      return Math.min(earliest, since + this.settings.requestMs) as Millis
    }
    return earliest
  }

  /** Transfers under way. */
  get transfers(): number {
    return this.#taken
  }

  // — details —

  #accept(connection: ConnectionId, node: NodeAddress, port: number, now: Millis): void {
    if (this.#callers.size >= this.settings.waitingMax) {
      this.#refuse(connection, node, 'busy')
      return
    }
    this.#callers.set(connection, { node, port, since: now })
  }

  #arrived(connection: ConnectionId, octets: Uint8Array, now: Millis): void {
    const caller = this.#callers.get(connection)
    // A second message on a connection whose transfer runs means nothing.
    if (caller === undefined) return
    this.#callers.delete(connection)
    if (caller.port === Port.Memory) this.#askMemory(connection, caller.node, octets, now)
    else this.#askPayload(connection, caller.node, octets, now)
  }

  #askPayload(connection: ConnectionId, node: NodeAddress, octets: Uint8Array, now: Millis): void {
    const name = this.settings.dialects.get(node)
    const { mtuMax } = this.settings
    const decoded = decodeMetaRequest(octets, {
      dialect: name === undefined ? undefined : DIALECTS[name],
      mtuMax,
    })
    if (isFault(decoded)) {
      this.#refuse(connection, node, decoded.code)
      return
    }
    const { request, dialect } = decoded
    const payload = this.#payloads.open(request.payloadId)
    const flaw = payloadFlaw(payload, request, dialect)
    if (payload === undefined || flaw !== undefined) {
      payload?.close()
      this.#refuse(connection, node, flaw ?? 'unknown-payload')
      return
    }
    this.#supersede(node)
    const seat = this.#free()
    if (seat === undefined) {
      payload.close()
      this.#refuse(connection, node, 'busy')
      return
    }
    this.#start(seat, connection, node, request, dialect, payload, now)
    const response = { roundOctets: seat.roundOctets, totalOctets: payload.size }
    this.#calls.push({ kind: 'send', connection, octets: encodeMetaResponse(response, dialect) })
    if (seat.isDone) this.#end(seat, 'sent', true)
  }

  #askMemory(connection: ConnectionId, node: NodeAddress, octets: Uint8Array, now: Millis): void {
    const request = decodeMemoryRequest(octets, this.settings.mtuMax)
    if (isFault(request)) {
      this.#refuse(connection, node, request.code)
      return
    }
    switch (request.kind) {
      case 'start':
        this.#startMemory(node, request, now)
        break
      case 'stop': {
        const seat = this.#seats.find(each => each.isTaken && each.session === request.sessionId)
        if (seat !== undefined) this.#end(seat, 'stopped', true)
        if (this.#memorySession === request.sessionId) this.#memorySession = 0 as SessionId
        break
      }
      case 'status': {
        const status = { sessionId: this.#sessionOf(node), isBusy: this.#taken > 0 }
        this.#calls.push({ kind: 'send', connection, octets: encodeMemoryStatus(status) })
        break
      }
      // A client of ours needs none, and a C client's never says anything (S9).
      case 'alive':
        break
    }
    this.#calls.push({ kind: 'close', connection })
  }

  #startMemory(
    node: NodeAddress,
    { address, size, meta }: Extract<MemoryRequest, { kind: 'start' }>,
    now: Millis,
  ): void {
    const payload = this.#payloads.openMemory?.(address, size)
    const flaw = payloadFlaw(payload, meta, DIALECTS.D2c)
    if (payload === undefined || flaw !== undefined) {
      payload?.close()
      this.#indications.push({ kind: 'refused', node, why: flaw ?? 'unreadable-memory' })
      return
    }
    this.#supersede(node)
    const seat = this.#free()
    if (seat === undefined) {
      payload.close()
      this.#indications.push({ kind: 'refused', node, why: 'busy' })
      return
    }
    this.#memorySession = meta.sessionId
    this.#start(seat, undefined, node, meta, DIALECTS.D2c, payload, now)
    if (seat.isDone) this.#end(seat, 'sent', true)
  }

  /** A node that asks how its transfer stands hears of its own; any other, of the last start. */
  #sessionOf(node: NodeAddress): SessionId {
    const own = this.#seats.find(each => each.isTaken && each.node === node)
    return own?.session ?? this.#memorySession
  }

  #start(
    seat: Sending,
    connection: ConnectionId | undefined,
    node: NodeAddress,
    request: MetaRequest,
    dialect: Dialect,
    payload: Payload,
    now: Millis,
  ): void {
    seat.take(node, connection, request, dialect, payload, now)
    this.#taken += 1
    const { payloadId, sessionId } = request
    this.#indications.push({ kind: 'started', node, payloadId, session: sessionId, octets: seat.roundOctets })
  }

  /** A node binds one data port: its new request takes the place of the one before. */
  #supersede(node: NodeAddress): void {
    for (const seat of this.#seats) {
      if (seat.isTaken && seat.node === node) this.#end(seat, 'superseded', true)
    }
  }

  #free(): Sending | undefined {
    return this.#seats.find(seat => !seat.isTaken)
  }

  #end(seat: Sending, why: SendingEnd, closes: boolean): void {
    const { node, session, sent, connection } = seat
    seat.leave()
    this.#taken -= 1
    if (closes && connection !== undefined) this.#calls.push({ kind: 'close', connection })
    this.#indications.push({ kind: 'ended', node, session, why, sent })
  }

  /** As a C server does for an unknown payload: it hangs up. */
  #refuse(connection: ConnectionId, node: NodeAddress, why: string): void {
    this.#hangUp(connection)
    this.#indications.push({ kind: 'refused', node, why })
  }

  #hangUp(connection: ConnectionId): void {
    this.#callers.delete(connection)
    this.#calls.push({ kind: 'close', connection })
  }
}

/** Why a request cannot be served from this payload; undefined when it can. */
function payloadFlaw(
  payload: Payload | undefined,
  request: MetaRequest,
  dialect: Dialect,
): string | undefined {
  if (payload === undefined) return 'unknown-payload'
  // Never cut silently (S12).
  if (payload.size > PAYLOAD_OCTETS_MAX) return 'payload-too-large'
  const packets = packetCount(payload.size, chunkOf(request.mtuOctets, dialect))
  // An empty payload may be asked for from its beginning.
  const isBeyond = request.intervals.some(({ start }) => start >= Math.max(1, packets))
  return isBeyond ? 'beyond-payload' : undefined
}
