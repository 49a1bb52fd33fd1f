/** The end that is asked: does what a remote user may ask for, and answers (section 6). */
import { type Filestore, isRejection } from '../filestore.ts'
import type { TransactionReport } from '../indications.ts'
import type { Permissions } from '../mib.ts'
import {
  ConditionCode,
  DeliveryCode,
  type EntityId,
  FileStatus,
  type FilestoreResponse,
} from '../pdu/model.ts'
import { transactionKey, transactionOf } from '../records.ts'
import type { PutRequest, TransactionId } from '../requests.ts'
import { LISTED_MAX, writeListing } from './listing.ts'
import type { ReservedMessage, ReservedMessageOf } from './messages.ts'
import type { Arrived } from './past.ts'
import { proxiedPut, wantsRecords } from './proxied-put.ts'
import type { AnsweringMessage, AskingMessage, RequestKind } from './reading.ts'
import { statusOf, writeStatusReport } from './status-report.ts'
import type { Ended, UserIndication } from './user-indications.ts'
import type { EntityDoor, PutReply } from './user-operations.ts'

export interface ResponderOptions {
  readonly entity: EntityDoor
  readonly filestore: Filestore
  tell(what: UserIndication): void
  /** A put with reserved messages ahead of its own. */
  put(request: PutRequest, messages: readonly ReservedMessage[]): PutReply
}

/** Puts on behalf of one remote entity at a time. */
const PROXIED_MAX = 100

const PERMISSION: Readonly<Record<RequestKind, keyof Permissions>> = {
  'proxy-put-request': 'proxyPut',
  'proxy-put-cancel': 'proxyPut',
  'directory-listing-request': 'listing',
  'remote-status-report-request': 'remote',
  'remote-suspend-request': 'remote',
  'remote-resume-request': 'remote',
}

export class Responder {
  readonly #options: ResponderOptions
  /** Puts that somebody asked for: the transaction that asked, by that of the put. */
  readonly #proxied: Map<string, string> = new Map()

  constructor(options: ResponderOptions) {
    this.#options = options
  }

  /** A put of an earlier life. */
  remember(put: string, origin: string): void {
    this.#proxied.set(put, origin)
  }

