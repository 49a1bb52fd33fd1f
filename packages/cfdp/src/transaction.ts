import { type Millis, NEVER, type Scheduled, type Slot, Timers } from '@skyferry/engine'
import type { Contact } from './contact.ts'
import type { Filestore } from './filestore.ts'
import { PEER_SILENT } from './inactivity.ts'
import type { Indication, ReportedOfAny, Role, TransactionReport } from './indications.ts'
import type { LocalSettings, RemoteSettings } from './mib.ts'
import { encodePdu } from './pdu/encode.ts'
import { headerLength } from './pdu/header.ts'
import { ConditionCode, type Header, type Pdu, type PduOf } from './pdu/model.ts'
import { type CfdpRecord, transactionKey } from './records.ts'
import type { TransactionId } from './requests.ts'
import type { RoundTrip } from './round-trip.ts'

/** What a transaction needs of the entity it belongs to. */
export interface Desk<Address> {
  readonly local: LocalSettings
  readonly filestore: Filestore
  /** CRC-32 (IEEE) by the host's fast means. */
  readonly crc32: ((bytes: Uint8Array, seed: number) => number) | undefined
  /** Hands out a record. @returns its number; once that many are stored, promises resting on it may leave. */
  keep(record: CfdpRecord): number
  isStored(count: number): boolean
  /** When the peer can be spoken to and heard. */
  contactWith(settings: RemoteSettings<Address>): Contact
  /** Tells the user, once `count` records are stored. */
  indicate(what: Indication, count: number): void
  /** The transaction has a directive to transmit. */
  wakeDirectives(transaction: Transaction<Address>): void
  /** The transaction has file data to transmit. */
  wakeData(transaction: Transaction<Address>): void
  /** `settled` is to be called once `count` records are stored. */
  wait(transaction: Transaction<Address>, count: number): void
  /** The transaction is over and known only for late PDUs. */
  ended(transaction: Transaction<Address>, now: Millis): void
  /** The transaction need not be known any longer. */
  forget(transaction: Transaction<Address>): void
}

export type TimerName =
  | 'eof-ack'
  | 'finished-ack'
  | 'nak'
  | 'inactivity'
  | 'check'
  | 'prompt'
  | 'prompt-interval'
  | 'keep-alive'
  | 'pace'
  | 'checkpoint'
  | 'work'
  | 'pending'

/** Timers that wait for nobody but ourselves: they run on where the others stand still. */
const OURS_IN_THE_DARK: ReadonlySet<TimerName> = new Set(['pace', 'checkpoint', 'work'])
/** Suspended, no outcome is found. */
const OURS_SUSPENDED: ReadonlySet<TimerName> = new Set(['pace', 'checkpoint'])

/** What sender and receiver of one transaction have in common: its names, its timers, its counts, its way to transmit. */
export abstract class Transaction<Address> implements Scheduled {
  abstract readonly role: Role
  readonly id: TransactionId
  readonly key: string
  readonly settings: RemoteSettings<Address>
  /** The header of everything we send in this transaction. */
  readonly header: Header
  readonly headerLength: number
  readonly roundTrip: RoundTrip
  readonly contact: Contact
  readonly timers: Timers<TimerName> = new Timers()

  /** Membership in the entity's rings and heap; only the entity and its schedule write these. */
  inDirectives = false
  inData = false
  /** Nothing is to be done for it any more, wherever it still stands. */
  isForgotten = false
  heapIndex = -1
  heapDue: Millis = NEVER

  protected readonly desk: Desk<Address>
  protected lastHeard: Millis
  protected suspendedBy: ConditionCode | undefined
  /** Since when nothing could be answered or heard. */
  #darkSince: Millis | undefined
  protected readonly pdus: { sent: number; received: number; resent: number } = {
    sent: 0,
    received: 0,
    resent: 0,
  }

  constructor(
    desk: Desk<Address>,
    id: TransactionId,
    header: Header,
    settings: RemoteSettings<Address>,
    roundTrip: RoundTrip,
    now: Millis,
  ) {
    this.desk = desk
    this.id = id
    this.key = transactionKey(id)
    this.header = header
    this.headerLength = headerLength(header)
    this.settings = settings
    this.roundTrip = roundTrip
    this.lastHeard = now
    this.contact = desk.contactWith(settings)
    this.standStill(now)
  }

