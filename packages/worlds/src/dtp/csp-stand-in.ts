/**
 * What stands in for CSP in these worlds: datagrams with ports, bare packets, and connections that deliver in order or
 * report a failure, as RDP does. It is not CSP's wire; it makes DTP's port from datagrams that get lost, and damaged
 * ones are dropped, as CRC32 does.
 */
import type {
  ConnectionEnd,
  ConnectionEvent,
  ConnectionId,
  DtpEngine,
  Endpoint,
  NodeAddress,
} from '@skyferry/dtp'
import { type Engine, type Millis, Queue, type Random, type Slot } from '@skyferry/engine'
import { crc32 } from '@skyferry/octets'

const Kind = { Data: 0, Packet: 1, Segment: 2 } as const
const SegmentType = { Syn: 1, SynAck: 2, Message: 3, Ack: 4, Fin: 5, Reset: 6 } as const
type SegmentType = (typeof SegmentType)[keyof typeof SegmentType]

/** Ports, kind and CRC behind the data, so that the engine fills the slot from its front. */
export const DATA_TRAILER_OCTETS = 7
/** Kind, type, whether the opener sent it, connection, port, sequence, acknowledgement; the CRC follows the payload. */
const CONTROL_HEAD = 13
const CRC_OCTETS = 4
/**
 * RDP's packet timeout, its connection timeout, and how often an idle end says that it is there. The default of the second
 * is 10 s, at which nobody connects over 5 s each way, the longest way of these worlds: a mission sets more.
 */
const RESEND_MS = 1000
const PATIENCE_MS = 12_000
const IDLE_MS = 2000
/** Control frames that wait for the link; more are lost, as in a full buffer. */
const OUT_MAX = 256
const CONNECTIONS_MAX = 64

/** Who is who: CSP addresses to names of the air, and back. */
export type Addresses = ReadonlyMap<number, string>

interface Connection {
  readonly id: ConnectionId
  readonly peer: string
  readonly node: NodeAddress
  readonly port: number
  /** Chosen by the opener. */
  readonly number: number
  readonly isOurs: boolean
  readonly reliable: boolean
  state: 'opening' | 'accepting' | 'open' | 'closing'
  readonly out: Queue<Uint8Array>
  sequence: number
  /** Of the next message that we deliver. */
  expected: number
  sentAt: Millis
  heardAt: Millis
}

