import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Random } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { type Journal, openJournal } from '../../src/journal/sqlite-journal.ts'
import type { StoreError } from '../../src/journal/store-error.ts'
import { temporaryDirectory } from '../buckets/disks.ts'
import { journalProcess, notBuilt } from './built.ts'

interface Note {
  readonly n: number
  readonly text?: string
}

const open = (stateDir: string): Promise<Journal<Note>> => openJournal<Note>({ stateDir, stamp: () => 'now' })
const numbers = (journal: Journal<Note>): number[] => journal.load().map(note => note.n)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const sqlite = createRequire(import.meta.url)('libsql') as new (
  file: string,
) => { exec(sql: string): void; close(): void }

/** A journal with the records 0 … count − 1, each committed by itself. */
async function filled(stateDir: string, count: number): Promise<Journal<Note>> {
  const journal = await open(stateDir)
  for (const n of upTo(count)) {
    journal.keep({ n, text: 'x'.repeat((n * 37) % 500) })
    await journal.flush()
  }
  return journal
}

describe('a journal', () => {
  it('gives back what was kept, in order, in the next life and the one after', async () => {
    const stateDir = path.join(temporaryDirectory(), 'made/for/it')
    const first = await open(stateDir)
    expect(first.load()).toEqual([])
    const confirmed: number[] = []
    first.open({ durable: count => confirmed.push(count) })
    const odd = 'quotes " \\ \u0000 \ud800 é 火 😀 \u2028'
    for (const n of upTo(1000)) first.keep({ n, text: odd })
    await first.flush()
    first.keep({ n: 1000 })
    await first.close()
    expect(confirmed).toEqual([1000, 1001])
    expect(fs.readdirSync(stateDir)).toEqual(['journal.db'])
    for (let life = 0; life < 2; life++) {
      const journal = await open(stateDir)
      const notes = journal.load()
      expect(notes.map(note => note.n)).toEqual([...upTo(1001), ...upTo(life).map(index => 2000 + index)])
      expect(notes[7]!.text).toBe(odd)
      journal.keep({ n: 2000 + life })
      await journal.close()
    }
  })

  it('is compacted in one commit, keeps what follows, and gives the space back', async () => {
    const stateDir = temporaryDirectory()
    const journal = await filled(stateDir, 300)
    journal.keep({ n: 300 })
    const compacted = journal.compact([{ n: -1 }, { n: -2 }])
    journal.keep({ n: 301 })
    await compacted
    await journal.close()
    expect(fs.statSync(path.join(stateDir, 'journal.db')).size).toBeLessThan(33_000)
    const next = await open(stateDir)
    expect(numbers(next)).toEqual([-1, -2, 301])
    await next.compact([])
    await next.close()
    const last = await open(stateDir)
    expect(numbers(last)).toEqual([])
    await last.close()
  })

  it('has an id of its own, and remembers what it is told to', async () => {
    const stateDir = temporaryDirectory()
    const journal = await open(stateDir)
    const { id } = journal
    await journal.setMeta('lastSequence', '41')
    await journal.setMeta('lastSequence', '42')
    await journal.close()
    const again = await open(stateDir)
    expect(again.id).toBe(id)
    expect(again.getMeta('lastSequence')).toBe('42')
    expect(again.getMeta('other')).toBeUndefined()
    await again.close()
    const other = await open(temporaryDirectory())
    expect(other.id).not.toBe(id)
    await other.close()
  })

  it('belongs to one holder at a time', async () => {
    const stateDir = temporaryDirectory()
    const journal = await filled(stateDir, 3)
    await expect(open(stateDir)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'in-use',
      message: `${path.join(stateDir, 'journal.db')}: another process is using it`,
    })
    await journal.close()
    const next = await open(stateDir)
    expect(numbers(next)).toEqual(upTo(3))
    await next.close()
  })

  it('cannot be where no directory can be', async () => {
    const file = path.join(temporaryDirectory(), 'file')
    fs.writeFileSync(file, '')
    await expect(open(path.join(file, 'state'))).rejects.toMatchObject({ code: 'not-allowed' })
    const taken = temporaryDirectory()
    fs.mkdirSync(path.join(taken, 'journal.db'))
    await expect(open(taken)).rejects.toMatchObject({ code: 'not-allowed' })
  })
})

