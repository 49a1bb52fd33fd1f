import type { EntityRef } from '@skyferry/api'
import {
  type CfdpRecord,
  type Decoded,
  decodePdu,
  type Indication,
  type Role,
  type TransactionReport,
  transactionKey,
  transactionOf,
} from '@skyferry/cfdp'
import { fromHex, isFault } from '@skyferry/octets'
import { type NewTransfer, NO_PDUS, type TransferRow } from '../transfers/transfer-row.ts'
import type { Desk } from './desk.ts'
import type { Origins } from './origins.ts'
import type { Receptions } from './receptions.ts'
import { bucketFor, LISTINGS, objectNameOf } from './service-files.ts'
import { outcomeOf } from './words.ts'

type Direction = TransferRow['direction']
type PutRecord = Extract<CfdpRecord, { kind: 'put' }>
type Finished = Extract<Indication, { kind: 'transaction-finished' }>

export const ROLE_OF: Readonly<Record<Direction, Role>> = { upload: 'sender', download: 'receiver' }

/** What a row says that its transaction does not. */
export type PutFacts = Pick<TransferRow, 'bucket' | 'object' | 'remotePath' | 'closure'>

/** A file that was asked for, and is to come. */
export interface Asked {
  /** The transaction that carries the request, `source:sequence`. */
  readonly request: string
  readonly local: EntityRef
  readonly remote: EntityRef
  readonly remotePath: string
  readonly bucket: string
  readonly object: string
  readonly class: 1 | 2
}

/**
 * Which transaction is which transfer. It follows the entity's records, since what is recorded is what survives; a
 * transaction without a file is no transfer. A file that was asked for is a transfer from that moment on, under the
 * name of the transaction that asked, and under its own once it arrives.
 */
export class Ledger {
  readonly #desk: Desk
  readonly #receptions: Receptions
  readonly #origins: Origins
  readonly #isNoTransfer: (origin: string) => boolean
  /** Transfers that have not ended, by direction and transaction. */
  readonly #ids: Map<string, number> = new Map()
  /** Open uploads, by where they go: two to one place would overwrite each other. */
  readonly #bound: Map<string, number> = new Map()
  /** Receptions of which no Metadata has come. */
  readonly #unnamed: Set<string> = new Set()
  /** Of the put that is being carried out, for the record it makes. */
  putAtHand: PutFacts | undefined

  /** @param isNoTransfer whether what this transaction asked for is nobody's object */
  constructor(
    desk: Desk,
    receptions: Receptions,
    origins: Origins,
    isNoTransfer: (origin: string) => boolean,
  ) {
    this.#isNoTransfer = isNoTransfer
    this.#desk = desk
    this.#receptions = receptions
    this.#origins = origins
  }

  idOf(direction: Direction, transaction: string): number | undefined {
    return this.#ids.get(`${direction} ${transaction}`)
  }

  /** Whether a row waits for a file that was asked for and has not begun to arrive. */
  isAsked(row: TransferRow): boolean {
    return row.direction === 'download' && this.#isOurs(row.protocolId)
  }

  /** Transfers of an earlier life, before its records are read. */
  adopt(rows: readonly TransferRow[]): void {
    for (const row of rows) this.#know(row)
  }

  /** The open upload that goes to the same place, if there is one. */
  rivalOf(remoteId: string, remotePath: string): number | undefined {
    return this.#bound.get(`${remoteId} ${remotePath}`)
  }

