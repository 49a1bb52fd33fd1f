import type { Store } from '@skyferry/engine'
import { type CommitHooks, GroupCommit } from './group-commit.ts'

/** A store that is to be closed. */
export interface ClosableStore<Kept> extends Store<Kept> {
  /** Confirms, or reports as lost, what was kept. */
  close(): Promise<void>
}

/**
 * The store of a process that keeps no journal: records end with it. It still awaits `beforeCommit` before it calls
 * anything durable, so that no promise to a peer outruns the files on the disk.
 */
export function volatileStore<Kept>(hooks: CommitHooks = {}): ClosableStore<Kept> {
  return new GroupCommit<Kept, undefined>(
    () => undefined,
    () => Promise.resolve(),
    hooks,
  )
}
