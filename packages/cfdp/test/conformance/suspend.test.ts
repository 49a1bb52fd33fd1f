import { describe, expect, it } from 'vitest'
import { seed } from '../../../../conformance/cfdp-seed.ts'
import type { TwoEntities } from '../engine/two-entities.ts'
import {
  departures,
  FILE,
  loseAll,
  loseSegments,
  type Name,
  pdusOf,
  seconds,
  slow,
  yamcs,
} from './yamcs-world.ts'

const CLASS_1 = { mode: 'unacknowledged' } as const

function expectWhole(world: TwoEntities): void {
  world.weather = () => 'pass'
  expect(world.runToEnd()).toBe(true)
  expect(world.delivered).toEqual(FILE)
}

describe.each([
  ['class 1', CLASS_1],
  ['class 2', {}],
] as const)('%s', (_name, request) => {
  it.each<Name>(['a', 'b'])(`${seed('suspend-and-resume')} (%s)`, name => {
    const world = slow({ remote: { inactivityTimeout: seconds(1e6), eofAckLimit: -1 } })
    world.put(FILE, request)
    world.run(1200)
    expect(world.ask(name, 'suspend')).toBe('accepted')
    world.settle()
    expect(world[name].told.at(-1)).toMatchObject({ kind: 'suspended' })
    expect(world.report(name)?.suspended).toBe(true)
    world.run(100_000)
    expect(world.ask(name, 'resume')).toBe('accepted')
    world.settle()
    expect(world[name].told.some(what => what.kind === 'resumed')).toBe(true)
    expectWhole(world)
  })

  it(`${seed('suspended-silent')} (sender)`, () => {
    const world = slow({ b: { inactivityTimeout: seconds(1e6) } })
    world.put(FILE, request)
    world.run(1200)
    world.ask('a', 'suspend')
    const sent = world.a.sent.length
    world.run(seconds(300))
    expect(world.a.sent).toHaveLength(sent)
  })

  it(`${seed('suspended-processes')} (receiver)`, () => {
    const world = slow()
    world.put(FILE, request)
    world.run(700)
    world.ask('b', 'suspend')
    const octets = world.report('b')!.octets
    world.run(seconds(5))
    expect(world.report('b')!.octets).toBe(FILE.length)
    expect(octets).toBeLessThan(FILE.length)
    expect(world.b.sent).toEqual([])
    expect(world.delivered).toBeUndefined()
    world.ask('b', 'resume')
    expectWhole(world)
  })
})

describe('the receiver, suspended', () => {
  it(`${seed('suspended-silent')} (receiver: no NAK, no ACK, no Finished)`, () => {
    const world = slow({ weather: loseSegments([2]), a: { eofAckLimit: -1 } })
    world.put(FILE)
    world.run(700)
    world.ask('b', 'suspend')
    world.run(seconds(60))
    expect(world.b.sent).toEqual([])
    world.ask('b', 'resume')
    world.settle()
    expect(new Set(world.b.kinds())).toEqual(new Set(['ack-eof', 'nak']))
    expectWhole(world)
  })

  it('with ackEofWhileSuspended, it acknowledges EOF all the same, and nothing else', () => {
    const world = slow({ b: { ackEofWhileSuspended: true } })
    world.put(FILE)
    world.run(700)
    world.ask('b', 'suspend')
    world.run(seconds(9))
    expect(new Set(world.b.kinds())).toEqual(new Set(['ack-eof']))
  })

  it('Finished that waits for its ACK is not sent again until Resume, which begins its count anew', () => {
    const world = yamcs({
      weather: loseAll('finished', 'ack-finished'),
      a: { inactivityTimeout: seconds(1e6) },
    })
    world.put(FILE)
    world.runUntil(() => world.b.count('finished') === 3)
    world.ask('b', 'suspend')
    world.run(seconds(300))
    expect(world.b.count('finished')).toBe(3)
    world.ask('b', 'resume')
    world.runUntil(() => world.b.faults().length > 0)
    expect(world.b.count('finished')).toBe(3 + 6)
  })

  it('EOF(cancel) ends it', () => {
    const world = slow()
    world.put(FILE)
    world.run(700)
    world.ask('b', 'suspend')
    world.ask('a', 'cancel')
    world.run(seconds(1))
    expect(world.report('b')?.ending).toMatchObject({ condition: 15, byPeer: true })
  })

  it('what completed it while it was suspended is evaluated on Resume', () => {
    const world = slow({ weather: loseSegments([1]) })
    world.put(FILE)
    world.runUntil(() => world.b.count('nak') === 1)
    world.ask('b', 'suspend')
    world.run(seconds(8))
    expect(world.report('b')).toMatchObject({ gaps: 0, suspended: true })
    world.ask('b', 'resume')
    expect(world.runUntil(() => world.b.count('finished') === 1, 1000)).toBe(true)
    expectWhole(world)
  })
})

