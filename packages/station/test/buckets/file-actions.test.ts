import fs from 'node:fs'
import path from 'node:path'
import { type FileCopy, type FilestoreRejection, isRejection } from '@skyferry/cfdp'
import { beforeEach, describe, expect, it } from 'vitest'
import { DiskFilestore } from '../../src/buckets/disk-filestore.ts'
import type { DiskFileActions } from '../../src/buckets/file-actions.ts'
import { temporaryDirectory, withoutLinks } from './disks.ts'

let outside: string
let root: string
let filestore: DiskFilestore
let actions: DiskFileActions
beforeEach(() => {
  outside = temporaryDirectory()
  root = path.join(outside, 'files')
  fs.mkdirSync(path.join(root, 'dir'), { recursive: true })
  fs.writeFileSync(path.join(root, 'one'), 'one')
  fs.writeFileSync(path.join(root, 'two'), 'two')
  fs.writeFileSync(path.join(root, 'dir', 'inner'), 'x')
  fs.writeFileSync(path.join(outside, 'secret'), 'secret')
  filestore = new DiskFilestore({ directory: root })
  actions = filestore.actions
})

const text = (name: string): string => fs.readFileSync(path.join(root, name), 'utf8')
const exists = (name: string): boolean => fs.existsSync(path.join(root, name))
const code = (answer: unknown): string | undefined => (isRejection(answer) ? answer.code : undefined)

function run(copy: FileCopy | FilestoreRejection): number {
  if (isRejection(copy)) throw new Error(copy.reason)
  for (let steps = 1; ; steps++) {
    const done = copy.step()
    if (isRejection(done)) throw new Error(done.reason)
    if (done) return steps
  }
}

describe('files are', () => {
  it('created, unless something is there', () => {
    expect(actions.createFile('dir/new')).toBeUndefined()
    expect(text('dir/new')).toBe('')
    expect(code(actions.createFile('one'))).toBe('already-exists')
    expect(code(actions.createFile('no/such/new'))).toBe('does-not-exist')
  })

  it('removed, and directories only as such and when empty', () => {
    expect(actions.removeFile('one')).toBeUndefined()
    expect(exists('one')).toBe(false)
    expect(code(actions.removeFile('one'))).toBe('does-not-exist')
    expect(code(actions.removeFile('dir'))).toBe('not-allowed')
    expect(code(actions.removeDirectory('dir'))).toBe('already-exists')
    expect(code(actions.removeDirectory('two'))).toBe('not-allowed')
    expect(actions.createDirectory('empty')).toBeUndefined()
    expect(code(actions.createDirectory('empty'))).toBe('already-exists')
    expect(actions.removeDirectory('empty')).toBeUndefined()
    expect(code(actions.removeDirectory('empty'))).toBe('does-not-exist')
  })

  it.each(['with', 'without'])('renamed, never over another, on a disk %s hard links', kind => {
    if (kind === 'without') actions = new DiskFilestore({ directory: root, disk: withoutLinks }).actions
    expect(code(actions.renameFile('one', 'two'))).toBe('already-exists')
    expect(code(actions.renameFile('none', 'new'))).toBe('does-not-exist')
    expect(actions.renameFile('one', 'dir/new')).toBeUndefined()
    expect(text('dir/new')).toBe('one')
    expect(exists('one')).toBe(false)
    expect(text('two')).toBe('two')
  })

  it('renamed to the end, when that died half-way', () => {
    fs.linkSync(path.join(root, 'one'), path.join(root, 'new'))
    expect(actions.renameFile('one', 'new')).toBeUndefined()
    expect(exists('one')).toBe(false)
    expect(text('new')).toBe('one')
  })

  it('not lost by being renamed to themselves', () => {
    expect(code(actions.renameFile('one', './one'))).toBe('already-exists')
    expect(text('one')).toBe('one')
  })

  it('appended behind what was there, whatever an attempt before has left', () => {
    expect(run(actions.appendFile('one', 'two', 3))).toBe(1)
    expect(text('one')).toBe('onetwo')
    fs.writeFileSync(path.join(root, 'one'), 'onetw')
    run(actions.appendFile('one', 'two', 3))
    expect(text('one')).toBe('onetwo')
    run(actions.appendFile('one', 'two', 3))
    expect(text('one')).toBe('onetwo')
    expect(code(actions.appendFile('one', 'two', 2))).toBe('changed')
    expect(code(actions.appendFile('one', 'two', 7))).toBe('changed')
    expect(code(actions.appendFile('one', 'none', 6))).toBe('does-not-exist')
    run(actions.appendFile('two', 'two', 3))
    expect(text('two')).toBe('twotwo')
  })

  it('replaced whole, large ones in steps', () => {
    const large = Buffer.alloc(9 * 1024 * 1024, 'skyferry')
    fs.writeFileSync(path.join(root, 'large'), large)
    const copy = actions.replaceFile('one', 'large')
    if (isRejection(copy)) throw new Error(copy.reason)
    expect(copy.step()).toBe(false)
    expect(text('one')).toBe('one')
    expect(run(copy)).toBeGreaterThan(1)
    expect(fs.readFileSync(path.join(root, 'one')).equals(large)).toBe(true)
    expect(exists('large')).toBe(true)
    expect(fs.readdirSync(path.join(root, '.skyferry', 'replacing'))).toEqual([])
  })
})

