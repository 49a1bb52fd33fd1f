/**
 * One RDP connection as a machine: segments and time in, segments and events out. What happens to each kind of segment in
 * each state is the table; everything that changes the state is in this file.
 */
import { assert, type Millis, NEVER, unreachable } from '@skyferry/engine'
import { type HoldBudget, Incoming, type Parcel } from './incoming.ts'
import type { RdpOptions } from './options.ts'
import { Outgoing } from './outgoing.ts'
import {
  decodeEackList,
  decodeRuns,
  encodeEackList,
  encodeRuns,
  encodeSynOptions,
  nextSequence,
  RdpFlag,
  type RdpSequence,
  type RdpTrailer,
  steps,
} from './segment.ts'
import { kindOf, type RdpEnding, type RdpHost, type RdpState, type SegmentKind } from './states.ts'

interface Segment {
  readonly trailer: RdpTrailer
  readonly parcel: Parcel
}

type Step = (machine: RdpMachine, segment: Segment, now: Millis) => void

/** For cells in which nothing happens, with the reason. */
function ignore(_why: string): Step {
  return () => {}
}

const notOurs = ignore('a left-over of an earlier connection of these ports; the timers decide')
const odd = ignore('no combination of flags that RDP knows')
const over = ignore('the connection has ended')

const TABLE = {
  'syn-sent': {
    syn: ignore('RDP has no simultaneous open: two clients cannot meet'),
    'syn-ack': (machine, segment, now) => machine.establish(segment, now),
    ack: (machine, segment, now) => machine.leaveHalfOpen(segment, now),
    eack: (machine, segment, now) => machine.leaveHalfOpen(segment, now),
    'rst-ack': (machine, segment, now) => machine.leaveHalfOpen(segment, now),
    rst: (machine, segment, now) => machine.leaveHalfOpen(segment, now),
    odd,
  },
  'syn-received': {
    syn: (machine, segment, now) => machine.repeatSyn(segment, now),
    'syn-ack': notOurs,
    ack: (machine, segment, now) => machine.accept(segment, now),
    eack: (machine, segment, now) => machine.accept(segment, now),
    'rst-ack': (machine, segment) => machine.forgetHandshake(segment),
    rst: (machine, segment) => machine.forgetHandshake(segment),
    odd,
  },
  open: {
    syn: (machine, segment, now) => machine.repeatSyn(segment, now),
    'syn-ack': (machine, segment, now) => machine.repeatAck(segment, now),
    ack: (machine, segment, now) => machine.exchange(segment, now),
    eack: (machine, segment, now) => machine.exchange(segment, now),
    'rst-ack': (machine, segment, now) => machine.peerCloses(segment, now),
    rst: (machine, segment) => machine.peerResets(segment),
    odd,
  },
  'close-wait': {
    syn: (machine, segment, now) => machine.repeatSyn(segment, now),
    'syn-ack': (machine, _segment, now) => machine.repeatRst(now),
    ack: (machine, _segment, now) => machine.repeatRst(now),
    eack: (machine, _segment, now) => machine.repeatRst(now),
    'rst-ack': (machine, _segment, now) => machine.lastWord(now),
    rst: machine => machine.forget(),
    odd,
  },
  closed: {
    syn: over,
    'syn-ack': over,
    ack: over,
    eack: over,
    'rst-ack': over,
    rst: over,
    odd: over,
  },
} satisfies { [State in RdpState['name']]: { [Kind in SegmentKind]: Step } }

const NOTHING: Parcel = control(new Uint8Array(0))
/** How many ports a client tries before it believes that the peer will not have it. */
const PORTS_TRIED_MAX = 4
/** A peer that answers and takes nothing is given up after so many connection timeouts. */
const NO_PROGRESS_TIMEOUTS = 4
/** The most numbers that an extended acknowledgement lists; 16 bits each. */
const EACK_LIST_MAX = 256

export class RdpMachine {
  readonly options: RdpOptions
  readonly #host: RdpHost
  readonly #budget: HoldBudget
  readonly #eackListMax: number
  #state: RdpState
  #initial: RdpSequence
  #peerInitial: RdpSequence | undefined
  #outgoing: Outgoing
  #incoming: Incoming | undefined
  /** libcsp 2 counts control segments in the trailer's high nibble, so that none looks like the one before. */
  #controlCounter = 0
  #portsTried = 1
  #lastHeardAt: Millis
  #lastSentAt: Millis
  #explicitlyAcked: RdpSequence = 0 as RdpSequence
  /** When an acknowledgement that waits must go; NEVER when none does. */
  #ackAt: Millis = NEVER
  #listedAt: Millis = -Infinity as Millis

