/** One session of a client: a table of states and inputs, and the rounds it takes until nothing is missing. */
import { assert, type Millis, NEVER, Queue, type Random, type Scheduled } from '@skyferry/engine'
import { crc32, isFault, type RangeSet } from '@skyferry/octets'
import { DIALECTS, type Dialect } from '../common/dialect.ts'
import { evenThroughput } from '../common/pacing.ts'
import { type Interval, TO_THE_END } from '../common/packets.ts'
import { type Call, type ConnectionEnd, type ConnectionId, type NodeAddress, Port } from '../common/port.ts'
import {
  decodeMetaResponse,
  encodeMetaRequest,
  intervalsWithin,
  type MetaRequest,
  type SessionId,
} from '../common/request.ts'
import { decodeMemoryStatus, encodeMemoryRequest, type MemoryRequest } from '../common/vmem.ts'
import { chooseIntervals } from './intervals.ts'
import type { Probe } from './probe.ts'
import { Reception } from './reception.ts'
import { type ClientRecord, type Ending, foldSession, type Outcome, type SessionFacts } from './records.ts'
import type { ClientIndication, RoundEnd, SessionReport } from './requests.ts'
import { Round } from './round.ts'
import type { SessionState, SessionTerms } from './session-state.ts'
import type { ClientSettings } from './settings.ts'
import { isProblem, type Sinks } from './sink.ts'
import { nextThroughput } from './throughput.ts'

type State =
  /** Another session has the server, or it is not this one's turn yet. */
  | { readonly name: 'queued' }
  | { readonly name: 'connecting'; readonly connection: ConnectionId; readonly due: Millis }
  /** The handshake is done and the request is with the server. */
  | { readonly name: 'requested'; readonly connection: ConnectionId; readonly due: Millis }
  /** Data flow. The vmem variant has no connection, but may have one open to ask for the server's status. */
  | { readonly name: 'receiving'; connection: ConnectionId | undefined; askedAt: Millis | undefined }
  /** The server has said that it is done; what is under way may still come. */
  | { readonly name: 'draining'; until: Millis }
  | { readonly name: 'waiting'; readonly until: Millis; readonly why: RoundEnd }
  | { readonly name: 'paused' }
  /** Everything is here; it is read back and summed. */
  | { readonly name: 'verifying'; readonly upTo: number; readonly sum: number; readonly due: Millis }
  /** The outcome is decided and becomes durable. */
  | { readonly name: 'settling' }
  | { readonly name: 'ended' }

interface Inputs {
  /** The server is free for this session. */
  readonly turn: undefined
  readonly connected: undefined
  readonly message: Uint8Array
  readonly closed: ConnectionEnd
  /** A datagram of one of this session's rounds. */
  readonly data: Uint8Array
  readonly time: undefined
  readonly pause: undefined
  readonly resume: undefined
  readonly cancel: undefined
}
type InputName = keyof Inputs
type Step<K extends InputName> = (transfer: Transfer, input: Inputs[K], now: Millis) => void

const ignore =
  (_why: string) =>
  (_transfer: Transfer, _input: unknown, _now: Millis): void => {}
const noConnection = ignore('it has no connection')
const notItsTurn = ignore('it has not asked for its turn')
const nothingDue = ignore('it waits for nothing that time brings')
const goesOn = ignore('it is not paused')
const decided = ignore('the outcome is decided')
const take: Step<'data'> = (transfer, datagram, now) => transfer.take(datagram, now)
const stopForPause: Step<'pause'> = (transfer, _, now) => transfer.pause(now)
const stopForGood: Step<'cancel'> = (transfer, _, now) => transfer.cancel(now)
const withoutConnection = { connected: noConnection, message: noConnection, closed: noConnection }

