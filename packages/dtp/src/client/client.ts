/** The client as an engine: which session does this datagram, this event, this request belong to? */
import { type Millis, Queue, type Random, Schedule, type Slot } from '@skyferry/engine'
import type { RangeSet } from '@skyferry/octets'
import { dataSession } from '../common/data.ts'
import {
  type Call,
  type ConnectionEvent,
  type ConnectionId,
  DATA_SOURCE_PORT,
  type DtpEngine,
  type Endpoint,
  type NodeAddress,
  Port,
} from '../common/port.ts'
import { OUR_SESSIONS_BELOW } from '../common/request.ts'
import { Probe } from './probe.ts'
import { type ClientRecord, foldSessions, openFacts, unfoldSession } from './records.ts'
import type { ClientIndication, ClientReply, ClientRequest, SessionReport } from './requests.ts'
import { type SessionState, type SessionTerms, termsFlaw } from './session-state.ts'
import { CLIENT_DEFAULTS, type ClientSettings, SESSION_DEFAULTS } from './settings.ts'
import type { Sinks } from './sink.ts'
import { type Desk, Transfer } from './transfer.ts'

export interface ClientOptions {
  readonly sinks: Sinks
  readonly random: Random
  readonly now: Millis
  readonly settings?: Partial<ClientSettings>
  /** Of an earlier life: it goes on where that one ended. */
  readonly records?: readonly ClientRecord[]
}

/** Leaves room for the rounds that count up from there. */
const BASE_MAX = OUR_SESSIONS_BELOW - 2 ** 20

export class Client implements DtpEngine<ClientRequest, ClientReply, ClientIndication, ClientRecord> {
  readonly settings: ClientSettings
  readonly #random: Random
  readonly #sinks: Sinks
  readonly #sessions: Map<string, Transfer> = new Map()
  readonly #servers: Map<NodeAddress, Server> = new Map()
  readonly #owners: Map<ConnectionId, Transfer | Probe> = new Map()
  readonly #probes: Set<Probe> = new Set()
  readonly #schedule: Schedule<Transfer | Probe> = new Schedule()
  readonly #records: Queue<ClientRecord> = new Queue()
  readonly #calls: Queue<Call> = new Queue()
  readonly #indications: Queue<ClientIndication> = new Queue()
  /** Sessions whose turn it may be. */
  readonly #turns: Set<Server> = new Set()
  readonly #dropped: Map<string, number> = new Map()
  readonly #started: Millis
  readonly #desk: Desk
  #kept = 0
  #connections = 0

  constructor({ sinks, random, now, settings, records = [] }: ClientOptions) {
    this.settings = { ...CLIENT_DEFAULTS, ...settings }
    this.#random = random
    this.#sinks = sinks
    this.#started = now
    this.#desk = this.#makeDesk()
    // Before anything is asked of anybody: a server may be quicker than we are (C12).
    this.#calls.push({ kind: 'listen', port: Port.Data, takes: 'datagrams' })
    for (const [name, facts] of foldSessions(records)) this.#adopt(new Transfer(this.#desk, name, facts, now))
    this.#giveTurns(now)
  }

  request(request: ClientRequest, now: Millis): ClientReply {
    const reply = this.#request(request, now)
    this.#giveTurns(now)
    return reply
  }

