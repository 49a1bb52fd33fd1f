import { assert } from '@skyferry/engine'
import { type Filestore, OFFERED } from '../filestore.ts'
import type { Indication, Role, TransactionReport } from '../indications.ts'
import type { RemoteSettings } from '../mib.ts'
import { STANDARD_DIALECT } from '../pdu/dialect.ts'
import type { EntityId } from '../pdu/model.ts'
import { type CfdpRecord, transactionKey } from '../records.ts'
import type { PutRequest, Reply, Request, TransactionId } from '../requests.ts'
import { type Asked, Originator } from './originator.ts'
import { type Arrived, pastOf } from './past.ts'
import { isProxied, readUserMessages, type UserMessages } from './reading.ts'
import { Responder } from './responder.ts'
import type { Ended, UserIndication } from './user-indications.ts'
import { encodeAll, messagesFor, type UserRequest } from './user-requests.ts'

/** What the user operations need of the entity they work for. */
export interface EntityDoor {
  /** Its own ids. */
  readonly ids: readonly EntityId[]
  request(request: Request): Reply
  report(id: TransactionId, role: Role): TransactionReport | undefined
  /** The settings of a remote entity; undefined: it is not talked to. */
  remote(id: EntityId): RemoteSettings<unknown> | undefined
}

/** The answer to a Put. */
export type PutReply = Exclude<Reply, { kind: 'noted' }>

export interface UserOperationsOptions {
  readonly entity: EntityDoor
  readonly filestore: Filestore
  tell(what: UserIndication): void
  /** What the entity was restored from. */
  readonly records?: Iterable<CfdpRecord>
}

/** Transactions whose messages are kept until they end; a flood drops the oldest. */
const ARRIVING_MAX = 1000

/**
 * The user operations of section 6, both ends: a user of one entity, that asks other users by messages and does what
 * they ask. The host hands it every indication of the entity (`hear`); it asks the entity for puts.
 *
 * It keeps no records of its own. Whatever it does shows in the entity's: a put names the transaction that asked for
 * it. So a restart finds requests that were received and not answered, and carries them out; puts that were asked for
 * and have ended, and answers for them; and answers that were received, and tells them again.
 */
export class UserOperations {
  readonly #entity: EntityDoor
  readonly #responder: Responder
  readonly #originator: Originator
  /** Messages of receptions that have not ended, by transaction. */
  readonly #arriving: Map<string, Arrived> = new Map()
  readonly #filestore: Filestore
  readonly #records: Iterable<CfdpRecord>

