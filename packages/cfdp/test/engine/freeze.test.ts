import { type Millis, NEVER, Random } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { CONTACT_WINDOWS_MAX, type EntityId, REMOTE_DEFAULTS } from '../../src/index.ts'
import { content, lose, loseAll, type Name, type Options, TwoEntities } from './two-entities.ts'

const FILE = content(60_000)
const EMPTY = new Uint8Array(0)
const HOUR = 3_600_000
const BOTH = ['a', 'b'] as const

/** 64 kbit/s each way: eight seconds for the file. */
const SLOW = { pace: 64_000, maxPduSize: 512, lightTime: 10 as Millis } as const

function expectWhole(world: TwoEntities, file: Uint8Array = FILE): void {
  expect(world.runToEnd(1e9)).toBe(true)
  // Octet by octet, an assertion takes long for a large file.
  expect(Buffer.compare(world.delivered ?? EMPTY, file)).toBe(0)
  for (const name of BOTH) expect(world[name].faults()).toEqual([])
}

/** Nothing arrives outside these windows, counted from now, and whoever sends into the dark is caught. */
function passes(world: TwoEntities, windows: readonly (readonly [number, number])[]): void {
  const begin = world.now
  const isIn = (at: number): boolean => windows.some(([from, to]) => from <= at - begin && at - begin < to)
  world.weather = ({ at, due, pdu, from }) => {
    if (!isIn(at) || !isIn(due)) throw new Error(`${from} sends ${pdu.kind} into the dark at ${at - begin}`)
    return 'pass'
  }
  for (const name of BOTH) expect(world.contacts(name, windows)).toBeUndefined()
}

const every = (period: number, length: number, count: number): [number, number][] =>
  Array.from({ length: count }, (_, index) => [index * period, index * period + length])

