import { assert, type Millis, NEVER, type Slot } from '@skyferry/engine'
import { toHex } from '@skyferry/octets'
import type { EndedReception } from '../entity/ended-receptions.ts'
import { faultHandler } from '../faults.ts'
import { isSupported } from '../file-checksum.ts'
import { type FilestoreRejection, isRejection } from '../filestore.ts'
import { silenceAllowed, wasSilent, watchForSilence } from '../inactivity.ts'
import type { TransactionReport } from '../indications.ts'
import { isOn, type RemoteSettings } from '../mib.ts'
import { encodePdu } from '../pdu/encode.ts'
import {
  ChecksumType,
  ConditionCode,
  DeliveryCode,
  type FaultHandlerOverride,
  FileStatus,
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
  foldReceiver,
  openReceiverFacts,
  type ReceiverFacts,
  type ReceiverRecord,
  unfoldReceiver,
} from '../records.ts'
import type { TransactionId } from '../requests.ts'
import type { RoundTrip } from '../round-trip.ts'
import { type Desk, type TimerName, Transaction } from '../transaction.ts'
import {
  destinationName,
  endingAbandoned,
  endingByFault,
  endingIncomplete,
  endingPlaced,
  endingWithoutFile,
  finishedPdu,
  hasNoFile,
  owesFinished,
} from './completion.ts'
import { isBeyondHeader, tooFar } from './file-size.ts'
import { filestoreRequests, filestoreResponses, hasFailed, Performer } from './filestore-requests.ts'
import { IncomingFile } from './incoming-file.ts'
import { receiverReport } from './receiver-report.ts'
import { CHECKPOINT_OCTETS, type Reception } from './reception.ts'
import { Repair } from './repair.ts'
import { dispatch, type ReceiverState } from './table.ts'
import { Verification } from './verification.ts'

const CHECKPOINT_MS = 1000

/** The receiving end of one transaction, class 1 and class 2. */
export class Receiver<Address> extends Transaction<Address> {
  readonly role = 'receiver'
  readonly priority = 0
  #state: ReceiverState = { name: 'receiving' }
  readonly #facts: ReceiverFacts
  #metadata: PduOf<'metadata'> | undefined
  #overrides: readonly FaultHandlerOverride[] = []
  readonly #file: IncomingFile
  readonly #repair: Repair
  readonly #ackEof = new OwedAck()
  #finishedDue = false
  readonly #performer = new Performer()
  #knownUntil: Millis = NEVER
  /** How long there was no contact until it ended. */
  #darkBefore = 0
  /** A Keep Alive waits to be sent, and why. */
  #keepAliveDue: 'prompted' | 'periodic' | undefined

