import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { type CommitHooks, type Group, GroupCommit } from './group-commit.ts'
import { type JournalWriter, openJournalWriter } from './journal-writer.ts'
import { StoreError, storeErrorOf } from './store-error.ts'
import type { ClosableStore } from './volatile-store.ts'

export interface JournalOptions extends CommitHooks {
  /** Directory of the journal; made where it is missing. One process at a time. */
  readonly stateDir: string
  /** Names what is set aside; absent: the time of day. */
  readonly stamp?: () => string
}

/** What could not be read, and was kept beside the new journal. */
export interface SetAside {
  readonly path: string
  readonly reason: string
}

/** A store whose records outlive the process. */
export interface Journal<Kept> extends ClosableStore<Kept> {
  /** Made with the journal, and never again: tells apart what belongs to this journal and to another. */
  readonly id: string
  /** Present when the journal found could not be used and this one begins empty: the operator has to hear of it. */
  readonly setAside: SetAside | undefined
  /** What was kept in earlier lives, oldest first. Once: they are not held in memory afterwards. */
  load(): Kept[]
  /** Puts `records` in the place of everything kept so far, in one commit. */
  compact(records: Iterable<Kept>): Promise<void>
  getMeta(key: string): string | undefined
  /** Resolves when it is durable. */
  setMeta(key: string, value: string): Promise<void>
  /** Resolves when everything kept so far is durable. */
  flush(): Promise<void>
}

/**
 * Opens the journal in `stateDir`: `journal.db`, an embedded SQL database.
 *
 * A journal that is damaged, or another program's, is renamed `journal.db.damaged-<stamp>` and reported as `setAside`.
 * Throws a `StoreError`: `in-use` when another process has it, `newer`, `not-allowed`, `no-space` or `io-error`.
 *
 * @typeParam Kept plain JSON: what `JSON.stringify` keeps
 */
export async function openJournal<Kept>(options: JournalOptions): Promise<Journal<Kept>> {
  const file = path.join(options.stateDir, 'journal.db')
  let writer: JournalWriter
  let setAside: SetAside | undefined
  try {
    writer = await openJournalWriter(file)
  } catch (error) {
    const failure = storeErrorOf(error)
    if (failure.code !== 'damaged') throw failure
    setAside = { path: moveAside(file, options.stamp?.() ?? timeOfDay()), reason: failure.message }
    writer = await openJournalWriter(file)
  }
  const journal = new SqliteJournal<Kept>(file, writer, setAside, options)
  if (journal.getMeta('id') === undefined) await journal.setMeta('id', randomUUID())
  return journal
}

class SqliteJournal<Kept> implements Journal<Kept> {
  readonly setAside: SetAside | undefined
  readonly #file: string
  readonly #writer: JournalWriter
  readonly #commits: GroupCommit<Kept, string>
  readonly #meta: Map<string, string>
  #bodies: readonly string[]
  #lastSeq: number

  constructor(file: string, writer: JournalWriter, setAside: SetAside | undefined, hooks: CommitHooks) {
    this.setAside = setAside
    this.#file = file
    this.#writer = writer
    this.#meta = new Map(writer.content.meta)
    this.#bodies = writer.content.bodies
    this.#lastSeq = writer.content.lastSeq
    this.#commits = new GroupCommit<Kept, string>(
      record => JSON.stringify(record),
      group => this.#commit(group),
      hooks,
    )
  }

  get id(): string {
    return this.getMeta('id') ?? ''
  }

  load(): Kept[] {
    const records = this.#bodies.map(body => JSON.parse(body) as Kept)
    this.#bodies = []
    return records
  }

  open(events: { durable(count: number): void }): void {
    this.#commits.open(events)
  }

  keep(record: Kept): void {
    this.#commits.keep(record)
  }

  compact(records: Iterable<Kept>): Promise<void> {
    return this.#commits.replace(records)
  }

  flush(): Promise<void> {
    return this.#commits.flush()
  }

  getMeta(key: string): string | undefined {
    return this.#meta.get(key)
  }

  async setMeta(key: string, value: string): Promise<void> {
    this.#meta.set(key, value)
    await this.#writer.call({ do: 'set-meta', key, value })
  }

  async close(): Promise<void> {
    try {
      await this.#commits.close()
    } catch (error) {
      const failure = storeErrorOf(error)
      const reason = `${this.#file}: what was kept last is not saved (${failure.message})`
      throw new StoreError(failure.code, reason, { cause: failure })
    } finally {
      await this.#writer.close()
    }
  }

  /** Numbers move on only when they are used: a group that is tried again has the same ones. */
  async #commit(group: Group<string>): Promise<void> {
    const order = group.replaces ? 'replace' : 'append'
    await this.#writer.call({ do: order, seq: this.#lastSeq + 1, bodies: group.items })
    this.#lastSeq += group.items.length
  }
}

function moveAside(file: string, stamp: string): string {
  const aside = `${file}.damaged-${stamp}`
  for (const suffix of ['-wal', '-shm', '']) {
    if (fs.existsSync(file + suffix)) fs.renameSync(file + suffix, aside + suffix)
  }
  return aside
}

/** The time of day in a form that every file system takes. */
function timeOfDay(): string {
  return new Date().toISOString().replaceAll(':', '')
}