  /** The active side: sends its SYN at once. */
  static connect(
    options: RdpOptions,
    host: RdpHost,
    budget: HoldBudget,
    now: Millis,
    payloadOctetsMax: number,
  ): RdpMachine {
    const machine = new RdpMachine(options, host, budget, now, payloadOctetsMax)
    machine.#sendSyn({ since: now, isClosing: false }, now)
    return machine
  }

  /** The passive side: answers a SYN. `options` are what is made of its own. */
  static listen(
    options: RdpOptions,
    host: RdpHost,
    budget: HoldBudget,
    now: Millis,
    payloadOctetsMax: number,
    peerInitial: RdpSequence,
  ): RdpMachine {
    const machine = new RdpMachine(options, host, budget, now, payloadOctetsMax)
    machine.#peerInitial = peerInitial
    machine.#incoming = machine.#receiveFrom(peerInitial)
    machine.#sendSynAck(now, now)
    return machine
  }

  private constructor(
    options: RdpOptions,
    host: RdpHost,
    budget: HoldBudget,
    now: Millis,
    payloadOctetsMax: number,
  ) {
    this.options = options
    this.#host = host
    this.#budget = budget
    this.#eackListMax = Math.min(EACK_LIST_MAX, payloadOctetsMax >> 1)
    this.#lastHeardAt = now
    this.#lastSentAt = now
    this.#initial = host.initialSequence()
    this.#outgoing = this.#sendFrom(this.#initial)
    this.#state = { name: 'closed' }
  }

  get state(): RdpState {
    return this.#state
  }

  /** Payloads written and not acknowledged. */
  get undelivered(): number {
    return this.#outgoing.undelivered
  }

