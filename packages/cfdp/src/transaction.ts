import { type Millis, NEVER, type Scheduled, type Slot, Timers } from '@skyferry/engine'
import { faultHandler } from './faults.ts'
import type { Filestore } from './filestore.ts'
import type { Indication, Role, TransactionReport } from './indications.ts'
import type { HandlerName, LocalSettings, RemoteSettings } from './mib.ts'
import { encodePdu } from './pdu/encode.ts'
import { headerLength } from './pdu/header.ts'
import type { ConditionCode, FaultHandlerOverride, Header, Pdu } from './pdu/model.ts'
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
  | 'pace'
  | 'checkpoint'
  | 'work'
  | 'pending'

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
  abstract records(): Iterable<CfdpRecord>
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

  /** What a report says of either end. */
  protected get about(): Pick<TransactionReport, 'transaction' | 'peer' | 'mode' | 'pdus' | 'roundTripMs'> {
    const { id, header, pdus, roundTrip } = this
    const peer = this.role === 'sender' ? header.destination : header.source
    return { transaction: id, peer, mode: header.mode, pdus, roundTripMs: roundTrip.measured }
  }

  /** Takes note that the peer lives. */
  protected heard(now: Millis): void {
    this.pdus.received += 1
    this.lastHeard = now
  }

  /** Encodes a PDU of this transaction to the slot. */
  protected fill(slot: Slot<Address>, pdu: Pdu): void {
    slot.length = encodePdu(this.header, pdu, slot.bytes, slot.view, this.settings.pduDialect)
    slot.to = this.settings.address
    this.pdus.sent += 1
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

  protected handlerFor(
    condition: ConditionCode,
    overrides: readonly FaultHandlerOverride[],
    settings: Readonly<Partial<Record<ConditionCode, HandlerName>>>,
  ): HandlerName {
    return faultHandler(condition, overrides, settings)
  }
}
