import fs from 'node:fs'
import path from 'node:path'
import { ENDED_STATES, type TransferFilter, type TransferState } from '@skyferry/api'
import type Libsql from 'libsql'
import type { RowQuery, TransferRow } from './transfer-row.ts'

/** "SkyS", in the header of the file: which program the database belongs to. */
const APPLICATION_ID = 0x536b7953
const SCHEMA_VERSION = 1
const SCHEMA = `
  create table transfers (
    id integer primary key autoincrement,
    service text not null, protocol text not null, direction text not null, protocol_id text not null,
    local_id text not null, local_name text, remote_id text not null, remote_name text,
    bucket text, object text, remote_path text,
    class integer not null, closure integer not null,
    state text not null, size integer, octets integer not null,
    created integer not null, started integer, ended integer,
    reason text, pdus text not null
  ) strict;
  create index transfers_open on transfers (id) where ended is null;
  create index transfers_state on transfers (state, id);
  create index transfers_remote on transfers (remote_id, id);
  create index transfers_bucket on transfers (bucket, id);
  create index transfers_created on transfers (created);
  pragma application_id = ${APPLICATION_ID};
  pragma user_version = ${SCHEMA_VERSION};
`

const COLUMNS =
  'id, service, protocol, direction, protocol_id, local_id, local_name, remote_id, remote_name, bucket, object,' +
  ' remote_path, class, closure, state, size, octets, created, started, ended, reason, pdus'

/** Rows as the database gives them. */
interface Stored {
  readonly id: number
  readonly service: string
  readonly direction: TransferRow['direction']
  readonly protocol_id: string
  readonly local_id: string
  readonly local_name: string | null
  readonly remote_id: string
  readonly remote_name: string | null
  readonly bucket: string | null
  readonly object: string | null
  readonly remote_path: string | null
  readonly class: number
  readonly closure: number
  readonly state: TransferState
  readonly size: number | null
  readonly octets: number
  readonly created: number
  readonly started: number | null
  readonly ended: number | null
  readonly reason: string | null
  readonly pdus: string
}

/** What was found and could not be used. */
export interface HistorySetAside {
  readonly path: string
  readonly reason: string
}

/**
 * What is known of all transfers, in an embedded SQL database. It is not what a transfer survives by: that is its
 * service's journal, and what this one lost in a power cut is made good from there. So nothing here waits for the disk.
 */
export class TransferStore {
  readonly setAside: HistorySetAside | undefined
  readonly #database: Libsql.Database
  #isOpen = true
  readonly #statements: Map<string, Libsql.Statement> = new Map()

  private constructor(database: Libsql.Database, setAside: HistorySetAside | undefined) {
    this.#database = database
    this.setAside = setAside
  }

  /** Opens `transfers.db` in the directory; a damaged or foreign one is set aside. */
  static async open(directory: string, stamp: () => string): Promise<TransferStore> {
    const { default: Database } = await import('libsql')
    fs.mkdirSync(directory, { recursive: true })
    const file = path.join(directory, 'transfers.db')
    try {
      return new TransferStore(prepared(new Database(file)), undefined)
    } catch (error) {
      const reason = (error as Error).message
      const aside = `${file}.damaged-${stamp()}`
      for (const suffix of ['-wal', '-shm', '']) {
        if (fs.existsSync(file + suffix)) fs.renameSync(file + suffix, aside + suffix)
      }
      return new TransferStore(prepared(new Database(file)), { path: aside, reason })
    }
  }

