import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import {
  type DirectoryEntry,
  type FileActions,
  type FileCopy,
  type FilestoreRejection,
  isRejection,
  OFFERED,
} from '@skyferry/cfdp'
import { type DiskPort, isSameFile, readFully, removeIfThere, statOf, writeFully } from './disk-port.ts'
import { reject, rejectionOf, systemCode } from './disk-rejections.ts'
import { OWN_DIRECTORY, safeName } from './safe-name.ts'
import type { Sandbox } from './sandbox.ts'
import { Handle, type Unsynced } from './unsynced.ts'

/** Octets that one step copies. */
const STEP_OCTETS = 4 * 1024 * 1024
const NO_FOLLOW: number = fs.constants.O_NOFOLLOW ?? 0
const READ: number = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) | NO_FOLLOW
const CHANGE: number = fs.constants.O_RDWR | NO_FOLLOW
const MAKE: number = fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC | NO_FOLLOW

/**
 * What remote users have done to files below one directory (sections 4.9 and 6). A name is read as that of a received
 * file is: nothing in it leads out. The last part is never followed where it is a symbolic link.
 */
export class DiskFileActions implements FileActions {
  readonly #disk: DiskPort
  readonly #sandbox: Sandbox
  readonly #unsynced: Unsynced
  readonly #windows: boolean

  constructor(disk: DiskPort, sandbox: Sandbox, unsynced: Unsynced, windows: boolean) {
    this.#disk = disk
    this.#sandbox = sandbox
    this.#unsynced = unsynced
    this.#windows = windows
  }

