/** The other side of an engine, played by hand: every call, datagram and millisecond is the test's own. */
import { type Millis, Random, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import {
  type Call,
  Client,
  type ClientIndication,
  type ClientRecord,
  type ClientRequest,
  type ClientSettings,
  type ConnectionEnd,
  type ConnectionId,
  DIALECTS,
  decodeMetaRequest,
  type Endpoint,
  encodeMetaRequest,
  encodeMetaResponse,
  type Interval,
  MemorySinks,
  type MetaRequest,
  type NodeAddress,
  type Payloads,
  Port,
  Server,
  type ServerIndication,
  type ServerSettings,
  type SessionId,
  type SessionTerms,
  type Sinks,
  writeDataHeader,
} from '../src/index.ts'

export const SERVER = 20 as NodeAddress
export const CLIENT = 10 as NodeAddress
const DATA: Endpoint = { node: SERVER, port: 0 }

/** The octet of every payload at an offset. */
export const octetAt = (offset: number): number => (offset * 11 + (offset >>> 8)) & 0xff

export function payloadOf(octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, offset) => octetAt(offset))
}

/** A datagram of 8 octets of header, as a server sends it. */
export function datagram(session: number, offset: number, length: number): Uint8Array {
  const octets = new Uint8Array(8 + length)
  writeDataHeader(new DataView(octets.buffer), offset, session as SessionId, DIALECTS.D2c)
  for (let at = 0; at < length; at++) octets[8 + at] = octetAt(offset + at)
  return octets
}

/** A client whose server, network and store are the test. */
export class ClientByHand {
  readonly client: Client
  readonly sinks: MemorySinks = new MemorySinks()
  readonly calls: Call[] = []
  readonly told: ClientIndication[] = []
  readonly records: ClientRecord[] = []
  now = 1000 as Millis
  /** Nothing becomes durable while this is false. */
  isStoring = true

  constructor(
    options: { settings?: Partial<ClientSettings>; records?: readonly ClientRecord[]; sinks?: Sinks } = {},
  ) {
    const { sinks = this.sinks, ...rest } = options
    this.client = new Client({ sinks, random: new Random(1), now: this.now, ...rest })
    this.#drain()
  }

  get(terms: Partial<SessionTerms> = {}): string {
    const reply = this.request({
      kind: 'get',
      session: 'one',
      terms: {
        server: SERVER,
        payload: { kind: 'id', id: 1 },
        sink: 'out',
        peer: 'skyferry',
        mtuOctets: 108,
        throughput: 100_000,
        ...terms,
      },
    })
    if (reply.kind === 'refused') throw new Error(reply.reason)
    return reply.session
  }

  request(request: ClientRequest): ReturnType<Client['request']> {
    const reply = this.client.request(request, this.now)
    this.#drain()
    return reply
  }

  /** The connection that was asked for last. */
  get connection(): ConnectionId {
    const call = this.calls.findLast(each => each.kind === 'connect')
    if (call?.kind !== 'connect') throw new Error('no connection was asked for')
    return call.connection
  }

  /** The last classic request that was sent. */
  get asked(): MetaRequest {
    const call = this.calls.findLast(each => each.kind === 'send')
    if (call?.kind !== 'send') throw new Error('nothing was sent')
    const decoded = decodeMetaRequest(call.octets, { dialect: DIALECTS.D2c, mtuMax: 0xffff })
    if (isFault(decoded)) throw new Error(decoded.code)
    return decoded.request
  }

  connected(): void {
    this.client.happened({ kind: 'connected', connection: this.connection }, this.now)
    this.#drain()
  }

  respond(totalOctets: number): void {
    this.connected()
    const octets = encodeMetaResponse({ roundOctets: 0, totalOctets })
    this.client.happened({ kind: 'arrived', connection: this.connection, octets }, this.now)
    this.#drain()
  }

  /** Packets of the round that runs, each whole, of a payload of `total` octets. */
  data(total: number, ...packets: number[]): void {
    const chunk = this.asked.mtuOctets - 8
    for (const packet of packets) {
      this.raw(datagram(this.asked.sessionId, packet * chunk, Math.min(chunk, total - packet * chunk)))
    }
  }

  raw(octets: Uint8Array, from: Endpoint = DATA): void {
    this.client.receive(octets, from, this.now)
    this.#drain()
  }

  serverCloses(how: ConnectionEnd = 'by-peer'): void {
    this.client.happened({ kind: 'closed', connection: this.connection, how }, this.now)
    this.#drain()
  }

