import { describe, expect, it } from 'vitest'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import { REMOTE_DEFAULTS } from '../../src/index.ts'
import { TwoEntities } from '../engine/two-entities.ts'
import { FILE, lose, loseAll, loseSegments, type Name, pdusOf, seconds, slow, yamcs } from './yamcs-world.ts'

const DAY = seconds(86_400)

/** Nothing leaves this end, and nobody is told anything. */
function expectStandstill(world: TwoEntities, name: Name): void {
  const sent = world[name].sent.length
  const told = world[name].told.length
  world.run(DAY)
  expect(world[name].sent).toHaveLength(sent)
  expect(world[name].told).toHaveLength(told)
  expect(world.report(name)?.suspended).toBe(false)
}

/** The fault cancels, with an EOF of another condition. */
function eofsSent(world: TwoEntities): number {
  return pdusOf(world.a, 'eof').filter(eof => eof.condition === 0).length
}

function expectWhole(world: TwoEntities): void {
  world.weather = () => 'pass'
  expect(world.runToEnd()).toBe(true)
  expect(world.delivered).toEqual(FILE)
}

describe('the sender', () => {
  it(`${standard('freeze')} (file data)`, () => {
    const world = slow({ b: { inactivityTimeout: seconds(1e9) } })
    world.put(FILE)
    world.run(1200)
    world.link('a', 'freeze', 'transmit')
    expectStandstill(world, 'a')
    world.link('a', 'thaw', 'transmit')
    expectWhole(world)
  })

  it(`${standard('freeze')} (EOF)`, () => {
    const world = yamcs({ weather: loseAll('ack-eof'), b: { finAckTimeout: DAY } })
    world.weather = loseAll('ack-eof', 'finished')
    world.put(FILE)
    world.runUntil(() => world.a.count('eof') === 3)
    world.link('a', 'freeze')
    expectStandstill(world, 'a')
    expect(world.report('a')?.waitingFor).toContain('contact')
  })

  it(`${standard('thaw')}: EOF at once, and 2 of 5 stays 2 of 5`, () => {
    const world = yamcs({ weather: loseAll('ack-eof', 'finished'), b: { finAckTimeout: DAY } })
    world.put(FILE)
    world.runUntil(() => world.a.count('eof') === 3)
    for (let times = 0; times < 4; times++) {
      world.link('a', 'freeze')
      world.run(DAY / 2)
      world.link('a', 'thaw')
      world.settle()
      expect(world.a.count('eof')).toBe(4 + times)
    }
    const thawedAt = world.now
    expect(world.runUntil(() => world.a.faults().length > 0)).toBe(true)
    // The third was said four times more, once for each opportunity; three follow it, as without any.
    expect(eofsSent(world)).toBe(3 + 4 + 3)
    expect(world.now - thawedAt).toBe(4 * 3000)
  })

  it('frozen in a direction in which answers come, it does not count what nobody could answer', () => {
    const world = yamcs({ b: { finAckTimeout: DAY } })
    world.weather = loseAll('ack-eof', 'finished')
    world.put(FILE)
    world.settle()
    world.link('a', 'freeze', 'receive')
    expectStandstill(world, 'a')
    world.link('a', 'thaw', 'receive')
    world.settle()
    expect(world.a.count('eof')).toBe(2)
  })

  it('transmits although it cannot hear', () => {
    const world = slow()
    world.put(FILE)
    world.run(700)
    world.link('a', 'freeze', 'receive')
    world.run(seconds(8))
    expect(world.a.count('eof')).toBe(1)
  })
})

