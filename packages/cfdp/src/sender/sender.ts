import type { Millis, Slot } from '@skyferry/engine'
import { assert } from '@skyferry/engine'
import { toHex } from '@skyferry/octets'
import { isComplete } from '../faults.ts'
import { FileChecksum } from '../file-checksum.ts'
import type { SourceFile } from '../filestore.ts'
import type { TransactionReport } from '../indications.ts'
import { ASSUMED_RATE_BPS, type RemoteSettings } from '../mib.ts'
import { encodePdu } from '../pdu/encode.ts'
import { FileDataTemplate } from '../pdu/file-data.ts'
import {
  ChecksumType,
  ConditionCode,
  DeliveryCode,
  type FaultHandlerOverride,
  FileStatus,
  type Header,
  type Pdu,
  type PduKind,
  type PduOf,
  TransactionStatus,
} from '../pdu/model.ts'
import {
  type CfdpRecord,
  type Ending,
  foldSender,
  openSenderFacts,
  type SenderFacts,
  type SenderRecord,
  unfoldSender,
} from '../records.ts'
import type { TransactionId } from '../requests.ts'
import type { RoundTrip } from '../round-trip.ts'
import { Spacing } from '../spacing.ts'
import { type Desk, type TimerName, Transaction } from '../transaction.ts'
import { Pacer } from './pacer.ts'
import { Retransmission } from './retransmission.ts'
import { SendTimes } from './send-times.ts'
import { Window } from './window.ts'

/** How much of the first pass may be repeated after a restart. */
const CHECKPOINT_OCTETS = 4 * 1024 * 1024
/** Without a light time, nothing is on its way for longer than this. */
const SETTLING_MAX_MS = 30_000
/** How much of a file is summed per call when the checksum lags behind (after a restart). */
const SLICE_OCTETS = 1024 * 1024

type SenderState =
  /** Waits until fewer transactions are open, or until its first record is stored. */
  | { readonly name: 'queued' }
  /** The first pass: Metadata, File Data, up to EOF. */
  | { readonly name: 'sending' }
  | { readonly name: 'awaiting-eof-ack'; readonly eofsSent: number; readonly sentAt: Millis }
  | { readonly name: 'awaiting-finished'; readonly checks: number }
  /** EOF(cancel) is on its way. */
  | { readonly name: 'cancelling'; readonly eofsSent: number }
  | { readonly name: 'ended'; readonly ending: Ending }

/** What a Put became: everything about the file delivery unit that does not change. */
export interface Delivery {
  readonly metadata: PduOf<'metadata'>
  readonly source: SourceFile | undefined
  readonly sourceName: string
}

type Step<K extends PduKind> = (sender: Sender<unknown>, pdu: PduOf<K>, now: Millis) => void
const ignore =
  (_why: string) =>
  (_sender: Sender<unknown>, _pdu: Pdu, _now: Millis): void => {}
const notForSenders = ignore('travels toward the receiver')
const nothingSent = ignore('nothing of this transaction has been sent')
const cancelling = ignore('a cancelled sender minds only acknowledgements (4.11.2.2.2)')
const over = ignore('the transaction has ended')
const early = ignore('no EOF awaits an acknowledgement')
const misdirected = {
  metadata: notForSenders,
  'file-data': notForSenders,
  eof: notForSenders,
  prompt: notForSenders,
  'ack-finished': notForSenders,
}

/** What each PDU does in each state (section 4.6.1.1, 4.6.3, 4.6.4). */
const TABLE = {
  queued: {
    ...misdirected,
    nak: nothingSent,
    'keep-alive': nothingSent,
    'ack-eof': nothingSent,
    finished: nothingSent,
  },
  sending: {
    ...misdirected,
    nak: (sender, pdu, now) => sender.serve(pdu, now),
    'keep-alive': (sender, pdu) => sender.learnProgress(pdu.progress),
    'ack-eof': early,
    finished: (sender, pdu, now) => sender.conclude(pdu, now),
  },
  'awaiting-eof-ack': {
    ...misdirected,
    nak: (sender, pdu, now) => sender.serve(pdu, now),
    'keep-alive': (sender, pdu) => sender.learnProgress(pdu.progress),
    'ack-eof': (sender, pdu, now) => sender.eofAcknowledged(pdu, now),
    finished: (sender, pdu, now) => sender.conclude(pdu, now),
  },
  'awaiting-finished': {
    ...misdirected,
    nak: (sender, pdu, now) => sender.serve(pdu, now),
    'keep-alive': (sender, pdu) => sender.learnProgress(pdu.progress),
    'ack-eof': early,
    finished: (sender, pdu, now) => sender.conclude(pdu, now),
  },
  cancelling: {
    ...misdirected,
    nak: cancelling,
    'keep-alive': cancelling,
    'ack-eof': (sender, pdu, now) => sender.cancelAcknowledged(pdu, now),
    finished: (sender, pdu) => sender.acknowledge(pdu),
  },
  ended: {
    ...misdirected,
    nak: sender => sender.repeatCancellation(),
    'keep-alive': sender => sender.repeatCancellation(),
    'ack-eof': over,
    finished: (sender, pdu) => sender.acknowledge(pdu),
  },
} satisfies { [State in SenderState['name']]: { [K in PduKind]: Step<K> } }

