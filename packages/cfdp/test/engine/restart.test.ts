import { describe, expect, it } from 'vitest'
import { ChecksumType, ConditionCode } from '../../src/index.ts'
import { content, lose, loseAll, type Name, type Options, TwoEntities, type Weather } from './two-entities.ts'

const FILE = content(3500)
/** Long enough for every adaptive timer to have run out some times. */
const CRASH_AFTER_MS = 20_000

const secondSegmentLost: Weather = flight =>
  flight.pdu.kind === 'file-data' && flight.pdu.offset > 0 && flight.nth === 2 ? 'drop' : 'pass'

/** How many records a transfer leaves at each end. */
function recordsOf(options: Options): Record<Name, number> {
  const world = new TwoEntities(options)
  world.put(FILE)
  world.runToEnd()
  return { a: world.a.journal.length, b: world.b.journal.length }
}

/** A transfer in which only so many records ever became safe; then those ends fall and come back. */
function crashed(options: Options, safe: Partial<Record<Name, number>>): TwoEntities {
  const world = new TwoEntities(options)
  for (const name of ['a', 'b'] as const) world[name].storesUpTo = safe[name] ?? Infinity
  world.put(FILE)
  world.run(CRASH_AFTER_MS)
  for (const name of ['a', 'b'] as const) if (safe[name] !== undefined) world.restart(name)
  return world
}

function expectWhole(world: TwoEntities): void {
  expect(world.runToEnd()).toBe(true)
  expect(world.delivered).toEqual(FILE)
  expect(world.report('a')?.ending).toMatchObject({ condition: 0, delivery: 0 })
  expect(world.report('b')?.ending).toMatchObject({ condition: 0, delivery: 0, name: 'file.bin' })
}

const LINKS: Readonly<Record<string, Options>> = {
  'a clear link': {},
  'a link that loses a segment': { weather: secondSegmentLost },
  'a link that loses Metadata': { weather: lose('metadata') },
  'a windowed sender': { remote: { pace: 'window' } },
  'a checksum that is read back': { remote: { checksumType: 3 }, weather: secondSegmentLost },
}

describe.each(Object.entries(LINKS))('a fall, over %s', (_title, options) => {
  const records = recordsOf(options)

  it.each(Array.from({ length: records.b + 1 }, (_, k) => k))(
    'of the receiver with %i records safe costs nothing but time',
    k => expectWhole(crashed(options, { b: k })),
  )

  it.each(Array.from({ length: records.a }, (_, k) => k + 1))(
    'of the sender with %i records safe costs nothing but time',
    k => expectWhole(crashed(options, { a: k })),
  )

  it('of both at once, whatever either had safe, costs nothing but time', () => {
    for (let a = 1; a <= records.a; a++) {
      for (let b = 0; b <= records.b; b++) expectWhole(crashed(options, { a, b }))
    }
  })
})

describe('what a restart finds', () => {
  it.each(['a', 'b'] as const)('the same state from the snapshot of %s as from its journal', name => {
    for (const weather of [secondSegmentLost, loseAll('finished'), loseAll('ack-finished'), lose('eof', 3)]) {
      const world = new TwoEntities({ weather })
      world.put(FILE)
      world.run(1500)
      world.restart(name, world[name].entity.snapshot())
      world.weather = () => 'pass'
      expectWhole(world)
    }
  })

  it.each(['a', 'b'] as const)('a suspended transaction suspended at %s, until it is resumed', name => {
    const world = new TwoEntities({ weather: loseAll('file-data') })
    world.put(FILE)
    world.run(100)
    expect(world.ask(name, 'suspend')).toBe('accepted')
    world.run(10)
    world.restart(name)
    world.weather = () => 'pass'
    const sent = world[name].kinds().filter(kind => !kind.startsWith('ack-')).length
    world.run(120_000)
    expect(world.report(name)?.suspended).toBe(true)
    expect(world[name].kinds().filter(kind => !kind.startsWith('ack-'))).toHaveLength(sent)
    expect(world.ask(name, 'resume')).toBe('accepted')
    expectWhole(world)
  })

  it('a cancellation by the sender, and repeats it until it is acknowledged', () => {
    const world = new TwoEntities({ weather: loseAll('eof') })
    world.put(FILE)
    world.run(100)
    world.ask('a', 'cancel')
    world.run(1000)
    world.restart('a')
    expect(world.state('a')).toBe('cancelling')
    world.weather = () => 'pass'
    expect(world.runToEnd()).toBe(true)
    expect(world.report('b')?.ending?.condition).toBe(15)
    expect(world.delivered).toBeUndefined()
  })

  it('a cancellation by the receiver, and repeats Finished until it is acknowledged', () => {
    const world = new TwoEntities({
      weather: flight => (['eof', 'finished'].includes(flight.pdu.kind) ? 'drop' : 'pass'),
    })
    world.put(FILE)
    world.run(100)
    world.ask('b', 'cancel')
    world.run(1000)
    world.restart('b')
    expect(world.state('b')).toBe('awaiting-finished-ack')
    expect(world.report('b')?.waitingFor).toMatch(/ended incomplete/)
    world.weather = () => 'pass'
    expect(world.runToEnd()).toBe(true)
    expect(world.report('a')?.ending?.condition).toBe(15)
  })

  it('another source file than it was, and does not go on', () => {
    const world = new TwoEntities({ weather: loseAll('file-data') })
    world.put(FILE)
    world.run(100)
    world.a.filestore.files.set('file.bin', content(3499))
    world.restart('a')
    world.weather = () => 'pass'
    expect(world.runToEnd()).toBe(true)
    expect(world.report('a')?.ending?.condition).toBe(4)
    expect(world.delivered).toBeUndefined()
  })

  it.each<[string, Uint8Array | undefined]>([
    ['gone', undefined],
    ['another', content(3499)],
  ])('a source file %s, and where that suspends it sends nothing of it when it is resumed', (_, found) => {
    const senderFaultHandlers = { [ConditionCode.FilestoreRejection]: 'suspend' } as const
    const world = new TwoEntities({
      remote: { pace: 8192, checksumType: ChecksumType.Null },
      a: { senderFaultHandlers },
    })
    world.put(FILE)
    world.runUntil(() => world.a.count('file-data') === 2)
    world.a.filestore.files.delete('file.bin')
    if (found !== undefined) world.a.filestore.files.set('file.bin', found)
    world.restart('a')
    world.run(10_000)
    expect(world.ask('a', 'resume')).toBe('accepted')
    world.run(10_000)
    expect(world.a.count('file-data')).toBe(2)
    expect(world.report('a')?.suspended).toBe(true)
    expect(world.a.faults()).toEqual([ConditionCode.FilestoreRejection, ConditionCode.FilestoreRejection])
    expect(world.ask('a', 'cancel')).toBe('accepted')
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toBeUndefined()
  })

  it('ended transactions, which it answers for, and the sequence numbers already used', () => {
    const world = new TwoEntities()
    world.put(FILE)
    world.runToEnd()
    world.run(100)
    world.restart('a', world.a.entity.snapshot())
    world.restart('b', world.b.entity.snapshot())
    const eof = world.a.sent.find(flight => flight.pdu.kind === 'eof')!
    world.inject('b', eof.header, eof.pdu)
    world.settle()
    expect(world.b.sent.at(-1)?.pdu).toEqual({ kind: 'ack-eof', condition: 0, status: 2 })
    expect(world.put(FILE).sequence).toBe(2n)
  })
})
