import {
  type CspAddress,
  type ConnectionId as CspConnectionId,
  type CspIndication,
  CspNode,
  type CspPort,
  type CspRequest,
  type NodeOptions,
  Priority,
  RDP_PROFILES,
  type RdpEnding,
  type RdpOptions,
} from '@skyferry/csp'
import {
  type Call,
  type ConnectionEnd,
  type ConnectionEvent,
  type ConnectionId,
  DATA_SOURCE_PORT,
  type DtpEngine,
  type Endpoint,
  type NodeAddress,
  Port,
} from '@skyferry/dtp'
import type { Engine, Millis, Slot } from '@skyferry/engine'

export interface DtpOverCspOptions {
  readonly node: NodeOptions
  /** Of control connections; `libcsp` is safe with every C peer. */
  readonly rdp?: RdpOptions
  /**
   * CRC32 on data datagrams and control, wherever a packet has room for it: nothing else tells damaged data from good, and C
   * clients take it (dtp reference 12.2.10).
   */
  readonly crc32?: boolean
  /** An HMAC under the node's key on everything, and nothing taken without one. */
  readonly hmac?: boolean
}

/** Endpoints kept for lending again; more peers than that are given new ones. */
const ENDPOINTS_MAX = 1024
/** Datagrams taken from DTP per call that turn out to be for another interface. */
const PULLS_MAX = 64

interface Joint {
  readonly id: ConnectionId
  readonly csp: CspConnectionId
  readonly isReliable: boolean
  isOpen: boolean
  /** Messages that CSP had no room for. */
  readonly waiting: Uint8Array[]
  closes: boolean
}

/**
 * DTP over CSP: a CSP node with a DTP engine on its ports, as one engine that is driven over the node's interfaces.
 *
 * DTP's calls become connections and packets of the node, what the node hears becomes DTP's events and datagrams; a
 * datagram is taken from DTP only when the node has nothing else to send, so that its queues never fill with data.
 */