  constructor({ entity, filestore, tell, records = [] }: UserOperationsOptions) {
    this.#entity = entity
    this.#filestore = filestore
    this.#records = records
    this.#responder = new Responder({
      entity,
      filestore,
      tell,
      put: (request, messages) => this.#put(request, messages),
    })
    this.#originator = new Originator({ ids: entity.ids, filestore, tell })
  }

  /** Takes up what an earlier life left. To be called once, when the entity can be asked and before the first `hear`. */
  start(): void {
    const past = pastOf(this.#records, id => this.#entity.remote(id)?.pduDialect ?? STANDARD_DIALECT)
    for (const { id, messages, destination, isEnded } of past.puts) {
      if (messages.request !== undefined) {
        this.#originator.asked(transactionKey(id), { to: destination, kind: messages.request.kind })
      }
      if (isProxied(messages) && !isEnded) this.#responder.remember(transactionKey(id), messages.origin!)
    }
    for (const { id, origin, ending } of past.unanswered) {
      this.#responder.remember(transactionKey(id), origin)
      this.#responder.ended(id, ending)
    }
    for (const arrived of past.arriving) this.#arriving.set(transactionKey(arrived.transaction), arrived)
    for (const { arrived, ending } of past.arrived) {
      const key = transactionKey(arrived.transaction)
      const { request, origin } = arrived.messages
      if (request !== undefined && past.answered.has(key)) continue
      // A cancellation has no answer to be known by; once its put has ended it has been obeyed.
      if (request?.kind === 'proxy-put-cancel' && !this.#responder.isUnderWay(origin)) continue
      this.#finished(arrived, ending)
    }
    for (const name of past.endedOffers) this.#filestore.actions?.withdraw(name)
  }

  /** Asks a remote entity. The answer comes as an indication; its `request` is the transaction accepted here. */
  request(request: UserRequest): PutReply {
    const { to, source = this.#entity.ids[0] } = request
    const settings = this.#entity.remote(to)
    if (settings === undefined) return refused(`entity ${to} is not a remote entity here`)
    const messages = messagesFor(request, settings.pduDialect)
    if (messages === undefined) return refused('the names are too long for one message')
    const reply = this.#ask({
      kind: 'put',
      destination: to,
      ...(source === undefined ? {} : { source }),
      messages,
    })
    if (reply.kind === 'accepted') {
      this.#originator.asked(transactionKey(reply.transaction), askedBy(request))
    }
    return reply
  }

  /** Every indication of the entity, in order. */
  hear(what: Indication): void {
    if (what.kind === 'metadata-recv') return this.#arrives(what)
    if (what.kind !== 'transaction-finished') return
    const key = transactionKey(what.transaction)
    if (what.role === 'sender') {
      this.#responder.ended(what.transaction, what)
      this.#originator.ended(key, what)
      const { source } = what.report.names
      if (source.startsWith(OFFERED)) this.#filestore.actions?.withdraw(source)
      return
    }
    const arrived = this.#arriving.get(key)
    this.#arriving.delete(key)
    if (arrived !== undefined) this.#finished(arrived, what)
  }

  #arrives({
    transaction,
    source,
    destination,
    messages,
  }: Extract<Indication, { kind: 'metadata-recv' }>): void {
    const dialect = this.#entity.remote(source)?.pduDialect ?? STANDARD_DIALECT
    const read = readUserMessages(messages, dialect)
    if (read.all.length === 0) return
    this.#arriving.set(transactionKey(transaction), { transaction, destination, messages: read })
    if (this.#arriving.size > ARRIVING_MAX) this.#arriving.delete(this.#arriving.keys().next().value!)
  }

  /** Messages count once their transaction has ended well: a cancelled one asks for nothing. */
  #finished(arrived: Arrived, ending: Ended): void {
    if (this.#originator.arrived(arrived, ending)) return
    if (arrived.messages.request !== undefined && isGood(ending)) this.#responder.asked(arrived)
  }

  #ask(request: PutRequest): PutReply {
    const reply = this.#entity.request(request)
    assert(reply.kind !== 'noted', 'a Put is accepted or refused')
    return reply
  }

  /** A put of ours that speaks reserved messages. */
  #put(request: PutRequest, messages: UserMessages['all']): PutReply {
    const dialect = this.#entity.remote(request.destination)?.pduDialect ?? STANDARD_DIALECT
    const octets = encodeAll(messages, dialect)
    if (octets === undefined) return refused('the names are too long for one message')
    return this.#ask({ ...request, messages: [...octets, ...(request.messages ?? [])] })
  }
}

function isGood({ condition, delivery }: Ended): boolean {
  return condition === 0 && delivery === 0
}

function askedBy(request: UserRequest): Asked {
  switch (request.kind) {
    case 'proxy-put':
      return { to: request.to, kind: 'proxy-put-request' }
    case 'proxy-put-cancel':
      return { to: request.to, kind: 'proxy-put-cancel' }
    case 'directory-listing':
      return { to: request.to, kind: 'directory-listing-request' }
    case 'remote-status-report':
      return { to: request.to, kind: 'remote-status-report-request' }
    case 'remote-suspend':
      return { to: request.to, kind: 'remote-suspend-request' }
    case 'remote-resume':
      return { to: request.to, kind: 'remote-resume-request' }
  }
}

function refused(reason: string): PutReply {
  return { kind: 'refused', reason }
}
