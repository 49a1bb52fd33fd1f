import fs from 'node:fs'
import path from 'node:path'
import {
  type CfdpRecord,
  ConditionCode,
  conditionName,
  DeliveryCode,
  type EntityId,
  encodeReservedMessage,
  FileStatus,
  type Indication,
  isComplete,
  type PutRequest,
  type ReservedMessage,
  type ReservedMessageOf,
  transactionKey,
  transactionOf,
} from '@skyferry/cfdp'
import type { Bucket } from '../buckets/bucket.ts'
import type { EntityPlan } from '../station/plan.ts'
import type { Desk } from './desk.ts'
import { decodeRecord, type Ledger } from './ledger.ts'
import { messagesOf, originIn, reservedIn } from './origins.ts'
import { LISTINGS } from './service-files.ts'

/** A remote directory, as it was when it was listed. */
export interface RemoteListing {
  readonly entity: string
  /** Without a slash at its end; the root is empty. */
  readonly path: string
  readonly state: 'asked' | 'listed' | 'failed'
  readonly listedMs: number | null
  readonly files: readonly { readonly name: string; readonly isDirectory: boolean }[]
  readonly reason: string | null
}

export interface FetchRequest {
  readonly remote: EntityPlan
  readonly local: EntityPlan
  readonly remotePath: string
  readonly bucket: string
  readonly object: string
  /** Absent: as the remote entity does it. */
  readonly class: 1 | 2 | undefined
}

/** A directory that names more than that is cut. */
const LISTED_MAX = 10_000
const LISTINGS_KEPT = 1000

type Finished = Extract<Indication, { kind: 'transaction-finished' }>
type Received = Extract<Indication, { kind: 'metadata-recv' }>

/**
 * What users of two entities ask each other for by messages (CCSDS 727.0-B-5 section 6): here a file to be sent
 * (proxy put), and a directory to be listed; asked by us, and asked of us where the plan allows it.
 */
export class UserOperations {
  readonly #desk: Desk
  readonly #ledger: Ledger
  readonly #listingsDirectory: () => string
  /** Puts of ours that somebody asked for: the transaction that asked, by that of the put. */
  readonly #proxied: Map<string, string> = new Map()
  /** Listings that we asked for, by the transaction that asked. */
  readonly #askedListings: Map<string, { readonly entity: string; readonly path: string }> = new Map()
  /** Files of listings that we send, by their transaction. */
  readonly #listingFiles: Map<string, string> = new Map()
  readonly #listings: Map<string, RemoteListing> = new Map()
  readonly #listeners: Set<(listing: RemoteListing) => void> = new Set()
  #lastListing = 0

  constructor(desk: Desk, ledger: Ledger, listingsDirectory: () => string) {
    this.#desk = desk
    this.#ledger = ledger
    this.#listingsDirectory = listingsDirectory
  }

  // — asked by us —