  /** Writes a row, new or known. */
  put(row: TransferRow): void {
    const { local, remote } = row
    this.#statement(
      `insert or replace into transfers (${COLUMNS}) values (?, ?,?,?,?, ?,?,?,?, ?,?,?, ?,?, ?,?,?, ?,?,?, ?,?)`,
    ).run(
      ...[row.id, row.service, row.protocol, row.direction, row.protocolId],
      ...[local.id, local.name, remote.id, remote.name],
      ...[row.bucket, row.object, row.remotePath, row.class, row.closure ? 1 : 0],
      ...[row.state, row.size, row.octets, row.created, row.started, row.ended, row.reason],
      JSON.stringify(row.pdus),
    )
  }

  remove(id: number): void {
    this.#statement('delete from transfers where id = ?').run(id)
  }

  get(id: number): TransferRow | undefined {
    const row = this.#statement(`select ${COLUMNS} from transfers where id = ?`).get(id)
    return row === undefined ? undefined : rowOf(row as Stored)
  }

  /** The highest id ever given. */
  lastId(): number {
    const row = this.#statement("select seq from sqlite_sequence where name = 'transfers'").get()
    return (row as { seq: number } | undefined)?.seq ?? 0
  }

  /** When the newest was created. */
  lastCreated(): number {
    const row = this.#statement('select max(created) as last from transfers').get()
    return (row as { last: number | null }).last ?? 0
  }

  /** Transfers that have not ended, oldest first. */
  open(): TransferRow[] {
    const rows = this.#statement(`select ${COLUMNS} from transfers where ended is null order by id`).all()
    return (rows as Stored[]).map(rowOf)
  }

  /** Ended transfers, newest first. */
  ended({ filter, before, limit }: RowQuery): TransferRow[] {
    const { where, values } = clauses(filter)
    if (before !== undefined) {
      where.push('id < ?')
      values.push(before)
    }
    const rows = this.#statement(
      `select ${COLUMNS} from transfers where ${['ended is not null', ...where].join(' and ')} order by id desc limit ?`,
    ).all(...values, limit)
    return (rows as Stored[]).map(rowOf)
  }

  /** How many ended in each state. */
  counts(): Record<string, number> {
    const rows = this.#statement(
      'select state, count(*) as n from transfers where ended is not null group by state',
    )
    const counts = rows.all() as { state: string; n: number }[]
    return Object.fromEntries(counts.map(({ state, n }) => [state, n]))
  }

  /** Forgets ended transfers that are too old or too many. @returns how many */
  retain(endedAfter: number | undefined, count: number | undefined): number {
    let gone = 0
    if (endedAfter !== undefined) {
      gone += this.#statement('delete from transfers where ended < ?').run(endedAfter).changes
    }
    if (count !== undefined) {
      gone += this.#statement(
        `delete from transfers where ended is not null and id <=
           (select id from transfers where ended is not null order by id desc limit 1 offset ?)`,
      ).run(count).changes
    }
    return gone
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#statements.clear()
    this.#database.close()
  }

  #statement(sql: string): Libsql.Statement {
    // The database module ends the whole process when it is used after it was closed.
    if (!this.#isOpen) throw new Error('the list of transfers is closed')
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function prepared(database: Libsql.Database): Libsql.Database {
  try {
    const first = (sql: string): number => Number(Object.values(database.prepare(sql).get() as object)[0])
    const isEmpty = first('select count(*) from sqlite_schema') === 0
    if (!isEmpty && first('pragma application_id') !== APPLICATION_ID) {
      throw new Error('it is a database of another program')
    }
    if (first('pragma user_version') > SCHEMA_VERSION)
      throw new Error('a later version of this program wrote it')
    database.pragma('journal_mode = wal')
    database.pragma('synchronous = normal')
    if (isEmpty) database.exec(SCHEMA)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function clauses(filter: TransferFilter): { where: string[]; values: (string | number)[] } {
  const where: string[] = []
  const values: (string | number)[] = []
  const add = (clause: string, ...of: (string | number)[]): void => {
    where.push(clause)
    values.push(...of)
  }
  if (filter.state !== undefined) {
    const states = filter.state.filter(state => ENDED_STATES.has(state))
    add(states.length === 0 ? 'false' : `state in (${states.map(() => '?').join(', ')})`, ...states)
  }
  if (filter.direction !== undefined) add('direction = ?', filter.direction)
  if (filter.service !== undefined) add('service = ?', filter.service)
  if (filter.remote !== undefined) add('(remote_id = ? or remote_name = ?)', filter.remote, filter.remote)
  if (filter.bucket !== undefined) add('bucket = ?', filter.bucket)
  if (filter.object !== undefined) add('instr(object, ?) > 0', filter.object)
  // Ids and times of creation rise together, so a time is a bound of ids, and no row outside it is looked at.
  const firstAt =
    'coalesce((select id from transfers where created >= ? order by created, id limit 1), 1 << 62)'
  if (filter.since !== undefined) add(`id >= ${firstAt}`, Date.parse(filter.since))
  if (filter.until !== undefined) add(`id < ${firstAt}`, Date.parse(filter.until))
  return { where, values }
}

function rowOf(stored: Stored): TransferRow {
  return {
    id: stored.id,
    service: stored.service,
    protocol: 'cfdp',
    direction: stored.direction,
    protocolId: stored.protocol_id,
    local: { id: stored.local_id, name: stored.local_name },
    remote: { id: stored.remote_id, name: stored.remote_name },
    bucket: stored.bucket,
    object: stored.object,
    remotePath: stored.remote_path,
    class: stored.class === 1 ? 1 : 2,
    closure: stored.closure === 1,
    state: stored.state,
    size: stored.size,
    octets: stored.octets,
    created: stored.created,
    started: stored.started,
    ended: stored.ended,
    reason: stored.reason,
    pdus: JSON.parse(stored.pdus),
  }
}