  receive(datagram: Uint8Array, from: Endpoint, now: Millis): void {
    const server = this.#servers.get(from.node)
    if (server === undefined) {
      this.#drop('unknown-server')
      return
    }
    server.lastDataAt = now
    if (from.port !== DATA_SOURCE_PORT) {
      this.#drop('bad-source-port')
      return
    }
    for (const transfer of server.sessions) {
      if (datagram.length < transfer.dialect.dataHeaderOctets) continue
      if (!transfer.isItsSession(dataSession(datagram, transfer.dialect))) continue
      transfer.input('data', datagram, now)
      this.#schedule.update(transfer)
      if (this.#turns.size > 0) this.#giveTurns(now)
      return
    }
    this.#drop('foreign-session')
  }

  happened(event: ConnectionEvent, now: Millis): void {
    const { connection } = event
    const owner = this.#owners.get(connection)
    if (owner === undefined) return
    switch (event.kind) {
      case 'accepted':
        return
      case 'connected':
        owner.hear('connected', connection, undefined, now)
        break
      case 'arrived':
        owner.hear('message', connection, event.octets, now)
        break
      case 'closed':
        this.#owners.delete(connection)
        owner.hear('closed', connection, event.how, now)
    }
    this.#settle(owner, now)
  }

  tick(now: Millis): void {
    for (let due = this.#schedule.next(now); due !== undefined; due = this.#schedule.next(now)) {
      due.tick(now)
      this.#settle(due, now)
      if (due.deadline() <= now) break
    }
    this.#giveTurns(now)
  }

  /** A client only listens. */
  transmit(_slot: Slot<Endpoint>, _now: Millis): boolean {
    return false
  }

  record(): ClientRecord | undefined {
    return this.#records.shift()
  }

  stored(count: number, now: Millis): void {
    for (const transfer of this.#sessions.values()) {
      transfer.stored(count)
      this.#schedule.update(transfer)
    }
    this.#giveTurns(now)
  }

  call(): Call | undefined {
    const call = this.#calls.shift()
    if (call?.kind === 'close') this.#owners.delete(call.connection)
    return call
  }

  indication(): ClientIndication | undefined {
    const what = this.#indications.shift()
    if (what?.kind === 'progress') this.#sessions.get(what.session)?.progressTold()
    return what
  }

  deadline(): Millis {
    return this.#schedule.earliest()
  }

  // — for its user —

  report(session: string): SessionReport | undefined {
    return this.#sessions.get(session)?.report()
  }

  *reports(): Generator<SessionReport> {
    for (const transfer of this.#sessions.values()) yield transfer.report()
  }

  /** A session as a value, as of what is durable now. */
  serialize(session: string): SessionState | undefined {
    return this.#sessions.get(session)?.serialize()
  }

  /** Octets that have arrived, which may be looked at and not changed. */
  held(session: string): RangeSet | undefined {
    return this.#sessions.get(session)?.held
  }

  /** Reads octets that have arrived; false when they have not all. */
  read(session: string, offset: number, target: Uint8Array, at: number, length: number): boolean {
    return this.#sessions.get(session)?.read(offset, target, at, length) ?? false
  }

  /** Datagrams that no session took, by reason. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped
  }

  // — details —

  #request(request: ClientRequest, now: Millis): ClientReply {
    switch (request.kind) {
      case 'get': {
        const terms: SessionTerms = { ...SESSION_DEFAULTS, ...request.terms }
        const base = this.#random.whole(1, BASE_MAX)
        return this.#open(request.session, { version: 1, terms, base, total: null, held: [] }, now)
      }
      case 'load': {
        const { state, changes = {} } = request
        const base = this.#random.whole(1, BASE_MAX)
        return this.#open(request.session, { ...state, base, terms: { ...state.terms, ...changes } }, now)
      }
      case 'info': {
        const session = this.#name(undefined)
        const probe = new Probe(this.#desk, session, request, now)
        this.#probes.add(probe)
        this.#schedule.update(probe)
        return { kind: 'accepted', session }
      }
      case 'pause':
      case 'resume':
      case 'cancel':
        return this.#steer(request.session, request.kind, now)
      case 'release':
        return this.#release(request.session)
    }
  }

  #open(wish: string | undefined, state: SessionState, now: Millis): ClientReply {
    const flaw = termsFlaw(state.terms)
    if (flaw !== undefined) return refused(flaw)
    if (wish !== undefined && this.#sessions.has(wish)) return refused(`there is a session ${wish} already`)
    if (this.#sessions.size >= this.settings.sessionsMax)
      return refused(`there are ${this.#sessions.size} sessions; release one`)
    const session = this.#name(wish)
    const { terms, base, total, held } = state
    const opened: ClientRecord = { session, kind: 'opened', terms, base, total, held }
    this.#desk.keep(opened)
    this.#adopt(new Transfer(this.#desk, session, openFacts(opened), now))
    return { kind: 'accepted', session }
  }

  #steer(session: string, kind: 'pause' | 'resume' | 'cancel', now: Millis): ClientReply {
    const transfer = this.#sessions.get(session)
    if (transfer === undefined) return refused(`there is no session ${session}`)
    if (transfer.isEnded) return refused('it has ended')
    transfer.input(kind, undefined, now)
    this.#schedule.update(transfer)
    return { kind: 'accepted', session }
  }

  #release(session: string): ClientReply {
    const transfer = this.#sessions.get(session)
    if (transfer === undefined) return refused(`there is no session ${session}`)
    transfer.abandon()
    this.#desk.keep({ session, kind: 'forgotten' })
    this.#sessions.delete(session)
    this.#schedule.remove(transfer)
    this.#server(transfer.server).sessions.delete(transfer)
    return { kind: 'accepted', session }
  }

  #adopt(transfer: Transfer): void {
    this.#sessions.set(transfer.name, transfer)
    this.#server(transfer.server).sessions.add(transfer)
    this.#schedule.update(transfer)
  }

  #name(wish: string | undefined): string {
    if (wish !== undefined) return wish
    for (;;) {
      const name = this.#random.bits().toString(16).padStart(8, '0')
      if (!this.#sessions.has(name)) return name
    }
  }

  #server(node: NodeAddress): Server {
    let server = this.#servers.get(node)
    if (server === undefined) {
      server = {
        sessions: new Set(),
        queue: [],
        current: undefined,
        last: undefined,
        lastDataAt: this.#started,
      }
      this.#servers.set(node, server)
    }
    return server
  }

  /** Whoever stands first in line for a server that is free begins. */
  #giveTurns(now: Millis): void {
    for (const server of this.#turns) {
      this.#turns.delete(server)
      if (server.current !== undefined) continue
      server.current = server.queue.shift()
      if (server.current === undefined) continue
      const transfer = server.current
      server.last = transfer
      transfer.input('turn', undefined, now)
      this.#schedule.update(transfer)
    }
  }

  #settle(owner: Transfer | Probe, now: Millis): void {
    if (owner instanceof Probe && owner.isDone) {
      this.#probes.delete(owner)
      this.#schedule.remove(owner)
    } else this.#schedule.update(owner)
    this.#giveTurns(now)
  }