  /** Asks for a file. @returns the transfer's id, or why not */
  fetch({ remote, local, remotePath, bucket, object, class: mode }: FetchRequest): number | string {
    if (!this.#desk.plan.fetches) return 'this service fetches no remote files (hasDownloadCapability)'
    const messages: ReservedMessage[] = [
      { kind: 'proxy-put-request', destination: local.id, sourceName: remotePath, destinationName: object },
    ]
    if (mode !== undefined) {
      messages.push({ kind: 'proxy-transmission-mode', mode: mode === 1 ? 'unacknowledged' : 'acknowledged' })
    }
    const request = this.#tell(local.id, remote.id, messages)
    if (typeof request !== 'object') return request
    return this.#ledger.ask({
      request: transactionKey(request.transaction),
      local: this.#desk.locals.ref(local.id),
      remote: this.#desk.remotes.ref(remote.id),
      remotePath,
      bucket,
      object,
      class: mode ?? 2,
    })
  }

  /** Asks for the names in a directory. @returns why not; undefined when asked */
  list(remote: EntityPlan, local: EntityPlan, directory: string): string | undefined {
    if (!this.#desk.plan.lists) return 'this service lists no remote directories (hasFileListingCapability)'
    const asked = directory.replace(/\/+$/, '')
    const request = this.#tell(local.id, remote.id, [
      {
        kind: 'directory-listing-request',
        directoryName: asked,
        directoryFileName: this.#desk.plan.listingFileName,
      },
    ])
    if (typeof request !== 'object') return request
    const transaction = transactionKey(request.transaction)
    this.#askedListings.set(transaction, { entity: remote.name, path: asked })
    const before = this.listing(remote.name, asked)
    const { files, listedMs } = before ?? { files: [], listedMs: null }
    this.#listed({ entity: remote.name, path: asked, state: 'asked', listedMs, files, reason: null }, false)
    return undefined
  }

  listing(entity: string, directory: string): RemoteListing | undefined {
    return this.#listings.get(`${entity} ${directory.replace(/\/+$/, '')}`)
  }

  /** @returns what ends the listening */
  listen(listener: (listing: RemoteListing) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Whether what arrives is a listing that we asked for. */
  isListing(origin: string): boolean {
    return this.#askedListings.has(origin)
  }

  // — what arrives —

  /** Messages of somebody; what they ask for is done at once, since they may come with a transaction of any length. */
  received({ transaction, messages }: Received, destination: EntityId | undefined): void {
    const reserved = reservedIn(messages)
    const origin = originIn(messages)
    for (const message of reserved) {
      if (message.kind === 'proxy-put-request') this.#putAsAsked(message, reserved, transaction, destination)
      if (message.kind === 'directory-listing-request') this.#listAsAsked(message, transaction, destination)
      if (origin === undefined) continue
      if (message.kind === 'proxy-put-response') this.#answered(message, origin)
      if (message.kind === 'directory-listing-response' && !message.succeeded) {
        this.#listingFailed(origin, 'the remote entity cannot list it')
      }
    }
  }

  observe(record: CfdpRecord): void {
    if (record.kind !== 'put' || record.sourceName === '') return
    if (record.sourceName.startsWith(`${LISTINGS}/`)) {
      this.#listingFiles.set(record.transaction, record.sourceName.slice(LISTINGS.length + 1))
      return
    }
    const put = decodeRecord(record.metadata)
    if (put?.pdu.kind !== 'metadata') return
    const origin = originIn(messagesOf(put.pdu))
    if (origin !== undefined) this.#proxied.set(record.transaction, origin)
  }

  /** @param origin of a reception: the transaction that asked for it */
  finished(what: Finished, origin: string | undefined): void {
    const transaction = transactionKey(what.transaction)
    if (what.role === 'sender') this.#sent(what, transaction)
    else if (origin !== undefined && this.isListing(origin) && what.name !== undefined) {
      this.#listingCame(origin, what.name)
    }
  }

  #sent(what: Finished, transaction: string): void {
    const listed = this.#listingFiles.get(transaction)
    if (listed !== undefined) {
      this.#listingFiles.delete(transaction)
      fs.rmSync(path.join(this.#listingsDirectory(), listed), { force: true })
    }
    if (this.#askedListings.has(transaction) && !isComplete(what.condition)) {
      this.#listingFailed(transaction, `the request did not get through: ${conditionName(what.condition)}`)
    }
    const origin = this.#proxied.get(transaction)
    if (origin === undefined) return
    this.#proxied.delete(transaction)
    const { condition, delivery, fileStatus } = what
    this.#respond(what.transaction.source, origin, {
      kind: 'proxy-put-response',
      condition,
      delivery,
      fileStatus,
    })
  }

  /** The remote entity says how its put ended; what it sent says that better, if it came. */
  #answered({ condition, delivery }: ReservedMessageOf<'proxy-put-response'>, origin: string): void {
    if (isComplete(condition) && delivery === DeliveryCode.Complete) return
    const reason = `the remote entity could not send it: ${conditionName(condition)}`
    this.#ledger.end('download', origin, { state: 'failed', reason })
  }

  // — asked of us —

  #putAsAsked(
    asked: ReservedMessageOf<'proxy-put-request'>,
    all: readonly ReservedMessage[],
    request: Received['transaction'],
    ours: EntityId | undefined,
  ): void {
    const bucket = this.#served('a file', request)
    const origin = transactionKey(request)
    const refuse = (): void => {
      if (ours === undefined) return
      this.#respond(ours, origin, {
        kind: 'proxy-put-response',
        condition: ConditionCode.FilestoreRejection,
        delivery: DeliveryCode.Incomplete,
        fileStatus: FileStatus.Unreported,
      })
    }
    if (bucket === undefined || ours === undefined || asked.sourceName === '') return refuse()
    const mode = all.find(({ kind }) => kind === 'proxy-transmission-mode')
    const closure = all.find(({ kind }) => kind === 'proxy-closure-request')
    const sourceName = `${bucket.name}/${asked.sourceName.replace(/^[/\\]+/, '')}`
    const reply = this.#desk.request({
      kind: 'put',
      source: ours,
      destination: asked.destination,
      sourceName,
      destinationName: asked.destinationName,
      messages: [encoded({ kind: 'originating-transaction-id', ...request })],
      ...(mode?.kind === 'proxy-transmission-mode' ? { mode: mode.mode } : {}),
      ...(closure?.kind === 'proxy-closure-request' ? { closureRequested: closure.closureRequested } : {}),
    })
    if (reply.kind !== 'refused') return
    this.#desk.say('refused', `${origin} asks for ${asked.sourceName}: ${reply.reason}`, 'warning')
    refuse()
  }

  #listAsAsked(
    asked: ReservedMessageOf<'directory-listing-request'>,
    request: Received['transaction'],
    ours: EntityId | undefined,
  ): void {
    const bucket = this.#served('a listing', request)
    const { directoryName, directoryFileName } = asked
    const answer = (succeeded: boolean): ReservedMessage => ({
      kind: 'directory-listing-response',
      directoryName,
      directoryFileName,
      succeeded,
    })
    if (ours === undefined) return
    const origin = transactionKey(request)
    if (bucket === undefined) return this.#respond(ours, origin, answer(false))
    void this.#writeListing(bucket, directoryName).then(name => {
      if (name === undefined) return this.#respond(ours, origin, answer(false))
      const reply = this.#desk.request({
        kind: 'put',
        source: ours,
        destination: request.source,
        sourceName: `${LISTINGS}/${name}`,
        destinationName: directoryFileName,
        messages: [encoded(answer(true)), encoded({ kind: 'originating-transaction-id', ...request })],
      })
      if (reply.kind === 'refused')
        this.#desk.say('refused', `a listing for ${origin}: ${reply.reason}`, 'warning')
    })
  }

  /** One name a line, a slash behind those of directories: what the seed's reader takes. */
  async #writeListing(bucket: Bucket, directory: string): Promise<string | undefined> {
    const folder = directory.replace(/^[/\\]+|[/\\]+$/g, '')
    const prefix = folder === '' ? '' : `${folder}/`
    const objects = await bucket.list(prefix)
    if (objects.length === 0 && prefix !== '') return undefined
    const names = new Set<string>()
    for (const { name } of objects) {
      const rest = name.slice(prefix.length)
      const slash = rest.indexOf('/')
      names.add(slash < 0 ? rest : rest.slice(0, slash + 1))
      if (names.size >= LISTED_MAX) break
    }
    this.#lastListing += 1
    const name = `out-${this.#desk.host.nowMs()}-${this.#lastListing}.txt`
    fs.mkdirSync(this.#listingsDirectory(), { recursive: true })
    fs.writeFileSync(path.join(this.#listingsDirectory(), name), [...names].map(each => `${each}\n`).join(''))
    return name
  }

  /** The bucket that remote entities may read; undefined, and said, where there is none. */
  #served(what: string, request: Received['transaction']): Bucket | undefined {
    const { servedBucket } = this.#desk.plan
    const bucket = servedBucket === undefined ? undefined : this.#desk.host.buckets.get(servedBucket)
    if (bucket === undefined) {
      const text = `${transactionKey(request)} asks for ${what}, and no bucket is served to remote entities`
      this.#desk.say('refused', text, 'warning')
    }
    return bucket
  }

  // — listings —

  #listingCame(origin: string, name: string): void {
    const asked = this.#askedListings.get(origin)
    if (asked === undefined) return
    this.#askedListings.delete(origin)
    const file = path.join(this.#listingsDirectory(), name)
    let lines: string[] = []
    try {
      lines = fs.readFileSync(file, 'utf8').split(/\r?\n|\0/)
      fs.rmSync(file, { force: true })
    } catch {
      // What cannot be read is empty; it stays where it is.
    }
    const files = lines
      .filter(line => line !== '')
      .slice(0, LISTED_MAX)
      .map(line => ({ name: line.replace(/[/\\]+$/, ''), isDirectory: /[/\\]$/.test(line) }))
      .sort(
        (one, other) =>
          Number(other.isDirectory) - Number(one.isDirectory) ||
          one.name.toLowerCase().localeCompare(other.name.toLowerCase()),
      )
    this.#listed({ ...asked, state: 'listed', listedMs: this.#desk.host.nowMs(), files, reason: null }, true)
  }

  #listingFailed(origin: string, reason: string): void {
    const asked = this.#askedListings.get(origin)
    if (asked === undefined) return
    this.#askedListings.delete(origin)
    const nowMs = this.#desk.host.nowMs()
    this.#listed({ ...asked, state: 'failed', listedMs: nowMs, files: [], reason }, true)
  }

  #listed(listing: RemoteListing, isNews: boolean): void {
    const key = `${listing.entity} ${listing.path}`
    this.#listings.delete(key)
    this.#listings.set(key, listing)
    if (this.#listings.size > LISTINGS_KEPT) this.#listings.delete(this.#listings.keys().next().value!)
    if (isNews) for (const listener of this.#listeners) listener(listing)
  }

  // — telling —

  #respond(ours: EntityId, origin: string, answer: ReservedMessage): void {
    const asked = transactionOf(origin)
    const reply = this.#tell(ours, asked.source, [answer, { kind: 'originating-transaction-id', ...asked }])
    if (typeof reply === 'string') this.#desk.say('refused', `an answer to ${origin}: ${reply}`, 'warning')
  }

  /** A transaction of messages only. */
  #tell(
    source: EntityId,
    destination: EntityId,
    messages: readonly ReservedMessage[],
  ): { readonly transaction: Received['transaction'] } | string {
    const octets: Uint8Array[] = []
    for (const message of messages) {
      const value = encodeReservedMessage(message)
      if (value === undefined) return 'the names are too long for one message'
      octets.push(value)
    }
    const request: PutRequest = { kind: 'put', source, destination, mode: 'acknowledged', messages: octets }
    const reply = this.#desk.request(request)
    if (reply.kind === 'accepted') return reply
    return reply.kind === 'refused' ? reply.reason : 'it was not begun'
  }
}

/** Of messages that always fit. */
function encoded(message: ReservedMessage): Uint8Array {
  return encodeReservedMessage(message) ?? new Uint8Array(0)
}
