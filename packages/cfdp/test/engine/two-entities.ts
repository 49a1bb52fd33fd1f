/**
 * Two entities and the space between them, stepped by hand in virtual time. A test decides what becomes of each
 * datagram and which records are safe, and may end the life of either entity and begin another from its records.
 */
import { type Millis, Random, type Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import {
  type CfdpRecord,
  decodePdu,
  Entity,
  type EntityId,
  encodePdu,
  type Header,
  type Indication,
  type LinkDirection,
  LOCAL_DEFAULTS,
  type LocalSettings,
  MemoryFilestore,
  type Pdu,
  type PduKind,
  type PutRequest,
  REMOTE_DEFAULTS,
  type RemoteSettings,
  type Role,
  type SequenceNumber,
  type TransactionId,
  type TransactionReport,
} from '../../src/index.ts'

export type Name = 'a' | 'b'
type RemoteChanges = Partial<RemoteSettings<Name>>
type LocalChanges = Partial<LocalSettings>

/** A datagram between the two. */
export interface Flight {
  readonly from: Name
  readonly to: Name
  readonly at: Millis
  readonly due: Millis
  readonly bytes: Uint8Array
  readonly header: Header
  readonly pdu: Pdu
  /** Which one of its kind from that end this is, from 1. */
  readonly nth: number
}

export type Fate = 'pass' | 'drop' | 'hold' | 'twice'
export type Weather = (flight: Flight) => Fate

export interface Options {
  /** For both directions. */
  readonly remote?: RemoteChanges
  /** How `a` behaves towards `b`, and the other way round. */
  readonly a?: RemoteChanges
  readonly b?: RemoteChanges
  readonly local?: LocalChanges
  /** One way, milliseconds. */
  readonly latency?: number
  readonly weather?: Weather
}

const IDS: Readonly<Record<Name, EntityId>> = { a: 1n as EntityId, b: 2n as EntityId }
const LATENCY_MS = 10
/** An entity that wants more turns than this at one instant spins. */
const TURNS_MAX = 2000

/** One entity, its disk, and everything it ever said. */
export class End {
  readonly name: Name
  readonly filestore: MemoryFilestore = new MemoryFilestore()
  /** Every record of every life, as far as the next life will know it. */
  journal: CfdpRecord[] = []
  readonly told: Indication[] = []
  readonly sent: Flight[] = []
  /** The journal is safe up to this length and no further. */
  storesUpTo = Infinity
  /** The journal is safe up to the first record of this kind, exclusive. */
  holdsBack: CfdpRecord['kind'] | undefined
  entity: Entity<Name>
  readonly #settings: LocalSettings
  readonly #remote: RemoteSettings<Name>
  #inherited = 0
  #stored = 0

  constructor(name: Name, options: Options, now: Millis) {
    this.name = name
    const peer = name === 'a' ? 'b' : 'a'
    this.#settings = { ...LOCAL_DEFAULTS, ids: [IDS[name]], ...options.local }
    this.#remote = {
      ...REMOTE_DEFAULTS.patient,
      pace: 'link',
      id: IDS[peer],
      address: peer,
      ...options.remote,
      ...options[name],
    }
    this.entity = this.#born(now)
  }

  /** Loses everything but what is safe on disk, and begins again. */
  restart(now: Millis, records: CfdpRecord[] = this.journal.slice(0, this.safe)): void {
    this.journal = records
    this.#inherited = records.length
    this.#stored = 0
    this.storesUpTo = Infinity
    this.holdsBack = undefined
    this.entity = this.#born(now)
  }

  /** How much of the journal is safe. */
  get safe(): number {
    const kind = this.holdsBack
    const held = kind === undefined ? -1 : this.journal.findIndex(record => record.kind === kind)
    return Math.min(this.storesUpTo, held < 0 ? this.journal.length : held)
  }

  /** @returns whether more is safe than was before */
  drain(now: Millis): boolean {
    for (let record = this.entity.record(); record !== undefined; record = this.entity.record()) {
      this.journal.push(record)
    }
    const stored = Math.max(this.#stored, this.safe - this.#inherited)
    const isNews = stored > this.#stored
    this.#stored = stored
    this.entity.stored(stored, now)
    for (let what = this.entity.indication(); what !== undefined; what = this.entity.indication()) {
      this.told.push(what)
    }
    return isNews
  }

  /** How many PDUs of this kind it has sent. */
  count(kind: PduKind): number {
    return this.sent.filter(flight => flight.pdu.kind === kind).length
  }

  kinds(): string[] {
    return this.sent.map(flight => flight.pdu.kind)
  }

  recorded(): string[] {
    return this.journal.map(record => record.kind)
  }

  /** The condition of each Transaction-Finished.indication. */
  finished(): Extract<Indication, { kind: 'transaction-finished' }>[] {
    return this.told.filter(what => what.kind === 'transaction-finished')
  }

  faults(): number[] {
    return this.told.flatMap(what => (what.kind === 'fault' ? [what.condition] : []))
  }

  #born(now: Millis): Entity<Name> {
    return new Entity<Name>({
      local: this.#settings,
      remotes: [this.#remote],
      filestore: this.filestore,
      random: new Random(1),
      records: this.journal,
      now,
    })
  }
}

export class TwoEntities {
  readonly a: End
  readonly b: End
  readonly latency: number
  now: Millis = 1000 as Millis
  weather: Weather
  /** Users at the entities, who hear what was told and may ask for more. @returns whether they were told something */
  heed: () => boolean = () => false
  /** On their way, earliest first. */
  readonly flights: Flight[] = []
  /** Kept back by the weather until `releaseHeld`. */
  readonly held: Flight[] = []
  readonly #slot: Slot<Name>
  readonly #counts: Map<string, number> = new Map()

  constructor(options: Options = {}) {
    this.a = new End('a', options, this.now)
    this.b = new End('b', options, this.now)
    this.latency = options.latency ?? LATENCY_MS
    this.weather = options.weather ?? (() => 'pass')
    const bytes = new Uint8Array(65_536)
    this.#slot = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
  }

  /** Puts `content` as `file.bin` from `a` to `b`. */
  put(content: Uint8Array, request: Partial<PutRequest> = {}): TransactionId {
    this.a.filestore.files.set('file.bin', content)
    const reply = this.a.entity.request(
      { kind: 'put', destination: IDS.b, sourceName: 'file.bin', ...request },
      this.now,
    )
    if (reply.kind !== 'accepted') throw new Error(`a Put is ${JSON.stringify(reply)}`)
    return reply.transaction
  }

  ask(name: Name, kind: 'cancel' | 'suspend' | 'resume', transaction: TransactionId = FIRST): string {
    const reply = this[name].entity.request({ kind, transaction }, this.now)
    return reply.kind === 'refused' ? reply.reason : 'accepted'
  }

  /** Word of the link, at one end. */
  link(name: Name, kind: 'freeze' | 'thaw', direction: LinkDirection = 'both'): void {
    const remote = IDS[name === 'a' ? 'b' : 'a']
    this[name].entity.request({ kind, remote, direction }, this.now)
  }

  /** A plan of contact windows, milliseconds from now, at one end. @returns why not, if not */
  contacts(name: Name, windows: readonly (readonly [number, number])[] | undefined): string | undefined {
    const reply = this[name].entity.request(
      {
        kind: 'contacts',
        remote: IDS[name === 'a' ? 'b' : 'a'],
        windows: windows?.map(([from, to]) => ({
          from: (this.now + from) as Millis,
          to: (this.now + to) as Millis,
        })),
      },
      this.now,
    )
    return reply.kind === 'refused' ? reply.reason : undefined
  }

  report(name: Name, transaction: TransactionId = FIRST): TransactionReport | undefined {
    const role: Role = name === 'a' ? 'sender' : 'receiver'
    return this[name].entity.report(transaction, role)
  }

  state(name: Name): string | undefined {
    return this.report(name)?.state
  }

  /** What arrived, if it did. */
  get delivered(): Uint8Array | undefined {
    return this.b.filestore.files.get('file.bin')
  }

  /** Everything that can happen without time passing, or until `until` holds. */
  settle(until: () => boolean = () => false): boolean {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      for (const end of [this.a, this.b]) this.#turn(end)
      if (this.heed()) continue
      if (until()) return true
      const due = this.flights[0]
      if (due !== undefined && due.due <= this.now) this.#deliverDue()
      else if (!this.#tickDue()) return false
    }
    throw new Error('an entity has something to do for ever')
  }

  /** Lets time pass, from one event to the next, until `until` holds. @returns whether it came to hold */
  runUntil(until: () => boolean, longest = 600_000): boolean {
    const end = this.now + longest
    for (;;) {
      if (this.settle(until)) return true
      const next = Math.min(
        this.flights[0]?.due ?? Infinity,
        this.a.entity.deadline(),
        this.b.entity.deadline(),
      )
      if (next > end) {
        if (end < Infinity) this.now = end as Millis
        return false
      }
      this.now = next as Millis
    }
  }

  /** Lets `longest` milliseconds pass. */
  run(longest: number): void {
    this.runUntil(() => false, longest)
  }

  /** Lets time pass until both ends know that the transaction is over. */
  runToEnd(longest?: number): boolean {
    return this.runUntil(() => this.state('a') === 'ended' && this.state('b') === 'ended', longest)
  }

  /** The life of one entity ends, and what was on its way to it is lost; it begins another. */
  restart(name: Name, records?: CfdpRecord[]): void {
    const left = this.flights.filter(flight => flight.to !== name)
    this.flights.splice(0, this.flights.length, ...left)
    this[name].restart(this.now, records)
  }

  releaseHeld(): void {
    for (const flight of this.held.splice(0)) this.#launch(flight)
  }

  /** A PDU the other end never sent, or sent long ago. */
  inject(to: Name, header: Header, pdu: Pdu): void {
    const bytes = new Uint8Array(65_536)
    const length = encodePdu(header, pdu, bytes)
    this[to].entity.receive(bytes.subarray(0, length), to === 'a' ? 'b' : 'a', this.now)
  }

  #turn(end: End): void {
    do {
      end.drain(this.now)
      while (end.entity.transmit(this.#slot, this.now)) this.#take(end)
    } while (end.drain(this.now))
  }

  #take(end: End): void {
    const bytes = this.#slot.bytes.slice(0, this.#slot.length)
    const decoded = decodePdu(bytes)
    if (isFault(decoded)) throw new Error(`an entity sent what cannot be read: ${decoded.code}`)
    const { header, pdu } = decoded
    const key = `${end.name} ${pdu.kind}`
    const nth = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, nth)
    const to = end.name === 'a' ? 'b' : 'a'
    const due = (this.now + this.latency) as Millis
    const flight: Flight = { from: end.name, to, at: this.now, due, bytes, header, pdu, nth }
    end.sent.push(flight)
    const fate = this.weather(flight)
    if (fate === 'hold') this.held.push(flight)
    else if (fate !== 'drop') this.#launch(flight)
    if (fate === 'twice') this.#launch(flight)
  }

  #launch(flight: Flight): void {
    this.flights.push({ ...flight, due: (this.now + this.latency) as Millis })
  }

  #deliverDue(): void {
    for (let head = this.flights[0]; head !== undefined && head.due <= this.now; head = this.flights[0]) {
      this.flights.shift()
      this[head.to].entity.receive(head.bytes, head.from, this.now)
    }
  }

  #tickDue(): boolean {
    let due = false
    for (const { entity } of [this.a, this.b]) {
      if (entity.deadline() > this.now) continue
      entity.tick(this.now)
      due = true
    }
    return due
  }
}

/** The first transaction of `a`. */
export const FIRST: TransactionId = { source: IDS.a, sequence: 1n as SequenceNumber }

/** The first `times` PDUs of this kind are lost. */
export function lose(kind: PduKind, times = 1): Weather {
  return flight => (flight.pdu.kind === kind && flight.nth <= times ? 'drop' : 'pass')
}

/** Every PDU of these kinds is lost. */
export function loseAll(...kinds: readonly PduKind[]): Weather {
  return flight => (kinds.includes(flight.pdu.kind) ? 'drop' : 'pass')
}

/** The same octets for the same length. */
export function content(length: number): Uint8Array {
  const octets = new Uint8Array(length)
  new Random(length + 1).fill(octets)
  return octets
}
