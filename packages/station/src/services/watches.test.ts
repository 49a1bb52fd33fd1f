import { describe, expect, it } from 'vitest'
import { DiskPauses } from './disk-pauses.ts'
import { DropWatch } from './drop-watch.ts'
import { StrangerBook } from './stranger-book.ts'

describe('drops', () => {
  it('are said at once, then once a minute, with how many there were since', () => {
    const watch = new DropWatch()
    const dropped = new Map([['unknown-entity', 2]])
    expect(watch.look(dropped, 0)).toEqual([{ reason: 'unknown-entity', count: 2 }])
    dropped.set('unknown-entity', 5).set('truncated', 1)
    expect(watch.look(dropped, 30_000)).toEqual([{ reason: 'truncated', count: 1 }])
    expect(watch.look(dropped, 60_000)).toEqual([{ reason: 'unknown-entity', count: 3 }])
    expect(watch.look(dropped, 600_000)).toEqual([])
  })

  it('of strangers name each once, and not more than a few', () => {
    const book = new StrangerBook()
    for (let index = 0; index < 100; index++) book.meet(`${index % 30} → 11`)
    expect(book.take()).toHaveLength(16)
    expect(book.take()).toEqual([])
  })
})

describe('what the disk paused', () => {
  const full = { kind: 'rejected', code: 'no-space', reason: 'full' } as const

  it('is tried again after 5 s, then less and less often, at least once a minute', () => {
    const pauses = new DiskPauses()
    const tries: number[] = []
    pauses.add('5:1', full, 0)
    for (let nowMs = 0; nowMs <= 200_000; nowMs += 1000) {
      for (const name of pauses.due(nowMs)) {
        tries.push(nowMs)
        pauses.tried(name, nowMs)
        pauses.add(name, full, nowMs)
      }
    }
    expect(tries).toEqual([5000, 15_000, 35_000, 75_000, 135_000, 195_000])
  })

  it('has settled when it was tried and not refused for a while', () => {
    const pauses = new DiskPauses()
    pauses.add('5:1', full, 0)
    pauses.tried('5:1', 5000)
    expect(pauses.due(60_000)).toEqual([])
    expect(pauses.settled(14_000)).toEqual([])
    expect(pauses.settled(15_000)).toEqual(['5:1'])
  })

  it('is not tried again when waiting does not help', () => {
    const taken = { kind: 'rejected', code: 'already-exists', reason: 'taken' } as const
    expect(new DiskPauses().add('5:1', taken, 0)).toBe(false)
  })
})
