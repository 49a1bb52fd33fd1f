import { type Millis, NEVER, Queue } from '@skyferry/engine'
import { idsPerLifetime, type Settings, settingsFrom } from '../settings.ts'
import { decode } from '../wire/decode.ts'
import { encodedLength, encodeInto } from '../wire/encode.ts'
import {
  asksForAck,
  Flag,
  givesControl,
  type Message,
  type PayloadFlag,
  type PayloadId,
  withAckBit,
} from '../wire/message.ts'
import { Congestion } from './congestion.ts'
import { Core, type CoreSnapshot, type Emission, type Gate, type Shell } from './core.ts'
import { type ConnectionEvent, type RefusalReason, type Refused, refused } from './events.ts'
import { IdPace } from './id-pace.ts'
import { RoundTrip } from './round-trip.ts'
import type { Sent } from './send-queue.ts'
import { type CloseReason, PHASES, type Phase, ROLES, type Role, type StateName } from './states.ts'
import { TIMER_TABLE, TIMERS, type Timed, type TimerName } from './timer-table.ts'
import { WISH_TABLE } from './wish-table.ts'

export interface SendOptions {
  /** Ask for an immediate ack (the I bit). */
  readonly ack?: boolean
  /** Give control with this payload (the G bit). */
  readonly give?: boolean
}

export interface ConnectionStats {
  readonly sent: number
  readonly received: number
  readonly repeated: number
  /** Retransmission timer expiries. */
  readonly expiries: number
  /** Datagrams that no revision of the draft explains. */
  readonly unexplained: number
  readonly srtt: Millis | undefined
  readonly rto: Millis
  readonly cwnd: number
}

/** What is remembered of Resends and repeats, by the few connections that ever need them. */
interface Repair {
  /** The last Resend sent, and served. */
  resent: PayloadId | undefined
  resentAt: Millis
  served: PayloadId | undefined
  servedAt: Millis
  /** Repeats that may still go out in this round trip. */
  budget: number
  againAt: Millis
}

/** Three expiries in a row that only brought answers for some other connection (section 13.4). */
const STRIKES_MAX = 3
/** Repeats that a Resend brings at once however little the network is trusted with (transcript I asks for three). */
const REPEATS_LEAST = 3
/** Ids before which no pace has to be kept: far fewer than any lifetime's share with windows of the usual size. */
const UNPACED_IDS = 512

/**
 * One side of one connection, sans-IO: datagrams, time and the application's wishes go in, datagrams and events come out.
 * It reads no clock and owns no socket; equal inputs give equal outputs.
 *
 * Where a method takes `now` last and optional, the time of the latest other call stands in for it.
 */
export class Connection implements Shell, Gate, Timed {
  readonly settings: Settings
  readonly #core: Core
  readonly #roundTrip: RoundTrip = new RoundTrip()
  readonly #congestion: Congestion
  #pace: IdPace | undefined
  #now: Millis
  /** The last datagram from the peer, and to it. */
  #heard: Millis
  #said: Millis
  #hasSpoken = false
  /** When the retransmission timer was started; NEVER while it is not running. */
  #timedFrom: Millis = NEVER
  /** The wait a retry policy asked for. */
  #policyWait: Millis = 0 as Millis
  #retries = 0
  /** Expiries since anything was heard. */
  #unheard = 0
  #progressAt: Millis
  #strikes = 0
  /** Answers for another connection came since the last expiry, and none for this one. */
  #isOutOfStep = false
  #delayedAckAt: Millis = NEVER
  /** When a wait ends that only one state has: silence, the halt guard of an open connection, close-wait. */
  #waitUntil: Millis = NEVER
  /** New payloads since one asked for an ack. */
  #sinceAsked = 0
  #repair: Repair | undefined
  #idsUsed = 0
  /** A send was refused for want of room. */
  #wantsRoom = false
  #events: Queue<ConnectionEvent> | undefined
  #inboxPayloads = 0
  #inboxOctets = 0
  /** The newest payload sent, kept for a probe where Halts are guarded. */
  #lastSent: { readonly id: PayloadId; readonly flag: PayloadFlag; readonly data: Uint8Array } | undefined
  #sentCount = 0
  #receivedCount = 0
  #repeatedCount = 0
  #expiryCount = 0
  #unexplainedCount = 0

