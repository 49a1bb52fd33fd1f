import { randomBytes, randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  type CfdpRecord,
  Entity,
  FileStatus,
  type Indication,
  isRejection,
  type LinkRequest,
  type LocalSettings,
  type RemoteSettings,
  type Reply,
  type Request,
  targetKey,
  transactionOf,
} from '@skyferry/cfdp'
import { type Clock, drive, type Link, Random, type Store } from '@skyferry/engine'
import { realClock } from '@skyferry/link'
import { DiskFilestore } from '../buckets/disk-filestore.ts'
import type { EntityFiles } from '../buckets/entity-files.ts'
import type { OnExisting } from '../buckets/placement.ts'
import { type Journal, openJournal } from '../journal/sqlite-journal.ts'
import { type StoreError, storeErrorOf } from '../journal/store-error.ts'
import { type ClosableStore, volatileStore } from '../journal/volatile-store.ts'
import { liveReceptions, receptionsHolding, strangers, withoutHeld } from './cfdp-past.ts'
import type { LinkNoticeCode } from './open-carrier.ts'

/** What an operator should hear once. */
export interface HostNotice {
  readonly code:
    | 'journal-set-aside'
    | 'received-octets-lost'
    | 'incomplete-kept'
    | 'host-warning'
    | LinkNoticeCode
  readonly text: string
}

export interface CfdpHostOptions<Address> {
  readonly local: LocalSettings
  readonly remotes: readonly RemoteSettings<Address>[]
  /** Settings for remote entities that are not listed; absent: they are not talked to. */
  readonly anyRemote?: RemoteSettings<Address>
  /** Where received files go; absent: none are received. */
  readonly directory?: string
  /** Default: `directory` where there is one, else `anywhere`. */
  readonly sources?: 'anywhere' | 'directory'
  /** Default `rename`. */
  readonly onExisting?: OnExisting
  /**
   * Files of the host's own, in place of the four settings above.
   * @param owner who keeps the records about what is being received: what others receive there is not theirs
   */
  files?(owner: string): EntityFiles
  /** Hears every record: first those of earlier lives, in order, before any file is touched; then each new one. */
  observe?(record: CfdpRecord): void
  /** Of the journal; absent: nothing outlives the process but files. */
  readonly stateDir?: string
  readonly clock?: Clock
  /** What is known of the links at the start, on `clock`. */
  readonly links?: readonly LinkRequest[]
  /** May be called before the entity is handed out: a restored one has things to say. */
  indicate(what: Indication): void
  notice?(what: HostNotice): void
  /** The journal or a file cannot be made durable: promises wait, and it is tried again and again. */
  storeFailed?(error: StoreError): void
}

/** One entity at work on its link, with its files and its journal. */
export interface RunningCfdp<Address> {
  readonly entity: Entity<Address>
  readonly filestore: EntityFiles
  /** What the journal held when it was opened, oldest first. */
  readonly restored: readonly CfdpRecord[]
  request(request: Request): Reply
  /** Resolves when everything that was recorded before the call is durable. */
  durable(): Promise<void>
  /** What a file to send is known by, which changes when it does; undefined when it cannot be opened. */
  stampOf(sourceName: string): string | undefined
  /** Stops, closes the link, and makes everything durable. Rejects with a `StoreError` where that fails. */
  stop(): Promise<void>
}

/**
 * Runs an entity over a link: restores it from its journal, gives it a directory for its files, and sees to it that
 * octets are durable before the records that speak of them, and records before what the entity promises its peer.
 *
 * Throws a `StoreError` when the journal cannot be opened; the link is left to the caller then.
 */