  /** Lets time pass, and everything that falls due in it happen. */
  wait(ms: number): void {
    const until = this.now + ms
    for (let due = this.client.deadline(); due <= until; due = this.client.deadline()) {
      this.now = Math.max(this.now, due) as Millis
      this.client.tick(this.now)
      this.#drain()
    }
    this.now = until as Millis
  }

  state(): string | undefined {
    return this.client.report('one')?.state
  }

  ending(): string | undefined {
    const ended = this.told.findLast(each => each.kind === 'ended')
    return ended?.kind === 'ended' ? ended.outcome.ending : undefined
  }

  connects(): number {
    return this.calls.filter(({ kind }) => kind === 'connect').length
  }

  #drain(): void {
    for (let more = true; more; ) {
      for (let kept = this.client.record(); kept !== undefined; kept = this.client.record())
        this.records.push(kept)
      if (this.isStoring) this.client.stored(this.records.length, this.now)
      for (let call = this.client.call(); call !== undefined; call = this.client.call()) this.calls.push(call)
      for (let what = this.client.indication(); what !== undefined; what = this.client.indication())
        this.told.push(what)
      const kept = this.client.record()
      if (kept !== undefined) this.records.push(kept)
      more = kept !== undefined
    }
  }
}

/** What a server sent, as the test sees it. */
export interface Sent {
  readonly at: number
  readonly node: number
  readonly offset: number
  readonly length: number
  readonly session: number
}

/** A server whose clients and network are the test. */
export class ServerByHand {
  readonly server: Server
  readonly calls: Call[] = []
  readonly told: ServerIndication[] = []
  readonly sent: Sent[] = []
  now = 1000 as Millis
  /** Datagrams that the link takes per call of `wait`'s beat. */
  slots = Infinity
  #connections = 0
  readonly #slot: Slot<Endpoint>

  constructor(payloads: Payloads, settings: Partial<ServerSettings> = {}) {
    this.server = new Server({ payloads, settings })
    const bytes = new Uint8Array(2048)
    this.#slot = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
    this.#drain()
  }

  connect(node: NodeAddress = CLIENT, port: number = Port.Control): ConnectionId {
    this.#connections += 1
    const connection = this.#connections as ConnectionId
    const reliable = port === Port.Control
    this.server.happened({ kind: 'accepted', connection, from: { node, port: 18 }, port, reliable }, this.now)
    this.#drain()
    return connection
  }

  arrive(connection: ConnectionId, octets: Uint8Array): void {
    this.server.happened({ kind: 'arrived', connection, octets }, this.now)
    this.#drain()
  }

  /** A classic request on a connection of its own. */
  ask(request: Partial<MetaRequest> = {}, node: NodeAddress = CLIENT): ConnectionId {
    const connection = this.connect(node)
    this.arrive(connection, encodeMetaRequest(requestOf(request), DIALECTS.D2c))
    return connection
  }

  clientCloses(connection: ConnectionId, how: ConnectionEnd = 'by-peer'): void {
    this.server.happened({ kind: 'closed', connection, how }, this.now)
    this.#drain()
  }

  wait(ms: number): void {
    const until = this.now + ms
    for (let due = this.server.deadline(); due <= until; due = this.server.deadline()) {
      this.now = Math.max(this.now, due) as Millis
      this.server.tick(this.now)
      this.#drain()
      if (this.slots !== Infinity) this.now = (this.now + 1) as Millis
    }
    this.now = Math.max(this.now, until) as Millis
  }

  isClosed(connection: ConnectionId): boolean {
    return this.calls.some(call => call.kind === 'close' && call.connection === connection)
  }

  responseOn(connection: ConnectionId): Uint8Array | undefined {
    const call = this.calls.findLast(each => each.kind === 'send' && each.connection === connection)
    return call?.kind === 'send' ? call.octets : undefined
  }

  #drain(): void {
    for (let taken = 0; taken < this.slots && this.server.transmit(this.#slot, this.now); taken++) {
      const { view, length, to } = this.#slot
      this.sent.push({
        at: this.now,
        node: to!.node,
        offset: view.getUint32(0, true),
        length: length - 8,
        session: view.getUint32(4, true),
      })
    }
    for (let call = this.server.call(); call !== undefined; call = this.server.call()) this.calls.push(call)
    for (let what = this.server.indication(); what !== undefined; what = this.server.indication())
      this.told.push(what)
  }
}

export function requestOf(request: Partial<MetaRequest> = {}): MetaRequest {
  return {
    throughput: 100_000,
    payloadId: 1,
    sessionId: 77 as SessionId,
    mtuOctets: 108,
    keepAliveMs: 0,
    intervals: [WHOLE],
    ...request,
  }
}

export const WHOLE: Interval = { start: 0, end: 0xffff_ffff }

/** From `from` up to and not including `to`. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