/** What each input does in each state. */
const TABLE = {
  queued: {
    ...withoutConnection,
    turn: (transfer, _, now) => transfer.begin(now),
    data: take,
    time: nothingDue,
    pause: stopForPause,
    resume: goesOn,
    cancel: stopForGood,
  },
  connecting: {
    turn: notItsTurn,
    connected: (transfer, _, now) => transfer.connected(now),
    message: (transfer, octets, now) => transfer.respond(octets, now),
    closed: (transfer, _, now) => transfer.endRound('no-connection', now),
    data: take,
    time: (transfer, _, now) => transfer.hangUp('no-connection', now),
    pause: stopForPause,
    resume: goesOn,
    cancel: stopForGood,
  },
  requested: {
    turn: notItsTurn,
    connected: ignore('the handshake is done'),
    message: (transfer, octets, now) => transfer.respond(octets, now),
    closed: (transfer, how, now) => transfer.refused(how, now),
    data: take,
    time: (transfer, _, now) => transfer.hangUp('no-response', now),
    pause: stopForPause,
    resume: goesOn,
    cancel: stopForGood,
  },
  receiving: {
    turn: notItsTurn,
    connected: ignore('it is the question for the status, which is on its way'),
    message: (transfer, octets, now) => transfer.learnStatus(octets, now),
    closed: (transfer, _, now) => transfer.connectionEnds(now),
    data: take,
    time: (transfer, _, now) => transfer.quiet(now),
    pause: stopForPause,
    resume: goesOn,
    cancel: stopForGood,
  },
  draining: {
    ...withoutConnection,
    turn: notItsTurn,
    data: take,
    time: (transfer, _, now) => transfer.endRound('closed-by-server', now),
    pause: stopForPause,
    resume: goesOn,
    cancel: stopForGood,
  },
  waiting: {
    ...withoutConnection,
    turn: notItsTurn,
    data: take,
    time: transfer => transfer.queue(),
    pause: stopForPause,
    // Whoever knows better than the back-off may say so.
    resume: transfer => transfer.queue(),
    cancel: stopForGood,
  },
  paused: {
    ...withoutConnection,
    turn: notItsTurn,
    data: ignore('the user wanted it to stand still'),
    time: nothingDue,
    pause: ignore('it is paused'),
    resume: transfer => transfer.goOn(),
    cancel: stopForGood,
  },
  verifying: {
    ...withoutConnection,
    turn: notItsTurn,
    data: ignore('everything is here'),
    time: (transfer, _, now) => transfer.verify(now),
    pause: ignore('nothing is asked of the server any longer'),
    resume: goesOn,
    cancel: stopForGood,
  },
  settling: {
    ...withoutConnection,
    turn: notItsTurn,
    data: decided,
    time: nothingDue,
    pause: decided,
    resume: decided,
    cancel: decided,
  },
  ended: {
    ...withoutConnection,
    turn: notItsTurn,
    data: decided,
    time: nothingDue,
    pause: decided,
    resume: decided,
    cancel: decided,
  },
} satisfies { [S in State['name']]: { [K in InputName]: Step<K> } }

/** Names of the table's rows and columns, for those who test every cell or draw it. */
export const TRANSFER_STATES: readonly State['name'][] = Object.keys(TABLE) as State['name'][]
export const TRANSFER_INPUTS: readonly InputName[] = Object.keys(TABLE.queued) as InputName[]

/** How much is read back and summed per call. */
const SLICE_OCTETS = 256 * 1024
/** What RDP, a CRC and an HMAC put behind a request in its packet. */
const TRAILER_OCTETS = 13
/** A wait this long gives a server time to have another payload under the same id. */
const LONG_WAIT_MS = 10_000
/** A question for the status waits for so many bursts of silence, and at least so long. */
const QUIET_BURSTS = 4
const QUIET_MS_MIN = 300
/** What a round costs beside its data, until one has been measured. */
const ROUND_COST_MS = 200

/** What a session needs of the engine around it. */
export interface Desk {
  readonly settings: ClientSettings
  readonly random: Random
  readonly sinks: Sinks
  /** @returns its place among all records */
  keep(record: ClientRecord): number
  indicate(what: ClientIndication): void
  call(call: Call): void
  /** A connection whose events come to `owner`. */
  connection(owner: Transfer | Probe): ConnectionId
  /** This session wants its server, or wants it no longer. */
  wants(transfer: Transfer): void
  leaves(transfer: Transfer): void
  /** Was it the last that its server had to do with? In D1 nothing else says whose a datagram is. */
  wasLast(transfer: Transfer): boolean
  /** Datagrams came from that node last. D1 cannot tell whose they are. */
  lastDataFrom(node: NodeAddress): Millis
}