describe('a contact plan', () => {
  it.each<[string, Options]>([
    ['patient', { remote: SLOW }],
    ['yamcs', { remote: { ...REMOTE_DEFAULTS.yamcs, ...SLOW } }],
    ['deferred NAKs', { remote: { ...SLOW, immediateNak: false } }],
  ])('takes a file over ten windows, and nobody has to do anything (%s)', (_, options) => {
    const world = new TwoEntities(options)
    passes(world, every(2 * HOUR, 700, 40))
    world.put(FILE)
    expectWhole(world)
    expect(world.now).toBeGreaterThan(9 * 2 * HOUR)
  })

  it('and by a window of PDUs under way, a round trip in each pass', () => {
    const remote = { pace: 'window', maxPduSize: 128, lightTime: 100 as Millis } as const
    const world = new TwoEntities({ remote, latency: 100 })
    passes(world, every(2 * HOUR, 250, 40))
    world.put(FILE)
    expectWhole(world)
    expect(world.now).toBeGreaterThan(5 * 2 * HOUR)
  })

  it('and over windows that lose a third of everything', () => {
    const world = new TwoEntities({ remote: SLOW })
    const chance = new Random(3)
    passes(world, every(HOUR, 1500, 60))
    const strict = world.weather
    world.weather = flight => (strict(flight) === 'pass' && chance.chance(0.33) ? 'drop' : 'pass')
    world.put(FILE)
    expectWhole(world)
  })

  it('takes light time into account: what would arrive after the end is not sent', () => {
    const lightTime = 200_000 as Millis
    const world = new TwoEntities({ remote: { ...SLOW, lightTime }, latency: lightTime })
    passes(world, every(2 * HOUR, HOUR, 12))
    world.put(FILE)
    expectWhole(world)
  })

  it('is kept however late the host wakes the engine', () => {
    const world = new TwoEntities()
    const { entity } = world.a
    world.put(FILE)
    world.contacts('a', [[0, 1000]])
    world.a.drain(world.now)
    const bytes = new Uint8Array(2000)
    const slot = { bytes, view: new DataView(bytes.buffer), length: 0, to: undefined }
    const at = (after: number): Millis => (world.now + after) as Millis
    expect([0, 998, 999, 1000, 5000].map(after => entity.transmit(slot, at(after)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })

  it('says when the next window begins', () => {
    const world = new TwoEntities({ remote: SLOW })
    const begin = world.now
    world.put(FILE)
    world.contacts('a', [
      [0, 1000],
      [5000, 6000],
    ])
    world.run(500)
    expect(world.report('a')).not.toHaveProperty('nextContact')
    world.run(1000)
    expect(world.report('a')).toMatchObject({
      nextContact: begin + 5000,
      suspended: false,
      waitingFor: 'waits for contact with the peer',
    })
    world.run(6000)
    expect(world.report('a')).not.toHaveProperty('nextContact')
    expect(world.report('a')?.waitingFor).toBe('waits for contact with the peer')
    expect(world.contacts('a', undefined)).toBeUndefined()
    expectWhole(world)
  })

  it('is put together from windows in any order, and replaced by the next', () => {
    const world = new TwoEntities({ remote: SLOW })
    world.put(FILE)
    world.contacts('a', [
      [900, 1000],
      [300, 400],
      [350, 500],
      [500, 600],
    ])
    world.run(310)
    expect(world.a.sent.length).toBeGreaterThan(0)
    expect(world.a.entity.deadline()).toBeLessThanOrEqual(world.now + 290)
    world.contacts('a', [[HOUR, NEVER]])
    const sent = world.a.sent.length
    world.run(HOUR - 1)
    expect(world.a.sent).toHaveLength(sent)
    expectWhole(world)
  })

  it('without any window is a link that never is', () => {
    const world = new TwoEntities()
    world.contacts('a', [])
    world.put(FILE)
    world.run(HOUR)
    expect(world.a.sent).toEqual([])
    expect(world.a.entity.deadline()).toBe(NEVER)
  })

  it('is refused when it is too long or senseless, and the old one holds', () => {
    const world = new TwoEntities()
    world.contacts('a', [])
    expect(world.contacts('a', every(10, 5, CONTACT_WINDOWS_MAX + 1))).toContain('1024')
    expect(world.contacts('a', [[5, 5]])).toContain('is none')
    expect(world.contacts('a', [[Number.NaN, 5]])).toContain('is none')
    world.put(FILE)
    world.run(HOUR)
    expect(world.a.sent).toEqual([])
    const remote = 9n as EntityId
    expect(world.a.entity.request({ kind: 'freeze', remote, direction: 'both' }, world.now)).toMatchObject({
      kind: 'refused',
    })
  })
})

describe('a frozen link', () => {
  it('is nothing that records speak of: a new life knows of it only what it is told', () => {
    const world = new TwoEntities({ remote: SLOW })
    world.put(FILE)
    world.run(1000)
    world.link('a', 'freeze')
    expect(world.a.recorded()).not.toContain('suspended')
    world.restart('a')
    expectWhole(world)
  })

  it('leaves no trace in what is known of the round trip', () => {
    for (const dark of [undefined, 'a', 'b'] as const) {
      // EOF has left when the link goes: its answer, hours later, measures nothing.
      const world = new TwoEntities({ weather: lose('ack-eof') })
      world.put(FILE)
      world.settle()
      if (dark !== undefined) {
        for (const name of BOTH) world.link(name, 'freeze')
        world.run(HOUR)
        for (const name of BOTH) world.link(name, 'thaw')
      }
      expectWhole(world)
      for (const name of BOTH) expect(world.report(name)?.roundTripMs ?? 20).toBeLessThan(40)
    }
  })

  it('does not make the window smaller', () => {
    const world = new TwoEntities({ remote: { ...SLOW, pace: 'window' }, latency: 50 })
    const file = content(1_000_000)
    world.put(file)
    world.run(250)
    for (const name of BOTH) world.link(name, 'freeze')
    // What is under way is lost.
    world.flights.splice(0)
    world.run(HOUR)
    for (const name of BOTH) world.link(name, 'thaw')
    const thawedAt = world.now
    const sent = world.a.sent.length
    world.settle()
    expect(world.a.sent[sent]?.pdu.kind).toBe('prompt')
    expect(world.a.sent.length - sent).toBeGreaterThan(64)
    expectWhole(world, file)
    expect(world.now - thawedAt).toBeLessThan(2500)
  })

  it('holds a Put back, and an answer to Cancel', () => {
    const world = new TwoEntities({ remote: SLOW })
    world.link('a', 'freeze')
    world.put(FILE)
    world.run(HOUR)
    expect(world.a.sent).toEqual([])
    world.link('a', 'thaw')
    world.run(1000)
    world.link('a', 'freeze')
    world.ask('a', 'cancel')
    const sent = world.a.sent.length
    world.run(HOUR)
    expect(world.a.sent).toHaveLength(sent)
    world.link('a', 'thaw')
    expect(world.runToEnd()).toBe(true)
    expect(world.report('b')?.ending).toMatchObject({ condition: 15, byPeer: true })
  })

  it('holds class 1 back too, at either end', () => {
    for (const closureRequested of [false, true]) {
      const world = new TwoEntities({ remote: { ...SLOW, checkTimeout: 5000 as Millis } })
      world.put(FILE, { mode: 'unacknowledged', closureRequested })
      world.run(1000)
      for (const name of BOTH) world.link(name, 'freeze')
      world.run(HOUR)
      for (const name of BOTH) world.link(name, 'thaw')
      expectWhole(world)
    }
  })

  it('costs the others nothing: each remote entity has its own', () => {
    const world = new TwoEntities({ remote: SLOW })
    world.put(FILE)
    world.link('b', 'freeze')
    world.run(HOUR)
    expect(world.delivered).toEqual(FILE)
    expect(world.a.count('file-data')).toBeGreaterThan(100)
    world.link('b', 'thaw')
    expectWhole(world)
  })

  it.each<Name>(['a', 'b'])('after a restart of %s in the dark goes on where it was', name => {
    const world = new TwoEntities({ remote: SLOW })
    world.put(FILE)
    world.run(3000)
    for (const each of BOTH) world.link(each, 'freeze')
    world.run(HOUR)
    world.restart(name)
    world.link(name, 'freeze')
    const sent = world[name].sent.length
    world.run(HOUR)
    expect(world[name].sent).toHaveLength(sent)
    for (const each of BOTH) world.link(each, 'thaw')
    expectWhole(world)
  })

  it('is left for a Finished that has not been answered, and the last word is given after it', () => {
    const world = new TwoEntities({ weather: loseAll('ack-finished') })
    world.put(FILE)
    world.runUntil(() => world.b.count('finished') === 1)
    for (const name of BOTH) world.link(name, 'freeze')
    world.run(HOUR)
    world.weather = () => 'pass'
    world.link('a', 'thaw')
    world.link('b', 'thaw')
    world.settle()
    expect(world.runToEnd(100)).toBe(true)
  })
})
