import type { Filestore } from '@skyferry/cfdp'

/** The files of one entity, as its host needs them: a filestore that can also be made durable and put in order. */
export interface EntityFiles extends Filestore {
  /**
   * Makes what is being received agree with the engine's records, before the first datagram.
   * @param live keys of the receptions that those records continue
   * @returns paths of what was received for others and is now set aside
   */
  reconcile(live: Iterable<string>): string[]
  /** Whether there is something of this key to continue. */
  has(key: string): boolean
  /** The record of a placement is durable: what would have repeated it may go. */
  forget(key: string): void
  /** Keeps what was received of a transaction that is over. @returns where; undefined when there is nothing */
  setAside(key: string): string | undefined
  /** Resolves when everything written, created or placed before the call is durable. */
  syncDirty(): Promise<void>
  close(): Promise<void>
}