export class Transfer implements Scheduled {
  readonly name: string
  readonly server: NodeAddress
  heapIndex = -1
  heapDue: Millis = NEVER
  readonly #desk: Desk
  /** What the next life would find: folded when durable. */
  readonly #facts: SessionFacts
  readonly #unsafe: Queue<{ readonly place: number; readonly record: ClientRecord }> = new Queue()
  readonly #dialect: Dialect
  #state: State = { name: 'queued' }
  readonly #reception: Reception
  /** Did the server say so lately? A C server must not be asked for what is beyond its payload (S5). */
  #isSizedLately = false
  #checkpointAt: Millis = NEVER
  #round: Round | undefined
  #rounds = 0
  #fruitless = 0
  #refusals = 0
  #throughput: number
  #progressAt: Millis
  #roundCostMs = ROUND_COST_MS
  #isCostMeasured = false
  #progressIsTold = true
  #outcome: Outcome | undefined

  /** @param facts folded records; of a new session, of the one that opened it */
  constructor(desk: Desk, name: string, facts: SessionFacts, now: Millis) {
    this.name = name
    this.server = facts.terms.server as NodeAddress
    this.#desk = desk
    this.#facts = facts
    this.#dialect = DIALECTS[facts.terms.dialect]
    const { sinks, settings } = desk
    this.#reception = new Reception(facts.terms, this.#dialect, facts.held, sinks, settings.rangesMax)
    this.#throughput = facts.terms.throughput
    this.#progressAt = now
    this.#outcome = facts.ended
    if (facts.ended !== undefined) {
      this.#state = { name: 'ended' }
      this.#indicate({ kind: 'ended', session: name, outcome: facts.ended })
      return
    }
    this.#openSink()
    if (this.state !== 'queued') return
    if (facts.total !== null) this.#learnTotal(facts.total)
    if (this.state !== 'queued') return
    if (facts.terms.payload.kind === 'memory') this.#size(facts.terms.payload.size, now)
    if (facts.paused) this.#state = { name: 'paused' }
    else if (this.state === 'queued') this.#goOnOrFinish(now)
  }

  get terms(): SessionTerms {
    return this.#facts.terms
  }

  get state(): State['name'] {
    return this.#state.name
  }

  get isEnded(): boolean {
    return this.#state.name === 'ended'
  }

  /** Has the engine's user got to know how far it is? */
  get progressIsTold(): boolean {
    return this.#progressIsTold
  }

  progressTold(): void {
    this.#progressIsTold = true
  }

  // — inputs —

