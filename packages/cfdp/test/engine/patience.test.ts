/** The patient profile: what is silent is waited for, and goes on by itself. The yamcs profile: a fault, as stated. */
import { type Millis, Random } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { ConditionCode, REMOTE_DEFAULTS } from '../../src/index.ts'
import { content, loseAll, type Name, type Options, TwoEntities, type Weather } from './two-entities.ts'

const FILE = content(60_000)
const EMPTY = new Uint8Array(0)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const BOTH = ['a', 'b'] as const
const SLOW = { pace: 64_000, maxPduSize: 512 } as const

function notices(world: TwoEntities, name: Name): string[] {
  return world[name].told.flatMap(what => (what.kind === 'notice' ? [what.code] : []))
}

function expectWhole(world: TwoEntities, file: Uint8Array = FILE): void {
  expect(world.runToEnd(1e9)).toBe(true)
  // Octet by octet, an assertion takes a minute for a large file.
  expect(Buffer.compare(world.delivered ?? EMPTY, file)).toBe(0)
  for (const name of BOTH) expect(world[name].faults()).toEqual([])
}

describe('a receiver whose sender falls silent', () => {
  const silenced = (): TwoEntities => {
    const world = new TwoEntities({ remote: SLOW })
    world.put(FILE)
    world.run(3000)
    world.weather = () => 'drop'
    world.run(15 * MINUTE + 100)
    return world
  }

  it('is suspended after a quarter of an hour, goes on when it hears from it, and says both', () => {
    const world = silenced()
    expect(world.report('b')).toMatchObject({ suspended: true, state: 'receiving' })
    expect(world.report('b')?.waitingFor).toContain('by itself')
    expect(notices(world, 'b')).toEqual(['peer-silent'])
    const sent = world.b.sent.length
    world.run(24 * HOUR)
    expect(world.b.sent).toHaveLength(sent)
    world.weather = () => 'pass'
    expectWhole(world)
    expect(notices(world, 'b')).toEqual(['peer-silent', 'peer-back'])
    expect(world.b.told.map(what => what.kind)).toEqual(expect.arrayContaining(['suspended', 'resumed']))
  })

  it('goes on by itself in another life too', () => {
    const world = silenced()
    world.restart('b')
    world.run(HOUR)
    expect(world.report('b')?.suspended).toBe(true)
    world.weather = () => 'pass'
    expectWhole(world)
  })

  it('goes on when the link is up again', () => {
    const world = silenced()
    world.link('b', 'freeze')
    world.run(HOUR)
    expect(world.report('b')?.suspended).toBe(true)
    world.link('b', 'thaw')
    expect(world.report('b')?.suspended).toBe(false)
    world.weather = () => 'pass'
    expectWhole(world)
  })

  it('stays suspended when its user says so', () => {
    const world = silenced()
    expect(world.ask('b', 'suspend')).toBe('accepted')
    expect(world.ask('b', 'suspend')).not.toBe('accepted')
    world.weather = () => 'pass'
    world.run(HOUR)
    expect(world.report('b')?.suspended).toBe(true)
    world.ask('b', 'resume')
    expectWhole(world)
  })

  it('goes on when its user says so', () => {
    const world = silenced()
    expect(world.ask('b', 'resume')).toBe('accepted')
    world.settle()
    expect(world.report('b')?.suspended).toBe(false)
    world.weather = () => 'pass'
    expectWhole(world)
  })

  it('does not wait in class 1, where nobody speaks twice: what arrived is kept as incomplete', () => {
    const world = new TwoEntities({ remote: SLOW })
    world.put(FILE, { mode: 'unacknowledged' })
    world.run(3000)
    world.weather = () => 'drop'
    world.run(15 * MINUTE + 100)
    expect(world.report('b')).toMatchObject({ state: 'ended', suspended: false })
    expect(world.report('b')?.ending).toMatchObject({ condition: 8, delivery: 1, fileStatus: 2 })
    expect(world.b.faults()).toEqual([8])
  })
})

describe('a sender that waits for Finished', () => {
  it('is suspended by silence, and takes Finished when it comes', () => {
    const world = new TwoEntities()
    world.weather = ({ pdu }) => (pdu.kind === 'finished' ? 'drop' : 'pass')
    world.put(FILE)
    world.run(HOUR)
    expect(world.report('a')).toMatchObject({ suspended: true, state: 'awaiting-finished' })
    world.weather = () => 'pass'
    expectWhole(world)
    expect(notices(world, 'a')).toEqual(['peer-silent', 'peer-back'])
  })

  it('ends when the receiver ended of its own inactivity: such a peer does not come back', () => {
    const receiverFaultHandlers = { [ConditionCode.InactivityDetected]: 'cancel' } as const
    const b = { inactivityTimeout: 10_000 as Millis, receiverFaultHandlers }
    const world = new TwoEntities({ remote: SLOW, b })
    world.put(FILE)
    world.run(3000)
    world.weather = () => 'drop'
    world.run(20_000)
    world.weather = () => 'pass'
    expect(world.runToEnd()).toBe(true)
    expect(world.report('a')?.ending).toMatchObject({ condition: 8 })
  })
})