  constructor(
    desk: Desk<Address>,
    id: TransactionId,
    header: Header,
    settings: RemoteSettings<Address>,
    roundTrip: RoundTrip,
    now: Millis,
    restored?: { readonly facts: ReceiverFacts; readonly metadata: PduOf<'metadata'> | undefined },
  ) {
    super(desk, id, header, settings, roundTrip, now)
    this.#facts = restored?.facts ?? openReceiverFacts(openedBy(this.key, header))
    this.#file = new IncomingFile(desk.filestore, id, this.#facts.held, desk.crc32, restored !== undefined)
    const room = settings.maxPduSize - this.headerLength - (header.crc ? 2 : 0)
    this.#repair = new Repair(this.#facts, settings, roundTrip, room, header.largeFile)
    if (restored !== undefined) {
      this.#restore(restored.metadata, now)
      return
    }
    desk.keep(this.#facts.opened)
    this.indicate({ kind: 'transaction' })
    this.#watch(now)
    this.#armKeepAlive(now)
  }

  get isEnded(): boolean {
    return this.#state.name === 'ended'
  }

  get state(): ReceiverState['name'] {
    return this.#state.name
  }

  /** The flags in a transaction's headers never change; a PDU in which they differ is damaged or not ours. */
  accepts(acknowledged: boolean, largeFile: boolean, crc: boolean): boolean {
    return (
      acknowledged === this.isAcknowledged && largeFile === this.header.largeFile && crc === this.header.crc
    )
  }

  /**
   * Over, with nothing left to say but what late PDUs make it say; undefined before. What cannot arrive is not left to be
   * said: whoever wants it will ask again.
   */
  get ended(): EndedReception | undefined {
    if (this.#state.name !== 'ended' || (this.#ackEof.isOwed && !this.contact.isMute)) return undefined
    const { key, header, report } = this
    const { opened } = this.#facts
    return { key, header, opened, report, until: this.#knownUntil, dark: this.#darkBefore }
  }

  /** A PDU with a good CRC outweighs what was learned without one: a flipped flag had opened this transaction. */
  isSupersededBy(header: Header): boolean {
    return header.crc && !this.header.crc && !this.isEnded
  }

  receive(pdu: Pdu, now: Millis): void {
    this.#heardAfter(now - this.lastHeard, now)
    this.heard(now)
    dispatch(this as Receiver<unknown>, this.#state.name, pdu, now)
  }

  /** The way in for plain File Data: `bytes[from…to)` at `offset`; `view` sees the same buffer as `bytes`. */
  receiveData(
    bytes: Uint8Array,
    view: DataView,
    from: number,
    to: number,
    offset: number,
    now: Millis,
  ): void {
    this.#heardAfter(now - this.lastHeard, now)
    this.heard(now)
    const { name } = this.#state
    if (name === 'receiving' || name === 'awaiting-missing-data' || name === 'checking') {
      this.#store(bytes, view, from, to, offset, now)
    }
  }

  /** A peer back from the dark is asked at once for what is missing, not when the patience with it runs out. */
  #heardAfter(silence: number, now: Millis): void {
    if (silence > 1000 && silence > 2.5 * this.roundTrip.timeout) this.#hasten(now)
  }

  // — what PDUs do —

  learnMetadata(metadata: PduOf<'metadata'>, now: Millis): void {
    if (this.#metadata !== undefined) return
    const octets = new Uint8Array(65_600)
    const length = encodePdu({ ...this.header, crc: false, direction: 'to-receiver' }, metadata, octets)
    this.#keep({
      transaction: this.key,
      role: 'receiver',
      kind: 'metadata',
      pdu: toHex(octets.subarray(0, length)),
    })
    this.#adopt(metadata)
    this.#repair.progressed()
    this.indicate({
      kind: 'metadata-recv',
      source: this.id.source,
      destination: this.header.destination,
      fileSize: metadata.fileSize,
      sourceName: metadata.sourceName,
      destinationName: metadata.destinationName,
      messages: metadata.options.flatMap(option => (option.tlv === 'message-to-user' ? [option.value] : [])),
    })
    if (metadata.fileSize > this.desk.local.maxFileSize) {
      return this.#fault(
        ConditionCode.FileSizeError,
        `the file has ${metadata.fileSize} octets, more than allowed`,
        now,
      )
    }
    if (!isSupported(metadata.checksumType)) {
      this.#fault(
        ConditionCode.UnsupportedChecksumType,
        `checksum type ${metadata.checksumType} is unknown`,
        now,
      )
    }
    if (!this.settings.eofForMetadataOnly) this.#completeWithoutEof(now)
    this.#considerCompletion(now)
  }

  takeData(pdu: PduOf<'file-data'>, now: Millis): void {
    const { data, offset } = pdu
    if (data.length === 0) return
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    this.#store(data, view, 0, data.length, offset, now)
  }

