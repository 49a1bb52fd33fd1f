import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { isRejection, type SourceFile } from '@skyferry/cfdp'
import { describe, expect, it } from 'vitest'
import { DiskFilestore, type DiskFilestoreOptions } from '../../src/buckets/disk-filestore.ts'
import type { DiskTarget } from '../../src/buckets/disk-target.ts'
import { failingDisk, temporaryDirectory, withoutLinks } from './disks.ts'

const octets = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7 + seed) & 0xff)

function store(options: Partial<DiskFilestoreOptions> = {}): { filestore: DiskFilestore; directory: string } {
  const directory = options.directory ?? temporaryDirectory()
  return { filestore: new DiskFilestore({ ...options, directory }), directory }
}

function target(filestore: DiskFilestore, key = '11-1'): DiskTarget {
  const opened = filestore.openTarget(key)
  if (isRejection(opened)) throw new Error(opened.reason)
  return opened
}

function source(filestore: DiskFilestore, name: string): SourceFile {
  const opened = filestore.openSource(name)
  if (isRejection(opened)) throw new Error(opened.reason)
  return opened
}

function receive(filestore: DiskFilestore, content: Uint8Array, name: string, key = '11-1'): unknown {
  const file = target(filestore, key)
  expect(file.write(0, content)).toBeUndefined()
  return file.place(name, content.length)
}

describe('a file being sent', () => {
  it('reads the same octets in any order, from the block or past it', () => {
    const { filestore, directory } = store()
    const content = octets(700_000)
    fs.writeFileSync(path.join(directory, 'a.bin'), content)
    const file = source(filestore, 'a.bin')
    expect(file.size).toBe(700_000)
    const out = new Uint8Array(1100)
    const check = (offset: number, length: number): void => {
      out.fill(0)
      expect(file.read(offset, out, 7, length)).toBeUndefined()
      expect(Buffer.compare(out.subarray(7, 7 + length), content.subarray(offset, offset + length))).toBe(0)
    }
    for (let offset = 0; offset + 1000 <= 700_000; offset += 1000) {
      check(offset, 1000)
      // A repair now and then, behind and before the first pass.
      if (offset % 37_000 === 0) check((offset * 7) % 699_000, 1000)
    }
    check(699_999, 1)
    check(700_000, 0)
    check(0, 0)
    file.close()
  })

  it('is changed when it became shorter', () => {
    const { filestore, directory } = store()
    fs.writeFileSync(path.join(directory, 'a.bin'), octets(1000))
    const file = source(filestore, 'a.bin')
    fs.truncateSync(path.join(directory, 'a.bin'), 500)
    const rejection = file.read(400, new Uint8Array(200), 0, 200)
    expect(rejection).toMatchObject({ code: 'changed' })
    expect(rejection!.reason).toContain('a.bin')
  })

  it('has another stamp once its content may have changed', () => {
    const { filestore, directory } = store()
    const name = path.join(directory, 'a.bin')
    fs.writeFileSync(name, octets(1000))
    const before = source(filestore, 'a.bin').stamp
    expect(source(filestore, 'a.bin').stamp).toBe(before)
    fs.utimesSync(name, 1, 1)
    expect(source(filestore, 'a.bin').stamp).not.toBe(before)
  })

  it('is found in the directory only, unless paths are allowed', () => {
    const outside = path.join(temporaryDirectory(), 'secret')
    fs.writeFileSync(outside, 'secret')
    const { filestore, directory } = store()
    fs.symlinkSync(outside, path.join(directory, 'link'))
    fs.mkdirSync(path.join(directory, '.skyferry'))
    fs.writeFileSync(path.join(directory, '.skyferry', 'own'), '')
    fs.writeFileSync(path.join(directory, 'inside'), '')
    fs.symlinkSync('inside', path.join(directory, 'good-link'))
    expect(filestore.openSource(outside)).toMatchObject({ code: 'does-not-exist' })
    expect(filestore.openSource(`../${path.basename(path.dirname(outside))}/secret`)).toMatchObject({
      code: 'does-not-exist',
    })
    expect(filestore.openSource('link')).toMatchObject({ code: 'not-allowed' })
    expect(filestore.openSource('.skyferry/own')).toMatchObject({ code: 'does-not-exist' })
    expect(source(filestore, 'good-link').size).toBe(0)
    expect(source(store({ sources: 'anywhere' }).filestore, outside).size).toBe(6)
  })

  it.each([
    ['.', 'a directory'],
    ['pipe', 'not a file'],
  ])('cannot be %s: it is %s', (name, words) => {
    const { filestore, directory } = store({ sources: 'anywhere' })
    fs.mkdirSync(path.join(directory, 'd'))
    const given = name === 'pipe' ? '/dev/null' : directory
    const rejection = filestore.openSource(given)
    expect(rejection).toMatchObject({ kind: 'rejected', code: 'not-allowed' })
    expect(isRejection(rejection) && rejection.reason).toContain(words)
    expect(filestore.openSource('nothing\0here')).toMatchObject({ code: 'not-allowed' })
  })

  it('costs no more memory in thousands than in tens: files take turns with the blocks', () => {
    const { filestore, directory } = store()
    const content = octets(4096)
    fs.writeFileSync(path.join(directory, 'a.bin'), content)
    const files = Array.from({ length: 200 }, () => source(filestore, 'a.bin'))
    const before = process.memoryUsage().arrayBuffers
    const out = new Uint8Array(1024)
    for (const offset of [0, 1024, 2048, 3072]) {
      for (const file of files) {
        file.read(offset, out, 0, 1024)
        expect(Buffer.compare(out, content.subarray(offset, offset + 1024))).toBe(0)
      }
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 2 ** 20)
    for (const file of files) file.close()
  })
})

