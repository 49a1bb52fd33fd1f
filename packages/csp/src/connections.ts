/** The connections of a node: opened by us or by others, with RDP or without, found for every packet, and forgotten. */
import { type Millis, type Random, Schedule } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import { type Arrival, envelopeOf } from './arrival.ts'
import { Connection } from './connection.ts'
import type { CspDrop } from './counters.ts'
import type { CspIndication } from './indications.ts'
import type { Outbox } from './outbox.ts'
import { type CspAddress, type CspPort, Flag, Priority } from './packet/header.ts'
import type { HoldBudget, Parcel } from './rdp/incoming.ts'
import { RdpMachine } from './rdp/machine.ts'
import { adopted, type RdpOptions } from './rdp/options.ts'
import {
  decodeSynOptions,
  decodeTrailer,
  nextSequence,
  RDP_OCTETS,
  RdpFlag,
  type RdpSequence,
  type RdpTrailer,
} from './rdp/segment.ts'
import { kindOf, type RdpEnding, type RdpHost } from './rdp/states.ts'
import type { Connect, ConnectionId, CspReply } from './requests.ts'
import type { NodeSettings } from './settings.ts'
import { encodeSfp, SFP_OCTETS } from './sfp-trailer.ts'
import { type ClientPorts, type Socket, serverKey } from './sockets.ts'
import type { Transaction } from './transactions.ts'

/** What connections need of their node. */
export interface ConnectionsHost {
  readonly settings: NodeSettings
  readonly outbox: Outbox
  readonly ports: ClientPorts<Connection | Transaction>
  tell(what: CspIndication): void
  hasRoomForUser(): boolean
  drop(why: CspDrop): void
  nextId(): number
}

const NOTHING = new Uint8Array(0)
const PLAIN_REFUSED: CspReply = { kind: 'refused', reason: 'unknown-connection' }

export class Connections {
  readonly #host: ConnectionsHost
  readonly #random: Random
  readonly #budget: HoldBudget
  readonly #byId: Map<ConnectionId, Connection> = new Map()
  readonly #servers: Map<number, Connection> = new Map()
  readonly #schedule: Schedule<Connection> = new Schedule()
  /** Those that hold something the user had no room for. */
  readonly #stalled: Set<Connection> = new Set()

  constructor(host: ConnectionsHost) {
    this.#host = host
    this.#random = host.settings.random
    this.#budget = { left: host.settings.heldPackets }
  }

  get size(): number {
    return this.#byId.size
  }

  // What the user asks.

  connect(request: Connect, flags: number, now: Millis): CspReply {
    const { rdp } = request
    if (rdp !== undefined && !isSane(rdp)) return { kind: 'refused', reason: 'bad-options' }
    const id = this.#host.nextId() as ConnectionId
    const connection = new Connection(
      id,
      {
        remote: request.to,
        remotePort: request.port,
        local: undefined,
        localPort: 0 as CspPort,
        priority: request.priority ?? Priority.Normal,
        flags,
        socket: undefined,
        isReliable: rdp !== undefined,
        blockOctetsMax: this.#host.settings.blockOctetsMax,
      },
      now,
    )
    const port = this.#host.ports.take(connection)
    if (port === undefined) return { kind: 'refused', reason: 'no-free-port' }
    connection.localPort = port
    this.#byId.set(id, connection)
    if (rdp === undefined) {
      connection.isTold = true
    } else {
      connection.machine = RdpMachine.connect(
        rdp,
        this.#rdpHost(connection),
        this.#budget,
        now,
        this.#payloadMax(connection),
      )
      this.#schedule.update(connection)
    }
    return { kind: 'connecting', connection: id }
  }