  /** Is a put on behalf of this transaction under way? */
  isUnderWay(origin: string | undefined): boolean {
    return origin !== undefined && [...this.#proxied.values()].includes(origin)
  }

  /** A put of ours has ended: whoever asked for it is told. */
  ended(put: TransactionId, { condition, delivery, fileStatus, responses = [] }: Ended): void {
    const key = transactionKey(put)
    const origin = this.#proxied.get(key)
    if (origin === undefined) return
    this.#proxied.delete(key)
    const answer = { kind: 'proxy-put-response', condition, delivery, fileStatus } as const
    this.#answer(put.source, transactionOf(origin), answer, responses)
  }

  /** Does what is asked, or refuses and says so. */
  asked(arrived: Arrived): void {
    const { request } = arrived.messages
    if (request === undefined) return
    const { transaction } = arrived
    const allowed = this.#options.entity.remote(transaction.source)?.allow[PERMISSION[request.kind]] === true
    const refusal = allowed
      ? this.#carryOut(request, arrived)
      : this.#refuse(request, arrived, 'it is not allowed here')
    this.#options.tell({
      kind: refusal === undefined ? 'carried-out' : 'refused',
      operation: request.kind,
      from: transaction.source,
      request: transaction,
      text: `${inWords(request)}${refusal === undefined ? '' : `: ${refusal}`}`,
    })
  }

  /** @returns why not */
  #carryOut(request: AskingMessage, arrived: Arrived): string | undefined {
    switch (request.kind) {
      case 'proxy-put-request':
        return this.#putAsAsked(request, arrived)
      case 'proxy-put-cancel':
        return this.#cancelAsAsked(arrived)
      case 'directory-listing-request':
        return this.#listAsAsked(request, arrived)
      case 'remote-status-report-request':
        return this.#reportAsAsked(request, arrived)
      case 'remote-suspend-request':
      case 'remote-resume-request':
        return this.#steerAsAsked(request, arrived)
    }
  }

  /** Every refusal has the answer that a failure has. @returns `reason` */
  #refuse(request: AskingMessage, arrived: Arrived, reason: string): string {
    const answer = refusalOf(request)
    if (answer !== undefined) this.#answer(arrived.destination, arrived.transaction, answer)
    return reason
  }

  // — proxy put —

  #putAsAsked(request: ReservedMessageOf<'proxy-put-request'>, arrived: Arrived): string | undefined {
    const { transaction, destination, messages } = arrived
    const { entity, put } = this.#options
    const wanted = proxiedPut(request, messages.all, destination, entity.ids)
    if (typeof wanted === 'string') return this.#refuse(request, arrived, wanted)
    if (wantsRecords(messages.all))
      return this.#refuse(request, arrived, 'our files have no record boundaries')
    const ofThem = [...this.#proxied.values()].filter(
      each => transactionOf(each).source === transaction.source,
    )
    if (ofThem.length >= PROXIED_MAX) {
      return this.#refuse(request, arrived, `${PROXIED_MAX} puts on its behalf are under way`)
    }
    const reply = put(wanted, [originating(transaction)])
    if (reply.kind === 'refused') return this.#refuse(request, arrived, reply.reason)
    this.#proxied.set(transactionKey(reply.transaction), transactionKey(transaction))
    return undefined
  }

  /** Only whoever asked for a put may stop it. Its end is answered as the end of any. */
  #cancelAsAsked({ transaction, messages }: Arrived): string | undefined {
    const { origin } = messages
    if (origin === undefined || transactionOf(origin).source !== transaction.source) {
      return 'it did not ask for that put'
    }
    for (const [put, asked] of this.#proxied) {
      if (asked !== origin) continue
      const reply = this.#options.entity.request({ kind: 'cancel', transaction: transactionOf(put) })
      return reply.kind === 'refused' ? reply.reason : undefined
    }
    return 'no put that it asked for is under way'
  }

  // — listing —

  #listAsAsked(
    request: ReservedMessageOf<'directory-listing-request'>,
    arrived: Arrived,
  ): string | undefined {
    const { transaction } = arrived
    const { actions } = this.#options.filestore
    if (actions === undefined) return this.#refuse(request, arrived, 'this filestore lists nothing')
    const listed = actions.list(request.directoryName, LISTED_MAX)
    if (isRejection(listed)) return this.#refuse(request, arrived, listed.reason)
    const format = this.#options.entity.remote(transaction.source)?.listingFormat ?? 'names'
    const name = actions.offer(`listing-${fileKey(transaction)}`, writeListing(listed.entries, format))
    if (isRejection(name)) return this.#refuse(request, arrived, name.reason)
    const { directoryName, directoryFileName } = request
    const answer = {
      kind: 'directory-listing-response',
      succeeded: true,
      directoryName,
      directoryFileName,
    } as const
    const refusal = this.#send(arrived, name, directoryFileName, answer)
    if (refusal !== undefined) return this.#refuse(request, arrived, refusal)
    return undefined
  }

  // — remote status, suspend, resume —

  #reportAsAsked(
    request: ReservedMessageOf<'remote-status-report-request'>,
    arrived: Arrived,
  ): string | undefined {
    const { source, sequence, reportFileName } = request
    const report = this.#reportFor(request, arrived.transaction.source)
    if (report === undefined) return this.#refuse(request, arrived, 'it has no part in such a transaction')
    const { actions } = this.#options.filestore
    const key = `report-${fileKey(arrived.transaction)}`
    const name = actions?.offer(key, writeStatusReport(report))
    if (name === undefined) return this.#refuse(request, arrived, 'this filestore keeps no reports')
    if (isRejection(name)) return this.#refuse(request, arrived, name.reason)
    const status = statusOf(report)
    const answer = {
      kind: 'remote-status-report-response',
      source,
      sequence,
      succeeded: true,
      status,
    } as const
    const refusal = this.#send(arrived, name, reportFileName, answer)
    if (refusal !== undefined) return this.#refuse(request, arrived, refusal)
    return undefined
  }

  #steerAsAsked(
    request: ReservedMessageOf<'remote-suspend-request'> | ReservedMessageOf<'remote-resume-request'>,
    arrived: Arrived,
  ): string | undefined {
    const { source, sequence } = request
    const about = { source, sequence }
    if (this.#reportFor(about, arrived.transaction.source) === undefined) {
      return this.#refuse(request, arrived, 'it has no part in such a transaction')
    }
    const isSuspend = request.kind === 'remote-suspend-request'
    const reply = this.#options.entity.request({ kind: isSuspend ? 'suspend' : 'resume', transaction: about })
    const report = this.#reportFor(about, arrived.transaction.source)
    this.#answer(arrived.destination, arrived.transaction, {
      kind: isSuspend ? 'remote-suspend-response' : 'remote-resume-response',
      ...about,
      suspended: report?.suspended ?? false,
      status: statusOf(report),
    })
    return reply.kind === 'refused' ? reply.reason : undefined
  }

  /** Of a transaction that `who` sends, receives or asked for; of any other it learns nothing. */
  #reportFor(about: TransactionId, who: EntityId): TransactionReport | undefined {
    const { entity } = this.#options
    const id = { source: about.source, sequence: about.sequence }
    const report = entity.report(id, 'sender') ?? entity.report(id, 'receiver')
    const origin = this.#proxied.get(transactionKey(id))
    const isTheirs = report?.peer === who || (origin !== undefined && transactionOf(origin).source === who)
    return isTheirs ? report : undefined
  }

  // — answering —

  /** @returns why not */
  #send(
    { transaction, destination }: Arrived,
    sourceName: string,
    destinationName: string,
    answer: AnsweringMessage,
  ): string | undefined {
    const reply = this.#options.put(
      {
        kind: 'put',
        source: destination,
        destination: transaction.source,
        sourceName,
        ...(destinationName === '' ? {} : { destinationName }),
      },
      [answer, originating(transaction)],
    )
    if (reply.kind === 'accepted') return undefined
    this.#options.filestore.actions?.withdraw(sourceName)
    return reply.reason
  }

  /** A transaction of messages only. What does not fit one Metadata is left out from its end. */
  #answer(
    source: EntityId,
    request: TransactionId,
    answer: AnsweringMessage,
    responses: readonly FilestoreResponse[] = [],
  ): void {
    const put: PutRequest = { kind: 'put', source, destination: request.source }
    const words = responses.map(response => ({ kind: 'proxy-filestore-response' as const, response }))
    for (let count = words.length; count >= 0; count = count > 0 ? count >> 1 : -1) {
      const reply = this.#options.put(put, [answer, originating(request), ...words.slice(0, count)])
      if (reply.kind === 'accepted') return
    }
  }
}