describe('a file being received', () => {
  it('holds what was written, in whatever order and sizes, and shows it to reads at once', () => {
    const { filestore, directory } = store()
    const content = octets(1_500_000)
    const file = target(filestore)
    const pieces: [number, number][] = []
    for (let from = 0; from < content.length; ) {
      const length = Math.min(content.length - from, 1 + ((from * 7919) % 70_001))
      pieces.push([from, from + length])
      from += length
    }
    // Every third piece comes last, as repairs do; one is larger than a block.
    const late = pieces.filter((_, index) => index % 3 === 2)
    const out = new Uint8Array(300_000)
    for (const [from, to] of [...pieces.filter((_, index) => index % 3 !== 2), ...late]) {
      expect(file.write(from, content.subarray(from, to))).toBeUndefined()
      expect(file.read(from, out, 0, to - from)).toBeUndefined()
      expect(Buffer.compare(out.subarray(0, to - from), content.subarray(from, to))).toBe(0)
    }
    expect(file.write(200_000, content.subarray(200_000, 900_000))).toBeUndefined()
    expect(file.place('a.bin', content.length)).toEqual({ kind: 'placed', name: 'a.bin' })
    expect(Buffer.compare(fs.readFileSync(path.join(directory, 'a.bin')), content)).toBe(0)
  })

  it('gathers what follows on, so that the disk sees few writes', () => {
    let writes = 0
    const counting = failingDisk('writeSync', () => {
      writes += 1
      return undefined
    })
    const { filestore } = store({ disk: counting })
    const file = target(filestore)
    const content = octets(1000)
    for (let offset = 0; offset < 1_000_000; offset += 1000) file.write(offset, content)
    expect(writes).toBe(3)
    file.close()
    expect(writes).toBe(4)
  })

  it('takes an offset of a tebibyte without taking a tebibyte', () => {
    const { filestore, directory } = store()
    const file = target(filestore)
    const far = 2 ** 40
    expect(file.write(far - 3, octets(3))).toBeUndefined()
    expect(file.place('sparse.bin', far)).toEqual({ kind: 'placed', name: 'sparse.bin' })
    const stat = fs.statSync(path.join(directory, 'sparse.bin'))
    expect(stat.size).toBe(far)
    expect(stat.blocks * 512).toBeLessThan(2 ** 20)
  })

  it('is cut or stretched to the size it should have, and may be empty', () => {
    const { filestore, directory } = store()
    receive(filestore, octets(0), 'empty.bin', '11-1')
    const longer = target(filestore, '11-2')
    longer.write(0, octets(100))
    longer.place('cut.bin', 60)
    expect(fs.statSync(path.join(directory, 'empty.bin')).size).toBe(0)
    expect(fs.statSync(path.join(directory, 'cut.bin')).size).toBe(60)
  })

  it('makes nothing on the disk before its first octet', () => {
    const { filestore, directory } = store()
    target(filestore).close()
    target(filestore).discard()
    expect(fs.readdirSync(directory)).toEqual([])
  })

  it('is continued by another opening of its key, and begins anew once discarded or placed', () => {
    const { filestore, directory } = store()
    const first = target(filestore)
    expect(first.existed).toBe(false)
    first.write(0, octets(100))
    first.close()
    const second = new DiskFilestore({ directory })
    const continued = target(second)
    expect(continued.existed).toBe(true)
    const out = new Uint8Array(100)
    expect(continued.read(0, out, 0, 100)).toBeUndefined()
    expect(out).toEqual(octets(100))
    continued.discard()
    expect(target(second).existed).toBe(false)
    receive(second, octets(50, 2), 'a.bin')
    const reused = target(second)
    expect(reused.existed).toBe(false)
    reused.write(0, octets(10, 3))
    reused.close()
    expect(new Uint8Array(fs.readFileSync(path.join(directory, 'a.bin')))).toEqual(octets(50, 2))
  })

  it('says so when octets it held are gone', () => {
    const { filestore, directory } = store()
    const file = target(filestore)
    file.write(0, octets(1000))
    expect(file.read(0, new Uint8Array(1000), 0, 1000)).toBeUndefined()
    fs.truncateSync(path.join(directory, '.skyferry/incoming/11-1.part'), 10)
    expect(file.read(0, new Uint8Array(1000), 0, 1000)).toMatchObject({ code: 'changed' })
  })

  it('refuses everything once it is closed', () => {
    const { filestore } = store()
    const file = target(filestore)
    file.write(0, octets(10))
    file.place('a.bin', 10)
    expect(file.write(0, octets(10))).toMatchObject({ code: 'io-error' })
    expect(file.read(0, new Uint8Array(1), 0, 1)).toMatchObject({ code: 'io-error' })
    expect(file.place('b.bin', 10)).toMatchObject({ code: 'io-error' })
    file.discard()
    file.close()
  })

  it('may have any key', () => {
    const { filestore, directory } = store()
    for (const key of ['11:1', '../../up', 'k'.repeat(5000), '.', 'a/b', '\0']) {
      const file = target(filestore, key)
      file.write(0, octets(10))
      file.close()
      expect(target(filestore, key).existed).toBe(true)
    }
    const names = fs.readdirSync(path.join(directory, '.skyferry/incoming'))
    expect(names).toHaveLength(6)
    expect(names.every(name => name.length < 200)).toBe(true)
    expect(fs.readdirSync(directory)).toEqual(['.skyferry'])
  })
})

