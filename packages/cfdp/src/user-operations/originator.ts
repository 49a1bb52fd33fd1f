/** The end that asks: which transaction of ours an answer is for, and what it says (section 6). */
import { type Filestore, isRejection } from '../filestore.ts'
import type { EntityId } from '../pdu/model.ts'
import { textFrom } from '../pdu/names.ts'
import { transactionKey, transactionOf } from '../records.ts'
import { LISTING_OCTETS_MAX, readListing } from './listing.ts'
import type { Arrived } from './past.ts'
import type { RequestKind } from './reading.ts'
import type { Ended, UserIndication } from './user-indications.ts'

/** A request of ours. */
export interface Asked {
  readonly to: EntityId
  readonly kind: RequestKind
}

/** Requests remembered; an answer may take days. */
const ASKED_MAX = 10_000

export class Originator {
  readonly #ids: readonly EntityId[]
  readonly #filestore: Filestore
  readonly #tell: (what: UserIndication) => void
  readonly #asked: Map<string, Asked> = new Map()

  constructor(options: {
    readonly ids: readonly EntityId[]
    readonly filestore: Filestore
    tell(what: UserIndication): void
  }) {
    this.#ids = options.ids
    this.#filestore = options.filestore
    this.#tell = options.tell
  }

  asked(key: string, asked: Asked): void {
    this.#asked.set(key, asked)
    if (this.#asked.size > ASKED_MAX) this.#asked.delete(this.#asked.keys().next().value!)
  }

  /** A transaction of ours has ended; a request that did not get through will have no answer. */
  ended(key: string, { condition }: Ended): void {
    if (!this.#asked.has(key) || condition === 0) return
    this.#asked.delete(key)
    this.#tell({ kind: 'unasked', request: transactionOf(key), condition })
  }

  /** @returns whether this transaction is because of a request of ours, or says so */
  arrived({ transaction, messages }: Arrived, ending: Ended): boolean {
    const { origin, answer, request: theirs, all } = messages
    if (origin === undefined || theirs !== undefined) return false
    const request = transactionOf(origin)
    const isOurs = this.#ids.includes(request.source)
    if (!isOurs) return answer !== undefined
    const asked = this.#asked.get(origin)
    const from = transaction.source
    // Whoever answers for another is not believed. A request forgotten since (a restart, days) may be answered still.
    if (asked !== undefined && asked.to !== from) return true
    const { condition, delivery, name } = ending
    const isGood = condition === 0 && delivery === 0
    const file = name === undefined ? {} : { name }
    switch (answer?.kind) {
      case 'proxy-put-response': {
        const { kind, condition, delivery, fileStatus } = answer
        const responses = all.flatMap(each =>
          each.kind === 'proxy-filestore-response' ? [each.response] : [],
        )
        this.#tell({ kind, request, from, condition, delivery, fileStatus, responses })
        return true
      }
      case 'directory-listing-response':
        this.#listed(request, from, isGood && answer.succeeded, name)
        return true
      case 'remote-status-report-response': {
        const { source, sequence, status, succeeded } = answer
        const about = { source, sequence }
        const text = name === undefined || !isGood ? '' : textFrom(this.#read(name))
        const kind = 'remote-status-report'
        this.#tell({ kind, request, from, about, succeeded: succeeded && isGood, status, ...file, text })
        return true
      }
      case 'remote-suspend-response':
      case 'remote-resume-response': {
        const { source, sequence, suspended, status } = answer
        const kind = answer.kind === 'remote-suspend-response' ? 'remote-suspend' : 'remote-resume'
        this.#tell({ kind, request, from, about: { source, sequence }, suspended, status })
        return true
      }
      case undefined:
        // Some send the listing without the message that says it is one.
        if (asked?.kind === 'directory-listing-request') this.#listed(request, from, isGood, name)
        else this.#tell({ kind: 'proxied-put', request, from, transaction, condition, delivery, ...file })
        return true
    }
  }

  #listed(
    request: ReturnType<typeof transactionOf>,
    from: EntityId,
    isGood: boolean,
    name: string | undefined,
  ): void {
    const succeeded = isGood && name !== undefined
    const entries = succeeded ? readListing(this.#read(name)) : []
    const file = name === undefined ? {} : { name }
    this.#asked.delete(transactionKey(request))
    this.#tell({ kind: 'directory-listing', request, from, succeeded, ...file, entries })
  }

  /** The beginning of a file of ours; what cannot be read is empty. */
  #read(name: string): Uint8Array {
    const source = this.#filestore.openSource(name)
    if (isRejection(source)) return new Uint8Array(0)
    const octets = new Uint8Array(Math.min(source.size, LISTING_OCTETS_MAX))
    const rejection = source.read(0, octets, 0, octets.length)
    source.close()
    return rejection === undefined ? octets : new Uint8Array(0)
  }
}