describe('the receiver', () => {
  it(`${standard('freeze')} (NAK, ACK, Finished)`, () => {
    const world = slow({ weather: loseSegments([2]), a: { eofAckLimit: -1 } })
    world.put(FILE)
    world.run(700)
    world.link('b', 'freeze')
    world.run(DAY)
    expect(world.b.sent).toEqual([])
    expect(world.b.faults()).toEqual([])
  })

  it('processes all that comes, and delivers the file', () => {
    const world = slow({ a: { eofAckLimit: -1 } })
    world.put(FILE)
    world.run(700)
    world.link('b', 'freeze')
    world.run(seconds(20))
    expect(world.delivered).toEqual(FILE)
    expect(world.b.sent).toEqual([])
    world.link('b', 'thaw')
    world.settle()
    expect(world.b.kinds()).toEqual(['ack-eof', 'finished'])
    expectWhole(world)
  })

  it(`${standard('thaw')}: what is missing is asked for at once`, () => {
    const world = yamcs({ weather: loseAll('nak'), a: { inactivityTimeout: DAY } })
    world.weather = flight => (loseSegments([2])(flight) === 'drop' ? 'drop' : loseAll('nak')(flight))
    world.put(FILE)
    world.run(6000)
    const naks = world.b.count('nak')
    world.link('b', 'freeze')
    world.run(DAY / 2)
    expect(world.b.count('nak')).toBe(naks)
    world.link('b', 'thaw')
    world.settle()
    expect(world.b.count('nak')).toBe(naks + 1)
    expectWhole(world)
  })

  it(`${standard('thaw')}: Finished at once, and its count goes on`, () => {
    const world = yamcs({ weather: loseAll('finished'), a: { inactivityTimeout: DAY } })
    world.put(FILE)
    world.runUntil(() => world.b.count('finished') === 2)
    world.link('b', 'freeze')
    world.run(DAY / 2)
    world.link('b', 'thaw')
    world.settle()
    expect(world.b.count('finished')).toBe(3)
    expect(world.runUntil(() => world.b.faults().length > 0)).toBe(true)
    expect(world.b.count('finished')).toBe(6 + 1)
  })

  it('its inactivity stands still with the time it had left', () => {
    const world = yamcs({ weather: loseAll('eof'), a: { eofAckLimit: 99 } })
    world.put(FILE)
    world.settle()
    world.run(6000)
    world.link('b', 'freeze')
    world.run(DAY / 2)
    world.link('b', 'thaw')
    const thawedAt = world.now
    expect(world.runUntil(() => world.b.faults().length > 0)).toBe(true)
    // Heard 10 ms before the first of the six seconds.
    expect(world.now - thawedAt).toBe(10_000 - 6000 + 10)
  })

  it('nobody here knows a transaction: that is not answered into the dark either', () => {
    const remote = { ...REMOTE_DEFAULTS.yamcs, pace: 'link' as const }
    const local = { pendingAfterCompletion: seconds(1) }
    const world = new TwoEntities({ remote, local, weather: lose('ack-finished', 99) })
    world.put(FILE)
    world.run(seconds(5))
    expect(world.report('a')).toBeUndefined()
    world.link('a', 'freeze')
    const sent = world.a.sent.length
    world.runUntil(() => world.b.count('finished') >= 3)
    world.run(1000)
    expect(world.a.sent).toHaveLength(sent)
    world.link('a', 'thaw')
    expect(world.runUntil(() => world.a.sent.length > sent)).toBe(true)
    expect(world.a.sent.at(-1)?.pdu).toMatchObject({ kind: 'ack-finished', status: 0 })
  })
})

describe(standard('freeze-suspend'), () => {
  const begun = (): TwoEntities => {
    const world = slow({ b: { inactivityTimeout: seconds(1e9) } })
    world.put(FILE)
    world.run(1200)
    return world
  }

  it('Suspend while frozen suspends, and thaw changes nothing of that', () => {
    const world = begun()
    world.link('a', 'freeze')
    expect(world.ask('a', 'suspend')).toBe('accepted')
    world.settle()
    expect(world.a.told.at(-1)).toMatchObject({ kind: 'suspended' })
    world.link('a', 'thaw')
    const sent = world.a.sent.length
    world.run(DAY / 2)
    expect(world.a.sent).toHaveLength(sent)
    expect(world.report('a')?.suspended).toBe(true)
    world.ask('a', 'resume')
    expectWhole(world)
  })

  it('Resume while frozen is told and ends the suspension; it shows at thaw', () => {
    const world = begun()
    world.ask('a', 'suspend')
    world.link('a', 'freeze')
    expect(world.ask('a', 'resume')).toBe('accepted')
    world.settle()
    expect(world.a.told.at(-1)).toMatchObject({ kind: 'resumed' })
    expectStandstill(world, 'a')
    world.link('a', 'thaw')
    expectWhole(world)
  })

  it('Resume while frozen begins a count anew', () => {
    const world = yamcs({ weather: loseAll('ack-eof', 'finished'), b: { finAckTimeout: DAY } })
    world.put(FILE)
    world.runUntil(() => world.a.count('eof') === 3)
    world.ask('a', 'suspend')
    world.link('a', 'freeze')
    world.ask('a', 'resume')
    world.run(DAY / 2)
    world.link('a', 'thaw')
    world.runUntil(() => world.a.faults().length > 0)
    expect(eofsSent(world)).toBe(3 + 6)
  })

  it('the receiver, suspended and frozen, says nothing until neither holds', () => {
    const world = yamcs({ weather: loseAll('finished'), a: { inactivityTimeout: DAY } })
    world.put(FILE)
    world.runUntil(() => world.b.count('finished') === 2)
    world.link('b', 'freeze')
    world.ask('b', 'suspend')
    world.link('b', 'thaw')
    world.run(DAY / 4)
    world.link('b', 'freeze')
    world.ask('b', 'resume')
    world.run(DAY / 4)
    expect(world.b.count('finished')).toBe(2)
    world.link('b', 'thaw')
    expectWhole(world)
  })
})
