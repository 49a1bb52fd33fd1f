import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { type FilestoreRejection, isRejection } from '@skyferry/cfdp'
import { type DiskPort, removeIfThere, statOf } from './disk-port.ts'
import { rejectionOf } from './disk-rejections.ts'
import type { Part, Placed, Placement } from './placement.ts'
import { numbered, OWN_DIRECTORY } from './safe-name.ts'
import type { Sandbox } from './sandbox.ts'
import { Handle, type Unsynced } from './unsynced.ts'

/** Read, write, make where missing; never through a symbolic link. */
const OPEN_PART: number = fs.constants.O_RDWR | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0)

const PART = '.part'
const NOTE = '.placed'

/**
 * What is being received: one file per key under `.skyferry/incoming`, until it has its name.
 *
 * Removing is done as far as the disk lets us: what stays behind is met again by the next `reconcile`.
 */
export class Incoming {
  readonly #disk: DiskPort
  readonly #sandbox: Sandbox
  readonly #unsynced: Unsynced
  readonly #placement: Placement
  /** The directory, below the sandbox. */
  readonly #parts: readonly string[]
  /** Keys placed in this run, whose parts may still be there. */
  readonly #placed: Set<string> = new Set()
  /** Names of files that are being continued in their place, by key. */
  readonly #noted: Map<string, string> = new Map()

  /** @param owner each owner has a directory of its own; undefined: the common one */
  constructor(
    disk: DiskPort,
    sandbox: Sandbox,
    unsynced: Unsynced,
    placement: Placement,
    owner: string | undefined,
  ) {
    this.#disk = disk
    this.#sandbox = sandbox
    this.#unsynced = unsynced
    this.#placement = placement
    this.#parts = [OWN_DIRECTORY, 'incoming', ...(owner === undefined ? [] : [fileName(owner)])]
  }

  /** Whether there is something to continue. What was placed in this run is over: that key begins anew. */
  exists(key: string): boolean | FilestoreRejection {
    try {
      const part = this.#part(key)
      if (this.#placed.has(key)) this.#removePart(key, part)
      return statOf(this.#disk, part.path) !== undefined || this.#placement.noted(part) !== undefined
    } catch (error) {
      return rejectionOf(error, `cannot use what was received of ${key}`)
    }
  }

  /** Opens the file of a key, made where it is missing. */
  open(key: string): Handle | FilestoreRejection {
    const directory = this.#sandbox.enter(this.#parts)
    if (isRejection(directory)) return directory
    try {
      const part = this.#part(key)
      const isThere = statOf(this.#disk, part.path) !== undefined
      const noted = isThere ? undefined : this.#placement.noted(part)
      // Marked even where the name is there: whoever made it may not have lived to sync it.
      this.#unsynced.renamed(directory)
      if (noted !== undefined) {
        this.#noted.set(key, noted.name)
        this.#unsynced.renamed(path.dirname(noted.path))
        return new Handle(this.#disk.openSync(noted.path, 'r+'), noted.path)
      }
      const fd = this.#disk.openSync(part.path, OPEN_PART, 0o666)
      return new Handle(fd, part.path)
    } catch (error) {
      return rejectionOf(error, `cannot open the file for ${key} in ${directory}`)
    }
  }

  /** The path of what is being received under a key, whether there is anything or not. */
  partOf(key: string): string {
    return this.#part(key).path
  }

  /** Gives the file of a key its name. */
  place(key: string, handle: Handle, name: string): Placed | FilestoreRejection {
    const noted = this.#noted.get(key)
    const placed: Placed | FilestoreRejection =
      noted === undefined
        ? this.#placement.place(this.#part(key), handle.fd, name)
        : { kind: 'placed', name: noted }
    if (placed.kind === 'placed') this.#placed.add(key)
    return placed
  }

  /** Removes what was received under a key, but no name that it got. */
  remove(key: string): void {
    attempt(() => this.#removePart(key, this.#part(key)))
  }

  /**
   * Keeps what was received under a key in `.skyferry/incomplete`, where no transaction continues it.
   * @returns where; undefined when there was nothing to keep
   */
  setAside(key: string): string | undefined {
    return attempt(() => this.#moveAside(fileName(key) + PART))
  }

  /**
   * Makes the directory agree with the engine's records, at the start: parts of files that have their names go, parts
   * that no living transaction continues are set aside, so that a later transaction of the same key begins anew.
   * @param live keys of the receptions that may still be continued
   * @returns where the parts are that were set aside
   */
  reconcile(live: Iterable<string>): string[] {
    const kept = new Set<string>()
    for (const key of live) kept.add(fileName(key) + PART).add(fileName(key) + NOTE)
    const aside: string[] = []
    for (const file of attempt(() => this.#files()) ?? []) {
      if (kept.has(file)) continue
      if (file.endsWith(PART) && !this.#hasItsName(file)) {
        const to = attempt(() => this.#moveAside(file))
        if (to !== undefined) aside.push(to)
      } else {
        attempt(() => this.#disk.unlinkSync(path.join(this.#directory(), file)))
      }
    }
    // Succeeds where it is empty: an owner that never comes back leaves nothing behind.
    attempt(() => this.#disk.rmdirSync(this.#directory()))
    return aside
  }

  #directory(): string {
    return path.join(this.#sandbox.root(), ...this.#parts)
  }

  #part(key: string): Part {
    const stem = path.join(this.#directory(), fileName(key))
    return { path: stem + PART, note: stem + NOTE }
  }

  #files(): string[] {
    const entries = this.#disk.readdirSync(this.#directory(), { withFileTypes: true })
    return entries.filter(entry => entry.isFile()).map(entry => entry.name)
  }

  #hasItsName(file: string): boolean {
    return (statOf(this.#disk, path.join(this.#directory(), file))?.nlink ?? 0n) > 1n
  }

  #removePart(key: string, part: Part): void {
    removeIfThere(this.#disk, part.path)
    removeIfThere(this.#disk, part.note)
    this.#placed.delete(key)
    this.#noted.delete(key)
  }

  #moveAside(file: string): string | undefined {
    const directory = this.#sandbox.enter([OWN_DIRECTORY, 'incomplete'])
    if (isRejection(directory)) return undefined
    for (let index = 0; ; index++) {
      const to = path.join(directory, numbered(file, index))
      if (statOf(this.#disk, to) !== undefined) continue
      this.#disk.renameSync(path.join(this.#directory(), file), to)
      this.#unsynced.renamed(directory)
      return to
    }
  }
}

/** A key as the name of a file: itself where it can be, else cut and marked with a digest. */
function fileName(key: string): string {
  if (/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,199}$/.test(key)) return key
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 8)
  return `${key.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 180)}~${digest}`
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action()
  } catch (error) {
    // Thrown again unless it came from the disk.
    rejectionOf(error, '')
    return undefined
  }
}