  sizeOf(name: string): number | 'directory' | undefined | FilestoreRejection {
    return this.#at(name, `cannot look at ${name}`, place => {
      const stat = statOf(this.#disk, place)
      if (stat?.isDirectory()) return 'directory'
      return stat?.isFile()
        ? Number(stat.size)
        : stat === undefined
          ? undefined
          : reject('not-allowed', notAFile(name))
    })
  }

  createFile(name: string): FilestoreRejection | undefined {
    return this.#at(name, `cannot create ${name}`, place => {
      this.#changed(place)
      this.#disk.closeSync(this.#disk.openSync(place, 'wx'))
      return undefined
    })
  }

  removeFile(name: string): FilestoreRejection | undefined {
    return this.#at(name, `cannot delete ${name}`, place => {
      const stat = statOf(this.#disk, place)
      // Marked all the same: whoever removed it may not have lived to sync that.
      this.#changed(place)
      if (stat === undefined) return reject('does-not-exist', `there is no file ${name}`)
      if (!stat.isFile()) return reject('not-allowed', notAFile(name))
      this.#disk.unlinkSync(place)
      return undefined
    })
  }

  renameFile(from: string, to: string): FilestoreRejection | undefined {
    return this.#at(from, `cannot rename ${from}`, old =>
      this.#at(to, `cannot rename ${from} to ${to}`, place => {
        const stat = statOf(this.#disk, old)
        const there = statOf(this.#disk, place)
        this.#changed(old)
        this.#changed(place)
        if (stat === undefined) return reject('does-not-exist', `there is no file ${from}`)
        if (!stat.isFile()) return reject('not-allowed', notAFile(from))
        // Both names: one that died between the link and the end of the old name.
        const isHalfDone = there !== undefined && old !== place && isSameFile(stat, there)
        if (there !== undefined && !isHalfDone) return reject('already-exists', `${to} exists already`)
        if (isHalfDone) this.#disk.unlinkSync(old)
        else this.#move(old, place)
        return undefined
      }),
    )
  }

  /** A link never replaces what somebody else makes meanwhile; file systems without links have to do with a look. */
  #move(old: string, place: string): void {
    try {
      this.#disk.linkSync(old, place)
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw error
      this.#disk.renameSync(old, place)
      return
    }
    this.#disk.unlinkSync(old)
  }

  appendFile(target: string, addition: string, size: number): FileCopy | FilestoreRejection {
    return this.#at(target, `cannot append to ${target}`, place =>
      this.#at(addition, `cannot append ${addition}`, from => {
        const source = this.#open(from, READ, addition)
        if (isRejection(source)) return source
        const into = this.#open(place, CHANGE, target)
        if (isRejection(into)) {
          this.#disk.closeSync(source.fd)
          return into
        }
        if (into.size < size || into.size > size + source.size) {
          this.#disk.closeSync(source.fd)
          this.#disk.closeSync(into.fd)
          return reject('changed', `${target} has changed meanwhile`)
        }
        this.#disk.ftruncateSync(into.fd, size)
        // A file appended to itself ends where it ended.
        return this.#copy(
          source.fd,
          Math.min(source.size, place === from ? size : source.size),
          into.fd,
          size,
          place,
        )
      }),
    )
  }

  replaceFile(target: string, replacement: string): FileCopy | FilestoreRejection {
    return this.#at(target, `cannot replace ${target}`, place =>
      this.#at(replacement, `cannot replace ${target} by ${replacement}`, from => {
        const there = statOf(this.#disk, place)
        if (there !== undefined && !there.isFile()) return reject('not-allowed', notAFile(target))
        const source = this.#open(from, READ, replacement)
        if (isRejection(source)) return source
        const own = this.#sandbox.enter([OWN_DIRECTORY, 'replacing'])
        if (isRejection(own)) {
          this.#disk.closeSync(source.fd)
          return own
        }
        // The same name each time: one that died here is written over.
        const draft = path.join(own, createHash('sha256').update(place).digest('hex').slice(0, 32))
        const fd = this.#disk.openSync(draft, MAKE, 0o666)
        return this.#copy(source.fd, source.size, fd, 0, draft, () => {
          this.#disk.renameSync(draft, place)
          this.#changed(place)
        })
      }),
    )
  }

  createDirectory(name: string): FilestoreRejection | undefined {
    return this.#at(name, `cannot make the directory ${name}`, place => {
      this.#changed(place)
      this.#disk.mkdirSync(place)
      return undefined
    })
  }

  removeDirectory(name: string): FilestoreRejection | undefined {
    return this.#at(name, `cannot remove the directory ${name}`, place => {
      const stat = statOf(this.#disk, place)
      this.#changed(place)
      if (stat === undefined) return reject('does-not-exist', `there is no directory ${name}`)
      if (!stat.isDirectory()) return reject('not-allowed', `${name} is not a directory`)
      this.#disk.rmdirSync(place)
      return undefined
    })
  }

  list(name: string, limit: number): { entries: DirectoryEntry[]; isCut: boolean } | FilestoreRejection {
    const parts = isRoot(name) ? [] : safeName(name, { subdirectories: 'keep', windows: this.#windows })
    const directory = this.#sandbox.find(parts)
    if (isRejection(directory)) return directory
    try {
      const entries: DirectoryEntry[] = []
      const opened = this.#disk.opendirSync(directory)
      let isCut = false
      try {
        for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
          if (parts.length === 0 && entry.name.toLowerCase() === OWN_DIRECTORY) continue
          isCut = entries.length >= limit
          if (isCut) break
          const stat = statOf(this.#disk, path.join(directory, entry.name))
          if (stat?.isDirectory())
            entries.push({ name: entry.name, isDirectory: true, changedMs: Number(stat.mtimeMs) })
          else if (stat?.isFile()) {
            const { size, mtimeMs } = stat
            entries.push({
              name: entry.name,
              isDirectory: false,
              size: Number(size),
              changedMs: Number(mtimeMs),
            })
          }
        }
      } finally {
        opened.closeSync()
      }
      return { entries: entries.sort((one, other) => (one.name < other.name ? -1 : 1)), isCut }
    } catch (error) {
      return rejectionOf(error, `cannot list ${name}`)
    }
  }

  offer(key: string, content: Uint8Array): string | FilestoreRejection {
    const own = this.#sandbox.enter([OWN_DIRECTORY, 'outgoing'])
    if (isRejection(own)) return own
    try {
      const place = path.join(own, path.basename(key))
      const fd = this.#disk.openSync(place, MAKE, 0o666)
      const handle = new Handle(fd, place)
      try {
        writeFully(this.#disk, fd, content, 0)
        this.#unsynced.written(handle)
      } finally {
        this.#unsynced.close(handle)
      }
      this.#changed(place)
      return OFFERED + key
    } catch (error) {
      return rejectionOf(error, `cannot keep ${key}`)
    }
  }

  withdraw(name: string): void {
    const place = this.offered(name)
    if (place === undefined) return
    try {
      removeIfThere(this.#disk, place)
    } catch (error) {
      // What stays is written over by the next of its name.
      rejectionOf(error, '')
    }
  }

  /** The path of an offered file; undefined for any other name. */
  offered(name: string): string | undefined {
    if (!name.startsWith(OFFERED)) return undefined
    return path.join(
      this.#sandbox.root(),
      OWN_DIRECTORY,
      'outgoing',
      path.basename(name.slice(OFFERED.length)),
    )
  }

  /** The path of a name: its directory resolved, which must be there, its last part as it is. */
  #at<Result>(
    name: string,
    doing: string,
    act: (place: string) => Result | FilestoreRejection,
  ): Result | FilestoreRejection {
    if (isRoot(name)) return reject('not-allowed', `${doing}: it is no name of a file`)
    const parts = safeName(name, { subdirectories: 'keep', windows: this.#windows })
    try {
      const above = this.#sandbox.find(parts.slice(0, -1))
      return isRejection(above) ? above : act(path.join(above, parts.at(-1)!))
    } catch (error) {
      return rejectionOf(error, doing)
    }
  }

  #open(
    place: string,
    flags: number,
    name: string,
  ): { readonly fd: number; readonly size: number } | FilestoreRejection {
    const fd = this.#disk.openSync(place, flags)
    const stat = this.#disk.fstatSync(fd, { bigint: true })
    if (stat.isFile()) return { fd, size: Number(stat.size) }
    this.#disk.closeSync(fd)
    return reject('not-allowed', notAFile(name))
  }

  /** Copies `octets` to `at`, a piece a step; both files are closed at the end of it. */
  #copy(
    from: number,
    octets: number,
    into: number,
    at: number,
    name: string,
    then = (): void => {},
  ): FileCopy {
    const handle = new Handle(into, name)
    const buffer = new Uint8Array(Math.min(octets, STEP_OCTETS))
    let done = 0
    const end = (): void => {
      this.#disk.closeSync(from)
      this.#unsynced.close(handle)
    }
    return {
      step: () => {
        try {
          const length = readFully(this.#disk, from, buffer, 0, Math.min(buffer.length, octets - done), done)
          writeFully(this.#disk, into, buffer.subarray(0, length), at + done)
          this.#unsynced.written(handle)
          done += length
          if (done < octets && length > 0) return false
          end()
          then()
          return true
        } catch (error) {
          end()
          return rejectionOf(error, `cannot write ${name}`)
        }
      },
    }
  }

  /** A name in the directory of `place` stands for something else now. */
  #changed(place: string): void {
    this.#unsynced.renamed(path.dirname(place))
  }
}

/** Names nothing but the directory itself. */
function isRoot(name: string): boolean {
  return name.split(/[\\/]+/).every(part => part === '' || part === '.')
}

function notAFile(name: string): string {
  return `${name} is not a file`
}
