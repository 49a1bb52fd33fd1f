/** Disks for tests: real ones in a directory of their own, that die, fail, or keep a log. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach } from 'vitest'
import { type DiskPort, realDisk } from '../../src/buckets/disk-port.ts'

const made: string[] = []
afterEach(() => {
  for (const directory of made.splice(0)) fs.rmSync(directory, { recursive: true, force: true })
})

/** A directory that goes when the test is over. */
export function temporaryDirectory(): string {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'skyferry-station-')))
  made.push(directory)
  return directory
}

export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}

/** What a process that was killed would have thrown, if it could. */
export class Died extends Error {}

const CHANGING = [
  'writeSync',
  'ftruncateSync',
  'mkdirSync',
  'rmdirSync',
  'linkSync',
  'renameSync',
  'unlinkSync',
  'openSync',
  'fsyncSync',
] as const

/** A disk on which the process dies. */
export interface DyingDisk extends DiskPort {
  readonly isDead: boolean
  /** Closes what the dead left open, as the system would. */
  bury(): void
}

/** A disk that carries out `calls` changing calls and no other: the process died just before the next. */
export function dyingDisk(calls: number, disk: DiskPort = realDisk): DyingDisk {
  const open = new Set<number>()
  const state = { isDead: false, left: calls }
  const guarded = Object.fromEntries(
    CHANGING.map(name => [
      name,
      (...given: unknown[]): unknown => {
        if (state.left === 0) state.isDead = true
        if (state.isDead) throw new Died(name)
        state.left -= 1
        const result = (disk[name] as (...given: unknown[]) => unknown)(...given)
        if (name === 'openSync') open.add(result as number)
        return result
      },
    ]),
  ) as Partial<DiskPort>
  return {
    ...disk,
    ...guarded,
    closeSync: fd => {
      open.delete(fd)
      disk.closeSync(fd)
    },
    get isDead() {
      return state.isDead
    },
    bury: () => {
      for (const fd of open) disk.closeSync(fd)
    },
  }
}

/** A disk whose call `name` fails with what `codeFor` says, or goes through where it says undefined. */
export function failingDisk<Name extends keyof DiskPort>(
  name: Name,
  codeFor: (...given: unknown[]) => string | undefined,
  disk: DiskPort = realDisk,
): DiskPort {
  const real = disk[name] as (...given: unknown[]) => unknown
  const failing = (...given: unknown[]): unknown => {
    const code = codeFor(...given)
    if (code === undefined) return real(...given)
    const done = given.at(-1)
    if (typeof done !== 'function') throw systemError(code)
    process.nextTick(() => done(systemError(code)))
    return undefined
  }
  return { ...disk, [name]: failing }
}

/** A file system without hard links. */
export const withoutLinks: DiskPort = failingDisk('linkSync', () => 'EPERM')

/** A disk that knows what a loss of power would cost: files by inode, and directories by path. */
export function forgetfulDisk(): { disk: DiskPort; lost: Set<string> } {
  const lost = new Set<string>()
  const byFd = new Map<number, string>()
  const versions = new Map<string, number>()
  const changed = (what: string): void => {
    lost.add(what)
    versions.set(what, (versions.get(what) ?? 0) + 1)
  }
  const inode = (fd: number): string => `file ${fs.fstatSync(fd).ino}`
  const names = (file: fs.PathLike): void => changed(`names in ${path.dirname(String(file))}`)
  const sync =
    (call: (fd: number, done: fs.NoParamCallback) => void) =>
    (fd: number, done: fs.NoParamCallback): void => {
      const what = byFd.get(fd) ?? inode(fd)
      const version = versions.get(what)
      call(fd, error => {
        // A change during the sync may have missed it.
        if (error === null && versions.get(what) === version) lost.delete(what)
        done(error)
      })
    }
  const disk: DiskPort = {
    ...realDisk,
    openSync: (file, flags, mode) => {
      const isNew = !fs.existsSync(file)
      const fd = realDisk.openSync(file, flags, mode)
      if (isNew) names(file)
      if (fs.fstatSync(fd).isDirectory()) byFd.set(fd, `names in ${String(file)}`)
      return fd
    },
    closeSync: fd => {
      byFd.delete(fd)
      realDisk.closeSync(fd)
    },
    writeSync: ((fd: number, ...rest: [Uint8Array, number, number, number]) => {
      changed(inode(fd))
      return realDisk.writeSync(fd, ...rest)
    }) as typeof fs.writeSync,
    ftruncateSync: (fd, size) => {
      changed(inode(fd))
      realDisk.ftruncateSync(fd, size)
    },
    mkdirSync: ((file: fs.PathLike, options?: fs.MakeDirectoryOptions) => {
      const missing = missingFrom(String(file))
      const made = realDisk.mkdirSync(file, options)
      for (const directory of missing) names(directory)
      return made
    }) as typeof fs.mkdirSync,
    linkSync: (from, to) => {
      realDisk.linkSync(from, to)
      names(to)
    },
    renameSync: (from, to) => {
      realDisk.renameSync(from, to)
      names(to)
    },
    fsyncSync: fd => {
      realDisk.fsyncSync(fd)
      lost.delete(byFd.get(fd) ?? inode(fd))
    },
    fdatasync: sync(realDisk.fdatasync) as typeof fs.fdatasync,
    fsync: sync(realDisk.fsync) as typeof fs.fsync,
  }
  return { disk, lost }
}

/** A directory and those above it, as far as they do not exist. */
function missingFrom(directory: string): string[] {
  if (fs.existsSync(directory)) return []
  return [directory, ...missingFrom(path.dirname(directory))]
}