describe('timers', () => {
  it(`${seed('suspended-timers')} (sender: EOF)`, () => {
    const world = yamcs({ weather: loseAll('eof'), b: { inactivityTimeout: seconds(1e6) } })
    world.put(FILE)
    world.run(1000)
    world.ask('a', 'suspend')
    world.run(seconds(1000))
    expect(world.a.count('eof')).toBe(1)
    expect(world.a.faults()).toEqual([])
  })

  it(`${seed('suspended-timers')} (receiver: inactivity)`, () => {
    const world = slow({ weather: loseAll('eof', 'file-data') })
    world.put(FILE)
    world.run(700)
    world.ask('b', 'suspend')
    world.run(seconds(1000))
    expect(world.b.faults()).toEqual([])
    world.ask('b', 'resume')
    world.run(9900)
    expect(world.b.faults()).toEqual([])
    world.run(200)
    expect(world.b.faults()).toEqual([8])
  })

  it(`${seed('resume-timers')} ${seed('resume-eof-count')}`, () => {
    const world = yamcs({ weather: loseAll('eof'), b: { inactivityTimeout: seconds(1e6) } })
    world.put(FILE)
    expect(world.runUntil(() => world.a.count('eof') === 2)).toBe(true)
    world.run(2000)
    world.ask('a', 'suspend')
    world.run(seconds(100))
    world.ask('a', 'resume')
    const resumedAt = world.now
    expect(world.runUntil(() => world.a.faults().length > 0)).toBe(true)
    expect(pdusOf(world.a, 'eof').filter(({ condition }) => condition === 0)).toHaveLength(2 + 6)
    expect(world.now - resumedAt).toBe(6 * 3000)
    const times = departures(world.a, 'eof').slice(2, 8)
    expect(times.map(time => time - times[0]!)).toEqual([0, 3000, 6000, 9000, 12_000, 15_000])
  })

  it(seed('suspend-at-limit'), () => {
    const world = yamcs({
      weather: loseAll('eof'),
      remote: { senderFaultHandlers: { 1: 'suspend' } },
      b: { inactivityTimeout: seconds(1e6) },
    })
    world.put(FILE)
    expect(world.runUntil(() => world.report('a')?.suspended === true)).toBe(true)
    expect(world.a.told.at(-1)).toMatchObject({ kind: 'suspended', condition: 1 })
    expect(world.state('a')).toBe('awaiting-eof-ack')
    world.run(seconds(5000))
    expect(world.a.count('eof')).toBe(6)
    world.ask('a', 'resume')
    expectWhole(world)
    expect(world.a.count('file-data')).toBe(8)
    expect(world.a.count('metadata')).toBe(1)
  })

  it(seed('suspend-is-local'), () => {
    const world = slow({ a: { eofAckLimit: -1 } })
    world.put(FILE)
    world.run(700)
    world.ask('b', 'suspend')
    world.run(seconds(2))
    expect(world.report('a')?.suspended).toBe(false)
    expect(world.a.count('file-data')).toBeGreaterThan(4)
  })
})
