import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type CommitHooks, type Group, GroupCommit } from './group-commit.ts'
import { StoreError } from './store-error.ts'
import { volatileStore } from './volatile-store.ts'

/** A store whose every commit is let through, or failed, by hand. */
function byHand(hooks: CommitHooks = {}) {
  const log: string[] = []
  const commits: { resolve(): void; reject(error: Error): void }[] = []
  const store = new GroupCommit<{ n: number }, string>(
    record => JSON.stringify(record),
    group =>
      new Promise<void>((resolve, reject) => {
        log.push(said(group))
        commits.push({ resolve, reject })
      }),
    hooks,
  )
  store.open({ durable: count => log.push(`durable ${count}`) })
  return { store, log, commits }
}

const said = (group: Group<string>): string =>
  `${group.replaces ? 'replace' : 'append'} ${group.items.map(body => JSON.parse(body).n).join(' ')}`.trim()
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

describe('group commit', () => {
  it('makes one group of a burst, and another of all that waited meanwhile', async () => {
    const { store, log, commits } = byHand()
    for (const n of [1, 2, 3]) store.keep({ n })
    await turn()
    for (const n of [4, 5]) store.keep({ n })
    await turn()
    store.keep({ n: 6 })
    expect(log).toEqual(['append 1 2 3'])
    commits[0]!.resolve()
    await turn()
    expect(log).toEqual(['append 1 2 3', 'durable 3', 'append 4 5 6'])
    commits[1]!.resolve()
    await turn()
    expect(log.at(-1)).toBe('durable 6')
  })

  it('takes a record as it is when it is kept', async () => {
    const { store, log } = byHand()
    const record = { n: 1 }
    store.keep(record)
    record.n = 2
    await turn()
    expect(log).toEqual(['append 1'])
  })

  it('commits what is kept in answer to a confirmation', async () => {
    const log: number[] = []
    const store = volatileStore<number>()
    store.open({
      durable: count => {
        log.push(count)
        // At once, and in the turn of the event loop where the last group ended.
        if (count === 1) store.keep(2)
        if (count === 2) void Promise.resolve().then(() => store.keep(3))
      },
    })
    store.keep(1)
    await turn()
    expect(log).toEqual([1, 2, 3])
  })

  it('syncs what records speak of before it commits them, and confirms them after both', async () => {
    const log: string[] = []
    let synced = (): void => {}
    const beforeCommit = (): Promise<void> => {
      log.push('sync')
      return new Promise(resolve => {
        synced = resolve
      })
    }
    const store = volatileStore<number>({ beforeCommit })
    store.open({ durable: count => log.push(`durable ${count}`) })
    store.keep(1)
    await turn()
    store.keep(2)
    await turn()
    expect(log).toEqual(['sync'])
    synced()
    await turn()
    expect(log).toEqual(['sync', 'durable 1', 'sync'])
    synced()
    await store.close()
    expect(log.at(-1)).toBe('durable 2')
  })

  it('replaces what waits along with what is committed, but not what is kept afterwards', async () => {
    const { store, log, commits } = byHand()
    store.keep({ n: 1 })
    const replaced = store.replace([{ n: 100 }])
    store.keep({ n: 2 })
    await turn()
    expect(log).toEqual(['replace 100 2'])
    commits[0]!.resolve()
    await replaced
    expect(log.at(-1)).toBe('durable 2')
  })

  it('flushes what was kept before, and has nothing to do when all is durable', async () => {
    const { store, log, commits } = byHand()
    await store.flush()
    store.keep({ n: 1 })
    let isFlushed = false
    const flushed = store.flush().then(() => {
      isFlushed = true
    })
    await turn()
    expect(isFlushed).toBe(false)
    commits[0]!.resolve()
    await flushed
    expect(log).toEqual(['append 1', 'durable 1'])
  })
})

describe('a commit that fails', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is reported and tried again, later each time, until it succeeds; nothing overtakes it', async () => {
    const errors: string[] = []
    const { store, log, commits } = byHand({
      onError: error => errors.push(`${error.code} ${error.message}`),
    })
    store.keep({ n: 1 })
    await turn()
    for (const [index, delay] of [250, 500, 1000, 2000, 4000, 5000, 5000].entries()) {
      commits[index]!.reject(new StoreError('no-space', 'full'))
      await turn()
      store.keep({ n: 10 + index })
      await vi.advanceTimersByTimeAsync(delay - 1)
      expect(commits).toHaveLength(index + 1)
      await vi.advanceTimersByTimeAsync(1)
      expect(commits).toHaveLength(index + 2)
    }
    expect(errors).toEqual(Array.from({ length: 7 }, () => 'no-space full'))
    expect(log.every(line => line === 'append 1')).toBe(true)
    commits.at(-1)!.resolve()
    await turn()
    expect(log.slice(-2)).toEqual(['durable 1', 'append 10 11 12 13 14 15 16'])
  })

  it('before it begins, because the files could not be synced, is no commit', async () => {
    let isFailing = true
    const errors: string[] = []
    const { store, log } = byHand({
      beforeCommit: () => (isFailing ? Promise.reject(new Error('disk on fire')) : Promise.resolve()),
      onError: error => errors.push(`${error.code} ${error.message}`),
    })
    store.keep({ n: 1 })
    await turn()
    expect(log).toEqual([])
    isFailing = false
    await vi.advanceTimersByTimeAsync(250)
    expect(errors).toEqual(['io-error disk on fire'])
    expect(log).toEqual(['append 1'])
  })

  it('is tried once more by closing, which tells when that fails too', async () => {
    const { store, log, commits } = byHand()
    store.keep({ n: 1 })
    await turn()
    commits[0]!.reject(new StoreError('no-space', 'full'))
    await turn()
    const flushed = store.flush()
    const closed = store.close()
    await turn()
    expect(commits).toHaveLength(2)
    commits[1]!.reject(new StoreError('no-space', 'still full'))
    await expect(closed).rejects.toMatchObject({ code: 'no-space', message: 'still full' })
    await expect(flushed).rejects.toThrow('still full')
    expect(log).toEqual(['append 1', 'append 1'])
    expect(() => store.keep({ n: 2 })).toThrow('closing')
  })
})
