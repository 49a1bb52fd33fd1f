import { describe, expect, it } from 'vitest'
import { ConditionCode, type EntityId, type TransactionId } from '../../src/index.ts'
import { content, type Options, TwoEntities } from './two-entities.ts'

const FILE = content(4000)
const one = { remote: { maxPduSize: 512 } }

function prioritize(
  world: TwoEntities,
  transaction: TransactionId,
  priority: number,
  name: 'a' | 'b' = 'a',
): string {
  const reply = world[name].entity.request({ kind: 'priority', transaction, priority }, world.now)
  return reply.kind === 'refused' ? reply.reason : 'accepted'
}

/** Whose file data left, in order. */
function order(world: TwoEntities): bigint[] {
  return world.a.sent.filter(({ pdu }) => pdu.kind === 'file-data').map(({ header }) => header.sequence)
}

describe('priorities', () => {
  it('the higher goes first, those of one priority take turns, and all arrive', () => {
    const world = new TwoEntities(one)
    world.put(FILE, { priority: -1 })
    world.put(FILE, { priority: 7 })
    world.put(FILE, { priority: 7 })
    world.run(5000)
    const data = order(world)
    expect(data.slice(0, 4)).toEqual([2n, 3n, 2n, 3n])
    expect(data.lastIndexOf(3n)).toBeLessThan(data.indexOf(1n))
    expect([...world.b.entity.reports()].map(({ state }) => state)).toEqual(['ended', 'ended', 'ended'])
  })

  it('directives of all go before file data of any', () => {
    const world = new TwoEntities({ ...one, remote: { ...one.remote, pace: 8192 } })
    world.put(FILE, { priority: 7 })
    world.put(FILE)
    world.settle()
    expect(world.a.kinds().slice(0, 3)).toEqual(['metadata', 'metadata', 'file-data'])
  })

  it.each(['live', 'journal', 'snapshot'] as const)('can be changed, and are what they were: %s', life => {
    const world = new TwoEntities(one)
    const low = world.put(FILE)
    const high = world.put(FILE, { priority: 3 })
    const middle = world.put(FILE, { priority: 1 })
    expect(prioritize(world, low, 5)).toBe('accepted')
    world.a.drain(world.now)
    if (life === 'journal') world.restart('a')
    if (life === 'snapshot') world.restart('a', world.a.entity.snapshot())
    world.run(5000)
    expect([...new Set(order(world))]).toEqual([low, high, middle].map(({ sequence }) => sequence))
    expect([...world.b.entity.reports()]).toHaveLength(3)
  })

  it.each<[string, Options]>([
    ['their turn', { ...one, local: { maxOpenTransmissions: 1 } }],
    ['a peer that takes one at a time', { remote: { ...one.remote, oneAtATime: true } }],
  ])('of two that wait for %s, the higher starts first', (_, options) => {
    const world = new TwoEntities(options)
    world.put(FILE)
    const second = world.put(FILE)
    const third = world.put(FILE)
    const fourth = world.put(FILE, { priority: 1 })
    prioritize(world, third, 2)
    world.run(5000)
    const [, ...later] = [...new Set(order(world))]
    expect(later).toEqual([third.sequence, fourth.sequence, second.sequence])
  })

  it('one that gives up in its turn, and so lets a higher one begin, takes no turn away from that one', () => {
    const senderFaultHandlers = { [ConditionCode.FilestoreRejection]: 'abandon' } as const
    const remote = { ...one.remote, senderFaultHandlers }
    const world = new TwoEntities({ remote, local: { maxOpenTransmissions: 1 } })
    let reads = 0
    Object.defineProperty(world.a.filestore, 'failure', {
      get: () => (++reads === 2 ? { kind: 'rejected', code: 'io', reason: 'the disk is away' } : undefined),
    })
    world.put(FILE)
    world.put(FILE, { priority: 5 })
    world.run(5000)
    expect(world.a.finished().map(({ condition }) => condition)).toEqual([
      ConditionCode.FilestoreRejection,
      ConditionCode.NoError,
    ])
    expect(world.delivered).toEqual(FILE)
  })

  it('that are none are refused, and what is received has none', () => {
    const world = new TwoEntities(one)
    const id = world.put(FILE)
    for (const priority of [0.5, 128, -129, Number.NaN, Infinity]) {
      const reply = world.a.entity.request(
        { kind: 'put', destination: 2n as EntityId, sourceName: 'file.bin', priority },
        world.now,
      )
      expect(reply).toMatchObject({ kind: 'refused', reason: expect.stringContaining('priority') })
      expect(prioritize(world, id, priority)).toContain('is not an integer')
    }
    world.settle(() => world.b.count('nak') > 0 || world.a.count('eof') > 0)
    world.run(15)
    expect(prioritize(world, id, 1, 'b')).toMatch(/has a priority|has ended/)
  })
})
