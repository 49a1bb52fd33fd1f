import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { Transmissions } from './transmissions.ts'

const NOW = 1 as Millis
const started: string[] = []
class Waiting {
  isEnded = false
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  start(): void {
    started.push(this.name)
  }
}

describe('transmissions', () => {
  it('start in the order they were asked for, as many as may be open, and pass over those that ended waiting', () => {
    started.length = 0
    const transmissions = new Transmissions<Waiting>(2)
    const all = ['a', 'b', 'c', 'd', 'e'].map(name => new Waiting(name))
    for (const waiting of all) transmissions.enqueue(waiting)
    const startAll = (): void => {
      while (transmissions.startNext(NOW) !== undefined);
    }
    startAll()
    expect(started).toEqual(['a', 'b'])
    all[2]!.isEnded = true
    transmissions.ended(all[1]!)
    startAll()
    expect(started).toEqual(['a', 'b', 'd'])
  })

  it('count those of an earlier life', () => {
    const transmissions = new Transmissions<Waiting>(1)
    const old = new Waiting('old')
    transmissions.addOpen(old)
    transmissions.enqueue(new Waiting('new'))
    expect(transmissions.startNext(NOW)).toBeUndefined()
    transmissions.ended(old)
    expect(transmissions.startNext(NOW)?.name).toBe('new')
  })
})
