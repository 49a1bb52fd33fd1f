import { assert, type Millis } from '@skyferry/engine'
import { type Circle, IDS } from '../wire/circle.ts'
import { type CdpFault, isViolation } from '../wire/faults.ts'
import {
  asksForAck,
  Flag,
  givesControl,
  type Message,
  type MessageOf,
  type PayloadFlag,
  type PayloadId,
} from '../wire/message.ts'
import { type Early, EarlyPayloads } from './early.ts'
import { type Due, SendQueue, type Sent } from './send-queue.ts'
import {
  ASKED_TO_CLOSE,
  type CloseReason,
  CONTROLLING,
  HANDLING,
  SILENT,
  type State,
  type StateName,
  YIELDING,
} from './states.ts'

/** What the core needs to know, and tells, of time and the application. */
export interface Shell {
  /** Are there more payloads waiting for the application than it is allowed to leave? */
  inboxIsFull(): boolean
  /** Is a Resend of this id to be served, and not an echo of one just served? */
  mayServe(id: PayloadId): boolean
  deliver(id: PayloadId, data: Uint8Array): void
  deliverRandom(data: Uint8Array): void
  /** These left the queue; `last` is the id of the newest of them. */
  acknowledged(taken: readonly Sent[], last: PayloadId, how: 'ack' | 'resend' | 'implied'): void
  /** The peer answered for this connection, in whatever way. */
  inStep(): void
  /** The peer acknowledged, or asked for, what is not outstanding. */
  outOfStep(): void
  /** Control is ours; `flag` is that of the payload that gave it. */
  gainedControl(flag: PayloadFlag): void
  /** A Close was accepted; `answerClose` is to follow, now or later. */
  askedToClose(last: Uint8Array): void
  /** It is over; `unacked` payloads of ours were never acknowledged. */
  ended(reason: CloseReason, unacked: number, midTurn: boolean): void
}

export interface CoreSettings {
  readonly reorder: number
  readonly earlyOctets: number
}

/** What may be sent now, as far as time has a say. */
export interface Gate {
  mayResend(id: PayloadId): boolean
  mayRepeat(): boolean
}

/** Something that is due, in the order of section 7. */
export type Emission =
  | { readonly kind: 'halt' }
  | { readonly kind: 'ack' | 'resend'; readonly id: PayloadId }
  | ({ readonly kind: 'payload' } & Due)
  /** The empty Close with which the first revision answers a Close. */
  | { readonly kind: 'answering-close'; readonly id: PayloadId }
  | { readonly kind: 'probe'; readonly payload: MessageOf<'payload'> }
  | { readonly kind: 'random'; readonly data: Uint8Array }
  | { readonly kind: 'check'; readonly id: PayloadId }
  | { readonly kind: 'heartbeat' }

type Event = Message | CdpFault
type EventKind = Event['kind']
type Bodies = { readonly [K in EventKind]: Extract<Event, { readonly kind: K }> }
type EventOf<K extends EventKind = EventKind> = { [P in K]: { readonly kind: P } & Bodies[P] }[K]
type Step<K extends EventKind> = (core: Core, event: EventOf<K>) => void

const ignore =
  (_why: string) =>
  (_core: Core, _event: Event): void => {}
const alive = ignore('it says only that the peer is alive, which the shell has noted')
const unassigned = ignore('a later revision may give it a meaning (decision D20)')
const notOurTurn = ignore(
  'random payloads come from a controller, and this side is it (draft, RandomPayload)',
)
const deciding = ignore('until the application has decided, only a Halt counts (section 11)')
const nothingOutstanding = ignore('everything of ours was acknowledged by the Close')
const tooLate = ignore('after a Close there is nothing to receive')
const silence = ignore(
  'the peer has to forget an earlier connection first; else this end is its tombstone (section 5.3)',
)
const buried = ignore('a tombstone answers only what its sender would wait for (section 5.3)')
const over = (core: Core): void => core.answerFromGrave()
const violation: Step<'fault'> = (core, fault) => core.refuse(fault)
const acknowledge: Step<'ack'> = (core, { id }) => core.takeAck(id)
const resend: Step<'resend'> = (core, { id }) => core.takeResend(id)
const check: Step<'check'> = core => core.answerCheck()
const peerHalts =
  (reason: CloseReason): Step<'halt'> =>
  core =>
    core.end(reason)

