import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { content, lose, loseAll, TwoEntities } from './two-entities.ts'

const FILE = content(3500)
const UNACKNOWLEDGED = { mode: 'unacknowledged' } as const
const CLOSED = { mode: 'unacknowledged', closureRequested: true } as const

describe('class 1', () => {
  it('delivers a file and hears nothing back', () => {
    const world = new TwoEntities()
    world.put(FILE, UNACKNOWLEDGED)
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
    expect(world.b.kinds()).toEqual([])
    expect(world.report('a')?.ending?.condition).toBe(0)
    expect(world.report('b')?.ending).toMatchObject({ condition: 0, delivery: 0, fileStatus: 2 })
  })

  it.each(['metadata', 'file-data', 'eof'] as const)('takes %s late, within the check time', kind => {
    const world = new TwoEntities({
      weather: flight => (flight.pdu.kind === kind && flight.nth === 1 ? 'hold' : 'pass'),
    })
    world.put(FILE, UNACKNOWLEDGED)
    world.run(5000)
    expect(world.delivered).toBeUndefined()
    world.releaseHeld()
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
    expect(world.b.kinds()).toEqual([])
  })

  it('gives up what stays missing at the check limit, and not before', () => {
    const world = new TwoEntities({
      weather: lose('file-data'),
      remote: { checkLimit: 3, checkTimeout: 1000 as Millis },
    })
    world.put(FILE, UNACKNOWLEDGED)
    world.run(2900)
    expect(world.state('b')).toBe('checking')
    world.run(200)
    expect(world.b.faults()).toEqual([10])
    expect(world.report('b')?.ending).toMatchObject({ condition: 10, delivery: 1 })
    expect(world.delivered).toBeUndefined()
    expect(world.b.kinds()).toEqual([])
  })

  it('waits for ever for what is missing when the limit is negative', () => {
    const world = new TwoEntities({
      weather: lose('file-data'),
      remote: { checkLimit: -1, checkTimeout: 1000 as Millis },
    })
    world.put(FILE, UNACKNOWLEDGED)
    world.run(100_000)
    expect(world.state('b')).toBe('checking')
    expect(world.b.faults()).toEqual([])
  })

  it('ends without EOF by inactivity', () => {
    const world = new TwoEntities({
      weather: loseAll('eof'),
      remote: { inactivityTimeout: 2000 as Millis },
    })
    world.put(FILE, UNACKNOWLEDGED)
    world.run(1900)
    expect(world.b.faults()).toEqual([])
    world.run(200)
    expect(world.b.faults()).toEqual([8])
    expect(world.state('b')).toBe('ended')
  })

  it('is not opened again by what comes after its end', () => {
    const world = new TwoEntities()
    world.put(FILE, UNACKNOWLEDGED)
    world.runToEnd()
    for (const { header, pdu } of [...world.a.sent]) world.inject('b', header, pdu)
    world.run(1000)
    expect(world.b.finished()).toHaveLength(1)
    expect(world.b.kinds()).toEqual([])
  })

  it.each(['a', 'b'] as const)('is cancelled from %s, and the other end is told only by its sender', name => {
    const world = new TwoEntities({ remote: { pace: 8192, inactivityTimeout: 60_000 as Millis } })
    world.put(FILE, UNACKNOWLEDGED)
    world.run(1500)
    expect(world.ask(name, 'cancel')).toBe('accepted')
    world.run(100)
    expect(world.report(name)?.ending?.condition).toBe(15)
    expect(world.b.kinds()).toEqual([])
    if (name === 'a') expect(world.report('b')?.ending).toMatchObject({ condition: 15, byPeer: true })
    expect(world.delivered).toBeUndefined()
  })
})

describe('class 1 with closure', () => {
  it('ends at the sender with Finished, which is not acknowledged', () => {
    const world = new TwoEntities()
    world.put(FILE, CLOSED)
    expect(world.runToEnd()).toBe(true)
    expect(world.b.kinds()).toEqual(['finished'])
    expect(world.a.count('ack-finished')).toBe(0)
    expect(world.report('a')?.ending).toMatchObject({ condition: 0, delivery: 0, fileStatus: 2 })
  })

  it('reports a lost Finished as check limit reached', () => {
    const world = new TwoEntities({
      weather: loseAll('finished'),
      remote: { checkLimit: 3, checkTimeout: 1000 as Millis },
    })
    world.put(FILE, CLOSED)
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
    expect(world.a.faults()).toEqual([10])
    expect(world.report('a')?.ending?.condition).toBe(10)
  })

  it('tells the sender when the file is given up', () => {
    const world = new TwoEntities({
      weather: lose('file-data'),
      b: { checkLimit: 2, checkTimeout: 1000 as Millis },
    })
    world.put(FILE, CLOSED)
    expect(world.runToEnd()).toBe(true)
    expect(world.report('a')?.ending).toMatchObject({ condition: 10, delivery: 1 })
  })
})
