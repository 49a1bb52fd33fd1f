import path from 'node:path'
import { type FilestoreRejection, isRejection, type SourceFile } from '@skyferry/cfdp'
import { BlockPool } from './block-pool.ts'
import { type DiskPort, realDisk } from './disk-port.ts'
import { openDiskSource } from './disk-source.ts'
import { DiskTarget } from './disk-target.ts'
import type { EntityFiles } from './entity-files.ts'
import { DiskFileActions } from './file-actions.ts'
import { Incoming } from './incoming.ts'
import { type OnExisting, Placement } from './placement.ts'
import { safeName } from './safe-name.ts'
import { Sandbox } from './sandbox.ts'
import { SyncError, Unsynced } from './unsynced.ts'

export interface DiskFilestoreOptions {
  /** Where received files go, and the root of sandboxed source names. Made when first needed. */
  readonly directory: string
  /** `anywhere`: source names are paths, relative to the working directory; `directory` (default): names in it. */
  readonly sources?: 'anywhere' | 'directory'
  /** Default `rename`. */
  readonly onExisting?: OnExisting
  /** Whether directories in a received name are kept (default) or dropped. */
  readonly subdirectories?: 'keep' | 'flatten'
  /**
   * Whoever keeps the records about what is being received here: a journal's id. Parts of another owner are never
   * touched, so two stations may share the directory. Default: all who name no owner are one.
   */
  readonly owner?: string
  readonly disk?: DiskPort
}

/** One block gathers 256 KiB; all files together use no more than 64 of them (16 MiB). */
const BLOCK_OCTETS = 256 * 1024
const BLOCKS_MAX = 64

/**
 * A directory as a filestore (the port of `@skyferry/cfdp`). What is being received waits in
 * `.skyferry/incoming/<key>.part`; received files go to the directory under their sanitised names.
 *
 * Not part of the port, and for the host to call: `reconcile` once at the start, `syncDirty` before records are
 * committed, `forget` when the record of a placement is durable, `close` at the end.
 */
export class DiskFilestore implements EntityFiles {
  readonly #disk: DiskPort
  readonly #sources: 'anywhere' | 'directory'
  readonly #windows: boolean = process.platform === 'win32'
  readonly #pool: BlockPool = new BlockPool(BLOCK_OCTETS, BLOCKS_MAX)
  readonly #unsynced: Unsynced
  readonly #sandbox: Sandbox
  /** What filestore requests and listings do, below the directory whatever `sources` says. */
  readonly actions: DiskFileActions
  readonly #incoming: Incoming
  /** Targets in somebody's hands, by key. */
  readonly #targets: Map<string, DiskTarget> = new Map()
  readonly #gathering: Set<DiskTarget> = new Set()

  constructor(options: DiskFilestoreOptions) {
    this.#disk = options.disk ?? realDisk
    this.#sources = options.sources ?? 'directory'
    this.#unsynced = new Unsynced(this.#disk)
    this.#sandbox = new Sandbox(this.#disk, this.#unsynced, options.directory)
    this.actions = new DiskFileActions(this.#disk, this.#sandbox, this.#unsynced, this.#windows)
    const placement = new Placement(this.#disk, this.#sandbox, this.#unsynced, {
      onExisting: options.onExisting ?? 'rename',
      subdirectories: options.subdirectories ?? 'keep',
      windows: this.#windows,
    })
    this.#incoming = new Incoming(this.#disk, this.#sandbox, this.#unsynced, placement, options.owner)
  }

  openSource(name: string): SourceFile | FilestoreRejection {
    const offered = this.actions.offered(name)
    if (offered !== undefined) return openDiskSource(this.#disk, this.#pool, offered, path.basename(offered))
    if (this.#sources === 'anywhere') return openDiskSource(this.#disk, this.#pool, path.resolve(name), name)
    const parts = safeName(name, { subdirectories: 'keep', windows: this.#windows })
    const found = this.#sandbox.find(parts)
    return isRejection(found) ? found : openDiskSource(this.#disk, this.#pool, found, name)
  }

  openTarget(key: string): DiskTarget | FilestoreRejection {
    this.#targets.get(key)?.close()
    const existed = this.#incoming.exists(key)
    if (isRejection(existed)) return existed
    const target = new DiskTarget(
      {
        disk: this.#disk,
        pool: this.#pool,
        unsynced: this.#unsynced,
        incoming: this.#incoming,
        gathering: this.#gathering,
        closed: () => this.#targets.delete(key),
      },
      key,
      existed,
    )
    this.#targets.set(key, target)
    return target
  }

  /**
   * Makes everything durable that was written, created or placed before the call. Gathered octets are written at once;
   * the syncs happen off this thread. Rejects with a `SyncError` when some of it could not be made so.
   */
  syncDirty(): Promise<void> {
    let failure: FilestoreRejection | undefined
    for (const target of this.#gathering) failure = target.flush() ?? failure
    const synced = this.#unsynced.sync()
    if (failure === undefined) return synced
    const { reason, code } = failure
    return synced.then(() => Promise.reject(new SyncError({ kind: 'rejected', code, reason })))
  }

  /**
   * Makes the incoming directory agree with the engine's records. To be called at the start, before the first datagram.
   * @param live keys of the receptions that those records continue
   * @returns paths of what was received for others, now in `.skyferry/incomplete`
   */
  reconcile(live: Iterable<string>): string[] {
    return this.#incoming.reconcile(live)
  }

  /** Whether there is something of this key to continue. */
  has(key: string): boolean {
    return this.#incoming.exists(key) === true
  }

  /** Where what is being received of this key lies, for others to read what is known to be there. */
  partOf(key: string): string {
    return this.#incoming.partOf(key)
  }

  /** The record of a placement is durable: what would have repeated it may go. */
  forget(key: string): void {
    if (!this.#targets.has(key)) this.#incoming.remove(key)
  }

  /**
   * Keeps what was received of a transaction that is over, in `.skyferry/incomplete`.
   * @returns where; undefined when there is nothing
   */
  setAside(key: string): string | undefined {
    this.#targets.get(key)?.close()
    return this.#incoming.setAside(key)
  }

  /** Closes every target, to be continued later, and makes what they hold durable. */
  close(): Promise<void> {
    for (const target of [...this.#targets.values()]) target.close()
    return this.syncDirty()
  }
}