  write(id: ConnectionId, payload: Uint8Array, now: Millis): CspReply {
    const connection = this.#open(id)
    if (connection === undefined) return PLAIN_REFUSED
    if (payload.length > this.#payloadMax(connection)) return { kind: 'refused', reason: 'too-long' }
    return this.#write(connection, [{ octets: payload, isFragment: false }], now)
  }

  writeBlock(id: ConnectionId, block: Uint8Array, fragmentOctets: number | undefined, now: Millis): CspReply {
    const connection = this.#open(id)
    if (connection === undefined) return PLAIN_REFUSED
    const room = this.#payloadMax(connection) - SFP_OCTETS
    const step = fragmentOctets ?? room
    if (block.length === 0) return { kind: 'refused', reason: 'empty' }
    if (step < 1 || step > room) return { kind: 'refused', reason: 'too-long' }
    const parcels: Parcel[] = []
    for (let offset = 0; offset < block.length; offset += step) {
      const data = block.subarray(offset, offset + step)
      parcels.push({ octets: encodeSfp({ offset, totalSize: block.length, data }), isFragment: true })
    }
    return this.#write(connection, parcels, now)
  }

  close(id: ConnectionId, how: 'close' | 'abort', now: Millis): CspReply {
    const connection = this.#open(id)
    if (connection === undefined) return PLAIN_REFUSED
    if (connection.machine === undefined) {
      this.#ended(connection, how === 'close' ? 'closed' : 'aborted', 0)
      this.#gone(connection)
    } else {
      connection.machine[how](now)
      this.#schedule.update(connection)
    }
    return { kind: 'done' }
  }

  /** The user has heard that a connection was opened: it no longer counts against the backlog. */
  heard(id: ConnectionId): void {
    const connection = this.#byId.get(id)
    if (connection !== undefined) this.#unburden(connection)
  }

  // What arrives.

  /** A packet for a connection that we opened. */
  receiveAsClient(connection: Connection, arrival: Arrival, isFromUs: boolean, now: Millis): void {
    const { header } = arrival
    // libcsp takes whatever comes to the port; anybody could put octets into a connection.
    if ((header.source !== connection.remote && !isFromUs) || header.sourcePort !== connection.remotePort) {
      this.#host.drop('unexpected-reply')
      return
    }
    this.#receive(connection, arrival, now)
  }

  /** A packet for a port that is bound for connections, or may have been. */
  receiveAsServer(socket: Socket | undefined, arrival: Arrival, now: Millis): void {
    const { header } = arrival
    const key = serverKey(header.destinationPort, header.source, header.sourcePort)
    const connection = this.#servers.get(key)
    if (connection !== undefined) {
      this.#receive(connection, arrival, now)
      if (!connection.isReplaced) return
      connection.machine?.supersede()
    }
    if (header.flags & Flag.Rdp) this.#openReliable(socket, key, arrival, now)
    else this.#openPlain(socket, key, arrival, now)
  }

  tick(now: Millis): void {
    for (let due = this.#schedule.next(now); due !== undefined; due = this.#schedule.next(now)) {
      if (due.machine === undefined) {
        this.#ended(due, 'timeout', 0)
        this.#gone(due)
        continue
      }
      due.machine.tick(now)
      this.#giveRoom(due)
      this.#schedule.update(due)
    }
    if (this.#stalled.size === 0 || !this.#host.hasRoomForUser()) return
    for (const connection of [...this.#stalled]) {
      this.#stalled.delete(connection)
      connection.machine?.resume(now)
      this.#schedule.update(connection)
    }
  }

  deadline(now: Millis): Millis {
    return this.#stalled.size > 0 && this.#host.hasRoomForUser() ? now : this.#schedule.earliest()
  }

  // Below.

  #write(connection: Connection, parcels: readonly Parcel[], now: Millis): CspReply {
    const { machine } = connection
    if (machine === undefined) return this.#writePlain(connection, parcels)
    if (parcels.some(({ octets }) => octets.length === 0)) return { kind: 'refused', reason: 'empty' }
    if (machine.undelivered > 0 && machine.undelivered + parcels.length > capacityOf(machine)) {
      connection.owesRoom = true
      return { kind: 'refused', reason: 'queue-full' }
    }
    for (const { octets, isFragment } of parcels) {
      machine.write({ octets: isFragment ? octets : new Uint8Array(octets), isFragment }, now)
    }
    this.#schedule.update(connection)
    return { kind: 'done' }
  }

  #writePlain(connection: Connection, parcels: readonly Parcel[]): CspReply {
    for (const { octets, isFragment } of parcels) {
      const flags = connection.flags | (isFragment ? Flag.Fragment : 0)
      const outcome = this.#send(connection, connection.priority, flags, octets)
      if (outcome !== 'sent') return { kind: 'refused', reason: outcome }
    }
    return { kind: 'done' }
  }

  #receive(connection: Connection, { header, payload }: Arrival, now: Millis): void {
    const missing = connection.flags & ~header.flags
    if (missing !== 0) {
      this.#host.drop(missing & Flag.Crc32 ? 'missing-crc32' : 'missing-hmac')
      return
    }
    const isFragment = (header.flags & Flag.Fragment) !== 0
    const hasRdp = (header.flags & Flag.Rdp) !== 0
    if (hasRdp !== (connection.machine !== undefined)) {
      this.#host.drop(hasRdp ? 'unexpected-rdp' : 'missing-rdp')
      return
    }
    connection.lastHeardAt = now
    if (connection.machine === undefined) {
      if (this.#host.hasRoomForUser()) {
        this.#deliver(connection, { octets: new Uint8Array(payload), isFragment })
      } else this.#host.drop('user-behind')
      return
    }
    const trailer = decodeTrailer(payload, 0, payload.length)
    if (isFault(trailer)) {
      this.#host.drop('bad-rdp')
      return
    }
    const octets = payload.subarray(0, payload.length - RDP_OCTETS)
    connection.machine.receive(trailer, { octets, isFragment }, now)
    this.#giveRoom(connection)
    this.#schedule.update(connection)
  }