export class CspStandIn<Request, Reply, Indication, Kept>
  implements Engine<Request, Reply, Indication, Kept, string>
{
  readonly #inner: DtpEngine<Request, Reply, Indication, Kept>
  readonly #addresses: Addresses
  readonly #nodes: ReadonlyMap<string, NodeAddress>
  readonly #random: Random
  readonly #connections: Map<ConnectionId, Connection> = new Map()
  readonly #ports: Map<number, 'datagrams' | 'connections'> = new Map()
  readonly #out: Queue<{ readonly to: string; readonly octets: Uint8Array }> = new Queue()
  readonly #endpoints: Map<string, Endpoint> = new Map()
  readonly #slot = new InnerSlot()
  #accepted = 0x4000_0000

  constructor(
    inner: DtpEngine<Request, Reply, Indication, Kept>,
    addresses: Addresses,
    random: Random,
    now: Millis,
  ) {
    this.#inner = inner
    this.#addresses = addresses
    this.#nodes = new Map([...addresses].map(([node, name]) => [name, node as NodeAddress]))
    this.#random = random
    this.#pump(now)
  }

  request(request: Request, now: Millis): Reply {
    const reply = this.#inner.request(request, now)
    this.#pump(now)
    return reply
  }

  receive(frame: Uint8Array, from: string, now: Millis): void {
    const body = frame.length - CRC_OCTETS
    if (body < 3 || word(frame, body) !== crc32(frame, 0, body)) return
    const node = this.#nodes.get(from)
    if (node === undefined) return
    if (frame[body - 1] === Kind.Data) {
      const [source, target] = [frame[body - 3]!, frame[body - 2]!]
      if (this.#ports.get(target) !== 'datagrams') return
      this.#inner.receive(frame.subarray(0, body - 3), this.#endpoint(node, source), now)
    } else if (body >= CONTROL_HEAD + 1) this.#control(frame.subarray(0, body), from, node, now)
    this.#pump(now)
  }

  tick(now: Millis): void {
    this.#inner.tick(now)
    for (const connection of this.#connections.values()) this.#tend(connection, now)
    this.#pump(now)
  }

  transmit(slot: Slot<string>, now: Millis): boolean {
    if (this.#transmitControl(slot)) return true
    const inner = this.#slot.over(slot)
    while (this.#inner.transmit(inner, now)) {
      const to = this.#addresses.get(inner.to!.node)
      if (to === undefined) continue
      let length = inner.length
      slot.bytes[length++] = 0
      slot.bytes[length++] = inner.to!.port
      slot.bytes[length++] = Kind.Data
      slot.view.setUint32(length, crc32(slot.bytes, 0, length))
      slot.length = length + CRC_OCTETS
      slot.to = to
      return true
    }
    // What was called for by the last datagrams follows them.
    this.#pump(now)
    return this.#transmitControl(slot)
  }

  record(): Kept | undefined {
    return this.#inner.record()
  }

  stored(count: number, now: Millis): void {
    this.#inner.stored(count, now)
    this.#pump(now)
  }

  indication(): Indication | undefined {
    return this.#inner.indication()
  }

  deadline(): Millis {
    let earliest = this.#inner.deadline()
    for (const connection of this.#connections.values()) {
      const due = dueOf(connection)
      if (due < earliest) earliest = due
    }
    return earliest
  }

  /** Connections that are open: a checker asks whether they come to an end. */
  get connections(): number {
    return this.#connections.size
  }

  // — calls —

  #pump(now: Millis): void {
    for (let call = this.#inner.call(); call !== undefined; call = this.#inner.call()) {
      switch (call.kind) {
        case 'listen':
          this.#ports.set(call.port, call.takes)
          break
        case 'connect':
          this.#connect(call.connection, call.to, call.reliable, now)
          break
        case 'send':
          this.#send(call.connection, call.octets, now)
          break
        case 'close':
          this.#close(call.connection, now)
      }
    }
  }

  #connect(id: ConnectionId, to: Endpoint, reliable: boolean, now: Millis): void {
    const peer = this.#addresses.get(to.node) ?? ''
    const connection: Connection = {
      id,
      peer,
      node: to.node,
      port: to.port,
      number: this.#random.bits(),
      isOurs: true,
      reliable,
      state: reliable ? 'opening' : 'open',
      out: new Queue(),
      sequence: 0,
      expected: 0,
      sentAt: now,
      heardAt: now,
    }
    this.#connections.set(id, connection)
    if (reliable) this.#segment(connection, SegmentType.Syn, now)
    else this.#tell({ kind: 'connected', connection: id }, now)
  }

  #send(id: ConnectionId, octets: Uint8Array, now: Millis): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    if (!connection.reliable) {
      this.#frame(connection, Kind.Packet, 0, octets)
      return
    }
    connection.out.push(octets)
    if (connection.state === 'open' && connection.out.size === 1) this.#message(connection, now)
  }

  #close(id: ConnectionId, now: Millis): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    if (!connection.reliable) this.#connections.delete(id)
    else if (connection.state === 'open' && connection.out.size > 0) connection.state = 'closing'
    else this.#finish(connection, now)
  }

  #finish(connection: Connection, now: Millis): void {
    this.#segment(connection, SegmentType.Fin, now)
    this.#connections.delete(connection.id)
  }

  // — what arrives —

  #control(frame: Uint8Array, peer: string, node: NodeAddress, now: Millis): void {
    const type = frame[1] as SegmentType
    const isFromOpener = frame[2] === 1
    const number = word(frame, 3)
    const port = frame[7]!
    const payload = frame.subarray(CONTROL_HEAD, frame.length - 1)
    let connection = this.#find(peer, number, !isFromOpener)
    if (frame[frame.length - 1] === Kind.Packet) {
      connection ??= isFromOpener ? this.#accept(peer, node, port, number, false, now) : undefined
      if (connection !== undefined)
        this.#tell({ kind: 'arrived', connection: connection.id, octets: payload }, now)
      return
    }
    if (connection === undefined) {
      if (type === SegmentType.Syn && isFromOpener && this.#ports.get(port) === 'connections') {
        connection = this.#accept(peer, node, port, number, true, now)
      } else if (type !== SegmentType.Reset && type !== SegmentType.Fin) {
        this.#reset(peer, number, port, !isFromOpener)
      }
      if (connection === undefined) return
    }
    this.#segmentArrived(connection, type, frame, payload, now)
  }

  #segmentArrived(
    connection: Connection,
    type: SegmentType,
    frame: Uint8Array,
    payload: Uint8Array,
    now: Millis,
  ): void {
    connection.heardAt = now
    if (type === SegmentType.Reset || type === SegmentType.Fin) {
      const isUnmade = connection.state === 'opening'
      this.#connections.delete(connection.id)
      if (connection.state === 'closing' || connection.state === 'accepting') return
      this.#tell(
        { kind: 'closed', connection: connection.id, how: isUnmade ? 'unreachable' : 'by-peer' },
        now,
      )
      return
    }
    if (type === SegmentType.Syn) {
      this.#segment(connection, SegmentType.SynAck, now)
      return
    }
    if (type === SegmentType.SynAck) {
      this.#segment(connection, SegmentType.Ack, now)
      if (connection.state === 'opening') this.#opened(connection, now)
      return
    }
    if (connection.state === 'accepting') {
      connection.state = 'open'
      const from = this.#endpoint(connection.node, connection.port)
      this.#tell(
        { kind: 'accepted', connection: connection.id, from, port: connection.port, reliable: true },
        now,
      )
    }
    this.#acknowledged(connection, (frame[10]! << 8) | frame[11]!, now)
    if (type === SegmentType.Message && this.#connections.has(connection.id)) {
      const sequence = (frame[8]! << 8) | frame[9]!
      const isNew = sequence === connection.expected
      if (isNew) connection.expected += 1
      this.#segment(connection, SegmentType.Ack, now)
      if (isNew) this.#tell({ kind: 'arrived', connection: connection.id, octets: payload }, now)
    }
  }

  #opened(connection: Connection, now: Millis): void {
    connection.state = 'open'
    if (connection.out.size > 0) this.#message(connection, now)
    this.#tell({ kind: 'connected', connection: connection.id }, now)
  }

  #acknowledged(connection: Connection, upTo: number, now: Millis): void {
    if (connection.out.size === 0 || upTo !== connection.sequence + 1) return
    connection.out.shift()
    connection.sequence += 1
    if (connection.out.size > 0) this.#message(connection, now)
    else if (connection.state === 'closing') this.#finish(connection, now)
  }

  #accept(
    peer: string,
    node: NodeAddress,
    port: number,
    number: number,
    reliable: boolean,
    now: Millis,
  ): Connection | undefined {
    if (this.#connections.size >= CONNECTIONS_MAX || this.#ports.get(port) !== 'connections') return undefined
    this.#accepted += 1
    const id = this.#accepted as ConnectionId
    const connection: Connection = {
      id,
      peer,
      node,
      port,
      number,
      isOurs: false,
      reliable,
      state: reliable ? 'accepting' : 'open',
      out: new Queue(),
      sequence: 0,
      expected: 0,
      sentAt: now,
      heardAt: now,
    }
    this.#connections.set(id, connection)
    if (!reliable) {
      const from = this.#endpoint(node, port)
      this.#tell({ kind: 'accepted', connection: id, from, port, reliable }, now)
    }
    return connection
  }

  /** Resends, says that it is there, or gives up. */
  #tend(connection: Connection, now: Millis): void {
    if (dueOf(connection) > now) return
    if (connection.heardAt + PATIENCE_MS <= now) {
      const { state, id, reliable } = connection
      this.#connections.delete(id)
      if (state === 'closing' || state === 'accepting' || !reliable) return
      const how: ConnectionEnd = state === 'opening' ? 'unreachable' : 'lost'
      this.#tell({ kind: 'closed', connection: id, how }, now)
    } else if (connection.state === 'opening') this.#segment(connection, SegmentType.Syn, now)
    else if (connection.state === 'accepting') this.#segment(connection, SegmentType.SynAck, now)
    else if (connection.out.size > 0) this.#message(connection, now)
    else this.#segment(connection, SegmentType.Ack, now)
  }

  // — frames —

  #message(connection: Connection, now: Millis): void {
    connection.sentAt = now
    this.#frame(connection, Kind.Segment, SegmentType.Message, connection.out.peek())
  }

  #segment(connection: Connection, type: SegmentType, now: Millis): void {
    connection.sentAt = now
    this.#frame(connection, Kind.Segment, type)
  }

  #frame(connection: Connection, kind: number, type: number, payload?: Uint8Array): void {
    const { peer, number, port, isOurs, sequence, expected } = connection
    this.#emit(peer, { kind, type, isFromOpener: isOurs, number, port, sequence, expected, payload })
  }

  #reset(peer: string, number: number, port: number, isFromOpener: boolean): void {
    const about = { number, port, sequence: 0, expected: 0, payload: undefined }
    this.#emit(peer, { ...about, kind: Kind.Segment, type: SegmentType.Reset, isFromOpener })
  }

  #emit(
    to: string,
    about: {
      readonly kind: number
      readonly type: number
      readonly isFromOpener: boolean
      readonly number: number
      readonly port: number
      readonly sequence: number
      readonly expected: number
      readonly payload: Uint8Array | undefined
    },
  ): void {
    const { payload } = about
    const body = CONTROL_HEAD + (payload?.length ?? 0) + 1
    const octets = new Uint8Array(body + CRC_OCTETS)
    const view = new DataView(octets.buffer)
    octets[1] = about.type
    octets[2] = about.isFromOpener ? 1 : 0
    view.setUint32(3, about.number)
    octets[7] = about.port
    view.setUint16(8, about.sequence)
    view.setUint16(10, about.expected)
    if (payload !== undefined) octets.set(payload, CONTROL_HEAD)
    octets[body - 1] = about.kind
    view.setUint32(body, crc32(octets, 0, body))
    if (this.#out.size < OUT_MAX && to !== '') this.#out.push({ to, octets })
  }

  #transmitControl(slot: Slot<string>): boolean {
    const frame = this.#out.shift()
    if (frame === undefined) return false
    slot.bytes.set(frame.octets)
    slot.length = frame.octets.length
    slot.to = frame.to
    return true
  }

  #tell(event: ConnectionEvent, now: Millis): void {
    this.#inner.happened(event, now)
    this.#pump(now)
  }

  #find(peer: string, number: number, isOurs: boolean): Connection | undefined {
    for (const connection of this.#connections.values()) {
      if (connection.peer === peer && connection.number === number && connection.isOurs === isOurs)
        return connection
    }
    return undefined
  }

  #endpoint(node: NodeAddress, port: number): Endpoint {
    const key = `${node} ${port}`
    let endpoint = this.#endpoints.get(key)
    if (endpoint === undefined) {
      endpoint = { node, port }
      this.#endpoints.set(key, endpoint)
    }
    return endpoint
  }
}

/** A slot as the inner engine sees it: the same octets, another kind of address. */
class InnerSlot implements Slot<Endpoint> {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(this.bytes.buffer)
  length = 0
  to: Endpoint | undefined = undefined

  over(slot: Slot<string>): this {
    this.bytes = slot.bytes
    this.view = slot.view
    this.length = 0
    this.to = undefined
    return this
  }
}

function dueOf({ state, out, sentAt, heardAt, reliable }: Connection): Millis {
  const end = heardAt + PATIENCE_MS
  if (!reliable) return end as Millis
  const waits = state === 'opening' || state === 'accepting' || out.size > 0
  return Math.min(end, sentAt + (waits ? RESEND_MS : IDLE_MS)) as Millis
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
