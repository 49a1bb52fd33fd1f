import { assert, type Millis, type Slot } from '@skyferry/engine'
import { toHex } from '@skyferry/octets'
import { faultHandler, isComplete, isWhole } from '../faults.ts'
import { FileChecksum } from '../file-checksum.ts'
import type { SourceFile } from '../filestore.ts'
import { silenceAllowed, wasSilent, watchForSilence } from '../inactivity.ts'
import type { TransactionReport } from '../indications.ts'
import { isOn, type RemoteSettings } from '../mib.ts'
import { encodePdu } from '../pdu/encode.ts'
import { FileDataTemplate } from '../pdu/file-data.ts'
import {
  ConditionCode,
  DeliveryCode,
  type EntityId,
  type FaultHandlerOverride,
  type FilestoreResponse,
  type Header,
  type Pdu,
  type PduOf,
  TransactionStatus,
} from '../pdu/model.ts'
import { ackPatience, isAckLimitReached, OwedAck } from '../positive-ack.ts'
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
import { type Desk, type TimerName, Transaction } from '../transaction.ts'
import { Discrepancy } from './discrepancy.ts'
import { cancelPdu, endingAbandoned, endingCancelled, endingUnconfirmed, eofPdu } from './eof.ts'
import { FirstPass } from './first-pass.ts'
import { Pace, type PaceNotice, RATE_ASSUMED } from './pace.ts'
import { PeerProgress } from './peer-progress.ts'
import { Repair } from './repair.ts'
import { senderReport } from './sender-report.ts'
import { dispatch, type SenderState } from './table.ts'

/** Prompts missed are counted no further: where four of ten are lost each way, six in a row are, and a full window waits. */
const PROMPT_MISSES_MAX = 4

/** What a Put became: everything about the file delivery unit that does not change. */
export interface Delivery {
  readonly metadata: PduOf<'metadata'>
  readonly source: SourceFile | undefined
  readonly sourceName: string
  readonly priority: number
}

/** The sending end of one transaction, class 1 and class 2. */
export class Sender<Address> extends Transaction<Address> {
  readonly role = 'sender'
  #state: SenderState = { name: 'queued' }
  readonly #facts: SenderFacts
  readonly #metadata: PduOf<'metadata'>
  readonly #overrides: readonly FaultHandlerOverride[]
  #source: SourceFile | undefined
  /** Why there is no source though there is a file to send. */
  #refused: string | undefined
  readonly #template: FileDataTemplate
  readonly #segment: number
  /** Number of the record that the first PDU waits for; 0 after a restart, when it is stored. */
  readonly #opened: number
  readonly #firstPass: FirstPass
  readonly #repair: Repair
  /** Undefined: the link has a rate of its own. */
  readonly #pace: Pace | undefined
  readonly #peer = new PeerProgress()
  /** Undefined: nothing limits it. */
  readonly #discrepancy: Discrepancy | undefined
  /** By request or by interval; the window's own are its own. */
  readonly #prompts: Set<PduOf<'prompt'>['response']> = new Set()

