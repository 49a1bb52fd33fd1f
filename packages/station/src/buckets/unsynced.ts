import type { FilestoreRejection } from '@skyferry/cfdp'
import { cannotSyncDirectories } from '../directory-sync.ts'
import type { DiskPort } from './disk-port.ts'
import { rejectionOf, systemCode } from './disk-rejections.ts'

/** What a filestore throws when octets that are about to be promised cannot be made durable. */
export class SyncError extends Error {
  override readonly name = 'SyncError'
  readonly code: FilestoreRejection['code']

  constructor(rejection: FilestoreRejection) {
    super(rejection.reason)
    this.code = rejection.code
  }
}

/** A file open for writing. Its descriptor outlives its last user while a sync is under way. */
export class Handle {
  readonly fd: number
  /** What messages call it. */
  readonly name: string
  /** `closing`: closes once synced; `dropped`: nobody needs its content any more. */
  state: 'open' | 'closing' | 'dropped' | 'closed' = 'open'
  /** Syncs under way. */
  syncs = 0
  /**
   * Set once the disk failed to keep what was written: the system may have dropped those octets and would report the
   * next sync as good, so nothing about this file may be promised any more.
   */
  failure: FilestoreRejection | undefined

  constructor(fd: number, name: string) {
    this.fd = fd
    this.name = name
  }
}

/**
 * What has been written and is not yet known to be on the disk: files, and directories in which a name changed.
 * The syncs run on the system's threads; nothing here waits in the packet path.
 */
export class Unsynced {
  readonly #disk: DiskPort
  #files: Set<Handle> = new Set()
  #directories: Set<string> = new Set()
  /** Syncs run one after the other, so that a later one also answers for what an earlier one had in hand. */
  #running: Promise<void> = Promise.resolve()

  constructor(disk: DiskPort) {
    this.#disk = disk
  }

  written(handle: Handle): void {
    this.#files.add(handle)
  }

  /** A name in `directory` stands for something else than before, or may since a process that did not live to sync it. */
  renamed(directory: string): void {
    this.#directories.add(directory)
  }

  /** Closes a file as soon as what was written to it is synced. */
  close(handle: Handle): void {
    if (handle.state !== 'open') return
    handle.state = 'closing'
    this.#closeIfIdle(handle)
  }

  /** Closes a file whose content is of no further use to anybody. */
  drop(handle: Handle): void {
    if (handle.state === 'closed') return
    handle.state = 'dropped'
    this.#files.delete(handle)
    this.#closeIfIdle(handle)
  }

  /**
   * Resolves when everything reported before the call is on the disk. Rejects with a `SyncError` when some of it is
   * not, and goes on rejecting for as long as that file is of use to anybody.
   */
  sync(): Promise<void> {
    const turn = this.#running.then(() => this.#syncAll())
    this.#running = turn.catch(() => {})
    return turn
  }

  async #syncAll(): Promise<void> {
    const files = this.#files
    const directories = this.#directories
    this.#files = new Set()
    this.#directories = new Set()
    const results = await Promise.all([...files].map(handle => this.#syncFile(handle)))
    let failure = results.find(result => result !== undefined)
    // Names last: a name should not become durable before what it stands for.
    for (const directory of directories) {
      if (failure === undefined) failure = await this.#syncDirectory(directory)
      if (failure !== undefined) this.#directories.add(directory)
    }
    if (failure !== undefined) throw new SyncError(failure)
  }

  async #syncFile(handle: Handle): Promise<FilestoreRejection | undefined> {
    if (handle.failure === undefined) {
      handle.syncs += 1
      const error = await outcome(done => this.#disk.fdatasync(handle.fd, done))
      handle.syncs -= 1
      if (error !== null) handle.failure = rejectionOf(error, `cannot sync ${handle.name}`)
    }
    const failure = handle.state === 'dropped' ? undefined : handle.failure
    if (failure !== undefined) this.#files.add(handle)
    this.#closeIfIdle(handle)
    return failure
  }

  async #syncDirectory(path: string): Promise<FilestoreRejection | undefined> {
    // Windows has no such call; its file systems keep names in their journal.
    if (process.platform === 'win32') return undefined
    let fd: number
    try {
      fd = this.#disk.openSync(path, 'r')
    } catch (error) {
      // Removed since, and every name in it with it; or not ours to read, and so not of our making.
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EACCES') return undefined
      return rejectionOf(error, `cannot sync ${path}`)
    }
    const error = await outcome(done => this.#disk.fsync(fd, done))
    this.#disk.closeSync(fd)
    if (error === null || cannotSyncDirectories(error)) return undefined
    return rejectionOf(error, `cannot sync ${path}`)
  }

  #closeIfIdle(handle: Handle): void {
    if (handle.state === 'open' || handle.state === 'closed') return
    if (handle.syncs > 0 || this.#files.has(handle)) return
    handle.state = 'closed'
    this.#disk.closeSync(handle.fd)
  }
}

type Done = (error: NodeJS.ErrnoException | null) => void

function outcome(call: (done: Done) => void): Promise<NodeJS.ErrnoException | null> {
  return new Promise(resolve => call(resolve))
}
