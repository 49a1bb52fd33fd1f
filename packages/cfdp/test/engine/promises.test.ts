import { describe, expect, it } from 'vitest'
import { content, lose, TwoEntities } from './two-entities.ts'

const FILE = content(3500)

describe('what leaves before the record it rests on is safe', () => {
  it('nothing of a transaction, before its Put', () => {
    const world = new TwoEntities()
    world.a.storesUpTo = 0
    world.put(FILE)
    world.run(60_000)
    expect(world.a.kinds()).toEqual([])
    world.a.storesUpTo = Infinity
    expect(world.runToEnd()).toBe(true)
    expect(world.a.kinds()[0]).toBe('metadata')
  })

  it('no ACK(EOF), before the EOF', () => {
    const world = new TwoEntities()
    world.b.holdsBack = 'eof'
    world.put(FILE)
    world.run(60_000)
    expect(world.a.count('eof')).toBeGreaterThan(1)
    expect(world.b.kinds()).toEqual([])
    world.b.holdsBack = undefined
    expect(world.runToEnd()).toBe(true)
    expect(world.b.kinds()[0]).toBe('ack-eof')
  })

  it('no Finished, before the outcome; and the file has its place by then', () => {
    const world = new TwoEntities()
    world.b.holdsBack = 'finish'
    world.put(FILE)
    world.run(60_000)
    expect(world.delivered).toEqual(FILE)
    expect(world.b.count('finished')).toBe(0)
    expect(world.b.finished()).toEqual([])
    world.b.holdsBack = undefined
    expect(world.runToEnd()).toBe(true)
    expect(world.b.finished()).toHaveLength(1)
  })

  it('no file takes its place, before it is known to be whole', () => {
    const world = new TwoEntities()
    world.b.holdsBack = 'whole'
    world.put(FILE)
    world.run(60_000)
    expect(world.delivered).toBeUndefined()
    expect(world.b.count('finished')).toBe(0)
    world.b.holdsBack = undefined
    let atFinished: Uint8Array | undefined
    world.weather = flight => {
      if (flight.pdu.kind === 'finished') atFinished ??= world.delivered
      return 'pass'
    }
    expect(world.runToEnd()).toBe(true)
    expect(atFinished).toEqual(FILE)
  })

  it('no ACK(Finished) and no Transaction-Finished, before the end', () => {
    const world = new TwoEntities()
    world.a.holdsBack = 'ended'
    world.put(FILE)
    world.run(60_000)
    expect(world.b.count('finished')).toBeGreaterThan(1)
    expect(world.a.count('ack-finished')).toBe(0)
    expect(world.a.finished()).toEqual([])
    world.a.holdsBack = undefined
    expect(world.runToEnd()).toBe(true)
    expect(world.a.count('ack-finished')).toBeGreaterThanOrEqual(1)
    expect(world.a.finished()).toHaveLength(1)
  })

  it('no ACK(Finished) of a sender that is suspended by it, before what it said; and a new life knows that', () => {
    const world = new TwoEntities({
      a: { senderFaultHandlers: { 7: 'suspend' } },
      b: { nakLimit: 2 },
      weather: ({ pdu }) => (pdu.kind === 'file-data' ? 'drop' : 'pass'),
    })
    world.a.holdsBack = 'told'
    world.put(FILE)
    world.run(60_000)
    expect(world.report('a')).toMatchObject({ suspended: true, state: 'awaiting-finished' })
    expect(world.a.count('ack-finished')).toBe(0)
    world.a.holdsBack = undefined
    expect(world.runUntil(() => world.state('b') === 'ended')).toBe(true)
    for (const records of [world.a.journal, world.a.entity.snapshot()]) {
      world.restart('a', [...records])
      expect(world.report('a')).toMatchObject({ suspended: true })
    }
    world.ask('a', 'resume')
    world.run(1000)
    expect(world.report('a')?.ending).toMatchObject({ condition: 7, delivery: 1 })
  })

  it('no EOF(cancel), before the cancellation', () => {
    const world = new TwoEntities({ weather: lose('eof', 99) })
    world.put(FILE)
    world.run(50)
    world.a.holdsBack = 'cancelled'
    const before = world.a.sent.length
    world.ask('a', 'cancel')
    world.run(60_000)
    expect(world.a.sent.length).toBe(before)
    world.a.holdsBack = undefined
    world.run(10)
    expect(world.a.sent.at(-1)?.pdu).toMatchObject({ kind: 'eof', condition: 15 })
  })

  it('no ACK(EOF) of a cancellation, before the outcome', () => {
    const world = new TwoEntities({ weather: lose('eof', 1) })
    world.put(FILE)
    world.run(50)
    world.b.holdsBack = 'finish'
    world.ask('a', 'cancel')
    world.run(60_000)
    expect(world.b.count('ack-eof')).toBe(0)
    world.b.holdsBack = undefined
    expect(world.runToEnd()).toBe(true)
    expect(world.b.count('ack-eof')).toBeGreaterThanOrEqual(1)
  })
})

describe('what waits for no record', () => {
  it('File Data, once the Put is safe', () => {
    const world = new TwoEntities()
    world.a.storesUpTo = 1
    world.put(FILE)
    world.run(1000)
    expect(world.a.count('file-data')).toBe(4)
  })

  it('a NAK', () => {
    const world = new TwoEntities({
      weather: flight => (flight.pdu.kind === 'file-data' && flight.nth === 2 ? 'drop' : 'pass'),
    })
    world.b.storesUpTo = 0
    world.put(FILE)
    world.run(1000)
    expect(world.b.count('nak')).toBeGreaterThanOrEqual(1)
    expect(new Set(world.b.kinds())).toEqual(new Set(['nak']))
    expect(world.report('b')?.octets).toBe(FILE.length)
  })
})
