/** A process that dies between any two calls to the disk, once or twice: the file still gets one place, and one name. */
import fs from 'node:fs'
import path from 'node:path'
import { isRejection } from '@skyferry/cfdp'
import { describe, expect, it } from 'vitest'
import { DiskFilestore } from '../../src/buckets/disk-filestore.ts'
import type { DiskPort } from '../../src/buckets/disk-port.ts'
import { realDisk } from '../../src/buckets/disk-port.ts'
import type { OnExisting } from '../../src/buckets/placement.ts'
import { Died, type DyingDisk, dyingDisk, forgetfulDisk, temporaryDirectory, withoutLinks } from './disks.ts'

const KEY = '11-1'
const SIZE = 3000
const CONTENT = Uint8Array.from({ length: SIZE }, (_, index) => (index * 13 + (index >> 9)) & 0xff)

/** What an engine's journal holds: it outlives the process. */
interface Journal {
  heldUpTo: number
  /** The answer that `place` gave, whether or not a record of it became durable. */
  answered: string | undefined
  isRecorded: boolean
}

/** One life of the process: it goes on from its journal, and dies when its disk does. */
async function live(
  directory: string,
  disk: DiskPort,
  onExisting: OnExisting,
  journal: Journal,
): Promise<void> {
  const filestore = new DiskFilestore({ directory, disk, onExisting })
  filestore.reconcile(journal.isRecorded ? [] : [KEY])
  if (journal.isRecorded) return
  const target = filestore.openTarget(KEY)
  if (isRejection(target)) throw new Error(target.reason)
  const held = new Uint8Array(journal.heldUpTo)
  expect(target.read(0, held, 0, held.length)).toBeUndefined()
  expect(Buffer.compare(held, CONTENT.subarray(0, held.length))).toBe(0)
  for (let offset = journal.heldUpTo; offset < SIZE; offset += 100) {
    expect(target.write(offset, CONTENT.subarray(offset, offset + 100))).toBeUndefined()
    if (offset % 1000 !== 900) continue
    await filestore.syncDirty()
    journal.heldUpTo = offset + 100
  }
  const placed = target.place('sub/a.bin', SIZE)
  if (isRejection(placed)) throw new Error(placed.reason)
  if (journal.answered !== undefined) expect(placed.name).toBe(journal.answered)
  journal.answered = placed.name
  await filestore.syncDirty()
  journal.isRecorded = true
  filestore.forget(KEY)
}

/** Runs one life on a disk that dies after `calls`. @returns whether it died */
async function dies(
  directory: string,
  disk: DyingDisk,
  onExisting: OnExisting,
  journal: Journal,
): Promise<boolean> {
  try {
    await live(directory, disk, onExisting, journal)
  } catch (error) {
    if (!(error instanceof Died)) throw error
  }
  disk.bury()
  return disk.isDead
}

describe.each([
  ['rename', 'a(1).bin'],
  ['overwrite', 'a.bin'],
] as const)('with a name that is taken, and the policy %s', (onExisting, last) => {
  describe.each([
    ['with hard links', realDisk],
    ['without hard links', withoutLinks],
  ])('%s', (_title, disk) => {
    it('any two deaths leave one whole file, under the name that was answered, and nothing else', async () => {
      let deaths = 0
      for (let first = 0, wasAlive = false; !wasAlive; first++) {
        for (let second = 0, isAlive = false; !isAlive; second += 2) {
          const directory = temporaryDirectory()
          fs.mkdirSync(path.join(directory, 'sub'))
          fs.writeFileSync(path.join(directory, 'sub/a.bin'), 'somebody else’s')
          const journal: Journal = { heldUpTo: 0, answered: undefined, isRecorded: false }
          wasAlive = !(await dies(directory, dyingDisk(first, disk), onExisting, journal))
          isAlive = wasAlive || !(await dies(directory, dyingDisk(second, disk), onExisting, journal))
          if (!wasAlive) deaths += 1
          await live(directory, disk, onExisting, journal)
          // One more start: nothing is left to be done.
          await live(directory, disk, onExisting, journal)
          const sub = path.join(directory, 'sub')
          expect(journal.answered).toBe(`sub/${last}`)
          expect(Buffer.compare(fs.readFileSync(path.join(sub, last)), CONTENT)).toBe(0)
          expect(fs.readdirSync(sub).sort()).toEqual([...new Set(['a.bin', last])].sort())
          const incoming = path.join(directory, '.skyferry/incoming')
          expect(fs.existsSync(incoming) ? fs.readdirSync(incoming) : []).toEqual([])
          fs.rmSync(directory, { recursive: true })
        }
      }
      expect(deaths).toBeGreaterThan(50)
    })
  })
})

