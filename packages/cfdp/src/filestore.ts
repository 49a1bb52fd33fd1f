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
}

export function isRejection(value: unknown): value is FilestoreRejection {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'rejected'
}

/** The key under which an entity opens the target of a reception; safe as a file name. */
export function targetKey(id: TransactionId): string {
  return `${id.source}-${id.sequence}`
}