  #drop(why: string): void {
    this.#dropped.set(why, (this.#dropped.get(why) ?? 0) + 1)
  }

  #makeDesk(): Desk {
    return {
      settings: this.settings,
      random: this.#random,
      sinks: this.#sinks,
      keep: record => {
        this.#records.push(record)
        this.#kept += 1
        return this.#kept
      },
      indicate: what => this.#indications.push(what),
      call: call => this.#calls.push(call),
      connection: owner => {
        this.#connections += 1
        const connection = this.#connections as ConnectionId
        this.#owners.set(connection, owner)
        return connection
      },
      wants: transfer => {
        const server = this.#server(transfer.server)
        if (server.current === transfer) server.current = undefined
        if (!server.queue.includes(transfer)) server.queue.push(transfer)
        this.#turns.add(server)
      },
      leaves: transfer => {
        const server = this.#server(transfer.server)
        if (server.current === transfer) server.current = undefined
        server.queue = server.queue.filter(each => each !== transfer)
        this.#turns.add(server)
      },
      wasLast: transfer => this.#server(transfer.server).last === transfer,
      lastDataFrom: node => this.#server(node).lastDataAt,
    }
  }
}

/** What a client knows of one server. A client node has one data port, so it runs one transfer at a time there. */
interface Server {
  readonly sessions: Set<Transfer>
  queue: Transfer[]
  current: Transfer | undefined
  last: Transfer | undefined
  lastDataAt: Millis
}

function refused(reason: string): ClientReply {
  return { kind: 'refused', reason }
}

/** The shortest list of records that means the same; what a host writes when its journal has grown long. */
export function compactRecords(records: Iterable<ClientRecord>): ClientRecord[] {
  const shortest: ClientRecord[] = []
  for (const [session, facts] of foldSessions(records)) shortest.push(...unfoldSession(session, facts))
  return shortest
}
