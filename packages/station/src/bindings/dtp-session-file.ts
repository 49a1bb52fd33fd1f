/**
 * A session beside its file: `FILE.session` is ours, whole and checked; `FILE.meta` is the C library's, for whoever goes on
 * with csh. Both are replaced at every commit, once the octets they speak of are durable.
 */
import fs from 'node:fs'
import path from 'node:path'
import {
  type ClientRecord,
  foldSessions,
  metaFromSession,
  parseSession,
  type SessionState,
  serializeSession,
  sessionFromMeta,
} from '@skyferry/dtp'
import { type Fault, isFault } from '@skyferry/octets'
import { cannotSyncDirectories } from '../directory-sync.ts'
import { GroupCommit } from '../journal/group-commit.ts'
import type { StoreError } from '../journal/store-error.ts'
import type { ClosableStore } from '../journal/volatile-store.ts'
import type { FileSinks } from './dtp-files.ts'

export interface SessionFiles {
  /** Ours. */
  readonly session: string
  /** The C library's. */
  readonly meta: string
}

export function sessionFilesOf(file: string): SessionFiles {
  return { session: `${file}.session`, meta: `${file}.meta` }
}

/**
 * What was kept of a session beside `file`: ours if there is one, else the C library's; undefined when there is neither.
 *
 * @param base a session id to begin with where there is none to go on with
 */
export function loadSession(file: string, base: number): SessionState | Fault | undefined {
  const { session, meta } = sessionFilesOf(file)
  const ours = readIfThere(session)
  if (ours !== undefined) {
    const state = parseSession(ours)
    return isFault(state) ? state : { ...state, terms: { ...state.terms, sink: file } }
  }
  const theirs = readIfThere(meta)
  if (theirs === undefined) return undefined
  const fileOctets = fs.existsSync(file) ? fs.statSync(file).size : 0
  return sessionFromMeta(theirs, { sink: file, fileOctets, base })
}

/**
 * The store of a client with one session, whose records become those two files.
 *
 * @param file absent: nothing outlives the process but the octets
 */
export function sessionStore(
  file: string | undefined,
  sinks: FileSinks,
  failed: (error: StoreError) => void,
): ClosableStore<ClientRecord> {
  let records: ClientRecord[] = []
  return new GroupCommit<ClientRecord, ClientRecord>(
    record => record,
    ({ items }) => {
      records.push(...items)
      const facts = [...foldSessions(records).values()].at(-1)
      if (file === undefined || facts === undefined) return Promise.resolve()
      const { terms, base, total, held } = facts
      const state: SessionState = { version: 1, terms, base, total, held: held.toFlat() }
      // One record says it all from now on.
      const { session } = items.at(-1)!
      records = [{ session, kind: 'opened', terms, base, total, held: state.held }]
      if (facts.ended?.ending === 'complete') forget(file)
      else keep(file, state)
      return Promise.resolve()
    },
    { beforeCommit: () => sinks.sync(), onError: failed },
  )
}

function keep(file: string, state: SessionState): void {
  const { session, meta } = sessionFilesOf(file)
  replace(session, serializeSession(state))
  const theirs = metaFromSession(state)
  if (theirs !== undefined) replace(meta, theirs)
}

/** A payload that is whole needs no session. */
function forget(file: string): void {
  const { session, meta } = sessionFilesOf(file)
  fs.rmSync(session, { force: true })
  fs.rmSync(meta, { force: true })
  syncDirectory(path.dirname(file))
}

/** All or nothing, also when the power fails. */
function replace(file: string, octets: Uint8Array): void {
  const next = `${file}.new`
  const descriptor = fs.openSync(next, 'w')
  try {
    fs.writeSync(descriptor, octets)
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
  fs.renameSync(next, file)
  syncDirectory(path.dirname(file))
}

function syncDirectory(directory: string): void {
  const descriptor = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(descriptor)
  } catch (error) {
    if (!cannotSyncDirectories(error)) throw error
  } finally {
    fs.closeSync(descriptor)
  }
}

function readIfThere(file: string): Uint8Array | undefined {
  try {
    return fs.readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