  abstract get isEnded(): boolean
  abstract get report(): TransactionReport
  /** Fills the slot with the next directive there is to send; false when there is none now. */
  abstract transmitDirective(slot: Slot<Address>, now: Millis): boolean
  /** Fills the slot with file data; false when there is none to send now. */
  abstract transmitData(slot: Slot<Address>, now: Millis): boolean
  abstract tick(now: Millis): void
  /** Records this transaction waited for are stored. */
  abstract settled(now: Millis): void
  abstract receive(pdu: Pdu, now: Millis): void
  abstract cancel(condition: ConditionCode, now: Millis): string | undefined
  abstract suspend(condition: ConditionCode, now: Millis): string | undefined
  abstract resume(now: Millis): string | undefined
  /** Whose file data goes first: the higher. */
  abstract readonly priority: number
  abstract prompt(response: PduOf<'prompt'>['response']): string | undefined
  abstract records(): Iterable<CfdpRecord>
  /** The peer can be spoken to again: what waits for an answer is said again at once. Counts stay as they are. */
  protected abstract speakAgain(now: Millis): void
  /** Closes files; for the end and for a stop of the engine. */
  abstract close(): void

  get isAcknowledged(): boolean {
    return this.header.mode === 'acknowledged'
  }

  get isSuspended(): boolean {
    return this.suspendedBy !== undefined
  }

  deadline(): Millis {
    return this.timers.earliest()
  }

  // — link visibility (section 4.12): independent of suspension —

  /** @param anew the peer can be spoken to, as it could not before */
  contactChanged(anew: boolean, now: Millis): void {
    this.standStill(now)
    if (!anew) return
    if (this.isSuspendedByItself) this.#resumeItself('the link is up again', now)
    else if (!this.isSuspended && !this.isEnded) this.speakAgain(now)
    this.desk.wakeDirectives(this)
    this.desk.wakeData(this)
  }

  /** Timers stand still while suspended and in the dark, and run again when neither holds; call when either changes. */
  protected standStill(now: Millis): void {
    const { isDark } = this.contact
    if (isDark) this.#darkSince ??= now
    else if (this.#darkSince !== undefined) {
      // Who could not be heard was not silent.
      this.lastHeard = Math.min(now, this.lastHeard + now - this.#darkSince) as Millis
      this.#darkSince = undefined
    }
    if (this.isSuspended) this.timers.pause(now, OURS_SUSPENDED)
    else if (isDark) this.timers.pause(now, OURS_IN_THE_DARK)
    else this.timers.resume(now)
  }

  // — inactivity that ends by itself —

  protected get isSuspendedByItself(): boolean {
    return this.settings.resumesItself && this.suspendedBy === ConditionCode.InactivityDetected
  }

  /** The peer has been silent: nothing more is spent on it until it speaks. No fault: nobody has to do anything. */
  protected suspendItself(now: Millis): void {
    this.suspend(ConditionCode.InactivityDetected, now)
    this.indicate({ kind: 'notice', code: 'peer-silent', text: PEER_SILENT })
  }

  #resumeItself(why: string, now: Millis): void {
    this.indicate({ kind: 'notice', code: 'peer-back', text: `${why}: goes on` })
    this.resume(now)
  }

  /** What a report says of either end. */
  protected get about(): ReportedOfAny {
    const { id, header, pdus, roundTrip } = this
    const peer = this.role === 'sender' ? header.destination : header.source
    return { transaction: id, peer, mode: header.mode, pdus, roundTripMs: roundTrip.measured }
  }

  /** Takes note that the peer lives. */
  protected heard(now: Millis): void {
    this.pdus.received += 1
    this.lastHeard = now
    if (this.suspendedBy !== undefined && this.isSuspendedByItself)
      this.#resumeItself('the peer is heard again', now)
  }

  /** Encodes a PDU of this transaction to the slot. */
  protected fill(slot: Slot<Address>, pdu: Pdu): void {
    slot.length = encodePdu(this.header, pdu, slot.bytes, slot.view, this.settings.pduDialect)
    slot.to = this.settings.address
    this.pdus.sent += 1
  }

  /** A report says first of all if there is no contact. */
  protected inContact(report: TransactionReport): TransactionReport {
    if (this.isEnded || !this.contact.isMute) return report
    const { next } = this.contact
    const waitingFor = this.isSuspended ? report.waitingFor : 'waits for contact with the peer'
    return { ...report, waitingFor, ...(next === undefined ? {} : { nextContact: next }) }
  }

  protected after(now: Millis, interval: number): Millis {
    return (now + interval) as Millis
  }

  protected indicate(
    what: Indication extends infer I
      ? I extends Indication
        ? Omit<I, 'transaction' | 'role'>
        : never
      : never,
    count = 0,
  ): void {
    this.desk.indicate({ ...what, transaction: this.id, role: this.role } as Indication, count)
  }
}