describe('a received file gets its name', () => {
  it.each([
    ['rename', 'a(1).bin', 'old', 'new'],
    ['overwrite', 'a.bin', 'new', undefined],
    ['refuse', undefined, 'old', undefined],
  ] as const)('when it is taken, by the policy %s', (onExisting, name, first, second) => {
    for (const disk of [undefined, withoutLinks]) {
      const { filestore, directory } = store({ onExisting, ...(disk ? { disk } : {}) })
      fs.writeFileSync(path.join(directory, 'a.bin'), 'old')
      const answer = receive(filestore, Buffer.from('new'), 'a.bin')
      if (name === undefined) expect(answer).toMatchObject({ kind: 'rejected', code: 'already-exists' })
      else expect(answer).toEqual({ kind: 'placed', name })
      expect(fs.readFileSync(path.join(directory, 'a.bin'), 'utf8')).toBe(first)
      const numbered = path.join(directory, 'a(1).bin')
      expect(fs.existsSync(numbered) ? fs.readFileSync(numbered, 'utf8') : undefined).toBe(second)
    }
  })

  it('with a bound on how many are tried', () => {
    const { filestore, directory } = store()
    for (let index = 0; index < 1000; index++) {
      fs.writeFileSync(path.join(directory, index === 0 ? 'a' : `a(${index})`), '')
    }
    expect(receive(filestore, octets(3), 'a')).toMatchObject({ kind: 'rejected', code: 'already-exists' })
  })

  it('even when another program takes it at the last moment', () => {
    const directory = temporaryDirectory()
    // The other program is quicker than our link, each time, three times.
    let lost = 3
    const disk = failingDisk('linkSync', (_from, to) => {
      if (lost-- > 0) fs.writeFileSync(String(to), 'theirs', { flag: 'wx' })
      return undefined
    })
    const { filestore } = store({ directory, disk })
    expect(receive(filestore, Buffer.from('ours'), 'a.bin')).toEqual({ kind: 'placed', name: 'a(3).bin' })
    expect(fs.readFileSync(path.join(directory, 'a(3).bin'), 'utf8')).toBe('ours')
    for (const name of ['a.bin', 'a(1).bin', 'a(2).bin']) {
      expect(fs.readFileSync(path.join(directory, name), 'utf8')).toBe('theirs')
    }
  })

  it.each([
    ['../../../etc/passwd', 'etc/passwd'],
    ['/abs/olute', 'abs/olute'],
    ['C:\\win\\dows.txt', 'win/dows.txt'],
    ['nul\0octet', 'nul_octet'],
    ['.skyferry/incoming/11-9.part', '_.skyferry/incoming/11-9.part'],
    ['', 'unnamed'],
  ])('never outside the directory: %j becomes %j', (name, expected) => {
    const { filestore, directory } = store()
    expect(receive(filestore, octets(3), name)).toEqual({ kind: 'placed', name: expected })
    expect(fs.statSync(path.join(directory, expected)).size).toBe(3)
  })

  it('however long it is', () => {
    const { filestore, directory } = store()
    for (const [index, name] of ['n'.repeat(10_000), `${'d/'.repeat(5000)}f`, 'é/'.repeat(300)].entries()) {
      const answer = receive(filestore, octets(3), name, `11-${index}`)
      expect(answer).toMatchObject({ kind: 'placed' })
      expect(fs.statSync(path.join(directory, (answer as { name: string }).name)).size).toBe(3)
    }
  })

  it('never through a link that leads out, but through one that stays', () => {
    const outside = temporaryDirectory()
    const { filestore, directory } = store()
    fs.symlinkSync(outside, path.join(directory, 'out'))
    fs.symlinkSync('nowhere', path.join(directory, 'dangling'))
    fs.mkdirSync(path.join(directory, 'real'))
    fs.symlinkSync('real', path.join(directory, 'in'))
    fs.symlinkSync(path.join(outside, 'target'), path.join(directory, 'file'))
    fs.writeFileSync(path.join(directory, 'plain'), '')
    expect(receive(filestore, octets(3), 'out/a', '11-1')).toMatchObject({ code: 'not-allowed' })
    expect(receive(filestore, octets(3), 'out/deeper/a', '11-2')).toMatchObject({ code: 'not-allowed' })
    expect(receive(filestore, octets(3), 'dangling/a', '11-3')).toMatchObject({ code: 'does-not-exist' })
    expect(receive(filestore, octets(3), 'plain/a', '11-4')).toMatchObject({ code: 'not-allowed' })
    expect(receive(filestore, octets(3), 'in/a', '11-5')).toEqual({ kind: 'placed', name: 'in/a' })
    expect(receive(filestore, octets(3), 'file', '11-6')).toEqual({ kind: 'placed', name: 'file(1)' })
    const { filestore: overwriting } = store({ directory, onExisting: 'overwrite' })
    expect(receive(overwriting, octets(3), 'file', '11-7')).toEqual({ kind: 'placed', name: 'file' })
    expect(fs.readdirSync(outside)).toEqual([])
    expect(fs.readdirSync(path.join(directory, 'real'))).toEqual(['a'])
  })

  it('in no directory of its own when that is the rule', () => {
    const { filestore } = store({ subdirectories: 'flatten' })
    expect(receive(filestore, octets(3), 'a/b/c.bin')).toEqual({ kind: 'placed', name: 'c.bin' })
  })

  it('and nothing of ours is reached through a .skyferry that leads elsewhere', () => {
    const outside = temporaryDirectory()
    const { filestore, directory } = store()
    fs.symlinkSync(outside, path.join(directory, '.skyferry'))
    expect(target(filestore).write(0, octets(300_000))).toMatchObject({ code: 'not-allowed' })
    expect(fs.readdirSync(outside)).toEqual([])
  })
})

