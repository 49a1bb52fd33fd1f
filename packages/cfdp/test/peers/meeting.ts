/** One of our entities and a puppet, stepped by hand in virtual time. */
import type { Millis, Slot } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'
import {
  type Dialect,
  decodePdu,
  type EntityId,
  type LocalSettings,
  type Pdu,
  type PduKind,
  type PutRequest,
  REMOTE_DEFAULTS,
  type RemoteSettings,
  type SequenceNumber,
  type TransactionId,
  type TransactionReport,
  withDialect,
} from '../../src/index.ts'
import { End, type Flight, type Name } from '../engine/two-entities.ts'
import type { Puppet } from './puppet.ts'

/** A datagram on its way; the PDU where it can be read by the standard's rules. */
export interface Passing {
  readonly from: 'us' | 'peer'
  readonly kind: PduKind | undefined
  readonly pdu: Pdu | undefined
  /** Which one of its kind from that end this is, from 1. */
  readonly nth: number
}

export interface MeetingOptions {
  readonly dialect?: Dialect
  readonly remote?: Partial<RemoteSettings<Name>>
  readonly local?: Partial<LocalSettings>
  readonly weather?: (passing: Passing) => 'pass' | 'drop'
  readonly latency?: number
}

interface Event {
  readonly due: Millis
  readonly act: () => void
}

const TURNS_MAX = 5000

/** We are entity 1 (`a`) towards a receiving puppet, entity 2 (`b`) towards a sending one. */
export class Meeting<Peer extends Puppet> {
  readonly us: End
  readonly peer: Peer
  now: Millis = 1000 as Millis
  weather: (passing: Passing) => 'pass' | 'drop'
  readonly #name: Name
  readonly #latency: number
  readonly #events: Event[] = []
  readonly #counts: Map<string, number> = new Map()
  readonly #slot: Slot<Name>

  constructor(role: 'sender' | 'receiver', peer: Peer, options: MeetingOptions = {}) {
    this.#name = role === 'sender' ? 'a' : 'b'
    this.peer = peer
    this.#latency = options.latency ?? 10
    this.weather = options.weather ?? (() => 'pass')
    // What a test does not say is as the dialect has it; a link without a rate of its own does not wait here.
    const {
      id: _,
      address: __,
      ...settings
    } = withDialect(
      { ...REMOTE_DEFAULTS.patient, id: 0n as EntityId, address: undefined },
      options.dialect ?? 'standard',
    )
    this.us = new End(
      this.#name,
      {
        remote: { ...settings, pace: 'link', ...options.remote },
        ...(options.local === undefined ? {} : { local: options.local }),
      },
      this.now,
    )
    const bytes = new Uint8Array(65_536)
    this.#slot = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
    const meeting = this
    peer.strings = {
      get now() {
        return meeting.now
      },
      send: sent => this.#launch('peer', sent.slice()),
      later: (milliseconds, act) => this.#at(milliseconds, act),
    }
    peer.begin()
  }

  /** Puts `file` as `file.bin` to the puppet. */
  put(file: Uint8Array, request: Partial<PutRequest> = {}): TransactionId {
    const reply = this.tryPut(file, request)
    if (reply.kind !== 'accepted') throw new Error(`a Put is ${JSON.stringify(reply)}`)
    return reply.transaction
  }

  tryPut(file: Uint8Array, request: Partial<PutRequest> = {}): ReturnType<End['entity']['request']> {
    this.us.filestore.files.set('file.bin', file)
    const destination = 2n as EntityId
    return this.us.entity.request({ kind: 'put', destination, sourceName: 'file.bin', ...request }, this.now)
  }

  /** A Put without a file. */
  putNothing(request: Partial<PutRequest> = {}): void {
    const destination = 2n as EntityId
    const reply = this.us.entity.request({ kind: 'put', destination, ...request }, this.now)
    if (reply.kind === 'refused') throw new Error(reply.reason)
  }

