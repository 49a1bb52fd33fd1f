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