it('a placed file that was taken away before its record was durable is not lost: it is placed again', async () => {
  const directory = temporaryDirectory()
  const journal: Journal = { heldUpTo: 0, answered: undefined, isRecorded: false }
  const disk = failAfterPlacing()
  await expect(live(directory, disk, 'rename', journal)).rejects.toThrow(Died)
  fs.rmSync(path.join(directory, 'sub/a.bin'))
  await live(directory, realDisk, 'rename', journal)
  expect(Buffer.compare(fs.readFileSync(path.join(directory, 'sub/a.bin')), CONTENT)).toBe(0)
})

/** Dies in the sync between a placement and its record. */
function failAfterPlacing(): DiskPort {
  let isPlaced = false
  return {
    ...realDisk,
    linkSync: (from, to) => {
      realDisk.linkSync(from, to)
      isPlaced = true
    },
    fsync: ((fd: number, done: fs.NoParamCallback) => {
      if (isPlaced) done(new Died('killed'))
      else realDisk.fsync(fd, done)
    }) as typeof fs.fsync,
  }
}

it('a loss of power after the record costs nothing, wherever an earlier process died before its sync', async () => {
  for (let calls = 0, wasAlive = false; !wasAlive; calls++) {
    const directory = path.join(temporaryDirectory(), 'not/yet/there')
    const journal: Journal = { heldUpTo: 0, answered: undefined, isRecorded: false }
    const { disk, lost } = forgetfulDisk()
    wasAlive = !(await dies(directory, dyingDisk(calls, disk), 'rename', journal))
    if (!wasAlive) await live(directory, disk, 'rename', journal)
    expect([...lost]).toEqual([])
  }
})

describe('at the start', () => {
  it('what no transaction continues is set aside, and its key begins anew', () => {
    const directory = temporaryDirectory()
    const before = new DiskFilestore({ directory })
    for (const key of ['11-1', '11-2']) {
      const target = before.openTarget(key)
      if (isRejection(target)) throw new Error(target.reason)
      target.write(0, CONTENT)
      target.close()
    }
    for (let run = 0; run < 2; run++) {
      const after = new DiskFilestore({ directory })
      const aside = after.reconcile(['11-2'])
      if (run === 0) expect(aside).toEqual([path.join(directory, '.skyferry/incomplete/11-1.part')])
      else expect(aside).toEqual([])
    }
    expect(fs.readdirSync(path.join(directory, '.skyferry/incoming'))).toEqual(['11-2.part'])
    const again = new DiskFilestore({ directory })
    expect(again.openTarget('11-1')).toMatchObject({ existed: false })
    expect(again.openTarget('11-2')).toMatchObject({ existed: true })
  })

  it('and what a cancelled transaction retains is found beside earlier ones', () => {
    const directory = temporaryDirectory()
    const filestore = new DiskFilestore({ directory })
    for (const name of ['11-1.part', '11-1(1).part']) {
      const target = filestore.openTarget(KEY)
      if (isRejection(target)) throw new Error(target.reason)
      target.write(0, CONTENT)
      expect(filestore.setAside(KEY)).toBe(path.join(directory, '.skyferry/incomplete', name))
      target.close()
      expect(fs.statSync(path.join(directory, '.skyferry/incomplete', name)).size).toBe(SIZE)
    }
    expect(filestore.setAside(KEY)).toBeUndefined()
  })

  it('the parts of another owner are left alone', () => {
    const directory = temporaryDirectory()
    for (const owner of ['one', 'two']) {
      const target = new DiskFilestore({ directory, owner }).openTarget(KEY)
      if (isRejection(target)) throw new Error(target.reason)
      target.write(0, CONTENT)
      target.close()
    }
    expect(new DiskFilestore({ directory, owner: 'one' }).reconcile([])).toHaveLength(1)
    expect(new DiskFilestore({ directory, owner: 'two' }).openTarget(KEY)).toMatchObject({ existed: true })
    expect(fs.readdirSync(path.join(directory, '.skyferry/incoming'))).toEqual(['two'])
  })
})