  #metadataDue = false
  #metadataSentAt = -Infinity
  #eofDue = false
  readonly #ack = new OwedAck()
  #ackThoughSuspended = false
  /** A peer that keeps one transaction must have our ACK(Finished) before the next one begins. */
  #isLastWordDue = false
  /** Number of the record of the cancellation, of what Finished said, or of the end, on which EOF(cancel) and ACK(Finished) rest. */
  #outcomeKept = 0

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
    this.#overrides = delivery.metadata.options.filter(option => option.tlv === 'fault-handler-override')
    this.#template = new FileDataTemplate(header)
    this.#segment = this.#template.capacity(settings.maxPduSize)
    assert(this.#segment > 0, 'a PDU has room for at least one octet of the file')
    const { checksumType, fileSize } = delivery.metadata
    const checksum = new FileChecksum(checksumType, desk.crc32)
    this.#firstPass = new FirstPass(fileSize, checksum, restored?.sentUpTo ?? 0)
    this.#repair = new Repair(this.#firstPass, roundTrip, settings.lightTime)
    const { pace, maxPduSize } = settings
    const isLimited = settings.keepAliveDiscrepancyLimit < Infinity
    this.#discrepancy = isLimited ? new Discrepancy(this.#firstPass.next) : undefined
    this.#pace = pace === 'link' ? undefined : new Pace(pace, this.isAcknowledged, maxPduSize, roundTrip)

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
      size: fileSize,
      stamp: delivery.source?.stamp ?? '',
      crc: header.crc,
      ...(delivery.priority === 0 ? {} : { priority: delivery.priority }),
    }
    this.#facts = openSenderFacts(put)
    this.#opened = desk.keep(put)
    this.indicate({ kind: 'transaction' })
    if (settings.pace === 'window' && !this.isAcknowledged) this.#notice(RATE_ASSUMED)
  }

  /** Leaves the queue: from now on it sends. */
  start(now: Millis): void {
    if (this.#state.name !== 'queued') return
    this.#state = { name: 'sending' }
    this.#metadataDue = this.#firstPass.next === 0
    this.#armPromptInterval(now)
    this.desk.wait(this, this.#opened)
    this.settled(now)
  }

  get isQueued(): boolean {
    return this.#state.name === 'queued'
  }

  get isEnded(): boolean {
    return this.#state.name === 'ended'
  }

  get priority(): number {
    return this.#facts.priority
  }

  /** Another priority from now on. @returns why not, undefined when done */
  prioritize(priority: number): string | undefined {
    if (this.#state.name === 'ended') return 'the transaction has ended'
    this.#keep({ transaction: this.key, role: 'sender', kind: 'priority', priority })
    return undefined
  }

  get soleOf(): EntityId | undefined {
    return this.settings.oneAtATime ? this.header.destination : undefined
  }

  /** Class 2, and with some peers class 1 too. */
  get #acknowledgesFinished(): boolean {
    return this.isAcknowledged || (this.settings.ackFinishedInClass1 && this.#metadata.closureRequested)
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
    this.#repair.measure(nak, this.#state.name === 'sending', now)
    const isResendable = now - this.#metadataSentAt >= this.#repair.settlingTime
    if (nak.metadataRequested && isResendable) {
      this.#metadataDue = true
      if (this.settings.eofAfterMetadata && this.#facts.eof !== undefined) this.#eofDue = true
    }
    if (this.settings.nakReplace) this.#repair.clear()
    const { missing, lost } = this.#repair.serve(nak, now)
    this.#peer.nak(nak.scope, missing, this.#firstPass.next)
    // NASA's CF asks with a scope of nothing, and not because it was prompted.
    const isStatement = nak.scope.to > 0 || nak.requests.length === 0
    if (nak.scope.from === 0 && isStatement) this.#considerAnswer(lost, nak.scope.to, now)
    this.#wake(now)
  }

  /** Keep Alive: how far the peer is; too far behind is a fault (section 4.6.5.3). It never releases data. */
  learnProgress(progress: number, now: Millis): void {
    this.#peer.keepAlive(progress, this.#firstPass.next)
    if (this.#discrepancy === undefined || this.isSuspended) return
    const behind = this.#discrepancy.behind(progress, now, this.roundTrip.timeout)
    const limit = this.settings.keepAliveDiscrepancyLimit
    if (behind <= limit) return
    const reason = `the peer is ${behind} octets behind what it should have, ${limit} are allowed`
    this.#fault(ConditionCode.KeepAliveLimitReached, reason, now)
  }

  eofAcknowledged(ack: PduOf<'ack-eof'>, now: Millis): void {
    if (this.#state.name !== 'awaiting-eof-ack' || ack.condition !== ConditionCode.NoError) return
    if (this.#state.sentAt !== undefined) this.roundTrip.answered(this.#state.sentAt, now)
    this.timers.stop('eof-ack')
    this.#eofDue = false
    // Resumed, and the peer did not take it up again: it ended as it said.
    const { told } = this.#facts
    if (told !== undefined && ack.status === TransactionStatus.Terminated) {
      this.#end(told, now)
      return
    }
    this.#state = { name: 'awaiting-finished', checks: 0 }
    this.#watch(now)
  }

  cancelAcknowledged(ack: PduOf<'ack-eof'>, now: Millis): void {
    const cancelled = this.#facts.cancelled
    if (cancelled === undefined || ack.condition !== cancelled.condition) return
    this.#end(endingCancelled(cancelled.condition), now)
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
    this.#acknowledgeOnceStored(finished.condition, this.#outcomeKept)
  }

  /** The peer's Notice of Completion. */
  conclude(finished: PduOf<'finished'>, now: Millis): void {
    if (!this.isAcknowledged && !this.#metadata.closureRequested) return
    const { condition, fileStatus } = finished
    // With an error Yamcs says "complete" all the same.
    const delivery = isComplete(condition) ? finished.delivery : DeliveryCode.Incomplete
    const responses = this.#responsesIn(finished)
    const ending: Ending = {
      condition,
      delivery,
      fileStatus,
      ...(responses.length === 0 ? {} : { responses }),
    }
    if (isWhole(ending)) {
      this.#peer.whole(this.#firstPass.size)
      this.#acknowledgeOnceStored(condition, this.#end(ending, now, 'told'))
      return
    }
    const isFault = condition !== ConditionCode.CancelRequestReceived
    if (isFault && this.suspendedBy === condition) return this.#acknowledgeSuspended(ending)
    const reason = 'the peer said so in Finished'
    if (isFault) this.indicate({ kind: 'fault', condition, progress: this.#firstPass.next, reason })
    const handler = faultHandler(condition, this.#overrides, this.settings.senderFaultHandlers)
    // Suspended by inactivity waits for a peer to come back; one that has ended of it will not.
    const isItsOwn = condition === ConditionCode.InactivityDetected && this.settings.resumesItself
    if (isFault && handler === 'suspend' && !isItsOwn) {
      this.suspend(condition, now)
      return this.#acknowledgeSuspended(ending)
    }
    this.#acknowledgeOnceStored(
      condition,
      this.#end(handler === 'abandon' ? { ...ending, abandoned: true } : ending, now, 'told'),
    )
  }

  /** A stranger's word is bounded by what was asked: as many responses as there were requests. */
  #responsesIn(finished: PduOf<'finished'>): readonly FilestoreResponse[] {
    const asked = this.#metadata.options.filter(option => option.tlv === 'filestore-request').length
    return finished.responses.slice(0, asked)
  }

  /** The peer has ended and waits for nothing but this: it will not say again how. */
  #acknowledgeSuspended(told: Ending): void {
    if (this.#facts.told === undefined)
      this.#outcomeKept = this.#keep({ transaction: this.key, role: 'sender', kind: 'told', ending: told })
    this.#ackThoughSuspended = true
    this.#acknowledgeOnceStored(told.condition, this.#outcomeKept)
  }

  // — what users do —

  cancel(condition: ConditionCode, now: Millis): string | undefined {
    if (this.#state.name === 'ended') return 'the transaction has ended'
    if (this.#state.name === 'cancelling') return 'the transaction is being cancelled already'
    // After a restart nobody knows what was on the wire before.
    const untold = this.#opened > 0 && this.#metadataSentAt === -Infinity && this.#firstPass.next === 0
    if (untold) {
      this.#end(endingCancelled(condition), now)
      return undefined
    }
    this.#outcomeKept = this.#keep({
      transaction: this.key,
      role: 'sender',
      kind: 'cancelled',
      condition,
      progress: this.#firstPass.next,
      checksum: this.#firstPass.checksum.value(),
    })
    this.desk.wait(this, this.#outcomeKept)
    this.#enterCancelling(now)
    return undefined
  }

  suspend(condition: ConditionCode, now: Millis): string | undefined {
    if (this.#state.name === 'ended') return 'the transaction has ended'
    if (this.isSuspended && !this.isSuspendedByItself) return 'the transaction is suspended already'
    this.#keep({ transaction: this.key, role: 'sender', kind: 'suspended', condition })
    this.suspendedBy = condition
    this.standStill(now)
    this.indicate({ kind: 'suspended', condition })
    return undefined
  }

  resume(now: Millis): string | undefined {
    if (!this.isSuspended) return 'the transaction is not suspended'
    this.#keep({ transaction: this.key, role: 'sender', kind: 'resumed' })
    this.suspendedBy = undefined
    this.lastHeard = now
    this.standStill(now)
    if (this.#state.name === 'awaiting-eof-ack') {
      this.#state = { ...this.#state, eofsSent: 0, sentAt: undefined }
      this.#eofDue = true
      this.timers.stop('eof-ack')
    }
    if (this.#state.name === 'awaiting-finished') {
      this.#state = { name: 'awaiting-finished', checks: 0 }
      this.#watch(now)
    }
    if (this.#facts.told !== undefined && this.#state.name === 'awaiting-finished') this.#askAgain()
    this.indicate({ kind: 'resumed', progress: this.#firstPass.next })
    this.#wake(now)
    return undefined
  }

  /** Asks the peer, by request of a user. */
  prompt(response: PduOf<'prompt'>['response']): string | undefined {
    const refusal = this.#promptRefusal()
    if (refusal !== undefined) return refusal
    this.#prompts.add(response)
    this.desk.wakeDirectives(this)
    return undefined
  }

  #promptRefusal(): string | undefined {
    if (!this.isAcknowledged) return 'class 1 has no Prompts'
    if (this.isSuspended) return 'the transaction is suspended'
    switch (this.#state.name) {
      case 'queued':
        return 'nothing of the transaction has been sent'
      case 'cancelling':
        return 'the transaction is being cancelled'
      case 'ended':
        return 'the transaction has ended'
      case 'sending':
      case 'awaiting-eof-ack':
      case 'awaiting-finished':
        return undefined
    }
  }

  #armPromptInterval(now: Millis): void {
    const { promptInterval } = this.settings
    if (!isOn(promptInterval) || !this.isAcknowledged) return
    this.timers.set('prompt-interval', this.after(now, promptInterval), now)
  }

  /** The peer said it ended: EOF again shows whether it still knows the transaction. */
  #askAgain(): void {
    this.timers.stop('inactivity')
    this.#state = { name: 'awaiting-eof-ack', eofsSent: 0, sentAt: undefined }
    this.#eofDue = true
  }

  protected speakAgain(now: Millis): void {
    this.timers.stop('prompt')
    this.#pace?.upAgain()
    const state = this.#state
    if (state.name === 'awaiting-eof-ack' || state.name === 'cancelling') {
      this.timers.stop('eof-ack')
      // The one whose answer the dark may have swallowed counts once, however often it is said.
      const eofsSent = this.#eofDue ? state.eofsSent : Math.max(0, state.eofsSent - 1)
      this.#state =
        state.name === 'cancelling' ? { ...state, eofsSent } : { ...state, eofsSent, sentAt: undefined }
      this.#eofDue = true
    } else if (state.name === 'awaiting-finished' && this.isAcknowledged) {
      // Nothing of ours is unanswered. A peer that adapts tells on this what it misses, or its Finished.
      if (this.settings.eofAckTimeout === 'adaptive') this.#askAgain()
    }
    if (this.#state.name === 'sending' || this.#repair.octets > 0) this.#considerPrompt(true)
    this.#wake(now)
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
      case 'prompt-interval':
        this.prompt('keep-alive')
        return this.#armPromptInterval(now)
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
    if (!isAckLimitReached(state.eofsSent, this.settings.eofAckLimit)) {
      this.#eofDue = true
      if (this.settings.metadataWithEof && state.name === 'awaiting-eof-ack') this.#metadataDue = true
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
    if (!wasSilent(this.timers, silenceAllowed(this.settings), this.lastHeard, now)) return
    const { InactivityDetected } = ConditionCode
    const handler = faultHandler(InactivityDetected, this.#overrides, this.settings.senderFaultHandlers)
    if (handler === 'suspend' && this.settings.resumesItself) return this.suspendItself(now)
    this.#fault(ConditionCode.InactivityDetected, 'the peer has been silent while Finished was awaited', now)
  }

  /** Class 2, after its EOF was acknowledged, until Finished (the seed; section 4.10). */
  #watch(now: Millis): void {
    if (this.#state.name !== 'awaiting-finished') return
    if (!this.isAcknowledged) return
    watchForSilence(this.timers, silenceAllowed(this.settings), now)
  }

  // — what is sent —

  transmitDirective(slot: Slot<Address>, now: Millis): boolean {
    if (this.contact.isMuteAt(now)) return false
    const mayAcknowledge = !this.isSuspended || this.#ackThoughSuspended || this.settings.ackEofWhileSuspended
    if (mayAcknowledge && this.#ack.isOwed && this.desk.isStored(this.#ack.after)) {
      const condition = this.#ack.take()!
      this.#ackThoughSuspended = false
      this.fill(slot, { kind: 'ack-finished', condition, status: TransactionStatus.Terminated })
      if (this.#isLastWordDue) this.#leave(now)
      return true
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
    if (this.#pace?.isPromptDue) {
      this.#pace.prompted(this.#firstPass.next, now)
      const misses = Math.min(this.#pace.missedInARow, PROMPT_MISSES_MAX)
      const patience = this.roundTrip.patience(now - this.lastHeard, misses)
      this.timers.set('prompt', this.after(now, patience), now)
      this.fill(slot, { kind: 'prompt', response: 'nak' })
      return true
    }
    for (const response of this.#prompts) {
      this.#prompts.delete(response)
      this.fill(slot, { kind: 'prompt', response })
      return true
    }
    return false
  }

  transmitData(slot: Slot<Address>, now: Millis): boolean {
    if (!this.#maySendData(now)) return false
    const segment = Math.min(this.#segment, this.#template.capacity(slot.bytes.length))
    const repair = this.#repair
    const firstPass = this.#firstPass
    if (repair.octets > 0) {
      const range = repair.take(segment, now)
      if (range === undefined || !this.#fillData(slot, range.from, range.to - range.from, now)) return false
      this.pdus.resent += 1
    } else {
      const from = firstPass.next
      const length = Math.min(segment, firstPass.size - from)
      if (!this.#fillData(slot, from, length, now)) return false
      const upTo = from + length
      if (firstPass.passed(upTo, now)) {
        this.#keep({ transaction: this.key, role: 'sender', kind: 'sent', upTo })
      }
      this.#discrepancy?.passed(upTo, now)
      if (upTo === firstPass.size) this.#firstPassDone(now)
    }
    this.pdus.sent += 1
    repair.spacing.passed(now)
    if (this.#pace !== undefined) {
      this.#pace.passed(slot.length, firstPass.next, now)
      this.#considerPrompt(firstPass.isDone && repair.octets === 0)
    }
    return true
  }

  #maySendData(now: Millis): boolean {
    const name = this.#state.name
    if (name !== 'sending' && name !== 'awaiting-eof-ack' && name !== 'awaiting-finished') return false
    if (this.isSuspended || this.#metadataDue || !this.desk.isStored(this.#opened)) return false
    if (this.contact.isMuteAt(now)) return false
    if ((name !== 'sending' || this.#firstPass.isDone) && this.#repair.octets === 0) return false
    if (this.#pace === undefined) return true
    if (!this.#pace.mayPass(now)) {
      this.timers.set('pace', this.#pace.next(), now)
      return false
    }
    if (this.#pace.isFull) {
      this.#considerPrompt(true)
      return false
    }
    return true
  }

  /** Reads the file straight into the slot. */
  #fillData(slot: Slot<Address>, offset: number, length: number, now: Millis): boolean {
    if (this.#source === undefined) return this.#withoutSource(now)
    const at = this.#template.begin(slot.bytes, offset, length)
    const rejection = this.#source.read(offset, slot.bytes, at, length)
    if (rejection !== undefined) {
      this.#fault(ConditionCode.FilestoreRejection, rejection.reason, now)
      return false
    }
    const { checksum } = this.#firstPass
    if (offset === checksum.upTo) checksum.add(slot.bytes, slot.view, at, at + length, offset)
    slot.length = this.#template.end(slot.bytes, at + length)
    slot.to = this.settings.address
    return true
  }

  #firstPassDone(now: Millis): void {
    if (!this.#firstPass.isSummed) {
      this.timers.set('work', now, now)
      return
    }
    this.#eofDue = true
    this.desk.wakeDirectives(this)
  }

  /** After a restart the checksum covers only what was sent since: sums the rest, a slice per call. */
  #sumSlice(now: Millis): void {
    if (this.#source === undefined) return void this.#withoutSource(now)
    const rejection = this.#firstPass.sumSlice(this.#source)
    if (rejection !== undefined) return this.#fault(ConditionCode.FilestoreRejection, rejection.reason, now)
    if (this.#state.name === 'sending' && this.#firstPass.isDone) this.#firstPassDone(now)
  }

  #transmitEof(slot: Slot<Address>, now: Millis): boolean {
    this.#eofDue = false
    const first = this.#state.name === 'sending'
    if (first) {
      const checksum = this.#firstPass.checksum.value()
      this.#keep({ transaction: this.key, role: 'sender', kind: 'eof', checksum })
      this.indicate({ kind: 'eof-sent' })
    }
    assert(this.#facts.eof !== undefined, 'an EOF was recorded before it is sent')
    this.fill(slot, eofPdu(this.#facts.eof.checksum, this.#firstPass.size))
    if (!this.isAcknowledged) this.#eofSentUnacknowledged(now)
    else {
      const eofsSent = this.#state.name === 'awaiting-eof-ack' ? this.#state.eofsSent + 1 : 1
      this.#state = { name: 'awaiting-eof-ack', eofsSent, sentAt: first ? now : undefined }
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
    this.#end(endingUnconfirmed(), now)
  }

  #transmitCancel(slot: Slot<Address>, now: Millis): boolean {
    const cancelled = this.#facts.cancelled
    assert(cancelled !== undefined && this.#state.name === 'cancelling', 'a cancelled sender knows why')
    this.#fillCancel(slot)
    if (!this.isAcknowledged) {
      this.#end(endingCancelled(cancelled.condition), now)
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
    this.fill(slot, cancelPdu(cancelled, this.id))
    return true
  }

  // — Prompts —

  #considerPrompt(idle: boolean): void {
    if (this.#pace?.considerPrompt(idle)) this.desk.wakeDirectives(this)
  }

  #considerAnswer(lost: number, scopeEnd: number, now: Millis): void {
    if (!this.#pace?.isAnswer(scopeEnd, now)) return
    this.timers.stop('prompt')
    this.#notice(this.#pace.answered(this.#peer.delivered, lost, now))
  }

  #promptMissed(now: Millis): void {
    if (this.#pace === undefined) return
    const notice = this.#pace.missed()
    // A peer that fell before it had noted this transaction knows no answer: Metadata opens it again, Prompts do not.
    if (this.#pace.missedInARow >= 2) this.#metadataDue = true
    this.#notice(notice)
    if (this.#state.name === 'sending' || this.#repair.octets > 0) this.#considerPrompt(true)
    this.#wake(now)
  }

  // — ends —

  #fault(condition: ConditionCode, reason: string, now: Millis): void {
    this.indicate({ kind: 'fault', condition, progress: this.#firstPass.next, reason })
    if (this.#state.name === 'cancelling') {
      this.#end(endingAbandoned(condition), now)
      return
    }
    switch (faultHandler(condition, this.#overrides, this.settings.senderFaultHandlers)) {
      case 'cancel':
        this.cancel(condition, now)
        return
      case 'suspend':
        this.suspend(condition, now)
        return
      case 'abandon':
        this.#end(endingAbandoned(condition), now)
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
      this.#end(endingUnconfirmed(), now)
    }
  }

  #acknowledgeOnceStored(condition: ConditionCode, after: number): void {
    if (!this.#acknowledgesFinished) return
    this.#ack.owe(condition, after)
    this.desk.wait(this, after)
    this.desk.wakeDirectives(this)
  }

  /**
   * @param how `told` by a Finished that is still to be acknowledged
   * @returns the number of the record that says so
   */
  #end(ending: Ending, now: Millis, how: 'told' | 'decided' = 'decided'): number {
    this.#state = { name: 'ended', ending }
    this.suspendedBy = undefined
    this.#dropWork()
    this.standStill(now)
    const count = this.#keep({ transaction: this.key, role: 'sender', kind: 'ended', ending })
    this.#outcomeKept = count
    const { condition, delivery, fileStatus, responses = [] } = ending
    if (ending.abandoned)
      this.indicate({ kind: 'abandoned', condition, progress: this.#firstPass.next }, count)
    this.indicate(
      { kind: 'transaction-finished', condition, delivery, fileStatus, responses, report: this.report },
      count,
    )
    this.timers.set('pending', this.after(now, this.desk.local.pendingAfterCompletion), now)
    this.#isLastWordDue = how === 'told' && this.soleOf !== undefined && this.#acknowledgesFinished
    if (!this.#isLastWordDue) this.#leave(now)
    return count
  }

  /** Makes room for another transaction. */
  #leave(now: Millis): void {
    this.#isLastWordDue = false
    this.desk.ended(this, now)
  }

  #dropWork(): void {
    this.timers.stopAll()
    this.#repair.clear()
    this.#pace?.dropPrompt()
    this.#prompts.clear()
    this.#metadataDue = this.#eofDue = false
    this.close()
  }

  #enterCancelling(now: Millis): void {
    this.#dropWork()
    this.suspendedBy = undefined
    this.standStill(now)
    this.#state = { name: 'cancelling', eofsSent: 0 }
    this.#eofDue = true
    this.#wake(now)
  }

  close(): void {
    this.#source?.close()
    this.#source = undefined
  }

  // — restart —

  #restore(facts: SenderFacts, now: Millis): void {
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
        ? { name: 'awaiting-eof-ack', eofsSent: 0, sentAt: undefined }
        : { name: 'awaiting-finished', checks: 0 }
      this.#eofDue = true
    }
    if (this.#state.name === 'awaiting-eof-ack') this.#armPromptInterval(now)
    if (this.#state.name === 'ended') this.suspendedBy = undefined
    this.standStill(now)
  }

  /** A restored sender whose file is gone or another one now: not an octet of that is sent. */
  refuseSource(reason: string, now: Millis): void {
    this.close()
    this.#refused = reason
    this.#fault(ConditionCode.FilestoreRejection, reason, now)
  }

  /** Suspended for that, and resumed: it comes to where it needs the file. */
  #withoutSource(now: Millis): false {
    assert(this.#refused !== undefined, 'file data and checksum are of a file')
    this.#fault(ConditionCode.FilestoreRejection, this.#refused, now)
    return false
  }

  records(): Iterable<CfdpRecord> {
    return unfoldSender({ ...this.#facts, sentUpTo: this.#firstPass.checkpoint })
  }

  get report(): TransactionReport {
    const report = senderReport(this.about, {
      state: this.#state,
      suspendedBy: this.suspendedBy,
      resumesItself: this.isSuspendedByItself,
      size: this.#firstPass.size,
      sent: this.#firstPass.next,
      delivered: this.#peer.delivered,
      repair: this.#repair,
      pace: this.#pace,
      isStored: this.desk.isStored(this.#opened),
      names: { source: this.#facts.put.sourceName, destination: this.#metadata.destinationName },
    })
    return this.inContact(report)
  }

  // — small things —

  #wake(now: Millis): void {
    if (this.#state.name === 'sending' && !this.#metadataDue && !this.#eofDue && this.#firstPass.isDone) {
      if (this.#facts.eof === undefined && !this.isSuspended) this.#firstPassDone(now)
    }
    if (
      this.#metadataDue ||
      this.#eofDue ||
      this.#pace?.isPromptDue ||
      this.#ack.isOwed ||
      this.#prompts.size > 0
    ) {
      this.desk.wakeDirectives(this)
    }
    this.desk.wakeData(this)
  }

  #keep(record: SenderRecord): number {
    foldSender(this.#facts, record)
    return this.desk.keep(record)
  }

  #eofPatience(now: Millis): number {
    const state = this.#state
    const isWaiting = state.name === 'awaiting-eof-ack' || state.name === 'cancelling'
    const misses = isWaiting ? state.eofsSent - 1 : 0
    return ackPatience(this.settings.eofAckTimeout, this.roundTrip, now - this.lastHeard, misses)
  }

  #notice(notice: PaceNotice | undefined): void {
    if (notice !== undefined) this.indicate({ kind: 'notice', ...notice })
  }

  #encodedMetadata(): Uint8Array {
    const octets = new Uint8Array(this.settings.maxPduSize)
    const length = encodePdu({ ...this.header, crc: false }, this.#metadata, octets)
    assert(length > 0, 'Metadata was checked to fit a PDU')
    return octets.subarray(0, length)
  }
}
