/**
 * The independent server of satdeploy as the reference describes it (section 9): always the whole payload, a datagram per
 * millisecond, whatever was asked for; an answer of 8 octets; and it never closes the connection.
 */
import {
  type Call,
  type ConnectionEvent,
  type ConnectionId,
  DIALECTS,
  type DtpEngine,
  decodeMetaRequest,
  type Endpoint,
  encodeMetaResponse,
  type NodeAddress,
  Port,
  type SessionId,
  writeDataHeader,
} from '@skyferry/dtp'
import { type Millis, NEVER, Queue, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'

const HEADER_OCTETS = 8
const SPACING_MS = 1

export class SatdeployServer implements DtpEngine<never, never, never, never> {
  readonly #payload: Uint8Array
  readonly #calls: Queue<Call> = new Queue()
  readonly #callers: Map<ConnectionId, NodeAddress> = new Map()
  #to: Endpoint | undefined
  #session = 0 as SessionId
  #chunk = 1
  #offset = 0
  #nextAt: Millis = NEVER

  constructor(payload: Uint8Array) {
    this.#payload = payload
    this.#calls.push({ kind: 'listen', port: Port.Control, takes: 'connections' })
  }

  request(request: never): never {
    return request
  }

  receive(): void {}

  happened(event: ConnectionEvent, now: Millis): void {
    if (event.kind === 'accepted') this.#callers.set(event.connection, event.from.node)
    if (event.kind === 'closed') this.#callers.delete(event.connection)
    if (event.kind !== 'arrived') return
    const decoded = decodeMetaRequest(event.octets, { dialect: DIALECTS.D2c, mtuMax: 2048 })
    const node = this.#callers.get(event.connection)
    if (isFault(decoded) || node === undefined) return
    const total = this.#payload.length
    const octets = encodeMetaResponse({ roundOctets: total, totalOctets: total }).subarray(0, 8)
    this.#calls.push({ kind: 'send', connection: event.connection, octets })
    this.#to = { node, port: Port.Data }
    this.#session = decoded.request.sessionId
    this.#chunk = decoded.request.mtuOctets - HEADER_OCTETS
    this.#offset = 0
    this.#nextAt = total > 0 ? ((now + SPACING_MS) as Millis) : NEVER
  }

  tick(): void {}

  transmit(slot: Slot<Endpoint>, now: Millis): boolean {
    if (this.#to === undefined || this.#nextAt > now) return false
    const data = this.#payload.subarray(this.#offset, this.#offset + this.#chunk)
    writeDataHeader(slot.view, this.#offset, this.#session, DIALECTS.D2c)
    slot.bytes.set(data, HEADER_OCTETS)
    slot.length = HEADER_OCTETS + data.length
    slot.to = this.#to
    this.#offset += data.length
    this.#nextAt = this.#offset < this.#payload.length ? ((now + SPACING_MS) as Millis) : NEVER
    return true
  }

  record(): undefined {
    return undefined
  }

  stored(): void {}

  call(): Call | undefined {
    return this.#calls.shift()
  }

  indication(): undefined {
    return undefined
  }

  deadline(): Millis {
    return this.#nextAt
  }
}