  ask(kind: 'cancel' | 'suspend' | 'resume', sequence = 1n): void {
    const transaction = { source: 1n as EntityId, sequence: sequence as SequenceNumber }
    const reply = this.us.entity.request({ kind, transaction }, this.now)
    if (reply.kind === 'refused') throw new Error(reply.reason)
  }

  report(sequence = 1n): TransactionReport | undefined {
    const transaction = { source: 1n as EntityId, sequence: sequence as SequenceNumber }
    return this.us.entity.report(transaction, this.#name === 'a' ? 'sender' : 'receiver')
  }

  get delivered(): Uint8Array | undefined {
    return this.us.filestore.files.get('file.bin')
  }

  dropped(reason: string): number {
    return this.us.entity.dropped.get(reason) ?? 0
  }

  settle(until: () => boolean = () => false): boolean {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      this.#turn()
      if (until()) return true
      const due = this.#events[0]
      if (due !== undefined && due.due <= this.now) {
        this.#events.shift()
        due.act()
      } else if (this.us.entity.deadline() <= this.now) this.us.entity.tick(this.now)
      else return false
    }
    throw new Error('somebody has something to do for ever')
  }

  /** Lets time pass until `until` holds. @returns whether it came to hold */
  runUntil(until: () => boolean, longest = 600_000): boolean {
    const end = this.now + longest
    for (;;) {
      if (this.settle(until)) return true
      const next = Math.min(this.#events[0]?.due ?? Infinity, this.us.entity.deadline())
      if (next > end) {
        this.now = end as Millis
        return false
      }
      this.now = next as Millis
    }
  }

  run(longest: number): void {
    this.runUntil(() => false, longest)
  }

  /** @returns whether our end of the transaction came to its end */
  runToEnd(sequence = 1n, longest?: number): boolean {
    return this.runUntil(() => this.report(sequence)?.state === 'ended', longest)
  }

  #turn(): void {
    do {
      this.us.drain(this.now)
      while (this.us.entity.transmit(this.#slot, this.now)) {
        this.#launch('us', this.#slot.bytes.slice(0, this.#slot.length))
      }
    } while (this.us.drain(this.now))
  }

  #launch(from: 'us' | 'peer', bytes: Uint8Array): void {
    const decoded = decodePdu(bytes, { acceptVersion0: true, ...this.peer.readsAs })
    const read = isFault(decoded) ? undefined : decoded
    const key = `${from} ${read?.pdu.kind}`
    const nth = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, nth)
    if (from === 'us' && read !== undefined) this.us.sent.push(this.#flight(bytes, read, nth))
    if (this.weather({ from, kind: read?.pdu.kind, pdu: read?.pdu, nth }) === 'drop') return
    this.#at(this.#latency, () => {
      if (from === 'peer') this.us.entity.receive(bytes, this.#name === 'a' ? 'b' : 'a', this.now)
      else if (read !== undefined) {
        const heard = { at: this.now, bytes, ...read }
        this.peer.heard.push(heard)
        this.peer.hear(heard)
      } else this.peer.troubles.push('what arrived cannot be read by the standard')
    })
  }

  #flight(bytes: Uint8Array, read: Pick<Flight, 'header' | 'pdu'>, nth: number): Flight {
    const to = this.#name === 'a' ? 'b' : 'a'
    const due = (this.now + this.#latency) as Millis
    return { from: this.#name, to, at: this.now, due, bytes, ...read, nth }
  }

  /** Events at one time happen in the order in which they were asked for. */
  #at(milliseconds: number, act: () => void): void {
    const due = (this.now + milliseconds) as Millis
    const index = this.#events.findIndex(event => event.due > due)
    this.#events.splice(index < 0 ? this.#events.length : index, 0, { due, act })
  }
}

/** What every story that ends well ends with. */
export function conditionsOf(meeting: Meeting<Puppet>): readonly number[] {
  return meeting.us.finished().map(({ condition }) => condition)
}
