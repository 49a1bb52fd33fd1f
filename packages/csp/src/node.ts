/**
 * A CSP node as an engine: it takes datagrams by interface, decides whom they are for, sends on what is not for it, and
 * serves ports, connections, transactions and the standard services. Its addresses are the names of its interfaces.
 */
import { assert, type Engine, type Millis, Queue, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import { type Arrival, envelopeOf } from './arrival.ts'
import { Connection } from './connection.ts'
import { Connections } from './connections.ts'
import type { CspDrop, InterfaceCounters, Tally } from './counters.ts'
import { Duplicates } from './duplicates.ts'
import type { CspIndication } from './indications.ts'
import { readFramed } from './interfaces/zmq-layout.ts'
import { Media, type Medium } from './media.ts'
import { Outbox } from './outbox.ts'
import type { CspFaultCode } from './packet/faults.ts'
import {
  addressBits,
  type CspAddress,
  type CspHeader,
  decodeHeader,
  Flag,
  headerOctets,
  Priority,
} from './packet/header.ts'
import { open, type Security } from './packet/trailers.ts'
import type {
  Bind,
  CspRefusal,
  CspReply,
  CspRequest,
  Send,
  SendOptions,
  Transact,
  TransactionId,
} from './requests.ts'
import { formatRoutes, parseRoutes, type Route } from './routes.ts'
import { answer, SERVICE_PORT_MAX, type ServiceNode } from './services/answers.ts'
import { SERVICE_DEFAULTS, type ServiceSettings } from './services/facts.ts'
import { NODE_DEFAULTS, type NodeDefaults, type NodeSettings, type Requirements } from './settings.ts'
import { ClientPorts, Sockets } from './sockets.ts'
import { Transaction, Transactions } from './transactions.ts'

/** Who a node is; everything else has a default. */
export type NodeOptions = Pick<NodeSettings, 'version' | 'interfaces' | 'random' | 'now'> &
  Partial<NodeDefaults> & { readonly services?: ServiceSettings }

/** Packets to itself that a node looks after in one call; the rest waits for the next tick. */
const LOOPED_PER_CALL = 64
const BACKLOG = 15

export class CspNode implements Engine<CspRequest, CspReply, CspIndication, never, string> {
  readonly settings: NodeSettings
  readonly #media: Media
  readonly #outbox: Outbox
  readonly #sockets: Sockets = new Sockets()
  readonly #ports: ClientPorts<Connection | Transaction>
  readonly #connections: Connections
  readonly #transactions: Transactions<Connection>
  readonly #duplicates: Duplicates
  readonly #security: Security
  readonly #indications: Queue<CspIndication> = new Queue()
  readonly #drops: { [Name in CspDrop]?: number } = {}
  readonly #faults: { [Name in CspFaultCode]?: number } = {}
  readonly #serviceNode: ServiceNode
  #now: Millis
  #asker: CspAddress = 0 as CspAddress
  #ids = 0

  constructor(options: NodeOptions) {
    const settings = { ...NODE_DEFAULTS, services: SERVICE_DEFAULTS, ...options }
    this.settings = settings
    this.#now = settings.now
    this.#media = new Media(settings.interfaces, {
      version: settings.version,
      queueCapacity: settings.interfaceQueue,
    })
    const problem = this.#media.setRoutes(settings.routes)
    assert(problem === undefined, `routes name interfaces that there are: ${problem}`)
    for (const name of settings.bridge ?? []) {
      assert(this.#media.named(name) !== undefined, 'a bridge joins two interfaces that there are')
    }
    this.#security = { hmacKey: settings.hmacKey }
    const drop = (why: CspDrop, medium?: Medium): void => this.#drop(why, medium)
    const tell = (what: CspIndication): void => this.#indications.push(what)
    this.#outbox = new Outbox(settings, this.#media, drop)
    this.#ports = new ClientPorts(settings.portMaxBind, settings.random)
    this.#connections = new Connections({
      settings,
      outbox: this.#outbox,
      ports: this.#ports,
      tell,
      hasRoomForUser: () => this.#hasRoomForUser(),
      drop,
      nextId: () => this.#nextId(),
    })
    this.#transactions = new Transactions(this.#ports, tell, drop)
    this.#duplicates = new Duplicates(settings.deduplicationMs)
    this.#serviceNode = {
      services: settings.services,
      payloadOctetsMax: this.#outbox.payloadOctetsMax(Flag.Crc32 | Flag.Hmac, false),
      freeBuffers: () => this.#outbox.freeBuffers,
      uptimeSeconds: () => (this.#now - settings.now) / 1000,
      countersOf: name => this.#media.named(name)?.counters,
      addRoute: route => this.#addRoute(route),
      addressBits: () => addressBits(settings.version),
      rebootRequested: isShutdown => tell({ kind: 'reboot-requested', from: this.#asker, isShutdown }),
      clockRequested: (seconds, nanoseconds) =>
        tell({ kind: 'clock-requested', from: this.#asker, seconds, nanoseconds }),
    }
  }

  // The engine.

  request(request: CspRequest, now: Millis): CspReply {
    this.#now = now
    // Packets to this node itself wait for the next tick: whoever asks knows its transaction before the answer comes.
    return this.#answer(request, now)
  }

  receive(datagram: Uint8Array, from: string, now: Millis): void {
    this.#now = now
    const medium = this.#media.named(from)
    if (medium === undefined) return
    const packet = readFramed(datagram, medium.framing)
    if (isFault(packet)) {
      this.#fault(packet.code)
      medium.counters.frame += 1
    } else this.#route(packet, medium, now)
    this.#lookAfterLooped(now)
  }

  tick(now: Millis): void {
    this.#now = now
    this.#transactions.tick(now)
    this.#connections.tick(now)
    this.#lookAfterLooped(now)
  }

  /** A slot that names an interface belongs to it; one that does not is addressed to the interface that has its turn. */
  transmit(slot: Slot<string>, now: Millis): boolean {
    this.#now = now
    return this.#outbox.transmit(slot)
  }

  record(): undefined {
    return undefined
  }

  stored(_count: number, now: Millis): void {
    this.#now = now
  }

  indication(): CspIndication | undefined {
    const what = this.#indications.shift()
    if (what?.kind === 'accepted') this.#connections.heard(what.connection)
    return what
  }

  deadline(): Millis {
    if (this.#outbox.hasLooped) return this.#now
    return Math.min(this.#transactions.deadline(), this.#connections.deadline(this.#now)) as Millis
  }

  // What the host may look at.

  /** Does a packet wait for this interface? A bundle of links asks before it lends a slot. */
  isWaiting(interfaceName: string): boolean {
    return this.#outbox.isWaiting(interfaceName)
  }

  interfaceCounters(name: string): InterfaceCounters | undefined {
    return this.#media.named(name)?.counters
  }

  /** Packets dropped, by reason; reasons that never came up are absent. */
  get drops(): Readonly<Partial<Record<CspDrop, number>>> {
    return this.#drops
  }

  /** Packets refused, by what was wrong with them. */
  get faults(): Readonly<Partial<Record<CspFaultCode, number>>> {
    return this.#faults
  }

  /** The routing table in its text form. */
  get routes(): string {
    return formatRoutes(this.#media.routes, this.settings.version)
  }

  get freeBuffers(): number {
    return this.#outbox.freeBuffers
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Octets that one packet carries with these options. */
  payloadOctetsMax(options: SendOptions & { readonly rdp?: boolean }): number {
    return this.#outbox.payloadOctetsMax(flagsOf(options), options.rdp ?? false)
  }

  // Requests.

  #answer(request: CspRequest, now: Millis): CspReply {
    switch (request.kind) {
      case 'bind':
        return this.#bind(request)
      case 'unbind':
        return this.#sockets.unbind(request.port) ? { kind: 'done' } : refused('not-bound')
      case 'send':
        return this.#send(request)
      case 'transact':
        return this.#transact(request, now)
      case 'connect': {
        const problem = this.#unsendable(request.to, request)
        return problem !== undefined
          ? refused(problem)
          : this.#connections.connect(request, flagsOf(request), now)
      }
      case 'write':
        return this.#connections.write(request.connection, request.payload, now)
      case 'write-block':
        return this.#connections.writeBlock(request.connection, request.block, request.fragmentOctets, now)
      case 'close':
      case 'abort':
        return this.#connections.close(request.connection, request.kind, now)
      case 'set-routes':
        return this.#setRoutes(request.text)
    }
  }

  #bind({ port, accept, requires = {}, backlog = BACKLOG }: Bind): CspReply {
    const isServerPort =
      port === 'any' ||
      (Number.isInteger(port) && port > SERVICE_PORT_MAX && port <= this.settings.portMaxBind)
    if (!isServerPort) return refused('port-out-of-range')
    if (requires.hmac === true && this.settings.hmacKey === undefined) return refused('no-hmac-key')
    return this.#sockets.bind({ port, accept, requires, backlog, unheard: 0 })
      ? { kind: 'done' }
      : refused('port-in-use')
  }

  #send(request: Send): CspReply {
    const problem = this.#unsendable(request.to, request)
    if (problem !== undefined) return refused(problem)
    if (request.from !== undefined && !this.#media.isOurs(request.from)) return refused('not-our-address')
    const flags = flagsOf(request) | (request.isFragment === true ? Flag.Fragment : 0)
    const outcome = this.#outbox.send(
      {
        priority: request.priority ?? Priority.Normal,
        source: request.from,
        destination: request.to,
        sourcePort: request.sourcePort,
        destinationPort: request.port,
        flags,
      },
      request.payload,
    )
    return outcome === 'sent' ? { kind: 'done' } : refused(outcome)
  }

  #transact(request: Transact, now: Millis): CspReply {
    const problem = this.#unsendable(request.to, request)
    if (problem !== undefined) return refused(problem)
    const id = this.#nextId() as TransactionId
    const transaction = new Transaction(id, request, this.#media.isAnyBroadcast(request.to), now)
    if (!this.#transactions.begin(transaction)) return refused('no-free-port')
    const outcome = this.#outbox.send(
      {
        priority: request.priority ?? Priority.Normal,
        source: undefined,
        destination: request.to,
        sourcePort: transaction.localPort,
        destinationPort: request.port,
        flags: flagsOf(request),
      },
      request.payload,
    )
    if (outcome === 'sent') return { kind: 'transacting', transaction: id }
    this.#transactions.cancel(transaction)
    return refused(outcome)
  }

  #setRoutes(text: string): CspReply {
    const routes = parseRoutes(text, this.settings.version)
    const problem = Array.isArray(routes) ? this.#media.setRoutes(routes) : routes.text
    return problem === undefined
      ? { kind: 'done' }
      : { kind: 'refused', reason: 'bad-routes', detail: problem }
  }

  #addRoute(route: Route): boolean {
    return this.#media.setRoutes([...this.#media.routes, route]) === undefined
  }

  /** Why no packet can be sent there like this. */
  #unsendable(to: CspAddress, { hmac }: SendOptions): CspRefusal | undefined {
    if (hmac === true && this.settings.hmacKey === undefined) return 'no-hmac-key'
    if (to >= 2 ** addressBits(this.settings.version)) return 'no-route'
    return this.#media.isOurs(to) || this.#media.waysTo(to).length > 0 ? undefined : 'no-route'
  }

  // The router: what becomes of one packet.

  #route(packet: Uint8Array, medium: Medium, now: Millis): void {
    const { version, bufferOctets } = this.settings
    const header = decodeHeader(packet, version)
    if (isFault(header) || packet.length > headerOctets(version) + bufferOctets) {
      this.#fault(isFault(header) ? header.code : 'packet-too-long')
      medium.counters.frame += 1
      return
    }
    medium.counters.rx += 1
    medium.counters.rxOctets += packet.length
    // A hub gives a node its own packets back; nothing else has this source.
    if (header.source !== 0 && this.#media.isOurs(header.source)) {
      this.#count('own-packet')
      return
    }
    const isForUs = this.#media.isForUs(header.destination, medium)
    if (this.#isDuplicate(packet, isForUs, now)) {
      this.#drop('duplicate', medium)
      return
    }
    const isBroadcast = this.#media.isBroadcast(header.destination, medium)
    if (!isForUs || (isBroadcast && this.settings.bridge !== undefined)) this.#sendOn(packet, header, medium)
    if (isForUs) this.#open(packet, header, medium, now)
  }

  #isDuplicate(packet: Uint8Array, isForUs: boolean, now: Millis): boolean {
    const { deduplication } = this.settings
    if (deduplication === 'off') return false
    if (deduplication === (isForUs ? 'forwarded' : 'incoming')) return false
    return this.#duplicates.isRepeated(packet, now)
  }

  #sendOn(packet: Uint8Array, header: CspHeader, arrival: Medium): void {
    const { bridge } = this.settings
    const at = bridge?.indexOf(arrival.name) ?? -1
    if (bridge === undefined || at < 0) {
      this.#outbox.forward(packet, header, this.#media.waysOn(header.destination, arrival))
      return
    }
    const other = this.#media.named(bridge[1 - at]!)!
    this.#outbox.forward(packet, header, [{ medium: other, via: undefined }])
  }

  #open(packet: Uint8Array, header: CspHeader, medium: Medium | undefined, now: Millis): void {
    const opened = open(packet, header, this.settings.version, this.#security)
    if (isFault(opened)) {
      this.#fault(opened.code)
      if (medium !== undefined) {
        if (opened.code === 'bad-hmac' || opened.code === 'no-hmac-key') medium.counters.authError += 1
        else medium.counters.rxError += 1
      }
      return
    }
    const isBroadcast = medium !== undefined && this.#media.isBroadcast(header.destination, medium)
    this.#deliver({ header, payload: packet.subarray(opened.from, opened.to), isBroadcast }, medium, now)
  }

  #deliver(arrival: Arrival, medium: Medium | undefined, now: Millis): void {
    const { header } = arrival
    const port = header.destinationPort
    if (port <= SERVICE_PORT_MAX) {
      this.#serve(arrival, medium)
      return
    }
    const client = this.#ports.at(port)
    if (client instanceof Connection) {
      this.#connections.receiveAsClient(client, arrival, this.#media.isOurs(header.source), now)
    } else if (client !== undefined) {
      this.#transactions.receive(client, arrival, this.#media.isOurs(header.source), now)
    } else this.#deliverToSocket(arrival, medium, now)
  }

  #deliverToSocket(arrival: Arrival, medium: Medium | undefined, now: Millis): void {
    const { header } = arrival
    const socket = this.#sockets.at(header.destinationPort)
    if (socket !== undefined && this.#lacks(header, socket.requires, medium)) return
    if (socket?.accept === 'datagrams') this.#deliverDatagram(arrival, medium)
    else this.#connections.receiveAsServer(socket, arrival, now)
  }

  #deliverDatagram({ header, payload }: Arrival, medium: Medium | undefined): void {
    if (!this.#hasRoomForUser()) {
      this.#drop('user-behind', medium)
      return
    }
    this.#indications.push({ kind: 'datagram', payload: new Uint8Array(payload), ...envelopeOf(header) })
  }

  #serve({ header, payload, isBroadcast }: Arrival, medium: Medium | undefined): void {
    const { requireCrc32 } = this.settings.services
    if (this.#lacks(header, { crc32: requireCrc32 }, medium)) return
    if (header.flags & Flag.Rdp) {
      this.#drop('unexpected-rdp', medium)
      return
    }
    this.#asker = header.source
    const reply = answer(header.destinationPort, payload, this.#serviceNode)
    if (reply === 'silence') return
    if (typeof reply === 'string') {
      this.#drop(reply, medium)
      return
    }
    this.#outbox.send(
      {
        priority: header.priority,
        source: isBroadcast ? undefined : header.destination,
        destination: header.source,
        sourcePort: header.destinationPort,
        destinationPort: header.sourcePort,
        flags: header.flags,
      },
      reply,
    )
  }

  /** Drops and counts what lacks something that must be there. */
  #lacks({ flags }: CspHeader, requires: Requirements, medium: Medium | undefined): boolean {
    const why: CspDrop | undefined =
      requires.crc32 === true && !(flags & Flag.Crc32)
        ? 'missing-crc32'
        : requires.hmac === true && !(flags & Flag.Hmac)
          ? 'missing-hmac'
          : requires.rdp === true && !(flags & Flag.Rdp)
            ? 'missing-rdp'
            : undefined
    if (why === undefined) return false
    this.#count(why)
    if (medium !== undefined) medium.counters[why === 'missing-hmac' ? 'authError' : 'rxError'] += 1
    return true
  }

  #lookAfterLooped(now: Millis): void {
    for (let left = LOOPED_PER_CALL; left > 0; left--) {
      const packet = this.#outbox.takeLooped()
      if (packet === undefined) return
      const header = decodeHeader(packet, this.settings.version)
      if (!isFault(header)) this.#open(packet, header, undefined, now)
    }
  }

  #hasRoomForUser(): boolean {
    return this.#indications.size < this.settings.indicationsMax
  }

  #drop(why: CspDrop, medium?: Medium): void {
    this.#count(why)
    if (medium !== undefined) (medium.counters as Tally<InterfaceCounters>).drop += 1
  }

  #count(why: CspDrop): void {
    this.#drops[why] = (this.#drops[why] ?? 0) + 1
  }

  #fault(code: CspFaultCode): void {
    this.#faults[code] = (this.#faults[code] ?? 0) + 1
  }

  #nextId(): number {
    this.#ids += 1
    return this.#ids
  }
}

function flagsOf({ crc32, hmac }: SendOptions): number {
  return (crc32 === true ? Flag.Crc32 : 0) | (hmac === true ? Flag.Hmac : 0)
}

function refused(reason: CspRefusal): CspReply {
  return { kind: 'refused', reason }
}
