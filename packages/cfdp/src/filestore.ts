/**
 * The port to a disk. Synchronous, one bounded operation per call, results as values: a rejection is an outcome of
 * the protocol (Filestore rejection, condition 4), not an exception. Making octets durable is not here: the store
 * that keeps the engine's records syncs the files those records speak of first.
 */

import type { TransactionId } from './requests.ts'

export interface FilestoreRejection {
  readonly kind: 'rejected'
  readonly code: 'does-not-exist' | 'not-allowed' | 'already-exists' | 'no-space' | 'changed' | 'io-error'
  /** One sentence for an operator. */
  readonly reason: string
}

/** A file being sent. */
export interface SourceFile {
  /** Octets, when it was opened. */
  readonly size: number
  /** Changes when the content may have changed; what a restart compares. */
  readonly stamp: string
  /** Reads exactly `length` octets at `offset` to `target[at…]`; a file that got shorter is `changed`. */
  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined
  close(): void
}

/** A file being received, under a name of its own until it is whole. */
export interface TargetFile {
  /** Borrows `data` for this call. May gather writes; `read` and `place` see everything written. */
  write(offset: number, data: Uint8Array): FilestoreRejection | undefined
  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined
  /**
   * Moves the file to its destination, of exactly `size` octets. The answer is the name it really got, which differs
   * from `name` where the filestore sanitised or renamed. Once placed, the target is closed. Repeating it after a
   * restart, for a target that had been placed already, gives the same answer.
   */
  place(name: string, size: number): { readonly kind: 'placed'; readonly name: string } | FilestoreRejection
  /** Removes what was received. */
  discard(): void
  /** Keeps what was received, for `openTarget` with the same key later. */
  close(): void
}

export interface Filestore {
  openSource(name: string): SourceFile | FilestoreRejection
  /** @param key unique to the transaction and safe as a file name; an existing target of that key is continued */
  openTarget(key: string): TargetFile | FilestoreRejection
  /** What is done to whole files on request; absent: nothing is, and requests are answered "not performed". */
  readonly actions?: FileActions
}

/** A name in a directory. */
export interface DirectoryEntry {
  readonly name: string
  readonly isDirectory: boolean
  /** Octets; absent for a directory, or where nobody says. */
  readonly size?: number
  /** When it last changed, milliseconds since 1970; absent where nobody says. */
  readonly changedMs?: number
}

/** Files being joined or replaced, a bounded piece per step. */
export interface FileCopy {
  /** @returns true once it is done */
  step(): boolean | FilestoreRejection
}

/**
 * What filestore requests (section 4.9) and directory listings do to whole files. Names are those of remote entities:
 * data, never paths out of the filestore. What an action changed is durable as soon as a record kept after it is.
 */
export interface FileActions {
  /** Octets of a file; `directory`; undefined: nothing has that name. */
  sizeOf(name: string): number | 'directory' | undefined | FilestoreRejection
  /** An empty file where nothing has that name. */
  createFile(name: string): FilestoreRejection | undefined
  removeFile(name: string): FilestoreRejection | undefined
  /** Never replaces. Repeating one that a crash interrupted completes it. */
  renameFile(from: string, to: string): FilestoreRejection | undefined
  /**
   * Adds the content of `addition` behind the first `size` octets of `target`. Of what stands behind them only a part
   * of the addition itself is overwritten: it comes from an attempt that a crash interrupted.
   */
  appendFile(target: string, addition: string, size: number): FileCopy | FilestoreRejection
  /** Gives `target` the content of `replacement`, all of it or none. */
  replaceFile(target: string, replacement: string): FileCopy | FilestoreRejection
  createDirectory(name: string): FilestoreRejection | undefined
  /** Only one that is empty. */
  removeDirectory(name: string): FilestoreRejection | undefined
  /** At most `limit` names in a directory, and whether there were more; an empty name is the root. */
  list(
    name: string,
    limit: number,
  ): { readonly entries: DirectoryEntry[]; readonly isCut: boolean } | FilestoreRejection
  /** Keeps a file of ours to be sent. @param key safe as a file name @returns its name for `openSource` */
  offer(key: string, content: Uint8Array): string | FilestoreRejection
  /** Removes an offered file; any other name is left alone. */
  withdraw(name: string): void
}

/** Begins the names of offered files. No remote entity may ask for one: a NUL is in no name of theirs. */
export const OFFERED = '\0/'

export function isRejection(value: unknown): value is FilestoreRejection {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'rejected'
}

/** The key under which an entity opens the target of a reception; safe as a file name. */
export function targetKey(id: TransactionId): string {
  return `${id.source}-${id.sequence}`
}