  /** The first EOF(No error), or a cancellation by the sender. */
  takeEof(eof: PduOf<'eof'>, now: Millis): void {
    if (eof.condition !== ConditionCode.NoError) return this.#cancelledByPeer(eof.condition, now)
    const count = this.#keep({
      transaction: this.key,
      role: 'receiver',
      kind: 'eof',
      checksum: eof.checksum,
      size: eof.fileSize,
    })
    this.timers.stop('inactivity')
    this.timers.stop('keep-alive')
    if (this.#keepAliveDue === 'periodic') this.#keepAliveDue = undefined
    this.#repair.countAfresh()
    this.indicate({ kind: 'eof-recv' })
    this.#acknowledgeOnceStored(eof.condition, count)
    if (this.#progress > eof.fileSize) {
      this.#fault(
        ConditionCode.FileSizeError,
        `EOF says ${eof.fileSize} octets, ${this.#progress} are here`,
        now,
      )
      if (this.#state.name !== 'receiving') return
    }
    this.#state = this.isAcknowledged ? { name: 'awaiting-missing-data' } : { name: 'checking', checks: 0 }
    this.#considerCompletion(now)
    if (this.#state.name === 'checking')
      this.timers.set('check', this.after(now, this.settings.checkTimeout), now)
    if (this.#state.name === 'awaiting-missing-data') this.#askDeferred(now)
  }

  /** A repeated EOF is acknowledged again, whatever the state (section 4.7.2). */
  acknowledgeAgain(eof: PduOf<'eof'>, now: Millis): void {
    const name = this.#state.name
    const open = name === 'awaiting-missing-data' || name === 'checking' || name === 'verifying'
    if (eof.condition !== ConditionCode.NoError && open) return this.#cancelledByPeer(eof.condition, now)
    // To a sender that cancels, this says that the outcome is decided: it must be so after a crash too.
    const decided = this.#state.name === 'completing' ? this.#state.after : 0
    this.#acknowledgeOnceStored(eof.condition, Math.max(this.#ackEof.after, decided))
    // A sender that repeats its EOF has heard nothing of late: say again what is missing.
    if (name === 'awaiting-missing-data') this.#hasten(now)
    if (name === 'awaiting-finished-ack' && eof.condition === ConditionCode.NoError) this.#finishedAgain()
  }

  answerPrompt(prompt: PduOf<'prompt'>): void {
    if (!this.isAcknowledged || this.isSuspended) return
    if (prompt.response === 'keep-alive') this.#keepAliveDue = 'prompted'
    else this.#repair.answerPrompt()
    this.desk.wakeDirectives(this)
  }

  finishedAcknowledged(ack: PduOf<'ack-finished'>, now: Millis): void {
    const state = this.#state
    const finish = this.#facts.finish
    if (finish === undefined || state.name !== 'awaiting-finished-ack' || ack.condition !== finish.condition)
      return
    if (state.sentAt !== undefined) this.roundTrip.answered(state.sentAt, now)
    this.#end(finish, now)
  }

  /** The sender has begun another transaction and keeps only one: it has had our Finished, its answer was lost. */
  peerMovedOn(now: Millis): void {
    if (this.#state.name === 'awaiting-finished-ack' && this.#facts.finish !== undefined)
      this.#end(this.#facts.finish, now)
  }

  // — what users do —

  cancel(condition: ConditionCode, now: Millis): string | undefined {
    switch (this.#state.name) {
      case 'ended':
      case 'completing':
      case 'awaiting-finished-ack':
        return 'the outcome of the transaction is decided already'
      default:
        this.#finish(this.#incomplete(condition), now)
        return undefined
    }
  }

  suspend(condition: ConditionCode, now: Millis): string | undefined {
    if (this.#state.name === 'ended') return 'the transaction has ended'
    if (this.isSuspended && !this.isSuspendedByItself) return 'the transaction is suspended already'
    this.#keep({ transaction: this.key, role: 'receiver', kind: 'suspended', condition })
    this.suspendedBy = condition
    this.#keepAliveDue = undefined
    this.standStill(now)
    this.indicate({ kind: 'suspended', condition })
    return undefined
  }

  prompt(): string {
    return 'only a sender prompts'
  }

  /** Starts every timer and count afresh, and looks at what arrived meanwhile. */
  resume(now: Millis): string | undefined {
    if (!this.isSuspended) return 'the transaction is not suspended'
    this.#keep({ transaction: this.key, role: 'receiver', kind: 'resumed' })
    this.suspendedBy = undefined
    this.timers.stopAll()
    this.lastHeard = now
    this.standStill(now)
    this.#repair.countAfresh()
    this.indicate({ kind: 'resumed', progress: this.#progress })
    this.#takeUp(now)
    return undefined
  }

  // — file data —

  get #progress(): number {
    return this.#facts.held.highest
  }

  #store(bytes: Uint8Array, view: DataView, from: number, to: number, offset: number, now: Millis): void {
    const reception = this.#file.reception ?? this.#open(now)
    if (reception === undefined) return
    const { held } = reception
    const eof = this.#facts.eof
    const end = offset + to - from
    const { maxFileSize, maxGaps } = this.desk.local
    if (end > (eof?.size ?? maxFileSize) || end > maxFileSize) {
      return this.#fault(ConditionCode.FileSizeError, tooFar(end, eof?.size), now)
    }
    if (isBeyondHeader(end, this.header.largeFile)) return
    const before = held.highest
    if (offset > before && held.size >= maxGaps) return
    const fresh = reception.store(bytes, view, from, to, offset)
    this.#repair.spacing.passed(now)
    if (fresh < 0) return this.#rejected(reception.rejection!, now)
    if (fresh === 0) return
    if (offset > before) {
      if (this.settings.immediateNak && this.isAcknowledged && eof === undefined) this.#newGap(before, offset)
    } else if (offset < before) {
      this.#repair.filled(offset, now)
    }
    if (this.#metadata === undefined && this.settings.immediateNak && this.isAcknowledged)
      this.#missMetadata(now)
    if (reception.newOctets >= CHECKPOINT_OCTETS) this.#checkpoint()
    else if (!this.timers.isSet('checkpoint'))
      this.timers.set('checkpoint', this.after(now, CHECKPOINT_MS), now)
    if (eof !== undefined) {
      this.#repair.progressed()
      if (held.octets === eof.size) this.#considerCompletion(now)
    }
  }

  #open(now: Millis): Reception | undefined {
    const opened = this.#file.open()
    if (!isRejection(opened)) return opened
    this.#rejected(opened, now)
    return undefined
  }

  #checkpoint(): void {
    const news = this.#file.takeNews()
    this.timers.stop('checkpoint')
    if (news.length > 0) this.#keep({ transaction: this.key, role: 'receiver', kind: 'held', ranges: news })
  }

  #rejected(rejection: FilestoreRejection, now: Millis): void {
    this.#fault(ConditionCode.FilestoreRejection, rejection.reason, now)
  }

  // — NAKs —

  #newGap(from: number, to: number): void {
    this.#repair.newGap(from, to)
    if (!this.isSuspended) this.desk.wakeDirectives(this)
  }

  /** File data came before Metadata: ask for it at once, then by the NAK timer. */
  #missMetadata(now: Millis): void {
    if (this.timers.isSet('nak')) return
    this.#repair.askMetadata()
    this.#armNak(now)
    if (!this.isSuspended) this.desk.wakeDirectives(this)
  }

  #askDeferred(now: Millis): void {
    const eof = this.#facts.eof
    if (eof === undefined) return
    this.#repair.askDeferred(eof.size)
    this.#armNak(now)
    if (!this.isSuspended) this.desk.wakeDirectives(this)
  }

  #hasten(now: Millis): void {
    if (!this.#isRepairing || this.settings.nakTimeout !== 'adaptive' || this.isSuspended) return
    this.#repair.hasten(now)
    this.#armNak(now)
  }

  /** Class 2, and something may be missing. */
  get #isRepairing(): boolean {
    const { name } = this.#state
    return this.isAcknowledged && (name === 'receiving' || name === 'awaiting-missing-data')
  }

  #armNak(now: Millis): void {
    // Class 1 repairs nothing, and who has every octet waits for none: whatever brought us here, no NAK timer runs.
    if (!this.#isRepairing) return
    const due = this.#repair.due(now, now - this.lastHeard, this.#metadata === undefined)
    if (due === undefined) this.timers.stop('nak')
    else this.timers.set('nak', due, now)
  }

  #nakTimer(now: Millis): void {
    if (!this.#repair.expire(now, now - this.lastHeard, this.#metadata === undefined)) {
      const reason = `${this.settings.nakLimit} NAKs brought nothing`
      return this.#fault(ConditionCode.NakLimitReached, reason, now)
    }
    this.#armNak(now)
    this.desk.wakeDirectives(this)
  }

  #transmitNak(slot: Slot<Address>, now: Millis): boolean {
    const nak = this.#repair.next(now, now - this.lastHeard, this.#metadata === undefined)
    if (nak === undefined) return false
    this.#armNak(now)
    this.fill(slot, nak)
    return true
  }

  // — completion —

  /** Some senders end a transaction without a file by nothing at all: its Metadata is the whole of it. */
  #completeWithoutEof(now: Millis): boolean {
    if (this.#state.name !== 'receiving' || this.isSuspended || !hasNoFile(this.#metadata)) return false
    this.#whole(ConditionCode.NoError, now)
    return true
  }

  #considerCompletion(now: Millis): void {
    const { eof, held } = this.#facts
    if (eof === undefined || this.#metadata === undefined) return
    if (this.#state.name !== 'awaiting-missing-data' && this.#state.name !== 'checking') return
    if (held.octets !== eof.size) return
    // Resume looks again: while suspended no outcome is told (11.5 of our reference).
    if (this.isSuspended) return
    this.timers.stop('nak')
    this.timers.stop('check')
    this.#repair.clear()
    if (hasNoFile(this.#metadata) || this.#metadata.checksumType === ChecksumType.Null) {
      return this.#whole(ConditionCode.NoError, now)
    }
    if (!isSupported(this.#metadata.checksumType))
      return this.#whole(ConditionCode.UnsupportedChecksumType, now)
    if (eof.size > 0 && this.#open(now) === undefined) return
    const running = this.#file.reception?.checksum
    const { checksumType } = this.#metadata
    const verification = new Verification(running, checksumType, eof.size, this.desk.crc32)
    this.#state = { name: 'verifying', verification }
    this.#verify(now)
  }

  /** Sums what has not been summed, a slice per call, then judges. */
  #verify(now: Millis): void {
    const state = this.#state
    const { eof } = this.#facts
    if (state.name !== 'verifying' || eof === undefined) return
    const { verification } = state
    if (!verification.isDone) {
      const rejection = verification.sumSlice(this.#file.reception)
      if (rejection !== undefined) return this.#rejected(rejection, now)
      return this.timers.set('work', now, now)
    }
    const difference = verification.difference(eof.checksum)
    if (difference === undefined) return this.#whole(ConditionCode.NoError, now)
    this.#fault(ConditionCode.FileChecksumFailure, difference, now)
  }

  /** The file is what was sent, or is to be delivered all the same; first that becomes durable. */
  #whole(condition: ConditionCode, now: Millis): void {
    if (hasNoFile(this.#metadata)) return this.#conclude(endingWithoutFile(condition), now)
    this.#checkpoint()
    this.#keepAliveDue = undefined
    const after = this.#keep({ transaction: this.key, role: 'receiver', kind: 'whole', condition })
    this.#state = { name: 'completing', after }
    this.desk.wait(this, after)
    this.settled(now)
  }

  /** Puts the file in its place, once it is known to be whole and safe. */
  #place(condition: ConditionCode, now: Millis): void {
    const { eof } = this.#facts
    const reception = this.#open(now)
    if (reception === undefined || eof === undefined || this.#metadata === undefined) return
    const placed = reception.target.place(destinationName(this.#metadata), eof.size)
    if (isRejection(placed)) return this.#rejected(placed, now)
    this.#file.placed()
    this.#conclude(endingPlaced(condition, placed.name), now)
  }

  /** The file, if there is one, has its place: now the filestore requests, where they are allowed. */
  #conclude(ending: Ending, now: Millis): void {
    const mayAct = this.settings.allow.filestore && this.desk.filestore.actions !== undefined
    const isDue = ending.delivery === DeliveryCode.Complete && filestoreRequests(this.#metadata).length > 0
    if (!mayAct || !isDue) return this.#finish(ending, now)
    this.timers.stopAll()
    this.#repair.clear()
    this.#keepAndWait({ transaction: this.key, role: 'receiver', kind: 'placed', ending })
    this.settled(now)
  }

  /**
   * One filestore request after the other (section 4.9). What each is about to change is recorded first, so that none
   * is carried out twice, whenever the process dies; its outcome is recorded before the next begins.
   */
  #perform(placed: Ending, now: Millis): void {
    const requests = filestoreRequests(this.#metadata)
    const { performed, performing } = this.#facts
    const request = requests[performed.length]
    const { actions } = this.desk.filestore
    if (request === undefined || actions === undefined || hasFailed(performed)) {
      return this.#finish({ ...placed, responses: filestoreResponses(requests, performed) }, now)
    }
    if (performing === undefined) {
      const before = this.#performer.begin(actions, request)
      return this.#keepAndWait({ transaction: this.key, role: 'receiver', kind: 'performing', before })
    }
    const outcome = this.#performer.step(actions, request, performing)
    if (outcome === undefined) return this.timers.set('work', now, now)
    this.#keep({ transaction: this.key, role: 'receiver', kind: 'performed', ...outcome })
    this.#perform(placed, now)
  }

  /** The outcome goes on once this record is stored. */
  #keepAndWait(record: ReceiverRecord): void {
    const after = this.#keep(record)
    this.#state = { name: 'completing', after }
    this.desk.wait(this, after)
  }

  /** Notice of Completion: recorded first, told and sent once the record is stored. */
  #finish(ending: Ending, now: Millis): void {
    this.timers.stopAll()
    this.suspendedBy = undefined
    this.standStill(now)
    this.#repair.clear()
    this.#keepAliveDue = undefined
    const after = this.#keep({ transaction: this.key, role: 'receiver', kind: 'finish', ending })
    this.#state = { name: 'completing', after }
    this.desk.wait(this, after)
    this.settled(now)
  }

  settled(now: Millis): void {
    const state = this.#state
    if (state.name !== 'completing' || !this.desk.isStored(state.after)) {
      if (this.#ackEof.isOwed) this.desk.wakeDirectives(this)
      return
    }
    const { finish, whole, placed } = this.#facts
    if (finish === undefined && placed !== undefined) {
      return this.isSuspended ? undefined : this.#perform(placed, now)
    }
    if (finish === undefined) {
      assert(whole !== undefined, 'a completing reception knows its outcome')
      return this.isSuspended ? undefined : this.#place(whole, now)
    }
    this.#discardUnlessKept(finish)
    this.#tell(finish)
    if (!this.#owesFinished) return this.#end(finish, now)
    this.#state = { name: 'awaiting-finished-ack', finishedsSent: 0, isFirst: true, sentAt: undefined }
    this.#finishedDue = true
    this.desk.wakeDirectives(this)
  }

  /** What nobody tried is answered "not performed". */
  #responsesOf(ending: Ending): readonly FilestoreResponse[] {
    return ending.responses ?? filestoreResponses(filestoreRequests(this.#metadata), [])
  }

  get #owesFinished(): boolean {
    return owesFinished(this.#facts.finish, this.isAcknowledged, this.#metadata)
  }

  #tell(ending: Ending): void {
    const { condition, delivery, fileStatus, name } = ending
    if (ending.abandoned) this.indicate({ kind: 'abandoned', condition, progress: this.#progress })
    this.indicate({
      kind: 'transaction-finished',
      condition,
      delivery,
      fileStatus,
      responses: this.#responsesOf(ending),
      ...(name === undefined ? {} : { name }),
      report: this.report,
    })
  }

  #end(ending: Ending, now: Millis): void {
    this.#state = { name: 'ended' }
    this.suspendedBy = undefined
    this.timers.stopAll()
    this.standStill(now)
    this.#finishedDue = false
    this.#keep({ transaction: this.key, role: 'receiver', kind: 'ended', ending })
    this.#stayKnown(now)
    this.close()
    this.desk.ended(this, now)
  }

  /** Late PDUs are answered for a while. */
  #stayKnown(now: Millis): void {
    this.#knownUntil = this.after(now, this.desk.local.pendingAfterCompletion)
    this.#darkBefore = this.contact.darkTime(now)
    this.timers.set('pending', this.#knownUntil, now)
  }

  /** EOF(cancel): acknowledged, and the transaction is over (section 4.6.6.1). */
  #cancelledByPeer(condition: ConditionCode, now: Millis): void {
    this.#finish({ ...this.#incomplete(condition), byPeer: true }, now)
    this.#acknowledgeOnceStored(condition, this.#state.name === 'completing' ? this.#state.after : 0)
  }

  #incomplete(condition: ConditionCode): Ending {
    return endingIncomplete(condition, this.#retains)
  }

  /** What arrived of a file that is not whole stays. */
  get #retains(): boolean {
    return this.settings.incompleteFile === 'retain' && this.#facts.held.octets > 0
  }

  /** Not before the outcome is stored: after a crash without that record the octets are still counted as held. */
  #discardUnlessKept(ending: Ending): void {
    if (ending.fileStatus === FileStatus.Retained) return
    // Whatever is on record: a sender may send data without a file, and a reception this one took the place of may have
    // left some under the same key.
    this.#file.discard()
  }

  // — faults —

  #fault(
    condition: ConditionCode,
    reason: string,
    now: Millis,
    handler = faultHandler(condition, this.#overrides, this.settings.receiverFaultHandlers),
  ): void {
    this.indicate({ kind: 'fault', condition, progress: this.#progress, reason })
    switch (handler) {
      case 'cancel':
        return this.#finish(endingByFault(condition, this.#retains), now)
      case 'suspend':
        this.suspend(condition, now)
        return
      case 'abandon':
        return this.#finish(endingAbandoned(condition), now)
      case 'ignore':
        return this.#carryOn(condition, now)
    }
  }

  /** What "ignore" means for each condition (section 4.8 leaves it open). */
  #carryOn(condition: ConditionCode, now: Millis): void {
    switch (condition) {
      case ConditionCode.FileChecksumFailure:
        return this.#whole(condition, now)
      case ConditionCode.NakLimitReached:
        this.#repair.progressed()
        this.#armNak(now)
        return
      case ConditionCode.InactivityDetected:
        this.lastHeard = now
        this.#watch(now)
        return
      case ConditionCode.CheckLimitReached:
        if (this.#state.name === 'checking') this.#state = { name: 'checking', checks: 0 }
        this.timers.set('check', this.after(now, this.settings.checkTimeout), now)
        return
      case ConditionCode.PositiveAckLimitReached:
        if (this.#state.name === 'awaiting-finished-ack') this.#state = { ...this.#state, finishedsSent: 0 }
        this.#finishedAgain()
        return
      default:
        return
    }
  }

  // — what time does —

  tick(now: Millis): void {
    for (let name = this.timers.expire(now); name !== undefined; name = this.timers.expire(now))
      this.#expired(name, now)
  }

  #expired(name: TimerName, now: Millis): void {
    switch (name) {
      case 'nak':
        return this.#nakTimer(now)
      case 'checkpoint':
        return this.#checkpoint()
      case 'keep-alive':
        this.#keepAliveDue ??= 'periodic'
        this.desk.wakeDirectives(this)
        return this.#armKeepAlive(now)
      case 'work':
        return this.#state.name === 'completing' ? this.settled(now) : this.#verify(now)
      case 'check':
        return this.#check(now)
      case 'inactivity':
        return this.#inactive(now)
      case 'finished-ack':
        return this.#finishedUnanswered(now)
      case 'pending':
        return this.desk.forget(this)
    }
  }

  #check(now: Millis): void {
    if (this.#state.name !== 'checking') return
    const checks = this.#state.checks + 1
    this.#state = { name: 'checking', checks }
    const { checkLimit, checkTimeout } = this.settings
    if (checkLimit >= 0 && checks >= checkLimit) {
      return this.#fault(ConditionCode.CheckLimitReached, `still incomplete after ${checks} checks`, now)
    }
    this.timers.set('check', this.after(now, checkTimeout), now)
  }

  #inactive(now: Millis): void {
    if (!wasSilent(this.timers, silenceAllowed(this.settings), this.lastHeard, now)) return
    if (this.#completeWithoutEof(now)) return
    const { InactivityDetected } = ConditionCode
    const handler = faultHandler(InactivityDetected, this.#overrides, this.settings.receiverFaultHandlers)
    const isItsOwn = handler === 'suspend' && this.settings.resumesItself
    if (isItsOwn && this.isAcknowledged) return this.suspendItself(now)
    // In class 1 nobody would ever wake it: what arrived is all there is.
    this.#fault(InactivityDetected, 'the sender has been silent', now, isItsOwn ? 'cancel' : handler)
  }

  /** Class 2, until EOF, by configuration (section 4.6.5.2). */
  #armKeepAlive(now: Millis): void {
    const { keepAliveInterval } = this.settings
    if (!isOn(keepAliveInterval) || !this.isAcknowledged || this.#facts.eof !== undefined) return
    this.timers.set('keep-alive', this.after(now, keepAliveInterval), now)
  }

  /** Until EOF (the seed). */
  #watch(now: Millis): void {
    if (this.#facts.eof !== undefined) return
    watchForSilence(this.timers, silenceAllowed(this.settings), now)
  }

  #finishedUnanswered(now: Millis): void {
    const state = this.#state
    const { finAckLimit } = this.settings
    if (state.name !== 'awaiting-finished-ack') return
    if (!isAckLimitReached(state.finishedsSent, finAckLimit)) return this.#finishedAgain()
    const reason = `Finished was sent ${state.finishedsSent} times and not acknowledged`
    this.indicate({
      kind: 'fault',
      condition: ConditionCode.PositiveAckLimitReached,
      progress: this.#progress,
      reason,
    })
    // The file has been delivered, or the transaction cancelled: there is nothing left to cancel.
    const handler = faultHandler(
      ConditionCode.PositiveAckLimitReached,
      this.#overrides,
      this.settings.receiverFaultHandlers,
    )
    if (handler === 'suspend') this.suspend(ConditionCode.PositiveAckLimitReached, now)
    else if (handler === 'ignore') this.#carryOn(ConditionCode.PositiveAckLimitReached, now)
    else if (this.#facts.finish !== undefined) this.#end(this.#facts.finish, now)
  }

  #finishedAgain(): void {
    if (this.isSuspended) return
    this.#finishedDue = true
    this.timers.stop('finished-ack')
    this.desk.wakeDirectives(this)
  }

  // — what is sent —

  transmitDirective(slot: Slot<Address>, now: Millis): boolean {
    if (this.contact.isMuteAt(now)) return false
    const mayAcknowledge = !this.isSuspended || this.settings.ackEofWhileSuspended
    if (mayAcknowledge && this.#ackEof.isOwed && this.desk.isStored(this.#ackEof.after)) {
      const condition = this.#ackEof.take()!
      const status = this.isEnded ? TransactionStatus.Terminated : TransactionStatus.Active
      this.fill(slot, { kind: 'ack-eof', condition, status })
      return true
    }
    if (this.isSuspended) return false
    if (this.#finishedDue) return this.#transmitFinished(slot, now)
    if (this.#keepAliveDue !== undefined) {
      this.#keepAliveDue = undefined
      this.fill(slot, { kind: 'keep-alive', progress: this.#progress })
      return true
    }
    return this.#transmitNak(slot, now)
  }

  transmitData(): boolean {
    return false
  }

  #transmitFinished(slot: Slot<Address>, now: Millis): boolean {
    const finish = this.#facts.finish
    const state = this.#state
    if (finish === undefined || state.name !== 'awaiting-finished-ack') return false
    this.#finishedDue = false
    const room = slot.bytes.subarray(0, this.settings.maxPduSize)
    this.fill(
      slot,
      finishedPdu(this.header, finish, this.#responsesOf(finish), room, this.settings.pduDialect),
    )
    if (!this.isAcknowledged && !this.settings.expectAckFinishedInClass1) {
      this.#end(finish, now)
      return true
    }
    const sentAt = state.isFirst ? now : undefined
    this.#state = { ...state, finishedsSent: state.finishedsSent + 1, isFirst: false, sentAt }
    const { finAckTimeout } = this.settings
    const silence = now - this.lastHeard
    const patience = ackPatience(finAckTimeout, this.roundTrip, silence, state.finishedsSent)
    this.timers.set('finished-ack', this.after(now, patience), now)
    return true
  }

  #acknowledgeOnceStored(condition: ConditionCode, after: number): void {
    if (!this.isAcknowledged) return
    this.#ackEof.owe(condition, after)
    this.desk.wait(this, after)
    this.desk.wakeDirectives(this)
  }

  close(): void {
    this.#file.close()
  }

  // — restart —

  #restore(metadata: PduOf<'metadata'> | undefined, now: Millis): void {
    if (metadata !== undefined) this.#adopt(metadata)
    if (this.#facts.suspended !== undefined) this.suspendedBy = this.#facts.suspended
    if (this.#facts.ended !== undefined) {
      this.#state = { name: 'ended' }
      this.#stayKnown(now)
    } else if (this.#facts.finish !== undefined) {
      this.#discardUnlessKept(this.#facts.finish)
      this.#state = { name: 'awaiting-finished-ack', finishedsSent: 0, isFirst: false, sentAt: undefined }
    } else if (this.#facts.placed !== undefined || this.#facts.whole !== undefined) {
      this.#state = { name: 'completing', after: 0 }
    } else if (this.#facts.eof !== undefined) {
      this.#state = this.isAcknowledged ? { name: 'awaiting-missing-data' } : { name: 'checking', checks: 0 }
    }
    this.standStill(now)
  }

  /** After a restart or a Resume: goes on from whatever state this is. */
  takeUp(now: Millis): void {
    if (!this.isSuspended) this.#takeUp(now)
  }

  #takeUp(now: Millis): void {
    switch (this.#state.name) {
      case 'receiving':
        this.#watch(now)
        this.#armKeepAlive(now)
        // Gaps that showed while it was suspended, and those asked for before.
        this.#repair.hasten(now)
        this.#armNak(now)
        this.desk.wakeDirectives(this)
        if (!this.settings.eofForMetadataOnly) this.#completeWithoutEof(now)
        return
      case 'awaiting-missing-data':
      case 'checking':
        this.#considerCompletion(now)
        if (this.#state.name === 'checking')
          this.timers.set('check', this.after(now, this.settings.checkTimeout), now)
        if (this.#state.name === 'awaiting-missing-data' && this.#facts.eof !== undefined) {
          this.#repair.askEverything(this.#facts.eof.size)
          this.#armNak(now)
          this.desk.wakeDirectives(this)
        }
        return
      case 'verifying':
        this.timers.set('work', now, now)
        return
      case 'completing':
        this.settled(now)
        return
      case 'awaiting-finished-ack':
        this.#state = { ...this.#state, finishedsSent: 0, isFirst: false, sentAt: undefined }
        if (this.#owesFinished) this.#finishedAgain()
        else if (this.#facts.finish !== undefined) this.#end(this.#facts.finish, now)
        return
      case 'ended':
        return
    }
  }

  protected speakAgain(now: Millis): void {
    const state = this.#state
    if (state.name === 'awaiting-missing-data' && this.#facts.eof !== undefined) {
      this.#repair.askEverything(this.#facts.eof.size)
      this.#armNak(now)
    } else if (state.name === 'receiving' && this.isAcknowledged) {
      if (this.#metadata === undefined && this.settings.immediateNak) this.#repair.askMetadata()
      this.#repair.hasten(now)
      this.#armNak(now)
    } else if (state.name === 'awaiting-finished-ack' && !this.#finishedDue) {
      // The one whose answer the dark may have swallowed counts once, however often it is said.
      const finishedsSent = Math.max(0, state.finishedsSent - 1)
      this.#state = { ...state, finishedsSent, isFirst: false, sentAt: undefined }
      this.#finishedAgain()
    }
  }

  #adopt(metadata: PduOf<'metadata'>): void {
    this.#metadata = metadata
    this.#overrides = metadata.options.filter(option => option.tlv === 'fault-handler-override')
    this.#file.learnChecksumType(metadata.checksumType)
  }

  records(): Iterable<CfdpRecord> {
    this.#checkpoint()
    return unfoldReceiver(this.#facts)
  }

  #keep(record: ReceiverRecord): number {
    foldReceiver(this.#facts, record)
    return this.desk.keep(record)
  }

  get report(): TransactionReport {
    const report = receiverReport(this.about, {
      state: this.#state.name,
      suspendedBy: this.suspendedBy,
      resumesItself: this.isSuspendedByItself,
      facts: this.#facts,
      metadata: this.#metadata,
      unrecorded: this.#file.unrecorded,
    })
    return this.inContact(report)
  }
}

function openedBy(transaction: string, header: Header): ReceiverFacts['opened'] {
  return {
    transaction,
    role: 'receiver',
    kind: 'opened',
    ...(header.version === 0 ? { version: 0 } : {}),
    destination: header.destination.toString(),
    acknowledged: header.mode === 'acknowledged',
    largeFile: header.largeFile,
    crc: header.crc,
    entityIdLength: header.entityIdLength,
    sequenceLength: header.sequenceLength,
  }
}
