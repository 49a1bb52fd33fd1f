/** What `syncDirty` promises: everything written, created or named before the call is on the disk when it resolves. */
import fs from 'node:fs'
import path from 'node:path'
import { isRejection } from '@skyferry/cfdp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DiskFilestore } from '../../src/buckets/disk-filestore.ts'
import { type DiskPort, realDisk } from '../../src/buckets/disk-port.ts'
import type { DiskTarget } from '../../src/buckets/disk-target.ts'
import { failingDisk, forgetfulDisk, temporaryDirectory } from './disks.ts'

const octets = (length: number): Uint8Array => new Uint8Array(length).fill(7)

function target(filestore: DiskFilestore, key: string): DiskTarget {
  const opened = filestore.openTarget(key)
  if (isRejection(opened)) throw new Error(opened.reason)
  return opened
}

describe('a sync', () => {
  it('leaves nothing that a loss of power would cost, whatever went before', async () => {
    const step = fc.record({
      what: fc.constantFrom('write', 'write', 'write', 'read', 'place', 'close', 'sync'),
      key: fc.integer({ min: 0, max: 2 }),
      offset: fc.integer({ min: 0, max: 600_000 }),
      length: fc.integer({ min: 1, max: 300_000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
        const { disk, lost } = forgetfulDisk()
        const filestore = new DiskFilestore({ directory: path.join(temporaryDirectory(), 'made/here'), disk })
        const targets = new Map<number, DiskTarget>()
        for (const [index, { what, key, offset, length }] of steps.entries()) {
          const file = targets.get(key) ?? target(filestore, `11-${key}`)
          targets.set(key, file)
          if (what === 'write') expect(file.write(offset, octets(length))).toBeUndefined()
          if (what === 'read') file.read(offset, octets(10), 0, 10)
          if (what === 'place') file.place(`d${index}/f`, offset)
          if (what === 'close') file.close()
          if (what === 'place' || what === 'close') targets.delete(key)
          // Not awaited: what follows happens while it is under way.
          if (what === 'sync') void filestore.syncDirty()
        }
        await filestore.syncDirty()
        expect([...lost]).toEqual([])
        await filestore.close()
      }),
      { numRuns: 60 },
    )
  })

  it('answers for what was written before it, and a later one for what was written meanwhile', async () => {
    const pending: (() => void)[] = []
    const started: number[] = []
    const disk: DiskPort = {
      ...realDisk,
      fdatasync: ((fd: number, done: fs.NoParamCallback) => {
        started.push(fd)
        pending.push(() => done(null))
      }) as typeof fs.fdatasync,
    }
    const filestore = new DiskFilestore({ directory: temporaryDirectory(), disk })
    const file = target(filestore, '11-1')
    file.write(0, octets(1000))
    const first = filestore.syncDirty()
    await new Promise(setImmediate)
    file.write(1000, octets(1000))
    const second = filestore.syncDirty()
    // Placed, hence closed, with a sync under way: its descriptor has to live until that is done.
    expect(file.place('a.bin', 2000)).toMatchObject({ kind: 'placed' })
    expect(started).toHaveLength(1)
    pending[0]!()
    await first
    await new Promise(setImmediate)
    expect(started).toHaveLength(2)
    pending[1]!()
    await second
    await filestore.syncDirty()
    expect(started).toHaveLength(2)
    expect(() => fs.fstatSync(started[0]!)).toThrow('EBADF')
  })

  it('keeps a file open for as long as it takes, though its last user has gone', async () => {
    const pending: (() => void)[] = []
    const fds: number[] = []
    const disk: DiskPort = {
      ...realDisk,
      fdatasync: ((fd: number, done: fs.NoParamCallback) => {
        fds.push(fd)
        pending.push(() => realDisk.fdatasync(fd, done))
      }) as typeof fs.fdatasync,
    }
    const filestore = new DiskFilestore({ directory: temporaryDirectory(), disk })
    const file = target(filestore, '11-1')
    file.write(0, octets(1000))
    const sync = filestore.syncDirty()
    await new Promise(setImmediate)
    file.place('a.bin', 1000)
    expect(fs.fstatSync(fds[0]!).size).toBe(1000)
    pending[0]!()
    await sync
    expect(() => fs.fstatSync(fds[0]!)).toThrow('EBADF')
  })

  it('rejects when the disk cannot keep the octets, and never again takes its word for that file', async () => {
    let isFailing = true
    const disk = failingDisk('fdatasync', () => (isFailing ? 'EIO' : undefined))
    const filestore = new DiskFilestore({ directory: temporaryDirectory(), disk })
    const file = target(filestore, '11-1')
    file.write(0, octets(1000))
    await expect(filestore.syncDirty()).rejects.toThrow(/cannot sync .*11-1\.part: the disk reports/)
    // The system drops what it could not write and reports the next sync as good.
    isFailing = false
    await expect(filestore.syncDirty()).rejects.toMatchObject({ code: 'io-error' })
    expect(file.place('a.bin', 1000)).toMatchObject({ kind: 'rejected', code: 'io-error' })
    file.discard()
    await filestore.syncDirty()
    expect(target(filestore, '11-1').existed).toBe(false)
  })

  it('syncs a directory again when that failed', async () => {
    let isFailing = true
    const disk = failingDisk('fsync', () => (isFailing ? 'EIO' : undefined))
    const { lost, disk: forgetful } = forgetfulDisk()
    const directory = temporaryDirectory()
    const filestore = new DiskFilestore({ directory, disk: { ...forgetful, fsync: disk.fsync } })
    const file = target(filestore, '11-1')
    file.write(0, octets(1000))
    file.place('sub/a.bin', 1000)
    await expect(filestore.syncDirty()).rejects.toThrow('cannot sync')
    isFailing = false
    await filestore.syncDirty()
    expect([...lost].filter(what => what.startsWith('file'))).toEqual([])
  })

  it('does without on file systems that cannot sync a directory', async () => {
    const disk = failingDisk('fsync', () => 'EINVAL')
    const filestore = new DiskFilestore({ directory: temporaryDirectory(), disk })
    target(filestore, '11-1').write(0, octets(1000))
    await filestore.syncDirty()
  })
})