/** What each datagram does in each state (reference section 8). */
const TABLE = {
  silent: {
    heartbeat: silence,
    payload: over,
    random: silence,
    ack: silence,
    resend: over,
    check: over,
    halt: silence,
    reserved: silence,
    fault: silence,
  },
  controlling: {
    heartbeat: alive,
    payload: (core, payload) => core.takeAsController(payload),
    random: notOurTurn,
    ack: acknowledge,
    resend,
    check,
    halt: peerHalts('peer-halt'),
    reserved: unassigned,
    fault: violation,
  },
  yielding: {
    heartbeat: alive,
    payload: (core, payload) => core.takePayload(payload),
    random: (core, { data }) => core.takeRandom(data),
    ack: acknowledge,
    resend,
    check,
    halt: peerHalts('peer-halt'),
    reserved: unassigned,
    fault: violation,
  },
  handling: {
    heartbeat: alive,
    payload: (core, payload) => core.takePayload(payload),
    random: (core, { data }) => core.takeRandom(data),
    ack: acknowledge,
    resend,
    check,
    halt: peerHalts('peer-halt'),
    reserved: unassigned,
    fault: violation,
  },
  closing: {
    heartbeat: alive,
    payload: (core, payload) => core.takeWhileClosing(payload),
    random: notOurTurn,
    ack: acknowledge,
    resend,
    check,
    halt: peerHalts('answered'),
    reserved: unassigned,
    fault: violation,
  },
  'asked-to-close': {
    heartbeat: alive,
    payload: (core, payload) => core.soothe(payload),
    random: tooLate,
    ack: nothingOutstanding,
    resend: nothingOutstanding,
    check,
    halt: peerHalts('clean'),
    reserved: unassigned,
    fault: deciding,
  },
  'close-wait': {
    heartbeat: alive,
    payload: (core, payload) => core.answerCloseAgain(payload),
    random: tooLate,
    ack: nothingOutstanding,
    resend: nothingOutstanding,
    check,
    halt: peerHalts('clean'),
    reserved: unassigned,
    fault: violation,
  },
  closed: {
    heartbeat: buried,
    payload: over,
    random: buried,
    ack: buried,
    resend: over,
    check: over,
    halt: buried,
    reserved: buried,
    fault: buried,
  },
} satisfies { [S in StateName]: { [K in EventKind]: Step<K> } }

type Row = { readonly [K in EventKind]: Step<K> }
export const RECEIVE_TABLE: Readonly<Record<StateName, Row>> = TABLE

/**
 * One side of a connection, without time and without sizes: who may speak, which id is next, what is outstanding, what
 * is to be answered. The connection wraps it in timers; the model explores this very code.
 */
export class Core {
  readonly #shell: Shell
  readonly #settings: CoreSettings
  readonly #circle: Circle
  #state: State
  #next: PayloadId = 0 as PayloadId
  #rcvd: PayloadId | undefined
  #queue: SendQueue | undefined
  #early: EarlyPayloads | undefined
  /** An id of ours was acknowledged, so the peer is a handler or was one. */
  #wasAcknowledged = false
  /** A turn has begun, ours or the peer's, and was not ended by giving control. */
  #midTurn = false
  #haltIsDue = false
  #ackDue: PayloadId | undefined
  #resendIsDue = false
  #heartbeatIsDue = false
  #checkIsDue = false
  #answeringCloseIsDue = false
  #probe: MessageOf<'payload'> | undefined
  #randoms: Uint8Array[] | undefined

  constructor(
    shell: Shell,
    settings: CoreSettings,
    start: 'controller' | 'handler' | 'silent',
    circle: Circle = IDS,
  ) {
    this.#shell = shell
    this.#settings = settings
    this.#circle = circle
    this.#state = start === 'controller' ? CONTROLLING : start === 'handler' ? HANDLING : SILENT
    // The Halt that opens the reset sequence.
    this.#haltIsDue = start === 'silent'
  }

  get state(): State {
    return this.#state
  }

  /** The next id of the conversation: to be sent by a controller, else expected. */
  get next(): PayloadId {
    return this.#next
  }

  /** The last id accepted from the peer. */
  get rcvd(): PayloadId | undefined {
    return this.#rcvd
  }

  get outstanding(): number {
    return this.#queue?.size ?? 0
  }

  get queue(): SendQueue | undefined {
    return this.#queue
  }

  // — what the application does; whether it may is the connection's table —

