import fs from 'node:fs'
import path from 'node:path'
import type Libsql from 'libsql'
import { cannotSyncDirectories } from '../directory-sync.ts'
import { StoreError } from './store-error.ts'

/** "Skyf", in the header of the file: which program the database belongs to. */
const APPLICATION_ID = 0x536b7966
/** Of the tables below; a later version is refused, an earlier one would be converted here. */
const SCHEMA_VERSION = 1
const SCHEMA = `
  create table records (seq integer primary key, body text not null) strict;
  create table meta (key text primary key, value text not null) strict, without rowid;
  pragma application_id = ${APPLICATION_ID};
  pragma user_version = ${SCHEMA_VERSION};
`

/** What a journal holds when it is opened. */
export interface JournalContent {
  /** Records as JSON, oldest first. */
  readonly bodies: readonly string[]
  /** The number of the last one. */
  readonly lastSeq: number
  readonly meta: readonly (readonly [key: string, value: string])[]
}

/** What a journal can be told to do: records are numbered from `seq`, and `replace` removes all others. */
export type JournalOrder =
  | { readonly do: 'append' | 'replace'; readonly seq: number; readonly bodies: readonly string[] }
  | { readonly do: 'set-meta'; readonly key: string; readonly value: string }
  /** Leaves everything in the one file. What lets go of it is `close`, or the end of the thread. */
  | { readonly do: 'finish' }

/**
 * A journal in an embedded SQL database, synchronously: WAL, every commit synced, held exclusively for as long as it is
 * open; the lock ends with the process, however that ends. Runs in the journal's worker.
 */
export class JournalDatabase {
  readonly content: JournalContent
  readonly #database: Libsql.Database
  readonly #insert: Libsql.Statement<unknown[]>
  readonly #setMeta: Libsql.Statement<unknown[]>

  private constructor(database: Libsql.Database) {
    this.#database = database
    this.content = contentOf(database)
    // One statement for a group, whatever its size: atomic by itself, and a third of the cost of one per record.
    // Numbered by the caller, so that a commit repeated after a doubtful failure leaves no record twice.
    this.#insert = database.prepare(
      'insert or replace into records (seq, body) select ?1 + key, value from json_each(?2)',
    )
    this.#setMeta = database.prepare('insert or replace into meta (key, value) values (?1, ?2)')
  }

  /** Opens the file, made where it is missing. Throws a `StoreError`; `damaged` when it cannot be used as it is. */
  static async open(file: string): Promise<JournalDatabase> {
    const { default: Database } = await import('libsql')
    const directory = path.dirname(file)
    let database: Libsql.Database | undefined
    try {
      fs.mkdirSync(directory, { recursive: true })
      fs.accessSync(directory, fs.constants.W_OK)
      database = new Database(file)
      prepare(database)
      // The name has to be durable before what is in the file, and whoever made it may not have lived to sync it.
      syncDirectories(fs.realpathSync(directory))
      return new JournalDatabase(database)
    } catch (error) {
      if (database !== undefined) release(database)
      throw translated(error, file)
    }
  }

  /** Commits what is ordered, or nothing of it. Throws a `StoreError`. */
  carryOut(order: JournalOrder): void {
    try {
      this.#carryOut(order)
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('rollback')
      throw translated(error, 'the journal')
    }
  }

  /** Lets go of the file, in a thread that goes on. */
  close(): void {
    release(this.#database)
  }

  #carryOut(order: JournalOrder): void {
    switch (order.do) {
      case 'append':
        this.#insert.run(order.seq, JSON.stringify(order.bodies))
        break
      case 'replace':
        this.#database.exec('begin')
        this.#database.exec('delete from records')
        this.#insert.run(order.seq, JSON.stringify(order.bodies))
        this.#database.exec('commit')
        this.#database.pragma('wal_checkpoint(truncate)')
        break
      case 'set-meta':
        this.#setMeta.run(order.key, order.value)
        break
      case 'finish':
        this.#database.pragma('wal_checkpoint(truncate)')
        break
      default:
        order satisfies never
    }
  }
}