function originating({ source, sequence }: TransactionId): ReservedMessage {
  return { kind: 'originating-transaction-id', source, sequence }
}

function fileKey({ source, sequence }: TransactionId): string {
  return `${source}-${sequence}.txt`
}

/** What a failure of this request is answered by; undefined: the standard has no answer to it. */
function refusalOf(request: AskingMessage): AnsweringMessage | undefined {
  switch (request.kind) {
    case 'proxy-put-request':
      return {
        kind: 'proxy-put-response',
        condition: ConditionCode.FilestoreRejection,
        delivery: DeliveryCode.Incomplete,
        fileStatus: FileStatus.Unreported,
      }
    case 'proxy-put-cancel':
      return undefined
    case 'directory-listing-request': {
      const { directoryName, directoryFileName } = request
      return { kind: 'directory-listing-response', succeeded: false, directoryName, directoryFileName }
    }
    case 'remote-status-report-request': {
      const { source, sequence } = request
      return {
        kind: 'remote-status-report-response',
        source,
        sequence,
        succeeded: false,
        status: statusOf(undefined),
      }
    }
    case 'remote-suspend-request':
    case 'remote-resume-request': {
      const { source, sequence } = request
      const kind =
        request.kind === 'remote-suspend-request' ? 'remote-suspend-response' : 'remote-resume-response'
      return { kind, source, sequence, suspended: false, status: statusOf(undefined) }
    }
  }
}

function inWords(request: AskingMessage): string {
  switch (request.kind) {
    case 'proxy-put-request':
      return `asks for ${request.sourceName === '' ? 'messages' : request.sourceName} to be put to ${request.destination}`
    case 'proxy-put-cancel':
      return 'asks for its put to be cancelled'
    case 'directory-listing-request':
      return `asks for a listing of '${request.directoryName}'`
    case 'remote-status-report-request':
      return `asks for a report of ${transactionKey(request)}`
    case 'remote-suspend-request':
      return `asks for ${transactionKey(request)} to be suspended`
    case 'remote-resume-request':
      return `asks for ${transactionKey(request)} to be resumed`
  }
}