describe('a disk that refuses', () => {
  it.each([
    ['ENOSPC', 'no-space', 'no space left'],
    ['EDQUOT', 'no-space', 'quota'],
    ['EIO', 'io-error', 'input/output'],
    ['EROFS', 'not-allowed', 'read-only'],
  ])('%s is %s, and says of which file', (system, code, words) => {
    const { filestore } = store({ disk: failingDisk('writeSync', () => system) })
    const file = target(filestore)
    const rejection = file.write(0, octets(300_000))
    expect(rejection).toMatchObject({ kind: 'rejected', code })
    expect(rejection!.reason).toContain('11-1.part')
    expect(rejection!.reason).toContain(words)
  })

  it('keeps what it had accepted until there is room again', async () => {
    let isFull = false
    const { filestore, directory } = store({
      disk: failingDisk('writeSync', () => (isFull ? 'ENOSPC' : undefined)),
    })
    const content = octets(600_000)
    const file = target(filestore)
    file.write(0, content.subarray(0, 200_000))
    isFull = true
    await expect(filestore.syncDirty()).rejects.toMatchObject({ name: 'SyncError', code: 'no-space' })
    expect(file.write(200_000, content.subarray(200_000, 400_000))).toMatchObject({ code: 'no-space' })
    expect(file.place('a.bin', 600_000)).toMatchObject({ code: 'no-space' })
    isFull = false
    await filestore.syncDirty()
    expect(file.write(200_000, content.subarray(200_000))).toBeUndefined()
    expect(file.place('a.bin', 600_000)).toMatchObject({ kind: 'placed' })
    expect(Buffer.compare(fs.readFileSync(path.join(directory, 'a.bin')), content)).toBe(0)
  })

  it('does not stop the others when one file was given up with octets nobody could write', async () => {
    let full = '11-1'
    const names = new Map<number, string>()
    const remembering = failingDisk('writeSync', fd =>
      names.get(fd as number)?.includes(full) ? 'ENOSPC' : undefined,
    )
    const openSync: typeof fs.openSync = (name, flags, mode) => {
      const fd = fs.openSync(name, flags, mode)
      names.set(fd, String(name))
      return fd
    }
    const { filestore, directory } = store({ disk: { ...remembering, openSync } })
    const stuck = target(filestore, '11-1')
    stuck.write(0, octets(100))
    const fine = target(filestore, '11-2')
    fine.write(0, octets(100))
    await expect(filestore.syncDirty()).rejects.toThrow('no space left')
    stuck.close()
    await filestore.syncDirty()
    expect(fine.place('fine', 100)).toMatchObject({ kind: 'placed' })
    full = 'none'
    // What it held is not all there, so nothing continues it.
    expect(target(filestore, '11-1').existed).toBe(false)
    expect(fs.readdirSync(path.join(directory, '.skyferry/incomplete'))).toEqual(['11-1.part'])
  })

  it('that is really full: nothing is lost, and it goes on once there is room', async context => {
    const directory = temporaryDirectory()
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory])
    if (mounted.status !== 0) return context.skip('needs root and a mountable tmpfs')
    try {
      fs.writeFileSync(path.join(directory, 'ballast'), octets(600_000))
      const { filestore } = store({ directory })
      const content = octets(800_000)
      const file = target(filestore)
      let offset = 0
      let rejection: unknown
      for (; offset < content.length && rejection === undefined; offset += 1000) {
        rejection = file.write(offset, content.subarray(offset, offset + 1000))
      }
      expect(rejection).toMatchObject({ kind: 'rejected', code: 'no-space' })
      await expect(filestore.syncDirty()).rejects.toMatchObject({ code: 'no-space' })
      fs.rmSync(path.join(directory, 'ballast'))
      expect(file.write(offset - 1000, content.subarray(offset - 1000))).toBeUndefined()
      expect(file.place('a.bin', content.length)).toEqual({ kind: 'placed', name: 'a.bin' })
      await filestore.close()
      expect(Buffer.compare(fs.readFileSync(path.join(directory, 'a.bin')), content)).toBe(0)
    } finally {
      spawnSync('umount', [directory])
    }
  })

  it('a directory without permission is not-allowed, from the first octet that needs it', () => {
    const { filestore } = store({
      disk: failingDisk('mkdirSync', name => (String(name).includes('incoming') ? 'EACCES' : undefined)),
    })
    const file = target(filestore)
    expect(file.write(0, octets(1000))).toBeUndefined()
    expect(file.place('a.bin', 1000)).toMatchObject({ code: 'not-allowed' })
  })
})