/** The sending end of one transaction, class 1 and class 2. */
export class Sender<Address> extends Transaction<Address> {
  readonly role = 'sender'
  #state: SenderState = { name: 'queued' }
  readonly #facts: SenderFacts
  readonly #metadata: PduOf<'metadata'>
  readonly #overrides: readonly FaultHandlerOverride[]
  #source: SourceFile | undefined
  readonly #size: number
  readonly #template: FileDataTemplate
  readonly #segment: number
  /** Number of the record that the first PDU waits for; 0 after a restart, when it is stored. */
  readonly #opened: number

  /** The first pass: everything below has been sent. */
  #next = 0
  #checkpoint = 0
  readonly #checksum: FileChecksum
  readonly #resend = new Retransmission()
  /** Gaps below this have been reported; only what is above measures a round trip. */
  #reportedUpTo = 0
  readonly #sendTimes = new SendTimes()
  readonly #spacing = new Spacing()
  #metadataSentAt = -Infinity
  /** Octets the peer is known to hold, by its own account. */
  #delivered = 0

  readonly #window: Window | undefined
  #pacer: Pacer | undefined

  #metadataDue = false
  #eofDue = false
  #promptDue = false
  /** Number of the record of the cancellation or the end, on which EOF(cancel) and ACK(Finished) rest. */
  #outcomeKept = 0
  /** Since the last Prompt: how soon a NAK came that seemed too early to be its answer. */
  #earlyAnswer: number | undefined
  #ackDue: { readonly condition: ConditionCode; readonly after: number } | undefined