  /** Borrows the parcel's octets. */
  receive(trailer: RdpTrailer, parcel: Parcel, now: Millis): void {
    const step: Step = TABLE[this.#state.name][kindOf(trailer.flags)]
    step(this, { trailer, parcel }, now)
  }

  /** Keeps the parcel; the caller has seen that the connection is open or opening. */
  write(parcel: Parcel, now: Millis): void {
    assert(parcel.octets.length > 0, 'an empty packet would be a bare acknowledgement')
    this.#outgoing.write(parcel, now)
    if (this.#state.name === 'open') this.#outgoing.fill(now)
  }

  /** There is room for the user's packets again. */
  resume(now: Millis): void {
    if (this.#state.name !== 'open' || this.#incoming === undefined) return
    const before = this.#incoming.last
    this.#incoming.deliverEarly()
    if (this.#incoming.last !== before) this.#acknowledge(now)
  }

  /** Everything written still arrives; then the peer is told. */
  close(now: Millis): void {
    const state = this.#state
    if (state.name === 'open') {
      this.#state = { name: 'open', isClosing: true }
      this.#closeIfDrained(now)
    } else if (state.name === 'syn-sent') this.#state = { ...state, isClosing: true }
    // Nobody has heard of a connection in its handshake but whoever asked for it.
    else assert(state.name !== 'syn-received', 'a connection is told of before it is closed')
  }

  /** Ends it now; what is not acknowledged may be lost. */
  abort(now: Millis): void {
    switch (this.#state.name) {
      case 'open':
        this.#leave('aborted', now)
        return
      case 'syn-sent':
      case 'syn-received':
        this.#control(RdpFlag.Rst, now)
        this.#end('aborted')
        return
      case 'close-wait':
      case 'closed':
        return
      default:
        unreachable(this.#state)
    }
  }

  /** The same peer has opened a new connection in this one's place. */
  supersede(): void {
    if (this.#state.name === 'open') this.#end('peer-restarted')
    else if (this.#state.name !== 'closed') this.forget()
  }

  tick(now: Millis): void {
    const state = this.#state
    switch (state.name) {
      case 'syn-sent':
        if (now >= state.since + this.options.connectionTimeoutMs) this.#end('no-answer')
        else if (now >= state.resendAt) this.#sendSyn(state, now)
        return
      case 'syn-received':
        if (now >= state.since + this.options.connectionTimeoutMs) this.forget()
        else if (now >= state.resendAt) this.#sendSynAck(state.since, now)
        return
      case 'open':
        this.#tickOpen(now)
        return
      case 'close-wait':
        if (now >= state.until) this.forget()
        else if (now >= state.resendAt) this.repeatRst(now)
        return
      case 'closed':
        return
      default:
        unreachable(state)
    }
  }

  deadline(): Millis {
    const state = this.#state
    switch (state.name) {
      case 'syn-sent':
      case 'syn-received':
        return Math.min(state.resendAt, state.since + this.options.connectionTimeoutMs) as Millis
      case 'open':
        return Math.min(
          this.#ackAt,
          this.#outgoing.due(),
          this.#silentAt(),
          this.#keepAliveAt(),
          this.#stuckAt(),
        ) as Millis
      case 'close-wait':
        return Math.min(state.resendAt, state.until) as Millis
      case 'closed':
        return NEVER
      default:
        return unreachable(state)
    }
  }

  // What the table does.

  establish({ trailer }: Segment, now: Millis): void {
    const state = this.#state
    if (trailer.acknowledgement !== this.#initial || state.name !== 'syn-sent') return
    this.#peerInitial = trailer.sequence
    this.#incoming = this.#receiveFrom(trailer.sequence)
    this.#open(state.isClosing, now)
    this.#acknowledge(now)
    this.#outgoing.fill(now)
    this.#closeIfDrained(now)
  }

  /**
   * The peer has a connection of these ports, or has just lost one. Tell it, and try from another port: libcsp would ignore
   * a new SYN from this one until its own patience ends.
   */
  leaveHalfOpen({ trailer }: Segment, now: Millis): void {
    if (this.#state.name !== 'syn-sent') return
    if (kindOf(trailer.flags) !== 'rst') this.#control(RdpFlag.Rst, now)
    if (this.#portsTried >= PORTS_TRIED_MAX || !this.#host.changePort()) {
      this.#end('reset')
      return
    }
    this.#portsTried += 1
    this.#initial = this.#host.initialSequence()
    this.#outgoing = this.#renumbered()
    this.#sendSyn(this.#state, now)
  }

  repeatSyn({ trailer }: Segment, now: Millis): void {
    const state = this.#state
    if (this.#peerInitial === undefined) return
    if (trailer.sequence !== this.#peerInitial) this.#host.replaced()
    else if (state.name === 'syn-received') this.#sendSynAck(state.since, now)
  }

  accept(segment: Segment, now: Millis): void {
    if (segment.trailer.acknowledgement !== this.#initial) return
    this.#open(false, now)
    this.exchange(segment, now)
    // Whoever is told of the connection may have written already.
    this.#outgoing.fill(now)
  }

  forgetHandshake({ trailer }: Segment): void {
    if (trailer.sequence === nextSequence(this.#incoming!.last)) this.forget()
  }

  /** Our acknowledgement of the peer's SYN+ACK was lost. */
  repeatAck({ trailer }: Segment, now: Millis): void {
    if (trailer.sequence === this.#peerInitial && trailer.acknowledgement === this.#initial)
      this.#acknowledge(now)
  }

  exchange({ trailer, parcel }: Segment, now: Millis): void {
    const incoming = this.#incoming!
    const { sequence, acknowledgement } = trailer
    const isList = kindOf(trailer.flags) === 'eack'
    const isData = parcel.octets.length > 0 && !isList
    if (!incoming.isWithin(sequence)) {
      // The peer repeats what has arrived: our acknowledgement was lost.
      if (
        isData &&
        this.#outgoing.isPlausible(acknowledgement) &&
        incoming.take(sequence, parcel) === 'repeated'
      ) {
        this.#lastHeardAt = now
        this.#acknowledge(now)
      }
      return
    }
    if (!this.#outgoing.isPlausible(acknowledgement)) return
    this.#lastHeardAt = now
    this.#outgoing.acknowledged(acknowledgement, now)
    if (isList) this.#outgoing.held(this.#heldIn(parcel.octets), now)
    if (isData) this.#take(sequence, parcel, now)
    this.#outgoing.fill(now)
    this.#closeIfDrained(now)
  }

  /** Only after all that the peer has sent; until then its RST is early, and comes again. */
  peerCloses({ trailer }: Segment, now: Millis): void {
    const incoming = this.#incoming!
    if (trailer.sequence !== nextSequence(incoming.last)) return
    this.#outgoing.acknowledged(trailer.acknowledgement, now)
    const { undelivered } = this.#outgoing
    this.#control(RdpFlag.Rst | RdpFlag.Ack, now)
    incoming.discard()
    this.#state = {
      name: 'close-wait',
      by: 'peer',
      until: this.#later(this.options.connectionTimeoutMs, now),
      resendAt: NEVER,
    }
    this.#host.ended('closed-by-peer', undelivered)
  }

  peerResets({ trailer }: Segment): void {
    // Only one that speaks of this connection: it repeats a number that we sent.
    if (
      this.#outgoing.isPlausible(trailer.acknowledgement) ||
      trailer.sequence === nextSequence(this.#incoming!.last)
    ) {
      this.#end('reset')
    }
  }

  repeatRst(now: Millis): void {
    const state = this.#state
    if (state.name !== 'close-wait') return
    this.#control(RdpFlag.Rst | RdpFlag.Ack, now)
    if (state.by === 'us')
      this.#state = { ...state, resendAt: this.#later(this.options.packetTimeoutMs, now) }
  }

  lastWord(now: Millis): void {
    const state = this.#state
    if (state.name !== 'close-wait') return
    if (state.by === 'us') this.forget()
    else this.repeatRst(now)
  }

  forget(): void {
    this.#incoming?.discard()
    this.#state = { name: 'closed' }
    this.#host.gone()
  }

  // Below the table.

  #open(isClosing: boolean, now: Millis): void {
    this.#lastHeardAt = now
    this.#explicitlyAcked = this.#incoming!.last
    this.#state = { name: 'open', isClosing }
    this.#host.opened()
  }

  #take(sequence: RdpSequence, parcel: Parcel, now: Millis): void {
    const incoming = this.#incoming!
    const arrival = incoming.take(sequence, parcel)
    if (arrival === 'in-order') {
      const unacked = steps(this.#explicitlyAcked, incoming.last)
      if (!this.options.delayedAcks || unacked > this.options.ackDelayCount) this.#acknowledge(now)
      else if (this.#ackAt === NEVER) this.#ackAt = this.#later(this.options.ackTimeoutMs, now)
    } else if (arrival === 'early' && this.options.extendedAcks !== 'none') {
      const isTime = now - this.#listedAt >= this.options.ackTimeoutMs / 4
      if (incoming.heldCount === 1 || isTime) this.#acknowledge(now)
      else if (this.#ackAt === NEVER) this.#ackAt = this.#later(this.options.ackTimeoutMs / 4, now)
    } else if (arrival === 'repeated') this.#acknowledge(now)
  }

  #acknowledge(now: Millis): void {
    const incoming = this.#incoming!
    this.#explicitlyAcked = incoming.last
    if (this.options.extendedAcks !== 'none' && incoming.heldCount > 0) {
      this.#listedAt = now
      this.#control(RdpFlag.Ack | RdpFlag.Eack, now, control(this.#heldInWords()))
    } else this.#control(RdpFlag.Ack, now)
  }

  #heldInWords(): Uint8Array {
    const incoming = this.#incoming!
    if (this.options.extendedAcks === 'list') return encodeEackList(incoming.heldNumbers(this.#eackListMax))
    const runs = encodeRuns(incoming.heldNumbers(incoming.heldCount))
    return runs.subarray(0, 4 * (this.#eackListMax >> 1))
  }

  #heldIn(payload: Uint8Array): RdpSequence[] {
    if (this.options.extendedAcks !== 'runs') return decodeEackList(payload)
    return decodeRuns(payload, 2 * this.options.windowPackets)
  }

  #tickOpen(now: Millis): void {
    if (now >= this.#silentAt()) this.#leave('timeout', now)
    else if (now >= this.#stuckAt()) this.#leave('no-progress', now)
    else {
      this.#outgoing.tick(now)
      if (now >= this.#ackAt || now >= this.#keepAliveAt()) this.#acknowledge(now)
    }
  }

  #closeIfDrained(now: Millis): void {
    if (this.#state.name === 'open' && this.#state.isClosing && this.#outgoing.undelivered === 0) {
      this.#leave('closed', now)
    }
  }

  /** Tells the peer, then the user; answers the peer's last words for a while. */
  #leave(ending: RdpEnding, now: Millis): void {
    const { undelivered } = this.#outgoing
    this.#control(RdpFlag.Rst | RdpFlag.Ack, now)
    this.#incoming?.discard()
    this.#state = {
      name: 'close-wait',
      by: 'us',
      until: this.#later(this.options.connectionTimeoutMs, now),
      resendAt: this.#later(this.options.packetTimeoutMs, now),
    }
    this.#host.ended(ending, undelivered)
  }

  #end(ending: RdpEnding): void {
    const { undelivered } = this.#outgoing
    this.#incoming?.discard()
    this.#state = { name: 'closed' }
    this.#host.ended(ending, undelivered)
    this.#host.gone()
  }

  #silentAt(): Millis {
    return this.#later(this.options.connectionTimeoutMs, this.#lastHeardAt)
  }

  #stuckAt(): Millis {
    if (this.#outgoing.undelivered === 0) return NEVER
    return this.#later(NO_PROGRESS_TIMEOUTS * this.options.connectionTimeoutMs, this.#outgoing.lastProgressAt)
  }

  /** Often enough that a peer that hears nothing else does not give up on us. */
  #keepAliveAt(): Millis {
    return this.#later(this.options.connectionTimeoutMs / 4, this.#lastSentAt)
  }

  #sendSyn({ since, isClosing }: { readonly since: Millis; readonly isClosing: boolean }, now: Millis): void {
    const trailer = {
      flags: RdpFlag.Syn,
      counter: this.#countControl(),
      sequence: this.#initial,
      acknowledgement: 0 as RdpSequence,
    }
    this.#host.send(trailer, control(encodeSynOptions(this.options)), 'control')
    this.#state = {
      name: 'syn-sent',
      since,
      isClosing,
      resendAt: this.#later(this.options.packetTimeoutMs, now),
    }
  }

  #sendSynAck(since: Millis, now: Millis): void {
    const trailer = {
      flags: RdpFlag.Syn | RdpFlag.Ack,
      counter: this.#countControl(),
      sequence: this.#initial,
      acknowledgement: this.#peerInitial!,
    }
    this.#host.send(trailer, NOTHING, 'control')
    this.#state = { name: 'syn-received', since, resendAt: this.#later(this.options.packetTimeoutMs, now) }
  }

  #control(flags: number, now: Millis, parcel: Parcel = NOTHING): void {
    this.#host.send(
      {
        flags,
        counter: this.#countControl(),
        sequence: this.#outgoing.next,
        acknowledgement: this.#incoming?.last ?? (0 as RdpSequence),
      },
      parcel,
      'control',
    )
    this.#sent(now)
  }

  #sendData(sequence: RdpSequence, parcel: Parcel, now: Millis): void {
    this.#host.send(
      { flags: RdpFlag.Ack, counter: 0, sequence, acknowledgement: this.#incoming!.last },
      parcel,
      'data',
    )
    this.#sent(now)
  }

  #sent(now: Millis): void {
    this.#lastSentAt = now
    this.#ackAt = NEVER
  }

  #countControl(): number {
    const counter = this.#controlCounter
    this.#controlCounter = (counter + 1) & 0x0f
    return counter
  }

  #sendFrom(initial: RdpSequence): Outgoing {
    return new Outgoing(nextSequence(initial), this.options, (sequence, parcel, now) =>
      this.#sendData(sequence, parcel, now),
    )
  }

  /** What the user has written already gets the numbers of the new beginning. */
  #renumbered(): Outgoing {
    const fresh = this.#sendFrom(this.#initial)
    this.#outgoing.moveTo(fresh)
    return fresh
  }

  #receiveFrom(peerInitial: RdpSequence): Incoming {
    return new Incoming(peerInitial, this.options.windowPackets, this.#host, this.#budget)
  }

  #later(ms: number, than: Millis): Millis {
    return (than + ms) as Millis
  }
}

function control(octets: Uint8Array): Parcel {
  return { octets, isFragment: false }
}