describe('a listing', () => {
  it('names files and directories with size and time, and nothing of ours', () => {
    actions.offer('mine', new Uint8Array(1))
    const listed = actions.list('', 100)
    expect(listed).toMatchObject({
      isCut: false,
      entries: [
        { name: 'dir', isDirectory: true },
        { name: 'one', isDirectory: false, size: 3 },
        { name: 'two', isDirectory: false, size: 3 },
      ],
    })
    expect(actions.list('/', 100)).toEqual(listed)
    expect(actions.list('../..', 100)).toMatchObject({ kind: 'rejected' })
    expect(actions.list('dir/', 100)).toMatchObject({ entries: [{ name: 'inner' }] })
    expect(code(actions.list('none', 100))).toBe('does-not-exist')
  })

  it('of a huge directory is cut', () => {
    for (let index = 0; index < 50; index++) fs.writeFileSync(path.join(root, 'dir', `f${index}`), '')
    const listed = actions.list('dir', 20)
    if (isRejection(listed)) throw new Error(listed.reason)
    expect(listed.isCut).toBe(true)
    expect(listed.entries).toHaveLength(20)
  })
})

describe('nothing leads out of the directory', () => {
  it.each(['../secret', '/../secret', 'dir/../../secret', '..\\secret'])('%s', name => {
    expect(code(actions.removeFile(name))).toBe('does-not-exist')
    expect(code(actions.appendFile('one', name, 3))).toBe('does-not-exist')
    expect(actions.createFile(name)).toBeUndefined()
    expect(fs.readFileSync(path.join(outside, 'secret'), 'utf8')).toBe('secret')
    expect(text('secret')).toBe('')
  })

  it('neither by a symbolic link', () => {
    fs.symlinkSync(outside, path.join(root, 'out'))
    fs.symlinkSync(path.join(outside, 'secret'), path.join(root, 'link'))
    expect(code(actions.removeFile('out/secret'))).toBe('not-allowed')
    expect(code(actions.list('out', 100))).toBe('not-allowed')
    expect(code(actions.removeFile('link'))).toBe('not-allowed')
    expect(code(actions.appendFile('link', 'one', 6))).toBe('not-allowed')
    expect(code(actions.appendFile('one', 'link', 3))).toBe('not-allowed')
    expect(code(actions.replaceFile('link', 'one'))).toBe('not-allowed')
    expect(code(actions.renameFile('link', 'new'))).toBe('not-allowed')
    expect(fs.readFileSync(path.join(outside, 'secret'), 'utf8')).toBe('secret')
  })

  it.each(['', '/', '.', './/'])("'%s' is no name to act on", name => {
    expect(code(actions.createFile(name))).toBe('not-allowed')
    expect(code(actions.removeDirectory(name))).toBe('not-allowed')
    expect(code(actions.renameFile('one', name))).toBe('not-allowed')
  })

  it('our own directory is nobody else’s', () => {
    actions.offer('mine', new Uint8Array(1))
    expect(code(actions.removeDirectory('.skyferry'))).toBe('does-not-exist')
    expect(code(actions.removeFile('.skyferry/outgoing/mine'))).toBe('does-not-exist')
    expect(isRejection(filestore.openSource('.skyferry/outgoing/mine'))).toBe(true)
  })
})

it('a file of ours is offered, sent and withdrawn', async () => {
  const name = actions.offer('listing-1-2.txt', Buffer.from('names'))
  if (isRejection(name)) throw new Error(name.reason)
  const source = filestore.openSource(name)
  if (isRejection(source)) throw new Error(source.reason)
  expect(source.size).toBe(5)
  source.close()
  await filestore.syncDirty()
  actions.withdraw('one')
  expect(exists('one')).toBe(true)
  actions.withdraw(name)
  expect(isRejection(filestore.openSource(name))).toBe(true)
})
