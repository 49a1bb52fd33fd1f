import { assert, type Engine, type Millis, Queue, Schedule, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import { isRefused } from '../connection/events.ts'
import { type Settings, settingsFrom } from '../settings.ts'
import { decode } from '../wire/decode.ts'
import { encode } from '../wire/encode.ts'
import type { Message, PayloadId } from '../wire/message.ts'
import { Answers } from './answers.ts'
import type { ConnectionId, EndpointRefusal, Indication, Reply, Request } from './messages.ts'
import { ENDPOINT_DEFAULTS, type EndpointOptions } from './options.ts'
import { Peer } from './peer.ts'
import { Tombstones } from './tombstones.ts'

const HALT = encode({ kind: 'halt' })
const RESEND_0 = encode({ kind: 'resend', id: 0 as PayloadId })
/** Reports of strangers not yet taken; more are dropped and counted. */
const STRANGERS_MAX = 64
const done: Reply = { kind: 'done' }
const refuse = (reason: EndpointRefusal): Reply => ({ kind: 'refused', reason })

/**
 * Connections with many peers over one medium, as an engine: who a datagram is from, whether it opens a connection, what
 * strangers and the departed are answered, and who of all has something to send (reference sections 5, 15).
 *
 * It keeps no records: a connection does not outlive its endpoint, and the peer learns of that from a Halt.
 */
export class Endpoint<Address>
  implements Engine<Request<Address>, Reply, Indication<Address>, never, Address>
{
  /** Datagrams that no connection took, by reason. */
  readonly dropped: Map<string, number> = new Map()
  readonly #options: EndpointOptions<Address>
  readonly #settings: Settings
  readonly #connectionsMax: number
  readonly #peers: Map<string, Peer<Address>> = new Map()
  readonly #byId: Map<ConnectionId, Peer<Address>> = new Map()
  /** Connections that never completed a turn, oldest first: the first to go when there are too many. */
  readonly #unproven: Set<Peer<Address>> = new Set()
  readonly #tombstones: Tombstones
  readonly #answers: Answers<Address>
  readonly #schedule: Schedule<Peer<Address>> = new Schedule()
  readonly #speaking: Queue<Peer<Address>> = new Queue()
  readonly #telling: Queue<Peer<Address>> = new Queue()
  readonly #indications: Queue<Indication<Address>> = new Queue()
  #strangersTold = 0
  #lastId = 0
  #isShut = false
  #now: Millis

  constructor(options: EndpointOptions<Address>) {
    this.#options = options
    this.#settings = settingsFrom(options.settings)
    this.#now = options.now
    const { tombstone, tombstonesMax, answersPerSecond, connectionsMax } = {
      ...ENDPOINT_DEFAULTS,
      ...options,
    }
    assert(options.validation !== 'cookie' || options.sign !== undefined, 'cookies are signed')
    this.#connectionsMax = connectionsMax
    this.#tombstones = new Tombstones(tombstonesMax, Math.max(tombstone, this.#settings.mdl) as Millis)
    this.#answers = new Answers(answersPerSecond, options.now)
  }

  /** Open connections. */
  get size(): number {
    return this.#peers.size
  }

  get tombstones(): number {
    return this.#tombstones.size
  }

  /** Answers to strangers and the departed that were not given, because there were too many. */
  get withheld(): number {
    return this.#answers.withheld
  }

  /** A look at one connection. */
  peek(id: ConnectionId): Peer<Address>['connection'] | undefined {
    return this.#byId.get(id)?.connection
  }

  // — the engine —

  request(request: Request<Address>, now: Millis): Reply {
    this.#now = now
    if (request.kind === 'connect') return this.#connect(request)
    if (request.kind === 'shut') return this.#shut(now)
    const peer = this.#byId.get(request.connection)
    if (peer === undefined) return refuse('unknown')
    const reply = this.#ask(peer, request, now)
    this.#touched(peer)
    return reply
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    this.#now = now
    const key = this.#options.keyOf(from)
    const peer = this.#peers.get(key)
    if (peer !== undefined) {
      peer.receive(datagram, now)
      this.#touched(peer)
      return
    }
    this.#tombstones.expire(now)
    const message = decode(datagram)
    const kind = isFault(message) ? message.code : message.kind
    if (this.#tombstones.has(key, now)) {
      if (kind === 'payload' || kind === 'resend' || kind === 'check') {
        this.#answer(HALT, from, datagram)
        // Whoever asks has not heard of the end yet.
        this.#tombstones.bury(key, now)
      } else this.#drop('buried')
    } else if (this.#options.listens === true) {
      if (this.#meet(datagram, message as Message, from, key)) return
    } else this.#drop('stranger')
    this.#tellOfStranger(from, kind)
  }

  tick(now: Millis): void {
    this.#now = now
    this.#tombstones.expire(now)
    for (let peer = this.#schedule.next(now); peer !== undefined; peer = this.#schedule.next(now)) {
      peer.connection.tick(now)
      this.#touched(peer)
      // A timer that changes nothing must not hold the others up.
      if (peer.connection.nextTimeout() <= now) break
    }
  }

  transmit(slot: Slot<Address>, now: Millis): boolean {
    this.#now = now
    const answer = this.#answers.next()
    if (answer !== undefined) {
      slot.bytes.set(answer.octets)
      slot.length = answer.octets.length
      slot.to = answer.to
      return true
    }
    for (let peer = this.#speaking.shift(); peer !== undefined; peer = this.#speaking.shift()) {
      peer.isSpeaking = false
      const length = peer.fill(slot.bytes, now)
      this.#schedule.update(peer)
      if (length < 0) continue
      slot.length = length
      slot.to = peer.address
      // One datagram each, and to the end of the ring.
      this.#speak(peer)
      return true
    }
    return false
  }

  record(): undefined {
    return undefined
  }

  stored(): void {}

  indication(): Indication<Address> | undefined {
    for (;;) {
      const ready = this.#indications.shift()
      if (ready !== undefined) {
        if (ready.kind === 'stranger') this.#strangersTold -= 1
        return ready
      }
      const peer = this.#telling.peek()
      if (peer === undefined) return undefined
      if (peer.isPaused || !peer.connection.hasEvents) {
        this.#telling.shift()
        peer.isTelling = false
        if (peer.isBuried && !peer.connection.hasEvents) this.#byId.delete(peer.id)
        continue
      }
      for (const event of peer.events(this.#options.sign, this.#now)) {
        if (event.kind === 'control') this.#unproven.delete(peer)
        this.#indications.push({ ...event, connection: peer.id })
      }
      // A challenge may be waiting to leave.
      this.#speak(peer)
    }
  }

  deadline(): Millis {
    return Math.min(this.#schedule.earliest(), this.#tombstones.deadline()) as Millis
  }

  // — details —

  #connect(request: Request<Address> & { readonly kind: 'connect' }): Reply {
    const key = this.#options.keyOf(request.to)
    if (this.#isShut) return refuse('shut')
    if (this.#peers.size >= this.#connectionsMax) return refuse('too-many')
    const isBuried = this.#tombstones.has(key, this.#now) && request.resetMs === undefined
    if (this.#peers.has(key) || isBuried) return refuse('address-in-use')
    const peer = this.#open(request.to, key, request.resetMs ?? 'controller', request.settings)
    return { kind: 'connected', connection: peer.id }
  }

  #shut(now: Millis): Reply {
    this.#isShut = true
    for (const peer of [...this.#peers.values()]) {
      peer.connection.halt(undefined, now)
      this.#touched(peer)
    }
    return done
  }

  #ask(
    peer: Peer<Address>,
    request: Exclude<Request<Address>, { kind: 'connect' | 'shut' }>,
    now: Millis,
  ): Reply {
    const { connection } = peer
    switch (request.kind) {
      case 'send': {
        const answer = connection.send(request.data, request, now)
        return isRefused(answer) ? answer : { kind: 'sent', id: answer }
      }
      case 'close': {
        const answer = connection.close(request.data, now)
        return isRefused(answer) ? answer : { kind: 'sent', id: answer }
      }
      case 'send-random':
        return connection.sendRandom(request.data, now) ?? done
      case 'answer-close':
        return connection.answerClose(request.how, now) ?? done
      case 'halt':
        return connection.halt(request.data, now) ?? done
      case 'check':
        return connection.check(now) ?? done
      case 'validate':
        peer.validate()
        return done
      case 'pause':
        peer.isPaused = true
        return done
      case 'resume':
        peer.isPaused = false
        return done
    }
  }

  /**
   * A listening endpoint and an address it knows nothing of: the table of section 5.2.
   * @returns whether a connection was opened
   */
  #meet(datagram: Uint8Array, message: Message, from: Address, key: string): boolean {
    switch (message.kind) {
      case 'payload': {
        // How far a first flight reaches is up to the peer's window; ours is the best guess, also without a buffer.
        const reach = Math.max(this.#settings.reorder, this.#settings.window)
        if (message.id === 0) return this.#admit(datagram, from, key)
        this.#answer(message.id <= reach ? RESEND_0 : HALT, from, datagram)
        return false
      }
      case 'random':
        if (this.#options.randomOpens ?? true) return this.#admit(datagram, from, key)
        break
      case 'check':
        this.#answer(HALT, from, datagram)
        return false
      default:
        break
    }
    this.#drop('stranger')
    return false
  }

  #admit(datagram: Uint8Array, from: Address, key: string): boolean {
    const settings = this.#isShut ? false : (this.#options.accept?.(from) ?? {})
    if (settings === false || !this.#hasRoom()) {
      this.#tombstones.bury(key, this.#now)
      this.#answer(HALT, from, datagram)
      return false
    }
    const peer = this.#open(from, key, 'handler', settings)
    this.#unproven.add(peer)
    this.#indications.push({ kind: 'opened', connection: peer.id, from })
    peer.receive(datagram, this.#now)
    this.#touched(peer)
    return true
  }

  /** Makes room by ending the oldest connection that never completed a turn (section 15). */
  #hasRoom(): boolean {
    if (this.#peers.size < this.#connectionsMax) return true
    for (const peer of this.#unproven) {
      peer.connection.halt(undefined, this.#now)
      this.#touched(peer)
      return true
    }
    return false
  }

  #open(
    address: Address,
    key: string,
    start: 'controller' | 'handler' | Millis,
    settings: Partial<Settings> | undefined,
  ): Peer<Address> {
    this.#lastId += 1
    const own =
      settings === undefined || Object.keys(settings).length === 0
        ? this.#settings
        : { ...this.#settings, ...settings }
    const validation = start === 'handler' ? (this.#options.validation ?? 'none') : 'none'
    const peer = new Peer<Address>(
      this.#lastId as ConnectionId,
      address,
      key,
      start,
      validation,
      this.#now,
      own,
    )
    this.#peers.set(key, peer)
    this.#byId.set(peer.id, peer)
    this.#touched(peer)
    return peer
  }

  /** Something happened to this connection. */
  #touched(peer: Peer<Address>): void {
    const { connection } = peer
    if (connection.isClosed && !peer.isBuried) this.#bury(peer)
    this.#schedule.update(peer)
    this.#speak(peer)
    if (!peer.isTelling && !peer.isPaused && connection.hasEvents) {
      peer.isTelling = true
      this.#telling.push(peer)
    }
    if (peer.isBuried && !connection.hasEvents) this.#byId.delete(peer.id)
  }

  #speak(peer: Peer<Address>): void {
    if (peer.isSpeaking || !peer.connection.hasOutput) return
    peer.isSpeaking = true
    this.#speaking.push(peer)
  }

  #bury(peer: Peer<Address>): void {
    peer.isBuried = true
    this.#peers.delete(peer.key)
    this.#unproven.delete(peer)
    this.#schedule.remove(peer)
    this.#tombstones.bury(peer.key, this.#now)
  }

  #answer(octets: Uint8Array, to: Address, cause: Uint8Array): void {
    this.#answers.give(octets, to, cause, this.#now)
  }

  #drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
  }

  #tellOfStranger(from: Address, what: string): void {
    if (this.#strangersTold >= STRANGERS_MAX) return
    this.#strangersTold += 1
    this.#indications.push({ kind: 'stranger', from, what })
  }
}