export class DtpOverCsp<Request, Reply, Indication, Kept>
  implements Engine<Request, Reply, Indication, Kept, string>
{
  readonly node: CspNode
  readonly #dtp: DtpEngine<Request, Reply, Indication, Kept>
  readonly #rdp: RdpOptions
  readonly #crc32: boolean
  readonly #hmac: boolean
  readonly #byDtp: Map<ConnectionId, Joint> = new Map()
  readonly #byCsp: Map<CspConnectionId, Joint> = new Map()
  readonly #endpoints: Map<number, Endpoint> = new Map()
  /** Which of our addresses a node spoke to: data come from there. */
  readonly #spokenTo: Map<NodeAddress, CspAddress> = new Map()
  readonly #slot: Slot<Endpoint>
  #accepted = 0x4000_0000
  #now: Millis

  constructor(dtp: DtpEngine<Request, Reply, Indication, Kept>, options: DtpOverCspOptions) {
    this.node = new CspNode(options.node)
    this.#dtp = dtp
    this.#rdp = options.rdp ?? RDP_PROFILES.libcsp
    this.#crc32 = options.crc32 ?? false
    this.#hmac = options.hmac ?? false
    this.#now = options.node.now
    const bytes = new Uint8Array(this.node.settings.bufferOctets)
    this.#slot = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
    this.#pump()
  }

  /** The largest mtu that this node can send: a datagram that leaves no room for a CRC goes without. */
  get mtuMax(): number {
    return this.node.payloadOctetsMax({ hmac: this.#hmac })
  }

  request(request: Request, now: Millis): Reply {
    this.#now = now
    const reply = this.#dtp.request(request, now)
    this.#pump()
    return reply
  }

  receive(packet: Uint8Array, from: string, now: Millis): void {
    this.#now = now
    this.node.receive(packet, from, now)
    this.#pump()
  }

  tick(now: Millis): void {
    this.#now = now
    this.node.tick(now)
    this.#dtp.tick(now)
    this.#pump()
  }

  transmit(slot: Slot<string>, now: Millis): boolean {
    this.#now = now
    const named = slot.to
    for (let pulls = 0; pulls <= PULLS_MAX; pulls++) {
      if (this.node.transmit(slot, now)) return true
      slot.to = named
      if (!this.#pull()) break
    }
    // What the last datagrams called for follows them.
    this.#pump()
    return this.node.transmit(slot, now)
  }

  record(): Kept | undefined {
    return this.#dtp.record()
  }

  stored(count: number, now: Millis): void {
    this.#now = now
    this.#dtp.stored(count, now)
    this.#pump()
  }

  indication(): Indication | undefined {
    return this.#dtp.indication()
  }

  deadline(): Millis {
    return Math.min(this.node.deadline(), this.#dtp.deadline()) as Millis
  }

  /** Is there something to send through this interface? A bundle of links asks before it lends a slot. */
  isWaiting(interfaceName: string): boolean {
    for (let pulls = 0; pulls < PULLS_MAX; pulls++) {
      if (this.node.isWaiting(interfaceName)) return true
      if (!this.#pull()) break
    }
    this.#pump()
    return this.node.isWaiting(interfaceName)
  }

  // — from DTP to CSP —

  /** Takes one datagram from DTP into the node; false when there is none now. */
  #pull(): boolean {
    const slot = this.#slot
    slot.length = 0
    slot.to = undefined
    if (!this.#dtp.transmit(slot, this.#now)) return false
    const { node, port } = slot.to! as Endpoint
    const from = this.#spokenTo.get(node)
    this.#ask({
      kind: 'send',
      to: node as number as CspAddress,
      port: port as CspPort,
      sourcePort: DATA_SOURCE_PORT as CspPort,
      payload: slot.bytes.subarray(0, slot.length),
      priority: Priority.Low,
      crc32: this.#crc32 && slot.length <= this.node.payloadOctetsMax({ crc32: true, hmac: this.#hmac }),
      hmac: this.#hmac,
      ...(from === undefined ? {} : { from }),
    })
    return true
  }

  /** Carries calls and events to and fro until neither side has any. */
  #pump(): void {
    for (;;) {
      const call = this.#dtp.call()
      if (call !== undefined) {
        this.#call(call)
        continue
      }
      const what = this.node.indication()
      if (what === undefined) return
      this.#heard(what)
    }
  }

  #call(call: Call): void {
    switch (call.kind) {
      case 'listen': {
        const isControl = call.takes === 'connections'
        const requires = {
          rdp: call.port === Port.Control,
          crc32: call.port === Port.Memory,
          hmac: this.#hmac,
        }
        this.#ask({
          kind: 'bind',
          port: call.port as CspPort,
          accept: call.takes,
          requires: isControl ? requires : { hmac: this.#hmac },
        })
        return
      }
      case 'connect':
        this.#connect(call)
        return
      case 'send': {
        const joint = this.#byDtp.get(call.connection)
        joint?.waiting.push(call.octets)
        if (joint !== undefined) this.#write(joint)
        return
      }
      case 'close': {
        const joint = this.#byDtp.get(call.connection)
        if (joint === undefined) return
        joint.closes = true
        this.#write(joint)
      }
    }
  }

  #connect({ connection, to, reliable, crc32 }: Extract<Call, { kind: 'connect' }>): void {
    const reply = this.node.request(
      {
        kind: 'connect',
        to: to.node as number as CspAddress,
        port: to.port as CspPort,
        crc32: crc32 || this.#crc32,
        hmac: this.#hmac,
        ...(reliable ? { rdp: this.#rdp } : {}),
      },
      this.#now,
    )
    if (reply.kind === 'connecting') this.#join(connection, reply.connection, reliable)
    else this.#tell({ kind: 'closed', connection, how: 'unreachable' })
  }

  #join(id: ConnectionId, csp: CspConnectionId, isReliable: boolean): Joint {
    const joint: Joint = { id, csp, isReliable, isOpen: !isReliable, waiting: [], closes: false }
    this.#byDtp.set(id, joint)
    this.#byCsp.set(csp, joint)
    return joint
  }

  /** Writes what waits, and closes behind it where DTP is done with the connection. */
  #write(joint: Joint): void {
    const { csp, waiting } = joint
    for (let payload = waiting[0]; payload !== undefined; payload = waiting[0]) {
      const reply = this.node.request({ kind: 'write', connection: csp, payload }, this.#now)
      // An RDP connection tells when there is room; a packet without RDP that finds none is lost, as any may be.
      if (reply.kind === 'refused' && reply.reason === 'queue-full' && joint.isReliable) return
      waiting.shift()
    }
    if (!joint.closes) return
    this.#part(joint)
    // Nobody is there yet to say goodbye to.
    this.#ask({ kind: joint.isOpen ? 'close' : 'abort', connection: csp })
  }

  #part(joint: Joint): void {
    this.#byDtp.delete(joint.id)
    this.#byCsp.delete(joint.csp)
  }

  // — from CSP to DTP —

  #heard(what: CspIndication): void {
    switch (what.kind) {
      case 'datagram':
        this.#dtp.receive(what.payload, this.#endpoint(what.from, what.sourcePort), this.#now)
        return
      case 'accepted': {
        this.#accepted += 1
        const connection = this.#accepted as ConnectionId
        const joint = this.#join(connection, what.connection, what.isReliable)
        joint.isOpen = true
        const from = this.#endpoint(what.from, what.sourcePort)
        this.#remember(from.node, what.to)
        this.#tell({ kind: 'accepted', connection, from, port: what.port, reliable: what.isReliable })
        return
      }
      case 'connected': {
        const joint = this.#byCsp.get(what.connection)
        if (joint === undefined) return
        joint.isOpen = true
        this.#tell({ kind: 'connected', connection: joint.id })
        return
      }
      case 'data': {
        const joint = this.#byCsp.get(what.connection)
        if (joint !== undefined) this.#tell({ kind: 'arrived', connection: joint.id, octets: what.payload })
        return
      }
      case 'room': {
        const joint = this.#byCsp.get(what.connection)
        if (joint !== undefined) this.#write(joint)
        return
      }
      case 'closed': {
        const joint = this.#byCsp.get(what.connection)
        if (joint === undefined) return
        this.#part(joint)
        this.#tell({ kind: 'closed', connection: joint.id, how: endOf(what.ending, joint.isOpen) })
        return
      }
      // DTP asks for no transactions, blocks or services.
      default:
        return
    }
  }

  #tell(event: ConnectionEvent): void {
    this.#dtp.happened(event, this.#now)
  }

  #ask(request: CspRequest): void {
    this.node.request(request, this.#now)
  }

  #endpoint(from: CspAddress, port: CspPort): Endpoint {
    const key = from * 64 + port
    let endpoint = this.#endpoints.get(key)
    if (endpoint === undefined) {
      if (this.#endpoints.size >= ENDPOINTS_MAX) this.#endpoints.clear()
      endpoint = { node: from as number as NodeAddress, port }
      this.#endpoints.set(key, endpoint)
    }
    return endpoint
  }

  #remember(node: NodeAddress, address: CspAddress): void {
    const isOurs = this.node.settings.interfaces.some(
      each => each.address === address || each.aliases?.includes(address) === true,
    )
    if (!isOurs) return
    if (this.#spokenTo.size >= ENDPOINTS_MAX) this.#spokenTo.clear()
    this.#spokenTo.set(node, address)
  }
}

function endOf(ending: RdpEnding, wasOpen: boolean): ConnectionEnd {
  if (!wasOpen || ending === 'no-answer') return 'unreachable'
  return ending === 'timeout' || ending === 'aborted' ? 'lost' : 'by-peer'
}