  /**
   * @param start 'controller' for the client, 'handler' for the server; a number is a client that begins with the reset
   *   sequence: it sends a Halt and stays silent so many milliseconds
   */
  constructor(
    start: 'controller' | 'handler' | Millis,
    now: Millis,
    settings: Partial<Settings> | Settings = {},
  ) {
    this.settings = settingsFrom(settings)
    this.#core = new Core(this, this.settings, typeof start === 'number' ? 'silent' : start)
    this.#congestion = new Congestion(this.settings.window)
    this.#now = now
    this.#heard = now
    this.#said = now
    this.#progressAt = now
    if (typeof start === 'number') this.#waitUntil = (now + start) as Millis
  }

  // — what it looks like —

  get state(): StateName {
    return this.#core.state.name
  }

  get role(): Role {
    return ROLES[this.state]
  }

  get phase(): Phase {
    return PHASES[this.state]
  }

  get isClosed(): boolean {
    return this.state === 'closed'
  }

  /** Payloads sent and not acknowledged. */
  get outstanding(): number {
    return this.#core.outstanding
  }

  /** Octets of the largest payload that fits a datagram. */
  get payloadMax(): number {
    return this.settings.maxDatagram - 2
  }

  get stats(): ConnectionStats {
    return {
      sent: this.#sentCount,
      received: this.#receivedCount,
      repeated: this.#repeatedCount,
      expiries: this.#expiryCount,
      unexplained: this.#unexplainedCount,
      srtt: this.#roundTrip.srtt,
      rto: this.#roundTrip.timeout(this.settings),
      cwnd: this.#congestion.cwnd,
    }
  }

  snapshot(): CoreSnapshot {
    return this.#core.snapshot()
  }

  // — the network's side —