  constructor(
    desk: Desk<Address>,
    id: TransactionId,
    header: Header,
    delivery: Delivery,
    settings: RemoteSettings<Address>,
    roundTrip: RoundTrip,
    now: Millis,
    restored?: SenderFacts,
  ) {
    super(desk, id, header, settings, roundTrip, now)
    this.#metadata = delivery.metadata
    this.#source = delivery.source
    this.#size = delivery.metadata.fileSize
    this.#overrides = delivery.metadata.options.filter(option => option.tlv === 'fault-handler-override')
    this.#template = new FileDataTemplate(header)
    this.#segment = this.#template.capacity(settings.maxPduSize)
    assert(this.#segment > 0, 'a PDU has room for at least one octet of the file')
    this.#checksum = new FileChecksum(delivery.metadata.checksumType, desk.crc32)
    const windowed = settings.pace === 'window' && this.isAcknowledged
    this.#window = windowed ? new Window(settings.maxPduSize) : undefined
    if (typeof settings.pace === 'number') this.#pacer = new Pacer(settings.pace)
    else if (settings.pace === 'window' && !windowed) this.#pacer = new Pacer(ASSUMED_RATE_BPS)

    if (restored !== undefined) {
      this.#facts = restored
      this.#opened = 0
      this.#restore(restored, now)
      return
    }
    const put: SenderRecord = {
      transaction: this.key,
      role: 'sender',
      kind: 'put',
      metadata: toHex(this.#encodedMetadata()),
      sourceName: delivery.sourceName,
      size: this.#size,
      stamp: delivery.source?.stamp ?? '',
      crc: header.crc,
    }
    this.#facts = openSenderFacts(put)
    this.#opened = desk.keep(put)
    this.indicate({ kind: 'transaction' })
    if (this.#pacer !== undefined && settings.pace === 'window') {
      this.#notice(
        'rate-assumed',
        `no rate is given and class 1 cannot learn one: sending ${ASSUMED_RATE_BPS / 1e6} Mbit/s`,
      )
    }
  }

  /** Leaves the queue: from now on it sends. */
  start(now: Millis): void {
    if (this.#state.name !== 'queued') return
    this.#state = { name: 'sending' }
    this.#metadataDue = this.#next === 0
    this.desk.wait(this, this.#opened)
    this.settled(now)
  }

  get isQueued(): boolean {
    return this.#state.name === 'queued'
  }

  get isEnded(): boolean {
    return this.#state.name === 'ended'
  }

  get state(): SenderState['name'] {
    return this.#state.name
  }

  receive(pdu: Pdu, now: Millis): void {
    this.heard(now)
    dispatch(this as Sender<unknown>, this.#state.name, pdu, now)
    if (this.timers.isSet('inactivity')) this.#watch(now)
  }

  settled(now: Millis): void {
    if (!this.desk.isStored(this.#opened)) return
    this.#wake(now)
  }

  // — what PDUs do —

  /** Serves a NAK (section 4.6.4.2.1). */
  serve(nak: PduOf<'nak'>, now: Millis): void {
    this.#measure(nak, now)
    const roundTrip = this.#settlingTime
    if (nak.metadataRequested && now - this.#metadataSentAt >= roundTrip) this.#metadataDue = true
    let missing = 0
    let lost = 0
    for (const request of nak.requests) {
      const to = Math.min(request.to, this.#next)
      if (request.from >= to) continue
      missing += to - request.from
      lost += this.#resend.request(request.from, to, now, roundTrip)
    }
    // Nobody holds what was not sent, whatever a NAK speaks of.
    const told = Math.min(nak.scope.to, this.#next)
    if (nak.scope.from === 0) this.#delivered = Math.max(this.#delivered, told - missing)
    if (nak.scope.from === 0) this.#promptAnswered(lost, now)
    this.#wake(now)
  }

  /**
   * A new gap in the first pass, reported for the first time: the segment after it left one round trip ago. (Once EOF
   * is out, a gap may be reported long after it showed.)
   */
  #measure(nak: PduOf<'nak'>, now: Millis): void {
    const last = nak.requests.at(-1)
    if (last === undefined || last.to <= this.#reportedUpTo) return
    const isFresh = last.from >= this.#reportedUpTo && this.#state.name === 'sending'
    this.#reportedUpTo = last.to
    const sentAt = isFresh ? this.#sendTimes.after(last.to) : undefined
    if (sentAt !== undefined) this.roundTrip.sample(now - sentAt)
  }

  /**
   * How long after it was resent an octet may still be on its way. Bounded, whatever was measured: a peer that goes on
   * asking is right in the end.
   */
  get #settlingTime(): number {
    const measured = this.roundTrip.estimate * 0.9 + this.#spacing.allowance
    return Math.min(measured, 2.5 * this.settings.lightTime + SETTLING_MAX_MS)
  }

  learnProgress(progress: number): void {
    this.#delivered = Math.max(this.#delivered, Math.min(progress, this.#next))
  }

  eofAcknowledged(ack: PduOf<'ack-eof'>, now: Millis): void {
    if (this.#state.name !== 'awaiting-eof-ack' || ack.condition !== ConditionCode.NoError) return
    if (this.#state.eofsSent === 1) this.roundTrip.sample(now - this.#state.sentAt)
    this.timers.stop('eof-ack')
    this.#state = { name: 'awaiting-finished', checks: 0 }
    this.#watch(now)
  }

  cancelAcknowledged(ack: PduOf<'ack-eof'>, now: Millis): void {
    const cancelled = this.#facts.cancelled
    if (cancelled === undefined || ack.condition !== cancelled.condition) return
    this.#end(endingOf(cancelled.condition), now)
  }

  /**
   * A peer that goes on with a cancelled transaction has not understood, or has forgotten: it fell before its end was
   * safe, or a late PDU opened the transaction anew. Nothing else would ever end it there.
   */
  repeatCancellation(): void {
    if (this.#facts.cancelled === undefined || !this.isAcknowledged) return
    this.#eofDue = true
    this.desk.wakeDirectives(this)
  }

  /** Answers a Finished whatever the state (section 4.7.2). */
  acknowledge(finished: PduOf<'finished'>): void {
    if (!this.isAcknowledged) return
    this.#acknowledgeOnceStored(finished.condition, this.#outcomeKept)
  }

  /** The peer's Notice of Completion. */
  conclude(finished: PduOf<'finished'>, now: Millis): void {
    if (!this.isAcknowledged && !this.#metadata.closureRequested) return
    const { condition, delivery, fileStatus } = finished
    const ending: Ending = { condition, delivery, fileStatus }
    if (isComplete(condition)) {
      this.#delivered = this.#size
      this.#acknowledgeOnceStored(condition, this.#end(ending, now))
      return
    }
    const handler = this.handlerFor(condition, this.#overrides, this.settings.senderFaultHandlers)
    if (handler === 'suspend') {
      this.acknowledge(finished)
      this.suspend(condition, now)
      return
    }
    this.#acknowledgeOnceStored(
      condition,
      this.#end(handler === 'abandon' ? { ...ending, abandoned: true } : ending, now),
    )
  }

  // — what users do —

  cancel(condition: ConditionCode, now: Millis): string | undefined {
    if (this.#state.name === 'ended') return 'the transaction has ended'
    if (this.#state.name === 'cancelling') return 'the transaction is being cancelled already'
    // After a restart nobody knows what was on the wire before.
    const untold = this.#opened > 0 && this.#metadataSentAt === -Infinity && this.#next === 0
    if (untold) {
      this.#end(endingOf(condition), now)
      return undefined
    }
    this.#outcomeKept = this.#keep({
      transaction: this.key,
      role: 'sender',
      kind: 'cancelled',
      condition,
      progress: this.#next,
      checksum: this.#checksum.value(),
    })
    this.desk.wait(this, this.#outcomeKept)
    this.#enterCancelling(now)
    return undefined
  }

  suspend(condition: ConditionCode, now: Millis): string | undefined {
    if (this.#state.name === 'ended') return 'the transaction has ended'
    if (this.isSuspended) return 'the transaction is suspended already'
    this.#keep({ transaction: this.key, role: 'sender', kind: 'suspended', condition })
    this.#pause(condition, now)
    this.indicate({ kind: 'suspended', condition })
    return undefined
  }

  resume(now: Millis): string | undefined {
    if (!this.isSuspended) return 'the transaction is not suspended'
    this.#keep({ transaction: this.key, role: 'sender', kind: 'resumed' })
    this.suspendedBy = undefined
    this.lastHeard = now
    this.timers.resume(now)
    if (this.#state.name === 'awaiting-eof-ack') {
      this.#state = { ...this.#state, eofsSent: 0 }
      this.#eofDue = true
      this.timers.stop('eof-ack')
    }
    if (this.#state.name === 'awaiting-finished') {
      this.#state = { name: 'awaiting-finished', checks: 0 }
      this.#watch(now)
    }
    this.indicate({ kind: 'resumed', progress: this.#next })
    this.#wake(now)
    return undefined
  }

  // — what time does —

  tick(now: Millis): void {
    for (let name = this.timers.expire(now); name !== undefined; name = this.timers.expire(now))
      this.#expired(name, now)
  }

  #expired(name: TimerName, now: Millis): void {
    switch (name) {
      case 'eof-ack':
        return this.#eofUnanswered(now)
      case 'inactivity':
        return this.#inactive(now)
      case 'check':
        return this.#fault(ConditionCode.CheckLimitReached, 'no Finished came after EOF', now)
      case 'prompt':
        return this.#promptMissed(now)
      case 'pace':
        return this.desk.wakeData(this)
      case 'work':
        return this.#sumSlice(now)
      case 'pending':
        return this.desk.forget(this)
    }
  }

  #eofUnanswered(now: Millis): void {
    const state = this.#state
    if (state.name !== 'awaiting-eof-ack' && state.name !== 'cancelling') return
    const limit = this.settings.eofAckLimit
    if (limit < 0 || state.eofsSent <= limit) {
      this.#eofDue = true
      this.desk.wakeDirectives(this)
      return
    }
    this.#fault(
      ConditionCode.PositiveAckLimitReached,
      `EOF was sent ${state.eofsSent} times and not acknowledged`,
      now,
    )
  }

  #inactive(now: Millis): void {
    const due = this.lastHeard + this.settings.inactivityTimeout
    if (due > now) {
      this.timers.set('inactivity', due as Millis, now)
      return
    }
    this.#fault(ConditionCode.InactivityDetected, 'the peer has been silent while Finished was awaited', now)
  }

  /** Class 2, after its EOF was acknowledged, until Finished (the seed; section 4.10). */
  #watch(now: Millis): void {
    if (this.#state.name !== 'awaiting-finished') return
    if (!this.isAcknowledged || this.settings.inactivityTimeout === Infinity) return
    this.timers.set('inactivity', this.after(now, this.settings.inactivityTimeout), now)
  }

  // — what is sent —

  transmitDirective(slot: Slot<Address>, now: Millis): boolean {
    if (this.#ackDue !== undefined && this.desk.isStored(this.#ackDue.after)) {
      if (!this.isSuspended || this.settings.ackEofWhileSuspended) {
        const { condition } = this.#ackDue
        this.#ackDue = undefined
        this.fill(slot, { kind: 'ack-finished', condition, status: TransactionStatus.Terminated })
        return true
      }
    }
    if (this.#state.name === 'ended') return this.#eofDue && this.#fillCancel(slot)
    if (this.isSuspended || !this.desk.isStored(this.#opened)) return false
    if (this.#state.name === 'cancelling') {
      // A sender that forgot its cancellation would go on with a transaction the peer has closed.
      return this.#eofDue && this.desk.isStored(this.#outcomeKept) && this.#transmitCancel(slot, now)
    }
    if (this.#metadataDue) {
      this.#metadataDue = false
      this.#metadataSentAt = now
      this.fill(slot, this.#metadata)
      if (this.#state.name === 'sending') this.#wake(now)
      return true
    }
    if (this.#eofDue) return this.#transmitEof(slot, now)
    if (this.#promptDue) {
      this.#promptDue = false
      this.#earlyAnswer = undefined
      this.#window?.prompted(now)
      this.timers.set('prompt', this.after(now, this.#patience(now, this.#window?.missedInARow)), now)
      this.fill(slot, { kind: 'prompt', response: 'nak' })
      return true
    }
    return false
  }

  transmitData(slot: Slot<Address>, now: Millis): boolean {
    if (!this.#maySendData(now)) return false
    const segment = Math.min(this.#segment, this.#template.capacity(slot.bytes.length))
    if (this.#resend.octets > 0) {
      const range = this.#resend.take(segment, now, this.#settlingTime)
      if (range === undefined || !this.#fillData(slot, range.from, range.to - range.from, now)) return false
      this.pdus.resent += 1
    } else {
      if (this.#state.name !== 'sending' || this.#next >= this.#size) return false
      const length = Math.min(segment, this.#size - this.#next)
      const from = this.#next
      if (!this.#fillData(slot, from, length, now)) return false
      this.#next = from + length
      this.#sendTimes.passed(this.#next, now)
      if (this.#next - this.#checkpoint >= CHECKPOINT_OCTETS) {
        this.#checkpoint = this.#next
        this.#keep({ transaction: this.key, role: 'sender', kind: 'sent', upTo: this.#next })
      }
      if (this.#next === this.#size) this.#firstPassDone(now)
    }
    this.pdus.sent += 1
    this.#spacing.passed(now)
    this.#pacer?.passed(slot.length, now)
    if (this.#window !== undefined) {
      this.#window.sentOne()
      this.#considerPrompt(this.#resend.octets === 0 && this.#next === this.#size)
    }
    return true
  }

  #maySendData(now: Millis): boolean {
    const name = this.#state.name
    if (name !== 'sending' && name !== 'awaiting-eof-ack' && name !== 'awaiting-finished') return false
    if (this.isSuspended || this.#metadataDue || !this.desk.isStored(this.#opened)) return false
    if (this.#resend.octets === 0 && (name !== 'sending' || this.#next === this.#size)) return false
    if (this.#pacer !== undefined && !this.#pacer.mayPass(now)) {
      this.timers.set('pace', this.#pacer.next(), now)
      return false
    }
    if (this.#window !== undefined && !this.#window.isDoubted && !this.#window.hasRoom) {
      this.#considerPrompt(true)
      return false
    }
    return true
  }

  /** Reads the file straight into the slot. */
  #fillData(slot: Slot<Address>, offset: number, length: number, now: Millis): boolean {
    assert(this.#source !== undefined, 'file data comes from a file')
    const at = this.#template.begin(slot.bytes, offset, length)
    const rejection = this.#source.read(offset, slot.bytes, at, length)
    if (rejection !== undefined) {
      this.#fault(ConditionCode.FilestoreRejection, rejection.reason, now)
      return false
    }
    if (offset === this.#checksum.upTo) this.#checksum.add(slot.bytes, slot.view, at, at + length, offset)
    slot.length = this.#template.end(slot.bytes, at + length)
    slot.to = this.settings.address
    return true
  }

  #firstPassDone(now: Millis): void {
    if (this.#checksum.upTo < this.#size && this.#checksum.type !== ChecksumType.Null) {
      this.timers.set('work', now, now)
      return
    }
    this.#eofDue = true
    this.desk.wakeDirectives(this)
  }

  /** After a restart the checksum covers only what was sent since: sums the rest, a slice per call. */
  #sumSlice(now: Millis): void {
    assert(this.#source !== undefined, 'a checksum is of a file')
    const from = this.#checksum.upTo
    const length = Math.min(SLICE_OCTETS, this.#size - from)
    const slice = new Uint8Array(length)
    const rejection = this.#source.read(from, slice, 0, length)
    if (rejection !== undefined) return this.#fault(ConditionCode.FilestoreRejection, rejection.reason, now)
    this.#checksum.add(slice, new DataView(slice.buffer), 0, length, from)
    if (this.#state.name === 'sending' && this.#next === this.#size) this.#firstPassDone(now)
  }

  #transmitEof(slot: Slot<Address>, now: Millis): boolean {
    this.#eofDue = false
    const first = this.#state.name === 'sending'
    if (first) {
      const checksum = this.#checksum.value()
      this.#keep({ transaction: this.key, role: 'sender', kind: 'eof', checksum })
      this.indicate({ kind: 'eof-sent' })
    }
    assert(this.#facts.eof !== undefined, 'an EOF was recorded before it is sent')
    this.fill(slot, {
      kind: 'eof',
      condition: ConditionCode.NoError,
      checksum: this.#facts.eof.checksum,
      fileSize: this.#size,
    })
    if (!this.isAcknowledged) this.#eofSentUnacknowledged(now)
    else {
      const eofsSent = this.#state.name === 'awaiting-eof-ack' ? this.#state.eofsSent + 1 : 1
      this.#state = { name: 'awaiting-eof-ack', eofsSent, sentAt: now }
      // Far away, losing the one EOF costs a whole round trip more: two cost nothing.
      if (first && this.roundTrip.isLong) this.#eofDue = true
      this.timers.set('eof-ack', this.after(now, this.#eofPatience(now)), now)
    }
    return true
  }

  #eofSentUnacknowledged(now: Millis): void {
    if (this.#metadata.closureRequested) {
      this.#state = { name: 'awaiting-finished', checks: 0 }
      const { checkLimit, checkTimeout } = this.settings
      if (checkLimit >= 0)
        this.timers.set('check', this.after(now, checkTimeout * Math.max(1, checkLimit)), now)
      return
    }
    const fileStatus = FileStatus.Unreported
    this.#end({ condition: ConditionCode.NoError, delivery: DeliveryCode.Complete, fileStatus }, now)
  }

  #transmitCancel(slot: Slot<Address>, now: Millis): boolean {
    const cancelled = this.#facts.cancelled
    assert(cancelled !== undefined && this.#state.name === 'cancelling', 'a cancelled sender knows why')
    this.#fillCancel(slot)
    if (!this.isAcknowledged) {
      this.#end(endingOf(cancelled.condition), now)
      return true
    }
    this.#state = { name: 'cancelling', eofsSent: this.#state.eofsSent + 1 }
    this.timers.set('eof-ack', this.after(now, this.#eofPatience(now)), now)
    return true
  }

  #fillCancel(slot: Slot<Address>): boolean {
    const cancelled = this.#facts.cancelled
    this.#eofDue = false
    if (cancelled === undefined) return false
    this.fill(slot, {
      kind: 'eof',
      condition: cancelled.condition,
      checksum: cancelled.checksum,
      fileSize: cancelled.progress,
      faultLocation: this.id.source,
    })
    return true
  }

  // — the window —

  #considerPrompt(idle: boolean): void {
    const window = this.#window
    if (window === undefined || this.#promptDue || !window.wantsPrompt(idle)) return
    this.#promptDue = true
    this.desk.wakeDirectives(this)
  }

  #promptAnswered(lost: number, now: Millis): void {
    const promptAt = this.#window?.promptAt
    if (this.#window === undefined || promptAt === undefined) return
    // An answer that comes sooner than light allows is a NAK that was under way already.
    if (now - promptAt < this.roundTrip.least * 0.5) {
      this.#earlyAnswer ??= now - promptAt
      return
    }
    this.roundTrip.sample(now - promptAt)
    this.timers.stop('prompt')
    if (this.#pacer !== undefined) {
      this.#pacer = undefined
      this.#notice('window-learned', 'the peer answers Prompts: its NAKs set the pace from here')
    }
    this.#window.answered(now, this.#delivered, lost, this.roundTrip.least)
  }

  #promptMissed(now: Millis): void {
    if (this.#window === undefined) return
    // What seemed too early and was followed by nothing was the answer: the way has become shorter.
    if (this.#earlyAnswer !== undefined) this.roundTrip.sample(this.#earlyAnswer)
    this.#window.missed()
    // A peer that fell before it had noted this transaction knows no answer: Metadata opens it again, Prompts do not.
    if (this.#window.missedInARow >= 2) this.#metadataDue = true
    if (this.#window.isDoubted && this.#pacer === undefined) {
      this.#pacer = new Pacer(ASSUMED_RATE_BPS)
      this.#notice(
        'rate-assumed',
        `the peer answers no Prompt and no rate is given: sending ${ASSUMED_RATE_BPS / 1e6} Mbit/s`,
      )
    }
    if (this.#state.name === 'sending' || this.#resend.octets > 0) this.#considerPrompt(true)
    this.#wake(now)
  }

  // — ends —

  #fault(condition: ConditionCode, reason: string, now: Millis): void {
    this.indicate({ kind: 'fault', condition, progress: this.#next, reason })
    if (this.#state.name === 'cancelling') {
      this.#end({ ...endingOf(condition), abandoned: true }, now)
      return
    }
    switch (this.handlerFor(condition, this.#overrides, this.settings.senderFaultHandlers)) {
      case 'cancel':
        this.cancel(condition, now)
        return
      case 'suspend':
        this.suspend(condition, now)
        return
      case 'abandon':
        this.#end({ ...endingOf(condition), abandoned: true }, now)
        return
      case 'ignore':
        this.#carryOn(condition, now)
    }
  }

  /** What "ignore" means for each condition (section 4.8 leaves it open). */
  #carryOn(condition: ConditionCode, now: Millis): void {
    if (condition === ConditionCode.PositiveAckLimitReached && this.#state.name === 'awaiting-eof-ack') {
      this.#state = { ...this.#state, eofsSent: 0 }
      this.#eofDue = true
      this.desk.wakeDirectives(this)
    } else if (condition === ConditionCode.InactivityDetected) {
      this.lastHeard = now
      this.#watch(now)
    } else if (condition === ConditionCode.CheckLimitReached) {
      const fileStatus = FileStatus.Unreported
      this.#end({ condition: ConditionCode.NoError, delivery: DeliveryCode.Complete, fileStatus }, now)
    }
  }

  #acknowledgeOnceStored(condition: ConditionCode, after: number): void {
    if (!this.isAcknowledged) return
    this.#ackDue = { condition, after }
    this.desk.wait(this, after)
    this.desk.wakeDirectives(this)
  }

  /** @returns the number of the record that says so */
  #end(ending: Ending, now: Millis): number {
    this.#state = { name: 'ended', ending }
    this.suspendedBy = undefined
    this.#dropWork()
    const count = this.#keep({ transaction: this.key, role: 'sender', kind: 'ended', ending })
    this.#outcomeKept = count
    const { condition, delivery, fileStatus } = ending
    if (ending.abandoned) this.indicate({ kind: 'abandoned', condition, progress: this.#next }, count)
    this.indicate(
      { kind: 'transaction-finished', condition, delivery, fileStatus, responses: [], report: this.report },
      count,
    )
    this.timers.set('pending', this.after(now, this.desk.local.pendingAfterCompletion), now)
    this.desk.ended(this, now)
    return count
  }

  #dropWork(): void {
    this.timers.stopAll()
    this.#resend.clear()
    this.#metadataDue = this.#eofDue = this.#promptDue = false
    this.close()
  }

  #enterCancelling(now: Millis): void {
    this.#dropWork()
    this.suspendedBy = undefined
    this.#state = { name: 'cancelling', eofsSent: 0 }
    this.#eofDue = true
    this.#wake(now)
  }

  #pause(condition: ConditionCode, now: Millis): void {
    this.suspendedBy = condition
    this.timers.pause(now)
  }

  close(): void {
    this.#source?.close()
    this.#source = undefined
  }

  // — restart —

  #restore(facts: SenderFacts, now: Millis): void {
    this.#next = this.#checkpoint = facts.sentUpTo
    if (facts.suspended !== undefined) this.suspendedBy = facts.suspended
    if (facts.ended !== undefined) {
      this.#state = { name: 'ended', ending: facts.ended }
      this.timers.set('pending', this.after(now, this.desk.local.pendingAfterCompletion), now)
    } else if (facts.cancelled !== undefined) {
      this.#state = { name: 'cancelling', eofsSent: 0 }
      this.#eofDue = true
    } else if (facts.eof !== undefined) {
      // Not knowing whether EOF left, send it again: the peer acknowledges it again.
      this.#state = this.isAcknowledged
        ? { name: 'awaiting-eof-ack', eofsSent: 0, sentAt: now }
        : { name: 'awaiting-finished', checks: 0 }
      this.#eofDue = true
    }
    if (this.isSuspended && this.#state.name !== 'ended') this.timers.pause(now)
  }

  /** A restored sender whose file is gone or another one now. */
  refuseSource(reason: string, now: Millis): void {
    this.#fault(ConditionCode.FilestoreRejection, reason, now)
  }

  records(): Iterable<CfdpRecord> {
    return unfoldSender({ ...this.#facts, sentUpTo: this.#checkpoint })
  }

  get report(): TransactionReport {
    const state = this.#state
    const unheard = this.#window === undefined || !this.#window.answeredEver
    return {
      transaction: this.id,
      role: 'sender',
      mode: this.header.mode,
      state: state.name,
      suspended: this.isSuspended,
      size: this.#size,
      octets:
        state.name === 'ended' && isComplete(state.ending.condition)
          ? this.#size
          : unheard
            ? this.#next
            : this.#delivered,
      gaps: this.#resend.gaps,
      safeOctets: this.#delivered,
      pdus: { ...this.pdus },
      waitingFor: this.#waitingFor(),
      names: { source: this.#facts.put.sourceName, destination: this.#metadata.destinationName },
      holes: this.#resend.holes(64),
      roundTripMs: this.roundTrip.measured,
      ...(state.name === 'ended' ? { ending: state.ending } : {}),
    }
  }

  #waitingFor(): string {
    if (this.isSuspended) return `suspended (condition ${this.suspendedBy}); goes on when resumed`
    switch (this.#state.name) {
      case 'queued':
        return 'waits for its turn: as many transmissions as allowed are open'
      case 'sending':
        if (!this.desk.isStored(this.#opened)) return 'waits for its first record to be safe on disk'
        if (this.#window !== undefined && !this.#window.hasRoom && !this.#window.isDoubted) {
          return `waits for the peer's account of ${this.#window.underWay} PDUs under way; asks again by Prompt`
        }
        return 'sends file data'
      case 'awaiting-eof-ack':
        return this.#resend.octets > 0
          ? 'resends what the peer asked for'
          : 'waits for the peer to acknowledge EOF; sends it again when the timer ends'
      case 'awaiting-finished':
        return this.#resend.octets > 0
          ? 'resends what the peer asked for'
          : 'all is sent; waits for the peer to say that the file is whole (Finished)'
      case 'cancelling':
        return 'waits for the peer to acknowledge the cancellation'
      case 'ended':
        return 'nothing: the transaction has ended'
    }
  }

  // — small things —

  #wake(now: Millis): void {
    if (this.#state.name === 'sending' && !this.#metadataDue && !this.#eofDue && this.#next === this.#size) {
      if (this.#facts.eof === undefined && !this.isSuspended) this.#firstPassDone(now)
    }
    if (this.#metadataDue || this.#eofDue || this.#promptDue || this.#ackDue !== undefined) {
      this.desk.wakeDirectives(this)
    }
    this.desk.wakeData(this)
  }

  #keep(record: SenderRecord): number {
    foldSender(this.#facts, record)
    return this.desk.keep(record)
  }

  /** @param misses how often what is sent now was sent before, and not answered */
  #patience(now: Millis, misses?: number): number {
    return this.roundTrip.patience(now - this.lastHeard, misses)
  }

  #eofPatience(now: Millis): number {
    const { eofAckTimeout } = this.settings
    if (eofAckTimeout !== 'adaptive') return eofAckTimeout
    const state = this.#state
    const isWaiting = state.name === 'awaiting-eof-ack' || state.name === 'cancelling'
    return this.#patience(now, isWaiting ? state.eofsSent - 1 : 0)
  }

  #notice(code: string, text: string): void {
    this.indicate({ kind: 'notice', code, text })
  }

  #encodedMetadata(): Uint8Array {
    const octets = new Uint8Array(this.settings.maxPduSize)
    const length = encodePdu({ ...this.header, crc: false }, this.#metadata, octets)
    assert(length > 0, 'Metadata was checked to fit a PDU')
    return octets.subarray(0, length)
  }
}

function endingOf(condition: ConditionCode): Ending {
  return { condition, delivery: DeliveryCode.Incomplete, fileStatus: FileStatus.Unreported }
}

function dispatch<K extends PduKind>(
  sender: Sender<unknown>,
  state: SenderState['name'],
  pdu: PduOf<K>,
  now: Millis,
): void {
  const row: { readonly [P in PduKind]: Step<P> } = TABLE[state]
  row[pdu.kind as K](sender, pdu, now)
}

/** The state × PDU table, for documents and tests. */
export const SENDER_TABLE: {
  readonly [State in SenderState['name']]: { readonly [K in PduKind]: Step<K> }
} = TABLE