describe('after a loss of power', () => {
  it('wherever the last write was torn, what comes before it is there, and nothing else', async () => {
    const stateDir = temporaryDirectory()
    const journal = await filled(stateDir, 20)
    const database = fs.readFileSync(path.join(stateDir, 'journal.db'))
    const wal = fs.readFileSync(path.join(stateDir, 'journal.db-wal'))
    await journal.close()
    const reopen = async (torn: Buffer): Promise<number> => {
      const copy = temporaryDirectory()
      fs.writeFileSync(path.join(copy, 'journal.db'), database)
      fs.writeFileSync(path.join(copy, 'journal.db-wal'), torn)
      const found = await open(copy)
      expect(found.setAside).toBeUndefined()
      const notes = numbers(found)
      expect(notes).toEqual(upTo(notes.length))
      found.keep({ n: notes.length })
      await found.close()
      return notes.length
    }
    const random = new Random(1)
    let before = 0
    for (let length = 0; length <= wal.length; length += 977) {
      const count = await reopen(wal.subarray(0, length))
      expect(count).toBeGreaterThanOrEqual(before)
      before = count
      const flipped = Buffer.from(wal)
      flipped[random.whole(0, wal.length)]! ^= 1 << random.whole(0, 8)
      await reopen(flipped)
    }
    expect(await reopen(wal)).toBe(20)
    // What was never written, though the file has grown: zeros.
    expect(await reopen(Buffer.concat([wal, Buffer.alloc(9000)]))).toBe(20)
  })
})

describe('a journal that cannot be used', () => {
  it.each([
    ['cut', (whole: Buffer) => whole.subarray(0, 5000)],
    ['cut within its first page', (whole: Buffer) => whole.subarray(0, 600)],
    ['with a page that became zeros', (whole: Buffer) => Buffer.from(whole).fill(0, 8192, 12_288)],
    ['with a header that became noise', (whole: Buffer) => Buffer.from(whole).fill(0xa5, 0, 100)],
    ['that never was a database', () => Buffer.from('a text, not a database\n'.repeat(400))],
  ])('%s, is set aside as it is, said so, and a new one begins', async (_title, damage) => {
    const stateDir = temporaryDirectory()
    const file = path.join(stateDir, 'journal.db')
    await (await filled(stateDir, 200)).close()
    const damaged = damage(fs.readFileSync(file))
    fs.writeFileSync(file, damaged)
    const journal = await open(stateDir)
    expect(journal.setAside).toEqual({ path: `${file}.damaged-now`, reason: expect.stringContaining(file) })
    // All but the header, in which the last to open it left its mark.
    const aside = fs.readFileSync(`${file}.damaged-now`)
    expect(Buffer.compare(aside.subarray(100), damaged.subarray(100))).toBe(0)
    expect(journal.load()).toEqual([])
    journal.keep({ n: 7 })
    await journal.close()
    const next = await open(stateDir)
    expect(next.setAside).toBeUndefined()
    expect(numbers(next)).toEqual([7])
    await next.close()
  })

  it('because another program made it, is set aside too', async () => {
    const stateDir = temporaryDirectory()
    const file = path.join(stateDir, 'journal.db')
    const foreign = new sqlite(file)
    foreign.exec('create table songs (title text); insert into songs values (1)')
    foreign.close()
    const journal = await open(stateDir)
    expect(journal.setAside?.reason).toContain('another program')
    await journal.close()
    expect(fs.existsSync(`${file}.damaged-now`)).toBe(true)
  })

  it('because a record in it cannot be read, is set aside too', async () => {
    const stateDir = temporaryDirectory()
    const file = path.join(stateDir, 'journal.db')
    await (await filled(stateDir, 3)).close()
    const database = new sqlite(file)
    database.exec('update records set body = \'{"n":\' where seq = 2')
    database.close()
    const journal = await open(stateDir)
    expect(journal.setAside?.reason).toContain('1 of its records')
    await journal.close()
  })

  it('because a later version wrote it, stays where it is', async () => {
    const stateDir = temporaryDirectory()
    const file = path.join(stateDir, 'journal.db')
    await (await filled(stateDir, 3)).close()
    const later = new sqlite(file)
    later.exec('pragma user_version = 2')
    later.close()
    await expect(open(stateDir)).rejects.toMatchObject({ code: 'newer' })
    expect(fs.readdirSync(stateDir)).toEqual(['journal.db'])
  })
})

