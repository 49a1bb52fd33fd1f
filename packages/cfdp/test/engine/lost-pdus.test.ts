import { describe, expect, it } from 'vitest'
import type { EntityId, PduKind } from '../../src/index.ts'
import { content, lose, TwoEntities, type Weather } from './two-entities.ts'

const FILE = content(3500)

function expectWhole(world: TwoEntities, file: Uint8Array = FILE): void {
  expect(world.runToEnd()).toBe(true)
  expect(world.delivered).toEqual(file)
  expect(world.report('a')?.ending).toMatchObject({ condition: 0, delivery: 0, fileStatus: 2 })
  expect(world.report('b')?.ending).toMatchObject({ condition: 0, delivery: 0, fileStatus: 2 })
  expect(world.a.finished()).toHaveLength(1)
  expect(world.b.finished()).toHaveLength(1)
  expect([...world.a.faults(), ...world.b.faults()]).toEqual([])
}

/** The octets at `offset` are lost the first `times` they are sent. */
function loseOctetsAt(offset: number, times: number): Weather {
  let seen = 0
  return ({ pdu }) => {
    if (pdu.kind !== 'file-data' || pdu.offset > offset || pdu.offset + pdu.data.length <= offset)
      return 'pass'
    seen += 1
    return seen <= times ? 'drop' : 'pass'
  }
}

describe.each([1, 2, 5])('a PDU lost %i times', times => {
  const kinds: PduKind[] = ['metadata', 'eof', 'finished', 'ack-finished']
  it.each(kinds)('%s: is sent again, and the file arrives whole', kind => {
    const world = new TwoEntities({ weather: lose(kind, times) })
    world.put(FILE)
    expectWhole(world)
    expect(
      [...world.a.sent, ...world.b.sent].filter(flight => flight.pdu.kind === kind).length,
    ).toBeGreaterThan(times)
  })

  it('ACK(EOF): is made good by Finished', () => {
    const world = new TwoEntities({ weather: lose('ack-eof', times) })
    world.put(FILE)
    expectWhole(world)
    expect(world.a.count('eof')).toBe(1)
  })

  it.each([0, 1008, 2016, 3024])('File Data at %i: is asked for and sent again', offset => {
    for (const immediateNak of [true, false]) {
      const world = new TwoEntities({ weather: loseOctetsAt(offset, times), remote: { immediateNak } })
      world.put(FILE)
      expectWhole(world)
      expect(world.a.count('file-data')).toBe(4 + times)
    }
  })

  it('NAK: is said again, and only what is missing is resent', () => {
    const gap = loseOctetsAt(1008, 1)
    const world = new TwoEntities({
      weather: flight => (lose('nak', times)(flight) === 'drop' ? 'drop' : gap(flight)),
    })
    world.put(FILE)
    expectWhole(world)
    expect(world.b.count('nak')).toBe(times + 1)
    expect(world.a.count('file-data')).toBe(5)
  })

  it('Prompt: does not stop a windowed sender', () => {
    const file = content(200_000)
    const world = new TwoEntities({ weather: lose('prompt', times), remote: { pace: 'window' } })
    world.put(file)
    expectWhole(world, file)
    expect(world.a.count('prompt')).toBeGreaterThanOrEqual(times)
  })
})

describe('a file without octets', () => {
  it.each<PduKind | undefined>([undefined, 'metadata', 'eof', 'ack-eof', 'finished', 'ack-finished'])(
    'arrives, with %s lost',
    kind => {
      const empty = new Uint8Array(0)
      const world = new TwoEntities(kind === undefined ? {} : { weather: lose(kind) })
      world.put(empty)
      expectWhole(world, empty)
      expect(world.a.count('file-data')).toBe(0)
    },
  )

  it('is not a transaction without a file, which delivers nothing', () => {
    const world = new TwoEntities()
    const reply = world.a.entity.request({ kind: 'put', destination: 2n as EntityId }, world.now)
    expect(reply.kind).toBe('accepted')
    expect(world.runToEnd()).toBe(true)
    expect(world.b.filestore.files.size).toBe(0)
    expect(world.report('a')?.ending).toEqual({ condition: 0, delivery: 0, fileStatus: 3 })
  })
})

describe('PDUs that come late or twice', () => {
  it('change nothing when every one comes twice', () => {
    const world = new TwoEntities({ weather: () => 'twice' })
    world.put(FILE)
    expectWhole(world)
  })

  it.each<PduKind>(['metadata', 'file-data', 'eof', 'prompt'])('may overtake each other: %s last', kind => {
    const world = new TwoEntities({
      weather: flight => (flight.pdu.kind === kind && flight.nth === 1 ? 'hold' : 'pass'),
      remote: { pace: 'window' },
    })
    world.put(FILE)
    world.run(100)
    world.releaseHeld()
    expectWhole(world)
  })

  it('are answered after the end, EOF and Finished alone', () => {
    const world = new TwoEntities({ remote: { pace: 'window' } })
    world.put(FILE)
    expectWhole(world)
    world.run(100)
    const [sentByA, sentByB] = [[...world.a.sent], [...world.b.sent]]
    for (const { header, pdu } of sentByA) {
      const before = world.b.sent.length
      world.inject('b', header, pdu)
      world.settle()
      const answer = world.b.sent.slice(before).map(flight => flight.pdu)
      expect(answer).toEqual(pdu.kind === 'eof' ? [{ kind: 'ack-eof', condition: 0, status: 2 }] : [])
    }
    for (const { header, pdu } of sentByB) {
      const before = world.a.sent.length
      world.inject('a', header, pdu)
      world.settle()
      const answer = world.a.sent.slice(before).map(flight => flight.pdu)
      expect(answer).toEqual(
        pdu.kind === 'finished' ? [{ kind: 'ack-finished', condition: 0, status: 2 }] : [],
      )
    }
    expect(world.a.finished()).toHaveLength(1)
    expect(world.b.finished()).toHaveLength(1)
    expect(world.delivered).toEqual(FILE)
  })

  it('open nothing at a sender that knows nothing, which acknowledges a Finished all the same', () => {
    const world = new TwoEntities()
    world.put(FILE)
    expectWhole(world)
    const finished = world.b.sent.find(flight => flight.pdu.kind === 'finished')!
    world.restart('a', [])
    world.inject('a', finished.header, finished.pdu)
    world.settle()
    expect(world.a.sent.at(-1)?.pdu).toEqual({ kind: 'ack-finished', condition: 0, status: 0 })
    expect([...world.a.entity.reports()]).toEqual([])
  })

  it('are forgotten with their transaction, some time after its end', () => {
    const world = new TwoEntities()
    world.put(FILE)
    expectWhole(world)
    world.run(11 * 60_000)
    expect([...world.a.entity.reports(), ...world.b.entity.reports()]).toEqual([])
    expect(world.a.entity.deadline()).toBe(Infinity)
    expect(world.b.entity.deadline()).toBe(Infinity)
  })
})
