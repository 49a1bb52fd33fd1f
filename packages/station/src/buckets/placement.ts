import path from 'node:path'
import type { FilestoreRejection } from '@skyferry/cfdp'
import {
  type DiskPort,
  type FileIdentity,
  isSameFile,
  removeIfThere,
  statOf,
  writeFully,
} from './disk-port.ts'
import { reject, rejectionOf, systemCode } from './disk-rejections.ts'
import { type NameRules, numbered, safeName } from './safe-name.ts'
import type { Sandbox } from './sandbox.ts'
import type { Unsynced } from './unsynced.ts'

/** What happens to a received file whose name is taken: `rename` gives it a number, as browsers do. */
export type OnExisting = 'rename' | 'overwrite' | 'refuse'

/** How received files get their names. */
export interface PlacementRules extends NameRules {
  readonly onExisting: OnExisting
}

export interface Placed {
  readonly kind: 'placed'
  /** Relative to the directory, with slashes. */
  readonly name: string
}

/** A received file before it has its name. */
export interface Part {
  readonly path: string
  /** Where the name it is about to get is noted, on file systems without hard links. */
  readonly note: string
}

/** A name in a directory of the sandbox. */
interface Place {
  readonly directory: string
  /** The parts of the directory below the sandbox. */
  readonly above: readonly string[]
  readonly last: string
}

/** Names tried for one file before it is refused. */
const NAMES_MAX = 1000

/** What file systems without hard links answer (FAT, some network and user-space ones). */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
])

/**
 * Gives received files their names.
 *
 * The name is a second hard link: making one is atomic, never replaces what somebody else put there, and leaves the
 * part where it was. So whenever the process dies, a restart finds the octets under the part's name, sees by the
 * file's identity whether it has a place already, and answers the same again. The part goes when the engine's own
 * record of the placement is durable. File systems without hard links get a note of the name, then a rename.
 */
export class Placement {
  readonly #disk: DiskPort
  readonly #sandbox: Sandbox
  readonly #unsynced: Unsynced
  readonly #rules: PlacementRules
  #hasLinks = true

  constructor(disk: DiskPort, sandbox: Sandbox, unsynced: Unsynced, rules: PlacementRules) {
    this.#disk = disk
    this.#sandbox = sandbox
    this.#unsynced = unsynced
    this.#rules = rules
  }

  /** @param fd the part, open */
  place(part: Part, fd: number, name: string): Placed | FilestoreRejection {
    const parts = safeName(name, this.#rules)
    const above = parts.slice(0, -1)
    const last = parts.at(-1)!
    const directory = this.#sandbox.enter(above)
    if (typeof directory !== 'string') return directory
    try {
      // The name may have been made by a process that did not live to sync it.
      this.#unsynced.renamed(directory)
      const identity = this.#disk.fstatSync(fd, { bigint: true })
      if (identity.nlink > 1n) {
        for (const place of this.#places(directory, above, last)) {
          if (this.#holds(place, identity)) return placed(place)
        }
      }
      for (const place of this.#places(directory, above, last)) {
        if (this.#take(part, place)) return placed(place)
      }
      return reject('already-exists', `${path.join(directory, last)} exists already`)
    } catch (error) {
      return rejectionOf(error, `cannot place ${path.join(directory, last)}`)
    }
  }

  /** The file a note speaks of: it left its part's name for its own, and the engine may have no record of that. */
  noted(part: Part): { readonly path: string; readonly name: string } | undefined {
    const name = this.#readNote(part)
    if (name === undefined) return undefined
    const found = this.#sandbox.find(name.split('/'))
    return typeof found === 'string' ? { path: found, name } : undefined
  }

  *#places(directory: string, above: readonly string[], last: string): Generator<Place> {
    const count = this.#rules.onExisting === 'rename' ? NAMES_MAX : 1
    for (let index = 0; index < count; index++) yield { directory, above, last: numbered(last, index) }
  }

  #holds(place: Place, identity: FileIdentity): boolean {
    const stat = statOf(this.#disk, pathOf(place))
    return stat !== undefined && isSameFile(stat, identity)
  }

  /** @returns false when somebody has that name already */
  #take(part: Part, place: Place): boolean {
    try {
      if (this.#hasLinks) return this.#link(part, place)
    } catch (error) {
      if (!NO_LINKS.has(systemCode(error))) throw error
      this.#hasLinks = false
    }
    return this.#move(part, place)
  }

  #link(part: Part, place: Place): boolean {
    if (this.#rules.onExisting !== 'overwrite') {
      return unlessThere(() => this.#disk.linkSync(part.path, pathOf(place)))
    }
    // A link cannot replace and a rename would take the part away: so a third name is made, and moved.
    const third = `${part.path}.link`
    removeIfThere(this.#disk, third)
    this.#disk.linkSync(part.path, third)
    try {
      this.#disk.renameSync(third, pathOf(place))
    } catch (error) {
      removeIfThere(this.#disk, third)
      throw error
    }
    return true
  }

  /**
   * Without hard links: note the name, reserve it with an empty file, rename over that. A crash leaves the part and
   * perhaps our own empty file, or the note and the file in its place.
   */
  #move(part: Part, place: Place): boolean {
    const name = placed(place).name
    const stat = statOf(this.#disk, pathOf(place))
    const isNoted = this.#readNote(part) === name
    const isOurs = this.#rules.onExisting === 'overwrite' || (isNoted && stat?.size === 0n)
    if (stat !== undefined && !isOurs) return false
    // A note that is right is not written again: dying half-way would make our own empty file somebody else's.
    if (!isNoted) this.#writeNote(part, name)
    if (!isOurs && !unlessThere(() => this.#reserve(place))) return false
    this.#disk.renameSync(part.path, pathOf(place))
    this.#unsynced.renamed(path.dirname(part.path))
    return true
  }

  #reserve(place: Place): void {
    this.#disk.closeSync(this.#disk.openSync(pathOf(place), 'wx'))
  }

  #readNote(part: Part): string | undefined {
    try {
      return this.#disk.readFileSync(part.note, 'utf8') || undefined
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** Synced here and now: the rename must not overtake it. */
  #writeNote(part: Part, name: string): void {
    const fd = this.#disk.openSync(part.note, 'w')
    try {
      writeFully(this.#disk, fd, Buffer.from(name), 0)
      this.#disk.fsyncSync(fd)
    } finally {
      this.#disk.closeSync(fd)
    }
    this.#unsynced.renamed(path.dirname(part.note))
  }
}

function pathOf(place: Place): string {
  return path.join(place.directory, place.last)
}

function placed(place: Place): Placed {
  return { kind: 'placed', name: [...place.above, place.last].join('/') }
}

/** @returns false when `make` found the name taken */
function unlessThere(make: () => void): boolean {
  try {
    make()
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}