  #openReliable(socket: Socket | undefined, key: number, arrival: Arrival, now: Millis): void {
    const { payload } = arrival
    const trailer = decodeTrailer(payload, 0, payload.length)
    if (isFault(trailer)) {
      this.#host.drop('bad-rdp')
      return
    }
    if (kindOf(trailer.flags) !== 'syn') {
      this.#host.drop('no-socket')
      this.#disown(arrival)
      return
    }
    const options = decodeSynOptions(payload.subarray(0, payload.length - RDP_OCTETS))
    if (isFault(options)) {
      this.#host.drop('bad-rdp')
      return
    }
    if (arrival.isBroadcast) {
      this.#host.drop('unexpected-rdp')
      return
    }
    const connection = this.#admit(socket, key, arrival, now)
    if (connection === undefined) return
    const { windowPacketsMax, extendedAcks } = this.#host.settings
    connection.machine = RdpMachine.listen(
      adopted(options, { windowPacketsMax, extendedAcks }),
      this.#rdpHost(connection),
      this.#budget,
      now,
      this.#payloadMax(connection),
      trailer.sequence,
    )
    this.#schedule.update(connection)
  }

  #openPlain(socket: Socket | undefined, key: number, arrival: Arrival, now: Millis): void {
    const connection = this.#admit(socket, key, arrival, now)
    if (connection === undefined) return
    this.#accepted(connection, arrival)
    this.#receive(connection, arrival, now)
    this.#schedule.update(connection)
  }

  /** Says to a peer that goes on with a connection which is gone that it is. */
  #disown({ header, payload }: Arrival): void {
    const trailer = decodeTrailer(payload, 0, payload.length)
    if (isFault(trailer) || trailer.flags & RdpFlag.Rst || !(trailer.flags & RdpFlag.Ack)) return
    this.#host.outbox.send(
      {
        priority: Math.min(header.priority, Priority.High) as Priority,
        source: header.destination,
        destination: header.source,
        sourcePort: header.destinationPort,
        destinationPort: header.sourcePort,
        flags: header.flags & ~Flag.Fragment,
      },
      NOTHING,
      {
        flags: RdpFlag.Rst,
        counter: 0,
        sequence: nextSequence(trailer.acknowledgement),
        acknowledgement: trailer.sequence,
      },
    )
  }

  /** A new connection at a socket, if the socket and the node have room for it. */
  #admit(socket: Socket | undefined, key: number, arrival: Arrival, now: Millis): Connection | undefined {
    if (socket === undefined) this.#host.drop('no-socket')
    else if (socket.unheard >= socket.backlog) this.#host.drop('backlog-full')
    else if (this.#servers.size >= this.#host.settings.connectionsMax) this.#host.drop('connections-full')
    else return this.#newServer(socket, key, arrival, now)
    return undefined
  }

  #newServer(socket: Socket, key: number, { header, isBroadcast }: Arrival, now: Millis): Connection {
    const connection = new Connection(
      this.#host.nextId() as ConnectionId,
      {
        remote: header.source,
        remotePort: header.sourcePort,
        local: isBroadcast ? undefined : header.destination,
        localPort: header.destinationPort,
        priority: header.priority,
        flags: header.flags & (Flag.Crc32 | Flag.Hmac),
        socket,
        isReliable: (header.flags & Flag.Rdp) !== 0,
        blockOctetsMax: this.#host.settings.blockOctetsMax,
      },
      now,
    )
    connection.isUnheard = true
    socket.unheard += 1
    this.#byId.set(connection.id, connection)
    this.#servers.set(key, connection)
    return connection
  }

  #rdpHost(connection: Connection): RdpHost {
    return {
      send: (trailer, parcel, kind) => this.#sendSegment(connection, trailer, parcel, kind),
      hasRoom: () => {
        const hasRoom = this.#host.hasRoomForUser()
        if (!hasRoom) this.#stalled.add(connection)
        return hasRoom
      },
      deliver: parcel => this.#deliver(connection, parcel),
      opened: () => {
        if (connection.socket !== undefined) this.#accepted(connection, undefined)
        else {
          connection.isTold = true
          this.#host.tell({ kind: 'connected', connection: connection.id })
        }
      },
      ended: (ending, undelivered) => this.#ended(connection, ending, undelivered),
      gone: () => this.#gone(connection),
      changePort: () => this.#changePort(connection),
      replaced: () => {
        connection.isReplaced = connection.socket !== undefined
      },
      initialSequence: () => this.#random.whole(0, 0x10000) as RdpSequence,
    }
  }

  #sendSegment(connection: Connection, trailer: RdpTrailer, parcel: Parcel, kind: 'control' | 'data'): void {
    const priority =
      kind === 'data' ? connection.priority : (Math.min(connection.priority, Priority.High) as Priority)
    const flags = connection.flags | Flag.Rdp | (parcel.isFragment ? Flag.Fragment : 0)
    // What finds no room or no route is lost like anything on the way, and comes again.
    this.#send(connection, priority, flags, parcel.octets, trailer)
  }

  #send(
    connection: Connection,
    priority: Priority,
    flags: number,
    payload: Uint8Array,
    trailer?: RdpTrailer,
  ): ReturnType<Outbox['send']> {
    return this.#host.outbox.send(
      {
        priority,
        source: connection.local,
        destination: connection.remote,
        sourcePort: connection.localPort,
        destinationPort: connection.remotePort,
        flags,
      },
      payload,
      trailer,
    )
  }

  #accepted(connection: Connection, arrival: Arrival | undefined): void {
    connection.isTold = true
    const { id, remote, remotePort, local, localPort, priority, flags, isReliable } = connection
    const envelope =
      arrival !== undefined
        ? envelopeOf(arrival.header)
        : { from: remote, sourcePort: remotePort, to: local as CspAddress, port: localPort, priority, flags }
    this.#host.tell({ kind: 'accepted', connection: id, isReliable, ...envelope })
  }

  #deliver(connection: Connection, { octets, isFragment }: Parcel): void {
    const block = isFragment ? connection.blocks.take(octets) : undefined
    if (block === 'more') return
    if (block !== undefined) this.#host.tell({ kind: 'block', connection: connection.id, block })
    // After a block, libcsp leaves the flag on the packets that follow; over RDP none can be missing.
    else if (isFragment && !connection.isReliable) this.#host.drop('bad-sfp')
    else this.#host.tell({ kind: 'data', connection: connection.id, payload: octets })
  }

  #ended(connection: Connection, ending: RdpEnding, undelivered: number): void {
    if (connection.isEnded) return
    connection.isEnded = true
    connection.blocks.discard()
    // Nobody heard of a connection that never opened, unless it was asked for.
    if (connection.socket !== undefined && !connection.isTold) return
    this.#host.tell({ kind: 'closed', connection: connection.id, ending, undelivered })
  }

  #gone(connection: Connection): void {
    this.#unburden(connection)
    connection.isEnded = true
    this.#byId.delete(connection.id)
    this.#schedule.remove(connection)
    this.#stalled.delete(connection)
    if (connection.socket === undefined) this.#host.ports.give(connection.localPort)
    else {
      const key = serverKey(connection.localPort, connection.remote, connection.remotePort)
      if (this.#servers.get(key) === connection) this.#servers.delete(key)
    }
  }

  #unburden(connection: Connection): void {
    if (!connection.isUnheard) return
    connection.isUnheard = false
    connection.socket!.unheard -= 1
  }

  #changePort(connection: Connection): boolean {
    const port = this.#host.ports.take(connection)
    if (port === undefined) return false
    this.#host.ports.give(connection.localPort)
    connection.localPort = port
    return true
  }

  #giveRoom(connection: Connection): void {
    const { machine } = connection
    if (!connection.owesRoom || connection.isEnded || machine === undefined) return
    if (machine.undelivered > capacityOf(machine) / 2) return
    connection.owesRoom = false
    this.#host.tell({ kind: 'room', connection: connection.id })
  }

  /** One that the user may still write to or close. */
  #open(id: ConnectionId): Connection | undefined {
    const connection = this.#byId.get(id)
    return connection === undefined || connection.isEnded ? undefined : connection
  }

  #payloadMax({ flags, isReliable }: Connection): number {
    return this.#host.outbox.payloadOctetsMax(flags, isReliable)
  }
}

/** Packets that may be written and not acknowledged. */
function capacityOf(machine: RdpMachine): number {
  return Math.max(16, 2 * machine.options.windowPackets)
}

/** Our own options are not clamped but refused. */
function isSane(options: RdpOptions): boolean {
  const { windowPackets, connectionTimeoutMs, packetTimeoutMs, ackTimeoutMs, ackDelayCount } = options
  const fits = [windowPackets, connectionTimeoutMs, packetTimeoutMs, ackTimeoutMs, ackDelayCount].every(
    value => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff,
  )
  return (
    fits && windowPackets >= 1 && windowPackets <= 8192 && packetTimeoutMs >= 1 && connectionTimeoutMs >= 1
  )
}