  /** Numbers a payload and queues it. */
  send(flag: PayloadFlag, data: Uint8Array): PayloadId {
    const id = this.#next
    this.#queue ??= new SendQueue(this.#circle, id)
    this.#queue.push(flag, data)
    this.#next = this.#circle.next(id)
    this.#midTurn = flag <= Flag.PayloadWithAck
    if (givesControl(flag)) this.#state = YIELDING
    if (flag === Flag.PayloadAndClose) this.#state = { name: 'closing', id }
    return id
  }

  /** A last payload, the sender being gone (decision D5). */
  haltWith(data: Uint8Array): void {
    assert(this.outstanding === 0, 'a Halt with payload follows only what is acknowledged')
    this.#probe = { kind: 'payload', flag: Flag.HaltWithPayload, id: this.#next, data }
    this.#midTurn = false
    this.#state = { name: 'closed', reason: 'local-halt' }
    this.#forget()
    this.#shell.ended('local-halt', 0, false)
  }

  sendRandom(data: Uint8Array): void {
    this.#randoms ??= []
    this.#randoms.push(data)
  }

  /** Ends the connection from this side, and says so. */
  halt(reason: CloseReason): void {
    this.#haltIsDue = true
    this.end(reason)
  }

  answerClose(how: 'ack' | 'halt' | 'close'): void {
    assert(this.#state.name === 'asked-to-close', 'a Close is answered once')
    if (how === 'halt') {
      this.halt('clean')
      return
    }
    this.#state = { name: 'close-wait', answer: how }
    this.#answerAsAgreed(how)
  }

  askForHeartbeat(): void {
    this.#heartbeatIsDue = true
  }

  askForCheck(): void {
    this.#checkIsDue = true
  }

  askForAck(): void {
    this.#ackDue = this.#rcvd
  }

  /** Repeats a payload that is no longer outstanding, to see whether anybody is there. */
  probeWith(payload: MessageOf<'payload'>): void {
    this.#probe = payload
  }

  /** The peer has had time to forget. */
  wake(): void {
    this.#state = CONTROLLING
  }

  // — what the peer does —

  receive<K extends EventKind>(event: EventOf<K>): void {
    const row: Row = TABLE[this.#state.name]
    row[event.kind](this, event)
  }

  takeAck(id: PayloadId): void {
    const index = this.#queue?.indexOf(id) ?? -1
    if (index < 0) {
      this.#shell.outOfStep()
      return
    }
    this.#takeOff(index + 1, 'ack')
    if (this.outstanding > 0) return
    if (this.#state.name === 'yielding') this.#state = HANDLING
    else if (this.#state.name === 'closing') this.halt('verified')
  }

  takeResend(id: PayloadId): void {
    const queue = this.#queue
    const index = queue?.indexOf(id) ?? -1
    if (queue === undefined || index < 0) {
      this.#shell.outOfStep()
      return
    }
    if (index > 0) this.#takeOff(index, 'resend')
    else this.#shell.inStep()
    if (this.#shell.mayServe(id)) queue.repeatFrom(0)
  }

  answerCheck(): void {
    this.#shell.inStep()
    this.#heartbeatIsDue = true
  }

  takeRandom(data: Uint8Array): void {
    if (!this.#shell.inboxIsFull()) this.#shell.deliverRandom(data)
  }

  /** A controller receives a payload: it cannot be new, but its sender may be waiting for an ack (decision D18). */
  takeAsController(payload: MessageOf<'payload'>): void {
    if (this.#bothStarted(payload.id)) this.halt('role-conflict')
    else this.#reacknowledge(payload)
  }

  /** An empty Close of the peer, with our Close's id or the one after it, is its Ack in the first revision (D6). */
  takeWhileClosing(payload: MessageOf<'payload'>): void {
    const state = this.#state
    if (state.name === 'closing' && payload.flag === Flag.PayloadAndClose && payload.data.length === 0) {
      const isAnswer = payload.id === state.id || payload.id === this.#circle.next(state.id)
      if (isAnswer && this.#queue?.sentCount === this.#queue?.size) {
        this.takeAck(state.id)
        return
      }
    }
    this.takeAsController(payload)
  }

  /** Sections 8 and 4: in order, early, or old. */
  takePayload(payload: MessageOf<'payload'>): void {
    const { id, flag, data } = payload
    const ahead = this.#circle.distance(this.#next, id)
    if (this.#circle.isOld(ahead)) {
      if (this.#bothStarted(id)) this.halt('role-conflict')
      else this.#reacknowledge(payload)
      return
    }
    this.#shell.inStep()
    if (this.#shell.inboxIsFull()) {
      // As if lost; but a sender that waits for an answer shall know that somebody is there (section 9.6).
      if (asksForAck(flag) || flag === Flag.PayloadAndClose) this.#heartbeatIsDue = true
      return
    }
    if (ahead > 0) {
      if (ahead <= this.#settings.reorder) {
        this.#early ??= new EarlyPayloads()
        this.#early.keep(id, flag, data, this.#settings.earlyOctets)
      }
      this.#resendIsDue = true
      return
    }
    const queue = this.#queue
    if (queue !== undefined) {
      // It cannot have taken a control that has not left yet.
      if (queue.sentCount < queue.size) return
      // It could number this only after it took control: an acknowledgement of everything of ours (D9).
      this.#takeOff(queue.size, 'implied')
    }
    if (this.#state.name === 'yielding') this.#state = HANDLING
    for (let due: Early | undefined = payload; due !== undefined; due = this.#early?.take(this.#next)) {
      if (this.#accept(due)) return
    }
    this.#resendIsDue = (this.#early?.size ?? 0) > 0
    if (!this.#resendIsDue) this.#early = undefined
  }

  /** The application thinks about a Close: its sender shall go on waiting. */
  soothe({ flag, id }: MessageOf<'payload'>): void {
    if (flag === Flag.PayloadAndClose && id === this.#rcvd) this.#heartbeatIsDue = true
  }

  /** In close-wait: our answer was lost. */
  answerCloseAgain({ flag, id }: MessageOf<'payload'>): void {
    const state = this.#state
    if (state.name !== 'close-wait') return
    if (flag === Flag.PayloadAndClose && id === this.#rcvd) this.#answerAsAgreed(state.answer)
    else if (asksForAck(flag)) this.#ackDue = this.#rcvd
  }

  refuse(fault: CdpFault): void {
    if (isViolation(fault)) this.halt('violation')
  }

  answerFromGrave(): void {
    this.#haltIsDue = true
  }

  end(reason: CloseReason): void {
    const unacked = this.outstanding
    this.#state = { name: 'closed', reason }
    this.#forget()
    this.#shell.ended(reason, unacked, this.#midTurn)
  }

  // — what goes out —

  /** The next thing to send, by the order of section 7; `emitted` is to follow if it was sent. */
  emission(gate: Gate): Emission | undefined {
    if (this.#probe?.flag === Flag.HaltWithPayload) return { kind: 'probe', payload: this.#probe }
    if (this.#haltIsDue) return { kind: 'halt' }
    if (this.#state.name === 'silent') return undefined
    if (this.#ackDue !== undefined) return { kind: 'ack', id: this.#ackDue }
    if (this.#answeringCloseIsDue) return { kind: 'answering-close', id: this.#next }
    if (this.#resendIsDue) {
      if (gate.mayResend(this.#next)) return { kind: 'resend', id: this.#next }
      // No timer brings it back: a lost Resend is provoked again by the sender's repeat.
      this.#resendIsDue = false
    }
    if (this.#probe !== undefined) return { kind: 'probe', payload: this.#probe }
    const queue = this.#queue
    if (queue?.repeatsArePending) {
      if (gate.mayRepeat()) return { kind: 'payload', ...queue.nextRepeat()! }
    } else {
      const random = this.#randoms?.[0]
      if (random !== undefined) return { kind: 'random', data: random }
      const fresh = queue?.nextFresh()
      if (fresh !== undefined) return { kind: 'payload', ...fresh }
    }
    if (this.#checkIsDue) return { kind: 'check', id: this.#rcvd ?? this.#none }
    return this.#heartbeatIsDue ? { kind: 'heartbeat' } : undefined
  }

  emitted(what: Emission, now: Millis): void {
    switch (what.kind) {
      case 'halt':
        this.#haltIsDue = false
        break
      case 'ack':
        this.#ackDue = undefined
        break
      case 'answering-close':
        this.#answeringCloseIsDue = false
        break
      case 'resend':
        this.#resendIsDue = false
        break
      case 'probe':
        this.#probe = undefined
        break
      case 'payload':
        this.#queue?.transmitted(what, now)
        break
      case 'random':
        this.#randoms!.shift()
        if (this.#randoms!.length === 0) this.#randoms = undefined
        break
      case 'check':
        this.#checkIsDue = false
        break
      case 'heartbeat':
        break
    }
    // Any datagram says what a heartbeat would.
    this.#heartbeatIsDue = false
  }

  // — for the model and the console —

  snapshot(): CoreSnapshot {
    return {
      state: this.#state,
      next: this.#next,
      rcvd: this.#rcvd,
      first: this.#queue?.first ?? this.#next,
      queue: this.#queue?.entries.map(({ flag, data }) => ({ flag, data })) ?? [],
      sent: this.#queue?.sentCount ?? 0,
      early: [...(this.#early?.entries() ?? [])].sort(([one], [other]) => one - other),
      wasAcknowledged: this.#wasAcknowledged,
      midTurn: this.#midTurn,
    }
  }

  /** A side that stands where `from` says, with nothing due. */
  static restore(from: CoreSnapshot, shell: Shell, settings: CoreSettings, circle: Circle): Core {
    const core = new Core(shell, settings, 'handler', circle)
    core.#state = from.state
    core.#next = from.next
    core.#rcvd = from.rcvd
    core.#wasAcknowledged = from.wasAcknowledged
    core.#midTurn = from.midTurn
    if (from.queue.length > 0) {
      const entries = from.queue.map(each => ({ ...each, sentAt: 0 as Millis, isRepeated: false }))
      core.#queue = new SendQueue(circle, from.first, entries, from.sent)
    }
    for (const [id, { flag, data }] of from.early) {
      core.#early ??= new EarlyPayloads()
      core.#early.keep(id, flag, data, settings.earlyOctets)
    }
    return core
  }

  // — details —

  /** Hands one payload over; true when it ended the turn or the connection. */
  #accept({ flag, data }: Early): boolean {
    const id = this.#next
    this.#rcvd = id
    this.#next = this.#circle.next(id)
    this.#midTurn = flag <= Flag.PayloadWithAck
    this.#shell.deliver(id, data)
    if (asksForAck(flag)) this.#ackDue = id
    if (flag <= Flag.PayloadWithAck) return false
    this.#early = undefined
    this.#resendIsDue = false
    if (givesControl(flag)) {
      this.#state = CONTROLLING
      this.#shell.gainedControl(flag)
    } else if (flag === Flag.HaltWithPayload) {
      this.end('peer-halt-with-payload')
    } else {
      this.#state = ASKED_TO_CLOSE
      this.#shell.askedToClose(data)
    }
    return true
  }

  /** What is old and wants an ack gets one, of the latest id accepted, in every role (section 8, notes). */
  #reacknowledge({ flag, id }: MessageOf<'payload'>): void {
    if (!this.#circle.isOld(this.#circle.distance(this.#next, id))) return
    if (asksForAck(flag) && this.#rcvd !== undefined) this.#ackDue = this.#rcvd
  }

  /** Section 12: a payload with an id that we have used ourselves, from a peer that never spoke as a handler. */
  #bothStarted(id: PayloadId): boolean {
    return this.#rcvd === undefined && !this.#wasAcknowledged && (this.#queue?.holds(id) ?? false)
  }

  #takeOff(count: number, how: 'ack' | 'resend' | 'implied'): void {
    const queue = this.#queue!
    const last = this.#circle.plus(queue.first, count - 1)
    const taken = queue.acknowledge(count)
    if (queue.size === 0) this.#queue = undefined
    if (count === 0) return
    this.#wasAcknowledged = true
    this.#shell.inStep()
    this.#shell.acknowledged(taken, last, how)
  }

  #answerAsAgreed(how: 'ack' | 'close'): void {
    if (how === 'ack') this.#ackDue = this.#rcvd
    else this.#answeringCloseIsDue = true
  }

  /** Nothing is sent, and nothing is owed any more, but a Halt. */
  #forget(): void {
    this.#queue = undefined
    this.#early = undefined
    this.#ackDue = undefined
    this.#resendIsDue = false
    this.#heartbeatIsDue = false
    this.#checkIsDue = false
    this.#answeringCloseIsDue = false
    this.#randoms = undefined
    if (this.#probe?.flag !== Flag.HaltWithPayload) this.#probe = undefined
  }

  /** CheckConnection of a side that has received nothing: FFF. */
  get #none(): PayloadId {
    return (this.#circle.size - 1) as PayloadId
  }
}

/** Everything that decides what a side believes; two sides with equal snapshots behave alike. */
export interface CoreSnapshot {
  readonly state: State
  readonly next: PayloadId
  readonly rcvd: PayloadId | undefined
  readonly first: PayloadId
  readonly queue: readonly { readonly flag: PayloadFlag; readonly data: Uint8Array }[]
  readonly sent: number
  readonly early: readonly (readonly [PayloadId, Early])[]
  readonly wasAcknowledged: boolean
  readonly midTurn: boolean
}