function prepare(database: Libsql.Database): void {
  // Exclusive before anything is read: no shared memory file, and the lock stays until we go.
  database.pragma('locking_mode = exclusive')
  const application = number(database, 'pragma application_id')
  const version = number(database, 'pragma user_version')
  const isEmpty = number(database, 'select count(*) from sqlite_schema') === 0
  const isOurs = application === APPLICATION_ID || (application === 0 && isEmpty)
  if (!isOurs) throw new StoreError('damaged', 'it is a database of another program')
  if (version > SCHEMA_VERSION) {
    const schemas = `schema ${version}, known ${SCHEMA_VERSION}`
    throw new StoreError('newer', `it was written by a later version (${schemas})`)
  }
  // Said again of an old one, it costs a write.
  if (isEmpty) database.pragma('auto_vacuum = full')
  database.pragma('journal_mode = wal')
  database.pragma('synchronous = full')
  database.exec('begin exclusive')
  if (isEmpty) database.exec(SCHEMA)
  database.exec('commit')
}

function contentOf(database: Libsql.Database): JournalContent {
  const broken = number(database, 'select count(*) from records where not json_valid(body)')
  if (broken > 0) throw new StoreError('damaged', `${broken} of its records cannot be read`)
  const bodies = rows(database, 'select body from records order by seq').map(row => String(row[0]))
  return {
    bodies,
    lastSeq: number(database, 'select coalesce(max(seq), 0) from records'),
    meta: rows(database, 'select key, value from meta').map(row => [String(row[0]), String(row[1])]),
  }
}

/**
 * Lets go of the file. The database module keeps a connection until its statements are garbage, so the lock and the WAL
 * are given up by statement: a connection that ended later would remove the WAL of whatever has that name by then.
 */
function release(database: Libsql.Database): void {
  try {
    if (database.inTransaction) database.exec('rollback')
    database.pragma('journal_mode = delete')
    database.pragma('locking_mode = normal')
    number(database, 'select count(*) from sqlite_schema')
  } catch {
    // Too damaged, or not ours: then the end of this thread lets go.
  }
  database.close()
}

function rows(database: Libsql.Database, sql: string): unknown[][] {
  return database.prepare(sql).raw().all() as unknown[][]
}

function number(database: Libsql.Database, sql: string): number {
  return Number(rows(database, sql)[0]?.[0])
}

/** Syncs a directory and those above it, as far as they may be read; others are not of our making. */
function syncDirectories(directory: string): void {
  if (process.platform === 'win32') return
  let fd: number
  try {
    fd = fs.openSync(directory, 'r')
  } catch {
    return
  }
  try {
    fs.fsyncSync(fd)
  } catch (error) {
    if (!cannotSyncDirectories(error)) throw error
  } finally {
    fs.closeSync(fd)
  }
  const above = path.dirname(directory)
  if (above !== directory) syncDirectories(above)
}

function translated(error: unknown, file: string): StoreError {
  const { code = '', message } = error as { code?: string; message: string }
  if (error instanceof StoreError) return new StoreError(error.code, `${file}: ${error.message}`)
  const say = (as: StoreError['code'], reason: string): StoreError =>
    new StoreError(as, `${file}: ${reason}`, { cause: error })
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return say('in-use', 'another process is using it')
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return say('damaged', message)
  if (/^SQLITE_FULL|^ENOSPC|^EDQUOT/.test(code)) return say('no-space', 'no space left on the disk')
  if (
    /^SQLITE_(READONLY|PERM|AUTH|CANTOPEN)|^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST)/.test(code || message) ||
    /^ConnectionFailed/.test(message)
  ) {
    return say('not-allowed', `it cannot be opened for writing (${message})`)
  }
  return say('io-error', message)
}
