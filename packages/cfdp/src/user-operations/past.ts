/** What the records of an entity say of its user operations: all that a restart needs. Pure. */
import { putOf, receivedMetadata, replyHeaderOf } from '../entity/restore.ts'
import { OFFERED } from '../filestore.ts'
import type { PduDialect } from '../pdu/dialect.ts'
import type { EntityId } from '../pdu/model.ts'
import { type CfdpRecord, foldAll, transactionOf } from '../records.ts'
import type { TransactionId } from '../requests.ts'
import { isProxied, messagesOf, readUserMessages, type UserMessages } from './reading.ts'
import type { Ended } from './user-indications.ts'

/** A transaction that came with messages of users. */
export interface Arrived {
  readonly transaction: TransactionId
  /** The local entity it is addressed to. */
  readonly destination: EntityId
  readonly messages: UserMessages
}

interface Unanswered {
  readonly id: TransactionId
  readonly origin: string
  readonly ending: Ended
}

export interface Past {
  readonly puts: readonly {
    readonly id: TransactionId
    readonly destination: EntityId
    readonly messages: UserMessages
    readonly isEnded: boolean
  }[]
  /** Transactions whose requests we answered, or will when a put that says so has ended. */
  readonly answered: ReadonlySet<string>
  /** Puts that have ended, and whoever asked for them has not been told. */
  readonly unanswered: readonly Unanswered[]
  /** Receptions that go on. */
  readonly arriving: readonly Arrived[]
  /** Receptions that have ended. */
  readonly arrived: readonly { readonly arrived: Arrived; readonly ending: Ended }[]
  /** Names of offered files that nobody sends any longer. */
  readonly endedOffers: readonly string[]
}

export function pastOf(records: Iterable<CfdpRecord>, dialectOf: (id: EntityId) => PduDialect): Past {
  const { senders, receivers } = foldAll(records)
  const puts: Past['puts'][number][] = []
  const answered = new Set<string>()
  const endedPuts: Unanswered[] = []
  const endedOffers: string[] = []
  for (const facts of senders.values()) {
    const put = putOf(facts)
    if (put === undefined) continue
    const { destination } = put.header
    const messages = readUserMessages(messagesOf(put.metadata), dialectOf(destination))
    const id = transactionOf(facts.put.transaction)
    if (facts.ended !== undefined && facts.put.sourceName.startsWith(OFFERED)) {
      endedOffers.push(facts.put.sourceName)
    }
    if (messages.all.length === 0) continue
    puts.push({ id, destination, messages, isEnded: facts.ended !== undefined })
    if (messages.origin === undefined || messages.request !== undefined) continue
    if (messages.answer !== undefined) answered.add(messages.origin)
    else if (facts.ended !== undefined) endedPuts.push({ id, origin: messages.origin, ending: facts.ended })
  }
  const unanswered = endedPuts.filter(({ origin }) => !answered.has(origin))
  // A put under way will answer when it ends: what asked for it is not to be done again.
  for (const { messages } of puts) if (isProxied(messages)) answered.add(messages.origin!)
  const arriving: Arrived[] = []
  const arrived: { readonly arrived: Arrived; readonly ending: Ended }[] = []
  for (const facts of receivers.values()) {
    const metadata = receivedMetadata(facts)
    if (metadata === undefined) continue
    const transaction = transactionOf(facts.opened.transaction)
    const messages = readUserMessages(messagesOf(metadata), dialectOf(transaction.source))
    if (messages.all.length === 0) continue
    const { destination } = replyHeaderOf(facts)
    const ending = facts.ended ?? facts.finish
    const one: Arrived = { transaction, destination, messages }
    if (ending === undefined) arriving.push(one)
    else arrived.push({ arrived: one, ending })
  }
  return { puts, answered, unanswered, arriving, arrived, endedOffers }
}