  input<K extends InputName>(kind: K, input: Inputs[K], now: Millis): void {
    const row: { readonly [P in InputName]: Step<P> } = TABLE[this.#state.name]
    row[kind](this, input, now)
  }

  /** An event of a connection; one that this session no longer cares about changes nothing. */
  hear<K extends 'connected' | 'message' | 'closed'>(
    kind: K,
    connection: ConnectionId,
    input: Inputs[K],
    now: Millis,
  ): void {
    if ('connection' in this.#state && this.#state.connection === connection) this.input(kind, input, now)
  }

  tick(now: Millis): void {
    if (this.#checkpointAt <= now) this.#checkpoint()
    if (this.#dueOfState() <= now) this.input('time', undefined, now)
  }

  deadline(): Millis {
    return Math.min(this.#checkpointAt, this.#dueOfState()) as Millis
  }

  /** Is this the id of one of its rounds? */
  isItsSession(session: SessionId): boolean {
    if (this.#dialect.dataHeaderOctets === 4) return this.#desk.wasLast(this)
    const round = (session - this.#facts.base) >>> 0
    return round < this.#rounds
  }

  get dialect(): Dialect {
    return this.#dialect
  }

  /** Every record up to the `count`-th is durable. */
  stored(count: number): void {
    for (
      let head = this.#unsafe.peek();
      head !== undefined && head.place <= count;
      head = this.#unsafe.peek()
    ) {
      this.#unsafe.shift()
      foldSession(this.#facts, head.record)
    }
    if (this.#state.name !== 'settling' || this.#facts.ended === undefined) return
    this.#state = { name: 'ended' }
    this.#reception.close()
    this.#indicate({ kind: 'ended', session: this.name, outcome: this.#facts.ended })
  }

  // — what inputs do —

  begin(now: Millis): void {
    const { settings } = this.#desk
    const quietAt = this.#quietOfD1()
    if (quietAt > now) {
      this.#desk.leaves(this)
      this.#state = { name: 'waiting', until: quietAt, why: 'silence' }
      return
    }
    const round = this.#nextRound(now)
    this.#round = round
    this.#rounds += 1
    const { intervals, throughput } = round
    this.#indicate({
      kind: 'round',
      session: this.name,
      round: round.number,
      intervals: intervals.length,
      throughput,
    })
    if (this.terms.payload.kind === 'memory') {
      this.#startMemory(round)
      return
    }
    const connection = this.#desk.connection(this)
    const to = { node: this.server, port: Port.Control }
    this.#desk.call({ kind: 'connect', connection, to, reliable: true, crc32: false })
    const octets = encodeMetaRequest(this.#request(round), this.#dialect)
    this.#desk.call({ kind: 'send', connection, octets })
    this.#state = { name: 'connecting', connection, due: (now + settings.connectMs) as Millis }
  }

  connected(now: Millis): void {
    assert(this.#state.name === 'connecting', 'only what connects is connected')
    const due = (now + this.#desk.settings.responseMs) as Millis
    this.#state = { name: 'requested', connection: this.#state.connection, due }
  }

  respond(octets: Uint8Array, now: Millis): void {
    const response = decodeMetaResponse(octets, this.#dialect)
    const reception = this.#reception
    if (isFault(response)) {
      reception.reject(response.code)
      return
    }
    const round = this.#round!
    const connection = this.#connectionInUse()!
    this.#refusals = 0
    round.answered(now)
    const { total } = reception
    if (total !== undefined && total !== response.totalOctets) {
      this.#close()
      this.#roundEnds('stopped')
      this.#finish('payload-changed', `the payload had ${total} octets and now has ${response.totalOctets}`)
      return
    }
    if (total === undefined) this.#size(response.totalOctets, now)
    this.#isSizedLately = true
    if (this.#state.name === 'settling') {
      this.#desk.call({ kind: 'close', connection })
      return
    }
    if (reception.isWhole || round.isProbe) {
      this.#close()
      this.#roundEnds('whole')
      if (reception.isWhole) this.#whole(now)
      else this.begin(now)
      return
    }
    round.expect(reception.missingIn(round.intervals))
    this.#state = { name: 'receiving', connection, askedAt: undefined }
  }

  /** The server hung up on the request without a word: it does not have that payload, or it has just been restarted. */
  refused(how: ConnectionEnd, now: Millis): void {
    if (how !== 'by-peer') {
      this.endRound('no-response', now)
      return
    }
    this.#refusals += 1
    if (this.#refusals < this.#desk.settings.refusalsMax) {
      this.endRound('refused', now)
      return
    }
    this.#roundEnds('refused')
    this.#finish('refused', `node ${this.server} refuses the request: it knows no such payload`)
  }

  take(datagram: Uint8Array, now: Millis): void {
    const reception = this.#reception
    // In D1 anything may look like this session's, also before it has asked for anything.
    const verdict = this.#round === undefined ? reception.reject('before-response') : reception.take(datagram)
    if (verdict === 'rejected') return
    if (isProblem(verdict)) {
      const isUnderWay = this.#isUnderWay()
      this.#stop()
      if (isUnderWay) this.#roundEnds('stopped')
      this.#finish('sink-failed', verdict.reason)
      return
    }
    const { from, to, fresh } = reception
    this.#round!.note(from, to, fresh, now)
    if (verdict === 'new') this.#advance(now)
  }

  /** Silence while data should flow. */
  quiet(now: Millis): void {
    assert(this.#state.name === 'receiving', 'only who listens hears nothing')
    const round = this.#round!
    if (round.lastAt + this.#idleMs() <= now) this.hangUp('silence', now)
    else this.#askStatus(now)
  }

  /** The memory service says whether it is still at it. */
  learnStatus(octets: Uint8Array, now: Millis): void {
    assert(this.#state.name === 'receiving', 'only who listens asks for the status')
    if (this.terms.payload.kind !== 'memory') return
    const status = decodeMemoryStatus(octets)
    if (isFault(status)) return
    this.#close()
    if (status.isBusy && status.sessionId === this.#round!.sessionId) return
    this.drain(now)
  }

  /** The control connection closed: the server is done. That of a question for the status means nothing. */
  connectionEnds(now: Millis): void {
    assert(this.#state.name === 'receiving', 'only who listens has a connection to lose')
    if (this.terms.payload.kind === 'memory') this.#state.connection = undefined
    else this.drain(now)
  }

  /** The server is done; what is under way may still come. */
  drain(now: Millis): void {
    this.#state = { name: 'draining', until: (now + this.#round!.graceMs) as Millis }
  }

  /** Ends the round from our side: the connection closes, which tells a server of ours to stop. */
  hangUp(why: RoundEnd, now: Millis): void {
    // A C server stops whatever transfer it is at when it is told to stop, so it is not told in vain.
    if (why === 'whole') this.#close()
    else this.#stop()
    this.endRound(why, now)
  }

  endRound(why: RoundEnd, now: Millis): void {
    const round = this.#round!
    this.#roundEnds(why)
    this.#measure(round, now)
    if (this.#reception.isWhole) this.#whole(now)
    else if (round.fresh > 0) {
      this.#fruitless = 0
      this.#throughput = nextThroughput(round.figures(), this.terms.throughput)
      this.begin(now)
    } else this.#wait(why, now)
  }

  pause(now: Millis): void {
    const isUnderWay = this.#isUnderWay()
    this.#stop()
    if (isUnderWay) this.#roundEnds('stopped')
    this.#checkpoint()
    this.#keep({ session: this.name, kind: 'paused' })
    this.#desk.leaves(this)
    this.#state = { name: 'paused' }
    this.#progressAt = now
    this.#isSizedLately = false
    this.#indicate({ kind: 'paused', session: this.name })
  }

  goOn(): void {
    this.#keep({ session: this.name, kind: 'resumed' })
    this.#indicate({ kind: 'resumed', session: this.name })
    this.#fruitless = 0
    this.#refusals = 0
    this.queue()
  }

  queue(): void {
    this.#state = { name: 'queued' }
    this.#desk.wants(this)
  }

  cancel(_now: Millis): void {
    const isUnderWay = this.#isUnderWay()
    this.#stop()
    if (isUnderWay) this.#roundEnds('stopped')
    this.#finish('cancelled', 'cancelled by its user')
  }

  /** One slice of reading back. */
  verify(now: Millis): void {
    assert(this.#state.name === 'verifying', 'only what is whole is summed')
    const { upTo, sum } = this.#state
    const total = this.#reception.total!
    const length = Math.min(SLICE_OCTETS, total - upTo)
    const octets = new Uint8Array(length)
    if (!this.#reception.read(upTo, octets, 0, length)) {
      this.#finish('sink-failed', 'what has arrived cannot be read back')
      return
    }
    const next = crc32(octets, 0, length, sum)
    if (upTo + length < total) this.#state = { name: 'verifying', upTo: upTo + length, sum: next, due: now }
    else if (next === this.terms.crc32) this.#finish('complete', 'every octet has arrived, and they sum up')
    else this.#finish('corrupt', 'every octet has arrived, but their CRC-32 is not the one that was promised')
  }

  /** Ends it without a word: its user wants to know nothing more of it. */
  abandon(): void {
    this.#stop()
    this.#desk.leaves(this)
    this.#reception.close()
    // Whatever still comes for it finds nobody.
    this.#state = { name: 'ended' }
    this.#checkpointAt = NEVER
  }

  // — for its user —

  /** As it would be found after a crash now. */
  serialize(): SessionState {
    const { terms, base, total, held } = this.#facts
    return { version: 1, terms, base, total, held: held.toFlat() }
  }

  get held(): RangeSet {
    return this.#reception.held
  }

  /** Reads octets that have arrived; false when they have not all. */
  read(offset: number, target: Uint8Array, at: number, length: number): boolean {
    return this.#reception.read(offset, target, at, length)
  }

  report(): SessionReport {
    const { total, held, missing, redundantOctets, datagrams, redundantDatagrams, rejected } = this.#reception
    return {
      session: this.name,
      terms: this.terms,
      state: this.#state.name,
      waitingFor: this.#waitingFor(),
      total,
      octets: held.octets,
      missing: missing?.octets,
      gaps: missing?.size ?? 0,
      contiguous: held.contiguousFrom(0),
      rounds: this.#rounds,
      redundant: redundantOctets,
      datagrams,
      redundantDatagrams,
      throughput: this.#throughput,
      rejected,
      outcome: this.#outcome,
    }
  }

  // — details —

  #openSink(): void {
    const outcome = this.#reception.open()
    if (isProblem(outcome)) this.#finish('sink-failed', outcome.reason)
    else if (outcome !== undefined) this.#keep({ session: this.name, kind: 'lost', from: outcome })
  }

  #size(total: number, now: Millis): void {
    if (this.#reception.total === total) return
    this.#progressAt = now
    this.#keep({ session: this.name, kind: 'sized', total })
    this.#learnTotal(total)
    if (this.#state.name !== 'settling') this.#indicate({ kind: 'sized', session: this.name, total })
  }

  #learnTotal(total: number): void {
    this.#reception.learn(total)
    const last = this.terms.wanted.at(-2)
    if (last !== undefined && last >= total)
      this.#finish('beyond-payload', `octets from ${last} are wanted, the payload has ${total}`)
  }

  #goOnOrFinish(now: Millis): void {
    if (this.#reception.isWhole) this.#whole(now)
    else this.queue()
  }

  #nextRound(now: Millis): Round {
    const { peer } = this.terms
    const { chunk } = this.#reception
    const throughput =
      peer === 'libdtp' ? evenThroughput(this.#throughput, chunk) : Math.floor(this.#throughput)
    return new Round(
      {
        number: this.#rounds,
        sessionId: ((this.#facts.base + this.#rounds) >>> 0) as SessionId,
        intervals: this.#intervals(throughput),
        throughput: Math.max(1, throughput),
        chunk,
      },
      now,
    )
  }

  #intervals(throughput: number): readonly Interval[] {
    const { peer, wanted, payload } = this.terms
    const isFromTheFront = wanted.length === 0 || wanted[0] === 0
    if (payload.kind === 'id' && peer === 'libdtp' && !this.#isSizedLately) return []
    const { total, chunk } = this.#reception
    if (total === undefined) {
      if (!isFromTheFront) return []
      return [{ start: 0, end: wanted.length === 2 ? Math.ceil(wanted[1]! / chunk) - 1 : TO_THE_END }]
    }
    const burstMs = peer === 'libdtp' ? (this.#round?.burstMs ?? 10) : 0
    return chooseIntervals(this.#reception.holes(), this.#intervalsMax(), {
      packetMs: (chunk * 1000) / throughput,
      intervalMs: burstMs,
      roundMs: this.#roundCostMs,
    })
  }

  /** Two of ours know more intervals than the structure has, as many as fit the packet that the request is. */
  #intervalsMax(): number {
    const { peer, payload, mtuOctets } = this.terms
    const isOurs = peer === 'skyferry' && payload.kind === 'id'
    return isOurs ? intervalsWithin(mtuOctets - TRAILER_OCTETS, this.#dialect) : this.#dialect.intervalsMax
  }

  #request(round: Round): MetaRequest {
    const { payload, mtuOctets } = this.terms
    return {
      throughput: round.throughput,
      payloadId: payload.kind === 'id' ? payload.id : 0,
      sessionId: round.sessionId,
      mtuOctets,
      keepAliveMs: 0,
      intervals: round.intervals,
    }
  }

  #startMemory(round: Round): void {
    const { payload, dialect } = this.terms
    assert(payload.kind === 'memory', 'only memory is started')
    round.expect(this.#reception.missingIn(round.intervals))
    const meta = this.#request(round)
    const address = BigInt(`0x${payload.address}`)
    const start: MemoryRequest = { kind: 'start', address, size: payload.size, meta }
    const connection = this.#tellMemory(encodeMemoryRequest(start, dialect))
    this.#desk.call({ kind: 'close', connection })
    this.#state = { name: 'receiving', connection: undefined, askedAt: undefined }
  }

  #tellMemory(octets: Uint8Array): ConnectionId {
    const connection = this.#desk.connection(this)
    const to = { node: this.server, port: Port.Memory }
    this.#desk.call({ kind: 'connect', connection, to, reliable: false, crc32: true })
    this.#desk.call({ kind: 'send', connection, octets })
    return connection
  }

  /** Octets arrived that were not here before. */
  #advance(now: Millis): void {
    const { checkpointMs, checkpointOctets } = this.#desk.settings
    const round = this.#round!
    this.#progressAt = now
    if (this.#checkpointAt === NEVER) this.#checkpointAt = (now + checkpointMs) as Millis
    if (this.#reception.unrecordedOctets >= checkpointOctets) this.#checkpoint()
    if (this.#progressIsTold) {
      this.#progressIsTold = false
      this.#indicate({ kind: 'progress', session: this.name })
    }
    if (this.#reception.isWhole || round.missing.octets === 0) this.#nothingMore(now)
    else if (this.#state.name === 'draining') this.#state.until = (now + round.graceMs) as Millis
  }

  /** All that was asked for is here, whatever state that finds it in. */
  #nothingMore(now: Millis): void {
    const { name } = this.#state
    if (name === 'receiving' || name === 'draining') this.hangUp('whole', now)
    else if (this.#reception.isWhole) {
      this.#close()
      if (this.#isUnderWay()) this.#roundEnds('whole')
      this.#whole(now)
    }
  }

  #checkpoint(): void {
    this.#checkpointAt = NEVER
    const ranges = this.#reception.record()
    if (ranges.length > 0) this.#keep({ session: this.name, kind: 'held', ranges })
  }

  /** Every wanted octet is in the sink. */
  #whole(now: Millis): void {
    this.#checkpoint()
    if (this.terms.crc32 !== null && this.#reception.held.covers(0, this.#reception.total!)) {
      this.#desk.leaves(this)
      this.#state = { name: 'verifying', upTo: 0, sum: 0, due: now }
    } else this.#finish('complete', 'every octet that was wanted has arrived')
  }

  #finish(ending: Ending, reason: string): void {
    this.#checkpoint()
    this.#outcome = { ending, reason }
    this.#keep({ session: this.name, kind: 'ended', outcome: this.#outcome })
    this.#state = { name: 'settling' }
    this.#desk.leaves(this)
  }

  #wait(why: RoundEnd, now: Millis): void {
    const { backOffMs, backOffMsMax, giveUpMs } = this.#desk.settings
    this.#fruitless += 1
    if (this.#progressAt + giveUpMs <= now) {
      this.#finish(
        'gave-up',
        `nothing new for ${Math.round((now - this.#progressAt) / 1000)} s; its state can be loaded again`,
      )
      return
    }
    // Whoever is refused should soon know whether that is for good.
    const growth = why === 'refused' ? 1 : 2 ** Math.min(20, this.#fruitless - 1)
    const wait = Math.min(backOffMsMax, backOffMs * growth)
    // Two clients that fell silent together should not come back together.
    const until = (now + wait * (0.75 + this.#desk.random.unit() / 2)) as Millis
    if (wait >= LONG_WAIT_MS) this.#isSizedLately = false
    this.#state = { name: 'waiting', until, why }
    this.#desk.leaves(this)
    this.#indicate({ kind: 'waiting', session: this.name, until, why })
  }

  #roundEnds(why: RoundEnd): void {
    const { number, fresh } = this.#round!
    this.#indicate({
      kind: 'round-ended',
      session: this.name,
      round: number,
      why,
      fresh,
      gaps: this.#reception.missing?.size ?? 0,
    })
  }

  /** What a round costs beside its data: until the first datagram, and from the last to here. */
  #measure(round: Round, now: Millis): void {
    if (round.firstAt === undefined) return
    const cost = round.firstAt - round.startedAt + (now - round.lastAt)
    this.#roundCostMs = this.#isCostMeasured ? this.#roundCostMs + (cost - this.#roundCostMs) / 4 : cost
    this.#isCostMeasured = true
  }

  /** Has a round begun that has not ended? */
  #isUnderWay(): boolean {
    const { name } = this.#state
    return name === 'connecting' || name === 'requested' || name === 'receiving' || name === 'draining'
  }

  /** Nothing more of this round is wanted: the server is told, in the words of its variant. */
  #stop(): void {
    const isRunning = this.#state.name === 'receiving'
    this.#close()
    if (!isRunning || this.terms.payload.kind !== 'memory') return
    const stop: MemoryRequest = { kind: 'stop', sessionId: this.#round!.sessionId }
    this.#desk.call({ kind: 'close', connection: this.#tellMemory(encodeMemoryRequest(stop)) })
  }

  #connectionInUse(): ConnectionId | undefined {
    return 'connection' in this.#state ? this.#state.connection : undefined
  }

  #close(): void {
    const connection = this.#connectionInUse()
    if (connection === undefined) return
    this.#desk.call({ kind: 'close', connection })
    if (this.#state.name === 'receiving') this.#state.connection = undefined
  }

  #askStatus(now: Millis): void {
    assert(this.#state.name === 'receiving', 'only who listens asks for the status')
    this.#close()
    this.#state.askedAt = now
    this.#state.connection = this.#tellMemory(encodeMemoryRequest({ kind: 'status' }))
  }

  #idleMs(): number {
    return Math.max(this.terms.idleMs, 3 * this.#round!.burstMs)
  }

  #dueOfState(): Millis {
    const state = this.#state
    switch (state.name) {
      case 'connecting':
      case 'requested':
      case 'verifying':
        return state.due
      case 'receiving':
        return this.#dueOfSilence(state.askedAt)
      case 'draining':
      case 'waiting':
        return state.until
      default:
        return NEVER
    }
  }

  #dueOfSilence(askedAt: Millis | undefined): Millis {
    const { lastAt, burstMs } = this.#round!
    const idle = (lastAt + this.#idleMs()) as Millis
    if (this.terms.payload.kind !== 'memory') return idle
    const quietMs = Math.max(QUIET_MS_MIN, QUIET_BURSTS * burstMs)
    // An unanswered question is asked again after the same silence.
    return Math.min(idle, Math.max(lastAt, askedAt ?? 0) + quietMs) as Millis
  }

  /** Until when a D1 session has to listen before it asks: datagrams of another payload would look like its own. */
  #quietOfD1(): Millis {
    if (this.#dialect.dataHeaderOctets === 8 || this.#rounds > 0) return 0 as Millis
    return (this.#desk.lastDataFrom(this.server) + this.terms.idleMs) as Millis
  }

  #keep(record: ClientRecord): void {
    this.#unsafe.push({ place: this.#desk.keep(record), record })
  }

  #indicate(what: ClientIndication): void {
    this.#desk.indicate(what)
  }

  #waitingFor(): string {
    const state = this.#state
    switch (state.name) {
      case 'queued':
        return `another session has node ${this.server}; this one is next`
      case 'connecting':
        return `node ${this.server} has not answered the connection yet`
      case 'requested':
        return `node ${this.server} has the request and has not answered; a C server serves one client at a time`
      case 'receiving':
        return `data flow; ${this.#idleMs()} ms of silence end the round`
      case 'draining':
        return 'the server is done; what is under way may still come, then what is missing is asked for'
      case 'waiting':
        return `the last round brought nothing (${state.why}); it is tried again by itself`
      case 'paused':
        return 'paused; resume it'
      case 'verifying':
        return 'everything is here and is read back'
      case 'settling':
        return 'the outcome is being made safe'
      case 'ended':
        return this.#outcome?.reason ?? 'ended'
    }
  }
}
