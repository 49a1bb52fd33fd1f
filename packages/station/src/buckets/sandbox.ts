import path from 'node:path'
import type { FilestoreRejection } from '@skyferry/cfdp'
import type { DiskPort } from './disk-port.ts'
import { reject, rejectionOf, systemCode } from './disk-rejections.ts'
import { OWN_DIRECTORY } from './safe-name.ts'
import type { Unsynced } from './unsynced.ts'

/**
 * A directory that nothing in a remote name leads out of, symbolic links inside it included.
 *
 * A directory found is synced like one made: a process that died may have made it and not lived to sync it, and a
 * name is only as durable as every directory above it. Syncing one that did not change costs next to nothing.
 */
export class Sandbox {
  readonly #disk: DiskPort
  readonly #unsynced: Unsynced
  readonly #directory: string
  #root: string | undefined

  constructor(disk: DiskPort, unsynced: Unsynced, directory: string) {
    this.#disk = disk
    this.#unsynced = unsynced
    this.#directory = path.resolve(directory)
  }

  /** The directory under its real name; made where it is missing. Throws what the system says. */
  root(): string {
    if (this.#root === undefined) {
      this.#disk.mkdirSync(this.#directory, { recursive: true })
      this.#root = this.#disk.realpathSync(this.#directory)
      for (const above of ancestors(this.#root)) this.#unsynced.renamed(above)
    }
    return this.#root
  }

  /**
   * The real path of a directory in the sandbox, made where it is missing. Each part is resolved before the next is
   * looked at, so a link that leaves is met before anything is made behind it.
   */
  enter(parts: readonly string[]): string | FilestoreRejection {
    let shown = this.#directory
    try {
      let real = this.root()
      for (const part of parts) {
        shown = path.join(shown, part)
        const next = this.#enterOne(real, part)
        if (next === undefined)
          return reject('not-allowed', `cannot use ${shown}: it leads out of ${this.#directory}`)
        real = next
      }
      return real
    } catch (error) {
      return rejectionOf(error, `cannot use the directory ${shown}`)
    }
  }

  /** The real path of an existing file; our own directory counts as outside. */
  find(parts: readonly string[]): string | FilestoreRejection {
    const shown = path.join(this.#directory, ...parts)
    try {
      const root = this.root()
      const real = this.#disk.realpathSync(path.join(root, ...parts))
      const isOwn = isWithin(path.join(root, OWN_DIRECTORY), real)
      if (isWithin(root, real) && !isOwn) return real
      return reject('not-allowed', `cannot open ${shown}: it leads out of ${this.#directory}`)
    } catch (error) {
      return rejectionOf(error, `cannot open ${shown}`)
    }
  }

  #enterOne(directory: string, part: string): string | undefined {
    const joined = path.join(directory, part)
    this.#unsynced.renamed(directory)
    try {
      this.#disk.mkdirSync(joined)
      return joined
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
    const real = this.#disk.realpathSync(joined)
    return isWithin(this.root(), real) ? real : undefined
  }
}

function isWithin(directory: string, file: string): boolean {
  return (
    file === directory || file.startsWith(directory.endsWith(path.sep) ? directory : directory + path.sep)
  )
}

/** The directories above one, nearest first. */
function* ancestors(directory: string): Generator<string> {
  for (let above = path.dirname(directory); ; above = path.dirname(above)) {
    yield above
    if (above === path.dirname(above)) return
  }
}
