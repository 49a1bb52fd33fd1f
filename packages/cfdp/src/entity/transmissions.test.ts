import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { EntityId } from '../pdu/model.ts'
import { Transmissions } from './transmissions.ts'

const NOW = 1 as Millis
const started: string[] = []
class Waiting {
  isEnded = false
  priority = 0
  readonly soleOf: EntityId | undefined
  readonly name: string
  constructor(name: string, soleOf?: EntityId) {
    this.name = name
    this.soleOf = soleOf
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

  it('go one at a time to a peer that takes no more, while others go on', () => {
    started.length = 0
    const peer = 5n as EntityId
    const transmissions = new Transmissions<Waiting>(10)
    const all = [new Waiting('a', peer), new Waiting('b', peer), new Waiting('c'), new Waiting('d', peer)]
    for (const waiting of all) transmissions.enqueue(waiting)
    const startAll = (): void => {
      while (transmissions.startNext(NOW) !== undefined);
    }
    startAll()
    expect(started).toEqual(['a', 'c'])
    transmissions.ended(all[0]!)
    startAll()
    transmissions.ended(all[1]!)
    startAll()
    expect(started).toEqual(['a', 'c', 'b', 'd'])
  })
})