it('inactivity is longer by thirty light times: fifteen repeats, there and back', () => {
  const lightTime = 600_000 as Millis
  const world = new TwoEntities({
    remote: { ...SLOW, lightTime },
    latency: lightTime,
    weather: loseAll('eof'),
  })
  world.put(FILE)
  expect(world.runUntil(() => notices(world, 'b').length > 0, 24 * HOUR)).toBe(true)
  const last = world.a.sent.findLast(({ pdu }) => pdu.kind === 'file-data')!
  expect(world.now - (last.at + lightTime)).toBe(15 * MINUTE + 30 * lightTime)
})

describe('10 MiB', () => {
  const LARGE = content(10 * 1024 * 1024)
  // 8 Mbit/s: some eleven seconds where nothing is lost.
  const patient: Options = { remote: { pace: 8_000_000 } }
  const yamcs: Options = { remote: { ...REMOTE_DEFAULTS.yamcs, pace: 8_000_000 } }
  const losing = (share: number): Weather => {
    const chance = new Random(4)
    return () => (chance.chance(share) ? 'drop' : 'pass')
  }
  /** Ten minutes in which nothing passes, from the fifth second on. */
  const outage: Weather = ({ at }) => (at >= 6000 && at < 6000 + 10 * MINUTE ? 'drop' : 'pass')

  it('at 40 % loss each way, patient: complete without a fault', () => {
    const world = new TwoEntities({ ...patient, weather: losing(0.4) })
    world.put(LARGE)
    expectWhole(world, LARGE)
  })

  it('over an outage of ten minutes, patient: complete without a fault, and with nothing suspended', () => {
    const world = new TwoEntities({ ...patient, weather: outage })
    world.put(LARGE)
    expectWhole(world, LARGE)
    for (const name of BOTH) expect(notices(world, name)).toEqual([])
  })

  it('over an outage of ten minutes, yamcs: faults as stated, and cancels', () => {
    const world = new TwoEntities({ ...yamcs, weather: outage })
    world.put(LARGE)
    expect(world.runUntil(() => world.b.faults().length > 0)).toBe(true)
    // The last PDU left just before the outage; the receiver waits ten seconds for another.
    expect(world.b.faults()).toEqual([ConditionCode.InactivityDetected])
    expect(Math.abs(world.now - (6000 + world.latency + 10_000))).toBeLessThan(2)
    expect(world.runUntil(() => world.a.faults().length > 0)).toBe(true)
    expect(world.a.faults()).toEqual([ConditionCode.PositiveAckLimitReached])
    const eofs = world.a.sent.filter(({ pdu }) => pdu.kind === 'eof' && pdu.condition === 0)
    expect(eofs).toHaveLength(6)
    expect(world.now - eofs[0]!.at).toBe(6 * 3000)
    expect(world.runToEnd(HOUR)).toBe(true)
    expect(world.delivered).toBeUndefined()
  })

  it('at 40 % loss each way, yamcs: whole, or a fault at its limit; never anything else', () => {
    const outcomes = new Set<string>()
    // A small file meets the same limits: they are of EOF, Finished and silence.
    for (let seed = 0; seed < 60; seed++) {
      const chance = new Random(seed)
      const weather: Weather = () => (chance.chance(0.4) ? 'drop' : 'pass')
      const world = new TwoEntities({ ...yamcs, weather })
      world.put(FILE)
      expect(world.runToEnd(HOUR)).toBe(true)
      const { sent } = world.a
      for (const fault of [...world.a.faults(), ...world.b.faults()]) {
        expect([ConditionCode.PositiveAckLimitReached, ConditionCode.InactivityDetected]).toContain(fault)
      }
      if (world.a.faults().includes(ConditionCode.PositiveAckLimitReached)) {
        // Of EOF, or of the EOF(cancel) that followed on another fault, and is said again to whoever goes on asking.
        const eofs = sent.flatMap(({ pdu }) => (pdu.kind === 'eof' ? [pdu.condition] : []))
        const plain = eofs.filter(condition => condition === ConditionCode.NoError).length
        expect(plain === 6 || eofs.length - plain >= 6).toBe(true)
      }
      if (world.delivered !== undefined) expect(world.delivered).toEqual(FILE)
      outcomes.add(world.report('a')?.ending?.condition === 0 ? 'whole' : 'fault')
    }
    expect([...outcomes].sort()).toEqual(['fault', 'whole'])
  })
})