export async function runCfdp<Address>(
  link: Link<Address>,
  options: CfdpHostOptions<Address>,
): Promise<RunningCfdp<Address>> {
  const notice = (code: HostNotice['code'], text: string): void => options.notice?.({ code, text })
  const clock = options.clock ?? realClock()
  const hooks = {
    // No record is committed before there is a filestore.
    beforeCommit: (): Promise<void> => filestore.syncDirty(),
    onError: (error: StoreError) => options.storeFailed?.(error),
  }
  const { stateDir, directory } = options
  const journal = stateDir === undefined ? undefined : await openJournal<CfdpRecord>({ stateDir, ...hooks })
  if (journal?.setAside !== undefined) {
    const { reason, path } = journal.setAside
    notice('journal-set-aside', `${reason}; it is kept as ${path}, and an empty journal takes its place`)
  }
  // Parts belong to the records about them; without any, to this run alone.
  const owner = journal?.id ?? `run-${randomUUID()}`
  const filestore: EntityFiles = options.files?.(owner) ?? filesIn(options, owner)
  const receives = options.files !== undefined || directory !== undefined
  const restored = journal?.load() ?? []
  for (const record of restored) options.observe?.(record)
  const usable = receives ? reconciled(filestore, restored, notice) : restored
  const entity = new Entity<Address>({
    local: receives ? options.local : { ...options.local, maxOpenReceptions: 0 },
    remotes: options.remotes,
    ...(options.anyRemote === undefined ? {} : { anyRemote: options.anyRemote }),
    filestore,
    random: new Random(randomBytes(6).readUIntBE(0, 6)),
    records: usable,
    ...(options.links === undefined ? {} : { links: options.links }),
    crc32,
    now: clock.now(),
  })
  if (journal !== undefined) compact(journal, entity, restored, usable)
  const store: ClosableStore<CfdpRecord> = journal ?? volatileStore<CfdpRecord>(hooks)
  const driven = drive(entity, {
    link,
    store: options.observe === undefined ? store : observed(store, options.observe),
    clock,
    indicate: what => {
      if (receives) tidy(filestore, what, notice)
      options.indicate(what)
    },
  })
  return {
    entity,
    filestore,
    restored,
    request: request => driven.request(request),
    durable: () => journal?.flush() ?? Promise.resolve(),
    stampOf: sourceName => stampOf(filestore, sourceName),
    stop: async () => {
      driven.stop()
      entity.close()
      const closed = await Promise.allSettled([store.close().finally(() => filestore.close())])
      // Nobody will come back for what a run without a journal began.
      if (journal === undefined && receives) setAsideAll(filestore, notice)
      for (const outcome of closed) if (outcome.status === 'rejected') throw storeErrorOf(outcome.reason)
    },
  }
}

function filesIn<Address>(options: CfdpHostOptions<Address>, owner: string): EntityFiles {
  const { directory } = options
  return new DiskFilestore({
    directory: directory ?? '.',
    sources: options.sources ?? (directory === undefined ? 'anywhere' : 'directory'),
    onExisting: options.onExisting ?? 'rename',
    owner,
  })
}

/** The same store, heard by somebody else as well. */
function observed<Kept>(store: Store<Kept>, observe: (record: Kept) => void): Store<Kept> {
  return {
    keep: record => {
      store.keep(record)
      observe(record)
    },
    open: events => store.open(events),
  }
}

type Notify = (code: HostNotice['code'], text: string) => void

/** Makes files and records agree: files nobody continues are set aside, and records of files that are gone are let go. */
function reconciled(
  filestore: EntityFiles,
  records: readonly CfdpRecord[],
  notice: Notify,
): readonly CfdpRecord[] {
  const live = liveReceptions(records)
  const keyOf = (transaction: string): string => targetKey(transactionOf(transaction))
  const lost = new Set<string>()
  for (const transaction of receptionsHolding(records)) {
    if (live.has(transaction) && !filestore.has(keyOf(transaction))) lost.add(transaction)
  }
  for (const transaction of lost) {
    notice('received-octets-lost', `what was received of ${transaction} is gone: it is asked for again`)
  }
  setAsideAll(filestore, notice, [...live].map(keyOf))
  return lost.size === 0 ? records : withoutHeld(records, lost)
}

function setAsideAll(filestore: EntityFiles, notice: Notify, live: readonly string[] = []): void {
  for (const kept of filestore.reconcile(live))
    notice('incomplete-kept', `an unfinished file is kept as ${kept}`)
}

/** Writes the journal anew where that makes it shorter; what is kept meanwhile follows. */
function compact<Address>(
  journal: Journal<CfdpRecord>,
  entity: Entity<Address>,
  restored: readonly CfdpRecord[],
  usable: readonly CfdpRecord[],
): void {
  const strange = strangers(usable, (id, role) => entity.report(id, role) !== undefined)
  const compacted = [...strange, ...entity.snapshot()]
  if (usable === restored && compacted.length >= restored.length) return
  // Fails only in closing, and then closing tells.
  journal.compact(compacted).catch(() => {})
}

/** A reception is over, and durably so: its part has a name now, or is of no more use to the transaction. */
function tidy(filestore: EntityFiles, what: Indication, notice: Notify): void {
  if (what.kind !== 'transaction-finished' || what.role !== 'receiver') return
  const key = targetKey(what.transaction)
  if (what.name !== undefined) {
    filestore.forget(key)
  } else if (what.fileStatus === FileStatus.Retained) {
    const kept = filestore.setAside(key)
    if (kept !== undefined) notice('incomplete-kept', `an unfinished file is kept as ${kept}`)
  }
}

function stampOf(filestore: EntityFiles, sourceName: string): string | undefined {
  const source = filestore.openSource(sourceName)
  if (isRejection(source)) return undefined
  source.close()
  return source.stamp
}