  /** Borrows `datagram` for this call. Nothing it holds makes it throw. */
  receive(datagram: Uint8Array, now: Millis): void {
    this.#now = now
    this.#receivedCount += 1
    const event = decode(datagram)
    if (event.kind === 'fault' || event.kind === 'reserved') this.#unexplainedCount += 1
    if (this.state !== 'closed' && this.state !== 'silent') {
      this.#heard = now
      this.#unheard = 0
      if (event.kind === 'halt' && this.#guards()) return
      if (event.kind !== 'halt' && this.phase === 'open') this.#waitUntil = NEVER
    }
    this.#core.receive(event)
    this.#tellOfRoom()
  }

  /** The next datagram to send, in octets of its own; call until undefined. */
  poll(now: Millis): Uint8Array | undefined {
    const target = new Uint8Array(this.settings.maxDatagram)
    const length = this.fill(target, now)
    return length < 0 ? undefined : target.slice(0, length)
  }

  /**
   * Writes the next datagram to the front of `target`, if there is one now and it has at most `most` octets.
   * @returns its length, 0 for a heartbeat; -1 if there is none
   */
  fill(target: Uint8Array, now: Millis, most: number = target.length): number {
    this.#now = now
    const emission = this.#core.emission(this)
    if (emission === undefined) return -1
    const message = messageOf(emission)
    if (encodedLength(message) > most) return -1
    const length = encodeInto(target, message)
    this.#core.emitted(emission, now)
    this.#noteSent(emission, now)
    return length
  }

  /** Is something waiting to be sent? */
  get hasOutput(): boolean {
    return this.#core.emission(this) !== undefined
  }

  /** When `tick` next has work to do. */
  nextTimeout(): Millis {
    let earliest: Millis = NEVER
    for (const name of TIMERS) earliest = Math.min(earliest, this.#due(name)) as Millis
    return earliest
  }

  /** Time passed. Calling early, late or twice is harmless. */
  tick(now: Millis): void {
    this.#now = now
    for (const name of TIMERS) {
      if (this.#due(name) <= now) TIMER_TABLE[this.state][name]?.(this, now)
    }
    this.#tellOfRoom()
  }

  // — the application's side —

  /** The next thing to tell the application; call until undefined. Taking a payload makes room in the inbox. */
  event(): ConnectionEvent | undefined {
    const event = this.#events?.shift()
    if (event === undefined) return undefined
    if (event.kind === 'payload' || event.kind === 'random') {
      this.#inboxPayloads -= 1
      this.#inboxOctets -= event.data.length
    }
    if (this.#events?.size === 0) this.#events = undefined
    return event
  }

  get hasEvents(): boolean {
    return this.#events !== undefined
  }

  /** May a payload be sent now? */
  canSend(now: Millis = this.#now): boolean {
    return this.#obstacle('send', 0, now) === undefined
  }

  /**
   * Sends a payload: once, in order, whole, or not at all. Keeps a copy.
   * @returns its id, or why it is refused; after `window-full` the event `writable` follows
   */
  send(data: Uint8Array, options: SendOptions = {}, now: Millis = this.#now): PayloadId | Refused {
    const { ack = false, give = false } = options
    const obstacle = this.#obstacle('send', data.length, now)
    if (obstacle !== undefined) return this.#refuse(obstacle)
    const asks = ack || this.#roundTrip.needsSample || (!give && this.#askIsDue())
    return this.#number(withAckBit(give ? Flag.GiveControl : Flag.Payload, asks), data, now)
  }

  /** Sends a payload that may be lost, doubled or reordered, and takes no id. */
  sendRandom(data: Uint8Array, now: Millis = this.#now): Refused | undefined {
    this.#now = now
    const obstacle =
      WISH_TABLE[this.state]['send-random'] ??
      (data.length + 1 > this.settings.maxDatagram ? 'too-large' : undefined)
    if (obstacle !== undefined) return refused(obstacle)
    this.#core.sendRandom(new Uint8Array(data))
    return undefined
  }

  /** Ends the conversation with a last payload, and waits for the peer's answer (CloseAndHalt, LongHalt). */
  close(data: Uint8Array = NOTHING, now: Millis = this.#now): PayloadId | Refused {
    const obstacle = this.#obstacle('close', data.length, now)
    return obstacle === undefined ? this.#number(Flag.PayloadAndClose, data, now) : this.#refuse(obstacle)
  }

  /** How the peer's Close is answered: `halt` (CloseAndHalt) or `ack` (LongHalt; a Close, if the settings say so). */
  answerClose(how: 'ack' | 'halt', now: Millis = this.#now): Refused | undefined {
    this.#now = now
    const obstacle = WISH_TABLE[this.state]['answer-close']
    if (obstacle !== undefined) return refused(obstacle)
    this.#answerClose(how)
    return undefined
  }

  /** Ends the connection at once (QuickHalt); with a last payload only if nothing is outstanding and control is ours. */
  halt(data?: Uint8Array, now: Millis = this.#now): Refused | undefined {
    this.#now = now
    const obstacle = WISH_TABLE[this.state].halt
    if (obstacle !== undefined) return refused(obstacle)
    if (data === undefined) {
      this.#core.halt('local-halt')
      return undefined
    }
    const inTheWay = WISH_TABLE[this.state].send ?? this.#sizeObstacle(data.length)
    if (inTheWay !== undefined) return refused(inTheWay)
    if (this.outstanding > 0) return refused('outstanding')
    this.#core.haltWith(new Uint8Array(data))
    return undefined
  }

  /** Asks whether the peer knows of this connection (later revision; a peer of the first one does not answer). */
  check(now: Millis = this.#now): Refused | undefined {
    this.#now = now
    const obstacle = WISH_TABLE[this.state].check
    if (obstacle !== undefined) return refused(obstacle)
    this.#core.askForCheck()
    return undefined
  }

  // — timers, as the table names them —

  expire(now: Millis): void {
    const queue = this.#core.queue
    if (queue?.oldest === undefined) return
    if (this.#isOutOfStep) this.#strikes += 1
    this.#isOutOfStep = false
    const oldestAt = queue.oldest.sentAt
    const reason = this.#strikes >= STRIKES_MAX ? 'out-of-step' : this.#patienceEnds(oldestAt, now)
    if (reason !== undefined) {
      this.#core.halt(reason)
      return
    }
    this.#expiryCount += 1
    this.#retries += 1
    this.#unheard += 1
    const lastTimeout = (now - this.#timedFrom) as Millis
    this.#roundTrip.expired()
    this.#congestion.expired(queue.size)
    queue.markRepeated()
    queue.repeatNewest()
    this.#allowRepeats(now)
    // An expiry asks again, so whatever Resend it brings is to be served.
    this.#mend().served = undefined
    this.#startTimer(now, lastTimeout)
  }

  refillRepeats(now: Millis): void {
    this.#allowRepeats(now)
  }

  acknowledgeGive(): void {
    this.#delayedAckAt = NEVER
    this.#core.askForAck()
  }

  beat(): void {
    this.#core.askForHeartbeat()
    // Said, as good as: a link that takes nothing must not be asked again and again.
    this.#said = this.#now
  }

  fallSilent(): void {
    this.#core.halt('idle')
  }

  endWait(): void {
    this.#core.end('clean')
  }

  believeHalt(): void {
    this.#waitUntil = NEVER
    this.#core.receive({ kind: 'halt' })
  }

  wake(): void {
    this.#waitUntil = NEVER
    this.#heard = this.#now
    this.#core.wake()
  }

  // — what the core asks —

  inboxIsFull(): boolean {
    const { inboxPayloads, inboxOctets } = this.settings
    return this.#inboxPayloads >= inboxPayloads || this.#inboxOctets >= inboxOctets
  }

  mayServe(id: PayloadId): boolean {
    const echo = this.#roundTrip.srtt ?? this.settings.resendHoldMax
    const repair = this.#mend()
    if (repair.served === id && this.#now - repair.servedAt < echo) return false
    // An answer to what was sent before, and not an acknowledgement: it says that the peer is not far away.
    this.#roundTrip.unsampled()
    repair.served = id
    repair.servedAt = this.#now
    this.#congestion.lost(this.outstanding)
    this.#allowRepeats(this.#now)
    return true
  }

  mayResend(id: PayloadId): boolean {
    const repair = this.#repair
    if (repair?.resent !== id) return true
    const { resendHoldMin, resendHoldMax } = this.settings
    const hold = Math.min(resendHoldMax, Math.max(resendHoldMin, this.#roundTrip.srtt ?? resendHoldMax))
    return this.#now - repair.resentAt >= hold
  }

  mayRepeat(): boolean {
    return (this.#repair?.budget ?? 0) > 0
  }

  // — what the core tells —

  deliver(id: PayloadId, data: Uint8Array): void {
    this.#useId(this.#now)
    this.#keepForApplication({ kind: 'payload', id, data: new Uint8Array(data) })
  }

  deliverRandom(data: Uint8Array): void {
    this.#keepForApplication({ kind: 'random', data: new Uint8Array(data) })
  }

  acknowledged(taken: readonly Sent[], last: PayloadId, how: 'ack' | 'resend' | 'implied'): void {
    const newest = taken[taken.length - 1]!
    if (newest.isRepeated) this.#roundTrip.unsampled()
    else if (how !== 'resend') {
      const sample = this.#now - newest.sentAt
      if (how === 'ack' && asksForAck(newest.flag)) this.#roundTrip.exact(sample)
      else this.#roundTrip.atMost(sample)
    }
    this.#congestion.acknowledged(taken.length)
    this.#retries = 0
    this.#progressAt = this.#now
    if (this.outstanding > 0) this.#startTimer(this.#now, 0 as Millis)
    else this.#timedFrom = NEVER
    this.#tell({ kind: 'acked', id: last })
  }

  inStep(): void {
    this.#strikes = 0
    this.#isOutOfStep = false
  }

  outOfStep(): void {
    if (this.outstanding > 0) this.#isOutOfStep = true
  }

  gainedControl(flag: PayloadFlag): void {
    if (flag === Flag.GiveControl && this.settings.ackDelay > 0) {
      this.#delayedAckAt = (this.#now + this.settings.ackDelay) as Millis
    }
    this.#sinceAsked = 0
    this.#tell({ kind: 'control' })
  }

  askedToClose(last: Uint8Array): void {
    this.#tell({ kind: 'close-asked' })
    if (this.settings.answersClose) this.#answerClose(last.length === 0 ? 'halt' : 'ack')
  }

  ended(reason: CloseReason, unacked: number, midTurn: boolean): void {
    this.#timedFrom = NEVER
    this.#delayedAckAt = NEVER
    this.#waitUntil = NEVER
    this.#repair = undefined
    this.#lastSent = undefined
    this.#tell({ kind: 'closed', reason, verified: unacked === 0, unacked, midTurn })
  }

  // — details —

  #due(name: TimerName): Millis {
    if (TIMER_TABLE[this.state][name] === undefined) return NEVER
    const { keepalive, idle } = this.settings
    switch (name) {
      case 'retransmission':
        return this.#timedFrom === NEVER ? NEVER : ((this.#timedFrom + this.#wait()) as Millis)
      case 'repeats':
        return this.#core.queue?.repeatsArePending ? (this.#repair?.againAt ?? NEVER) : NEVER
      case 'delayed-ack':
        return this.#delayedAckAt
      case 'keepalive':
        return keepalive === 0 || !this.#hasSpoken ? NEVER : ((this.#said + keepalive) as Millis)
      case 'idle':
        return idle === 0 ? NEVER : ((this.#heard + idle) as Millis)
      case 'close-wait':
        return this.#waitUntil
      case 'halt-guard':
        return this.#waitUntil
      case 'silence':
        return this.#waitUntil
      case 'pace':
        return this.#wantsRoom ? (this.#pace?.opensAt(this.#now) ?? NEVER) : NEVER
    }
  }

  /** The period of the retransmission timer (section 9.2). */
  #wait(): Millis {
    if (this.settings.retry !== undefined) return this.#policyWait
    const newest = this.#core.queue?.newest
    const thinks = newest !== undefined && newest.flag === Flag.GiveControl && !newest.isRepeated
    return (this.#roundTrip.timeout(this.settings) + (thinks ? this.settings.peerAckDelay : 0)) as Millis
  }

  #startTimer(now: Millis, lastTimeout: Millis): void {
    this.#timedFrom = now
    const { retry } = this.settings
    if (retry === undefined) return
    const elapsed = (now - Math.min(now, this.#core.queue?.oldest?.sentAt ?? now)) as Millis
    const answer = retry({ retries: this.#retries, srtt: this.#roundTrip.srtt, elapsed, lastTimeout })
    if (answer === 'give-up') this.#core.halt('timeout')
    else this.#policyWait = Math.max(1, answer) as Millis
  }

  /** Section 9.2, giving up; a policy of the user's own does so itself. */
  #patienceEnds(oldestAt: Millis, now: Millis): CloseReason | undefined {
    const { giveUpAfter, maxRetries, stallTimeout, retry } = this.settings
    if (retry !== undefined) return undefined
    if (maxRetries > 0 && this.#unheard >= maxRetries) return 'timeout'
    if (giveUpAfter > 0 && now - Math.max(oldestAt, this.#heard) >= giveUpAfter) return 'timeout'
    if (stallTimeout > 0 && now - Math.max(oldestAt, this.#progressAt) >= stallTimeout) return 'stall'
    return undefined
  }

  #noteSent(emission: Emission, now: Millis): void {
    this.#sentCount += 1
    this.#said = now
    switch (emission.kind) {
      case 'halt':
        // The Halt must not overtake the silence it belongs to.
        if (this.state === 'silent')
          this.#waitUntil = Math.max(this.#waitUntil, now + this.settings.mdl) as Millis
        break
      case 'ack':
        if (emission.id === this.#core.rcvd) this.#delayedAckAt = NEVER
        break
      case 'resend':
        this.#mend().resent = emission.id
        this.#mend().resentAt = now
        break
      case 'payload':
        this.#hasSpoken = true
        if (emission.isRepeat) {
          this.#repeatedCount += 1
          this.#mend().budget -= 1
        } else {
          if (this.settings.haltGuard) this.#lastSent = emission
          if (this.#timedFrom === NEVER) this.#startTimer(now, 0 as Millis)
        }
        break
      default:
        break
    }
  }

  /** As many repeats as the network is trusted with, and as many again a round trip later (section 7). */
  #allowRepeats(now: Millis): void {
    const repair = this.#mend()
    repair.budget = Math.max(REPEATS_LEAST, this.#congestion.usable)
    repair.againAt = (now + Math.max(1, this.#roundTrip.srtt ?? this.settings.resendHoldMax)) as Millis
  }

  #mend(): Repair {
    this.#repair ??= {
      resent: undefined,
      resentAt: NEVER,
      served: undefined,
      servedAt: NEVER,
      budget: 0,
      againAt: NEVER,
    }
    return this.#repair
  }

  #obstacle(wish: 'send' | 'close', octets: number, now: Millis): RefusalReason | undefined {
    this.#now = now
    const obstacle = WISH_TABLE[this.state][wish] ?? this.#sizeObstacle(octets)
    if (obstacle !== undefined) return obstacle
    if (this.outstanding === 0 && now - this.#said > this.#roundTrip.timeout(this.settings))
      this.#congestion.rested()
    const hasRoom = this.outstanding < this.#congestion.usable && (this.#pace?.mayUse(now) ?? true)
    return hasRoom ? undefined : 'window-full'
  }

  #sizeObstacle(octets: number): RefusalReason | undefined {
    return octets > this.payloadMax ? 'too-large' : undefined
  }

  #refuse(reason: RefusalReason): Refused {
    if (reason === 'window-full' || reason === 'silent') this.#wantsRoom = true
    return refused(reason)
  }

  #number(flag: PayloadFlag, data: Uint8Array, now: Millis): PayloadId {
    this.#useId(now)
    this.#delayedAckAt = NEVER
    this.#sinceAsked = asksForAck(flag) || givesControl(flag) ? 0 : this.#sinceAsked + 1
    return this.#core.send(flag, new Uint8Array(data))
  }

  /** Would half of the usable window be outstanding without a request for an ack (section 7, I bit, b)? */
  #askIsDue(): boolean {
    return this.#sinceAsked + 1 >= Math.max(1, Math.floor(this.#congestion.usable / 2))
  }

  /** Every id counts, whoever used it: the age of a datagram is what came after it. */
  #useId(now: Millis): void {
    if (this.settings.mdl === 0) return
    this.#idsUsed += 1
    const limit = idsPerLifetime(this.settings)
    if (this.#pace !== undefined) this.#pace.use(1, now)
    else if (this.#idsUsed >= Math.min(UNPACED_IDS, limit / 2)) {
      this.#pace = new IdPace(limit, this.settings.mdl, now)
      this.#pace.use(this.#idsUsed, now)
    }
  }

  /** A Halt is not believed at once where spoofing is feared (section 15). */
  #guards(): boolean {
    if (!this.settings.haltGuard || this.phase !== 'open') return false
    if (this.#waitUntil === NEVER) {
      this.#waitUntil = (this.#now + Math.max(500, 2 * this.#roundTrip.timeout(this.settings))) as Millis
      const newest = this.#lastSent
      if (newest !== undefined && newest.id !== 0 && newest.flag <= Flag.GiveControlWithAck) {
        const { id, flag, data } = newest
        this.#core.probeWith({ kind: 'payload', id, flag: withAckBit(flag, true), data })
      }
    }
    return true
  }

  #answerClose(how: 'ack' | 'halt'): void {
    if (how === 'ack') this.#waitUntil = (this.#now + this.settings.closeWait) as Millis
    this.#core.answerClose(how === 'ack' ? this.settings.longHalt : how)
  }

  #tellOfRoom(): void {
    if (!this.#wantsRoom) return
    const obstacle = this.#obstacle('send', 0, this.#now)
    if (obstacle === 'window-full' || obstacle === 'silent') return
    this.#wantsRoom = false
    if (obstacle === undefined) this.#tell({ kind: 'writable' })
  }

  #keepForApplication(event: ConnectionEvent & { readonly data: Uint8Array }): void {
    this.#inboxPayloads += 1
    this.#inboxOctets += event.data.length
    this.#tell(event)
  }

  #tell(event: ConnectionEvent): void {
    this.#events ??= new Queue()
    this.#events.push(event)
  }
}

const NOTHING = new Uint8Array(0)

function messageOf(emission: Emission): Message {
  switch (emission.kind) {
    case 'payload':
      return { kind: 'payload', flag: emission.flag, id: emission.id, data: emission.data }
    case 'answering-close':
      return { kind: 'payload', flag: Flag.PayloadAndClose, id: emission.id, data: NOTHING }
    case 'probe':
      return emission.payload
    default:
      return emission
  }
}