it('a full disk is reported, nothing on it is confirmed, and all is there once there is room', async context => {
  const stateDir = temporaryDirectory()
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', stateDir]).status !== 0) {
    return context.skip('needs root and a mountable tmpfs')
  }
  try {
    fs.writeFileSync(path.join(stateDir, 'ballast'), new Uint8Array(380_000))
    let failed: (error: StoreError) => void = () => {}
    const failure = new Promise<StoreError>(resolve => {
      failed = resolve
    })
    const journal = await openJournal<Note>({ stateDir, onError: error => failed(error) })
    let confirmed = 0
    journal.open({
      durable: count => {
        confirmed = count
      },
    })
    for (const n of upTo(40)) journal.keep({ n, text: 'x'.repeat(3000) })
    expect(await failure).toMatchObject({ code: 'no-space' })
    expect(confirmed).toBe(0)
    fs.rmSync(path.join(stateDir, 'ballast'))
    await journal.close()
    expect(confirmed).toBe(40)
    const next = await open(stateDir)
    expect(numbers(next)).toEqual(upTo(40))
    await next.close()
  } finally {
    spawnSync('umount', ['-l', stateDir])
  }
})

describe('in a process of its own, with its worker', () => {
  it('confirms nothing that kill -9 could take back, and lets go of the lock', async context => {
    if (notBuilt) return context.skip(notBuilt)
    const stateDir = temporaryDirectory()
    let known = 0
    for (let life = 0; life < 4; life++) {
      const { child, line, ended } = journalProcess(
        stateDir,
        `
        const journal = await open()
        let n = journal.load().length
        const before = n
        journal.open({ durable: count => { console.log(before + count); keep() } })
        const keep = () => { for (let index = 0; index < 1 + n % 7; index++) journal.keep({ n: n++ }) }
        keep()
        setInterval(() => {}, 1000)`,
      )
      for (let lines = 0; lines < 20 + life * 9; lines++) known = Number(await line())
      if (life === 0) await expect(open(stateDir)).rejects.toMatchObject({ code: 'in-use' })
      child.kill('SIGKILL')
      expect(await ended).toBe('SIGKILL')
      for (let last = await line(); last !== undefined; last = await line()) known = Number(last)
      const journal = await open(stateDir)
      const notes = numbers(journal)
      expect(notes.length).toBeGreaterThanOrEqual(known)
      expect(notes).toEqual(upTo(notes.length))
      await journal.close()
    }
    expect(known).toBeGreaterThan(100)
  })

  it('does not keep the process alive, sets a damaged one aside, and tells a second process', async context => {
    if (notBuilt) return context.skip(notBuilt)
    const stateDir = temporaryDirectory()
    fs.writeFileSync(path.join(stateDir, 'journal.db'), 'not a database'.repeat(1000))
    const first = journalProcess(
      stateDir,
      `
      const journal = await open({ stamp: () => 'now' })
      journal.keep({ n: 1 })
      await journal.flush()
      console.log(journal.setAside.path)
      process.stdin.once('data', () => process.stdin.destroy())`,
    )
    expect(await first.line()).toBe(path.join(stateDir, 'journal.db.damaged-now'))
    const second = journalProcess(
      stateDir,
      'await open().catch(error => console.log(error.name, error.code))',
    )
    expect(await second.line()).toBe('StoreError in-use')
    expect(await second.ended).toBe(0)
    first.child.stdin.write('go\n')
    expect(await first.ended).toBe(0)
    const third = journalProcess(
      stateDir,
      `
      const journal = await open()
      console.log(JSON.stringify(journal.load()))
      await journal.close()
      const again = await open()
      console.log(JSON.stringify(again.load()))
      await again.close()`,
    )
    expect(await third.line()).toBe('[{"n":1}]')
    expect(await third.line()).toBe('[{"n":1}]')
    expect(await third.ended).toBe(0)
    expect(fs.readdirSync(stateDir).sort()).toEqual(['journal.db', 'journal.db.damaged-now'])
  })
})