  #know({ id, direction, protocolId, remote, remotePath }: TransferRow): void {
    this.#ids.set(`${direction} ${protocolId}`, id)
    if (direction === 'upload') this.#bound.set(`${remote.id} ${remotePath}`, id)
  }

  /** Begins the transfer of a file that was asked for. */
  ask({ request, ...row }: Asked): number {
    return this.#begin({ ...row, direction: 'download', protocolId: request, closure: false, size: null })
  }

  /** The bucket of a reception that was asked for, or is known from an earlier life. */
  bucketOf(transaction: string): string | undefined {
    const origin = this.#origins.of(transaction)
    const id =
      this.idOf('download', transaction) ??
      (origin === undefined ? undefined : this.#askedBy(origin, transaction))
    return id === undefined ? undefined : (this.#desk.host.transfers.row(id)?.bucket ?? undefined)
  }

  observe(record: CfdpRecord): void {
    const { transaction } = record
    if (record.kind === 'opened') this.#unnamed.add(transaction)
    else if (record.kind === 'metadata') this.#named(transaction)
    else if (record.kind === 'put' && this.idOf('upload', transaction) === undefined)
      this.#beginUpload(record)
    else if (record.kind === 'forgotten' && record.role === 'receiver') {
      this.#unnamed.delete(transaction)
      this.#origins.drop(transaction)
    }
  }

  /** Receptions whose Metadata is late are shown all the same. */
  showUnnamed(): void {
    for (const transaction of this.#unnamed) {
      this.#unnamed.delete(transaction)
      if (this.idOf('download', transaction) === undefined) this.#beginDownload(transaction)
    }
  }

  /** A transaction is over. @returns the transfer it was, if it was one */
  finished(what: Finished): TransferRow | undefined {
    const direction = what.role === 'sender' ? 'upload' : 'download'
    const transaction = transactionKey(what.transaction)
    this.#unnamed.delete(transaction)
    if (direction === 'upload') this.#requestFinished(what, transaction)
    const id = this.idOf(direction, transaction)
    if (id === undefined) return undefined
    const { condition, delivery, fileStatus } = what
    const { state, reason } = outcomeOf(what.role, what.report.ending ?? { condition, delivery, fileStatus })
    const { pdus, size, octets } = what.report
    const object = what.name === undefined ? {} : { object: what.name }
    this.end(direction, transaction, { state, reason, pdus, size: size ?? null, octets, ...object })
    return this.#desk.host.transfers.row(id)
  }

  end(
    direction: Direction,
    transaction: string,
    change: Parameters<Desk['host']['transfers']['end']>[1],
  ): void {
    const id = this.idOf(direction, transaction)
    if (id === undefined) return
    this.#ids.delete(`${direction} ${transaction}`)
    const { remote, remotePath } = this.#desk.host.transfers.row(id)!
    if (this.rivalOf(remote.id, remotePath ?? '') === id) this.#bound.delete(`${remote.id} ${remotePath}`)
    this.#desk.host.transfers.end(id, change)
    const { state, reason } = change
    const text = `transfer ${id} ${state}${reason === null ? '' : `: ${reason}`}`
    this.#desk.say(`transfer-${state}`, text, state === 'failed' ? 'warning' : 'info', id)
  }

  /** Makes the transfers of an earlier life agree with what the journal holds: the journal is right. */
  reconcile(
    rows: readonly TransferRow[],
    reports: Iterable<TransactionReport>,
    restored: readonly CfdpRecord[],
  ): void {
    for (const row of rows) this.#reconcileRow(row)
    for (const report of reports) {
      const direction = report.role === 'sender' ? 'upload' : 'download'
      const transaction = transactionKey(report.transaction)
      if (report.state === 'ended' || this.idOf(direction, transaction) !== undefined) continue
      if (direction === 'download') {
        if (this.#receptions.get(transaction)?.names === undefined) this.#unnamed.add(transaction)
        else this.#named(transaction)
        continue
      }
      const put = restored.find(record => record.kind === 'put' && record.transaction === transaction)
      if (put?.kind === 'put') this.#beginUpload(put)
    }
  }

  #reconcileRow(row: TransferRow): void {
    const { direction, protocolId } = row
    const role = this.isAsked(row) ? 'sender' : ROLE_OF[direction]
    const report = this.#desk.reportOf(protocolId, role)
    // The request may be over and forgotten: the file is still to come.
    if (this.isAsked(row) && (report === undefined || outcomeOfReport(report)?.state !== 'failed')) return
    const ending = report?.state === 'ended' ? report.ending : undefined
    if (report !== undefined && ending === undefined) {
      this.#desk.say('resumed', `transfer ${row.id} goes on where it was`, 'info', row.id)
      return
    }
    const lost = { state: 'failed' as const, reason: 'the journal knows nothing of it any more' }
    const { state, reason } = ending === undefined ? lost : outcomeOf(role, ending)
    const object = ending?.name === undefined ? {} : { object: ending.name }
    const figures = report === undefined ? {} : { octets: report.octets, pdus: report.pdus }
    this.end(direction, protocolId, { state, reason, ...object, ...figures })
  }

  /** Metadata came: what arrives has a name, or was asked for, or is no file at all. */
  #named(transaction: string): void {
    this.#unnamed.delete(transaction)
    const reception = this.#receptions.get(transaction)
    if (reception?.names === undefined) return
    const { source, destination } = reception.names
    if (source === '' && destination === '') return
    const origin = this.#origins.of(transaction)
    const asked = origin === undefined ? undefined : this.#askedBy(origin, transaction)
    const known = this.idOf('download', transaction)
    if (asked !== undefined && origin !== undefined) {
      if (known !== undefined) this.#desk.host.transfers.drop(known)
      this.#ids.delete(`download ${origin}`)
      this.#ids.set(`download ${transaction}`, asked)
      this.#desk.host.transfers.update(asked, { protocolId: transaction, size: reception.size ?? null })
      return
    }
    if (known === undefined) return this.#beginDownload(transaction)
    this.#desk.host.transfers.update(known, {
      remotePath: source,
      object: objectNameOf(destination || source, this.#desk.plan),
      size: reception.size ?? null,
    })
  }

  /** The transfer that a request of ours stands for, if it was made to whoever answers it. */
  #askedBy(origin: string, answer: string): number | undefined {
    if (!this.#isOurs(origin)) return undefined
    const id = this.idOf('download', origin)
    const row = id === undefined ? undefined : this.#desk.host.transfers.row(id)
    return row?.remote.id === String(transactionOf(answer).source) ? id : undefined
  }

  #isOurs(transaction: string): boolean {
    return this.#desk.locals.withId(transactionOf(transaction).source) !== undefined
  }

  /** A request that does not get through brings nothing. */
  #requestFinished(what: Finished, transaction: string): void {
    if (this.idOf('download', transaction) === undefined) return
    const { condition, delivery, fileStatus } = what
    const { state, reason } = outcomeOf('sender', what.report.ending ?? { condition, delivery, fileStatus })
    if (state === 'completed') return
    this.end('download', transaction, { state, reason: `the request did not get through: ${reason}` })
  }

  #beginUpload(record: PutRecord): void {
    const slash = record.sourceName.indexOf('/')
    const bucket = record.sourceName.slice(0, slash)
    if (slash < 1 || bucket === LISTINGS) return
    const put = decodeRecord(record.metadata)
    if (put === undefined || put.pdu.kind !== 'metadata') return
    const at = this.putAtHand
    this.#begin({
      direction: 'upload',
      protocolId: record.transaction,
      local: this.#desk.locals.ref(put.header.source),
      remote: this.#desk.remotes.ref(put.header.destination),
      bucket: at?.bucket ?? bucket,
      object: at?.object ?? record.sourceName.slice(slash + 1),
      remotePath: at?.remotePath ?? put.pdu.destinationName,
      class: put.header.mode === 'acknowledged' ? 2 : 1,
      closure: at?.closure ?? put.pdu.closureRequested,
      size: record.size,
    })
  }

  #beginDownload(transaction: string): void {
    const reception = this.#receptions.get(transaction)
    const origin = this.#origins.of(transaction)
    if (reception === undefined || (origin !== undefined && this.#isNoTransfer(origin))) return
    const { source } = transactionOf(transaction)
    const { names, destination } = reception
    const name = names === undefined ? undefined : names.destination || names.source
    this.#begin({
      direction: 'download',
      protocolId: transaction,
      local: this.#desk.locals.ref(destination),
      remote: this.#desk.remotes.ref(source),
      bucket: bucketFor({ source, destination: BigInt(destination) }, this.#desk),
      object: name === undefined ? null : objectNameOf(name, this.#desk.plan),
      remotePath: names?.source ?? null,
      class: reception.isAcknowledged ? 2 : 1,
      closure: false,
      size: reception.size ?? null,
    })
  }

  #begin(
    row: PutFacts & Pick<TransferRow, 'direction' | 'protocolId' | 'local' | 'remote' | 'class' | 'size'>,
  ): number {
    const { transfers, nowMs } = this.#desk.host
    const whole: NewTransfer = {
      ...row,
      service: this.#desk.plan.name,
      protocol: 'cfdp',
      state: 'queued',
      octets: 0,
      created: nowMs(),
      started: null,
      ended: null,
      reason: null,
      pdus: NO_PDUS,
    }
    const id = transfers.begin(whole)
    this.#know({ ...whole, id })
    const { direction, protocolId, remote, remotePath, object } = row
    const way = direction === 'upload' ? 'to' : 'from'
    const name = remotePath ?? object ?? protocolId
    this.#desk.say(
      'transfer-started',
      `transfer ${id}: ${name} ${way} ${remote.name ?? remote.id}`,
      'info',
      id,
    )
    return id
  }
}

/** A PDU as records keep it. */
export function decodeRecord(hex: string): Decoded | undefined {
  const octets = fromHex(hex)
  const decoded = isFault(octets) ? octets : decodePdu(octets)
  return isFault(decoded) ? undefined : decoded
}

function outcomeOfReport({
  state,
  role,
  ending,
}: TransactionReport): ReturnType<typeof outcomeOf> | undefined {
  return state === 'ended' && ending !== undefined ? outcomeOf(role, ending) : undefined
}
