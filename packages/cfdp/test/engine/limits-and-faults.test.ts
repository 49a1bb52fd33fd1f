import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { ConditionCode, type HandlerName, type RemoteSettings } from '../../src/index.ts'
import { content, loseAll, type Name, TwoEntities, type Weather } from './two-entities.ts'

const FILE = content(3500)
const HANDLERS: readonly HandlerName[] = ['cancel', 'suspend', 'ignore', 'abandon']

/** Timers that run out at known times. */
const FIXED: Partial<RemoteSettings<Name>> = {
  eofAckTimeout: 1000 as Millis,
  finAckTimeout: 1000 as Millis,
  nakTimeout: 1000 as Millis,
  immediateNak: false,
}

const withoutSecondSegment: Weather = ({ pdu }) =>
  pdu.kind === 'file-data' && pdu.offset === 1008 ? 'drop' : 'pass'

function started(remote: Partial<RemoteSettings<Name>>, weather: Weather): TwoEntities {
  const world = new TwoEntities({ remote: { ...FIXED, ...remote }, weather })
  world.put(FILE)
  return world
}

function expectWhole(world: TwoEntities): void {
  world.weather = () => 'pass'
  expect(world.runToEnd()).toBe(true)
  expect(world.delivered).toEqual(FILE)
  expect(world.report('a')?.ending?.condition).toBe(0)
  expect(world.report('b')?.ending?.condition).toBe(0)
}

describe.each([0, 1, 3])('a limit of %i', limit => {
  it('is that many more EOFs, then the fault; the cancellation is tried as often, then abandoned', () => {
    const world = started({ eofAckLimit: limit }, loseAll('eof'))
    expect(world.runUntil(() => world.state('a') === 'ended')).toBe(true)
    const conditions = world.a.sent.flatMap(({ pdu }) => (pdu.kind === 'eof' ? [pdu.condition] : []))
    expect(conditions).toEqual([...Array(limit + 1).fill(0), ...Array(limit + 1).fill(1)])
    expect(world.report('a')?.ending).toMatchObject({ condition: 1, abandoned: true })
  })

  it('is that many more Finished, then the fault; the file stays delivered', () => {
    const world = started({ finAckLimit: limit }, loseAll('finished'))
    expect(world.runUntil(() => world.state('b') === 'ended')).toBe(true)
    expect(world.b.faults()).toEqual([1])
    expect(world.b.count('finished')).toBe(limit + 1)
    expect(world.delivered).toEqual(FILE)
  })
})

describe('a limit on NAKs', () => {
  it('counts none while every octet is here: a Prompt is answered, and no timer runs', () => {
    const file = content(50_000)
    const world = new TwoEntities({
      remote: { nakLimit: 2 },
      weather: ({ pdu, nth }) => (pdu.kind === 'file-data' && nth === 7 ? 'drop' : 'pass'),
    })
    world.put(file)
    expect(world.runUntil(() => world.state('b') === 'awaiting-missing-data')).toBe(true)
    world.restart('b')
    expect(world.runUntil(() => world.state('b') === 'verifying')).toBe(true)
    world.inject('b', world.a.sent[0]!.header, { kind: 'prompt', response: 'nak' })
    world.b.holdsBack = 'whole'
    world.run(60_000)
    expect(world.b.sent.at(-1)?.pdu).toMatchObject({ kind: 'nak', requests: [] })
    expect(world.b.faults()).toEqual([])
    world.b.holdsBack = undefined
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(file)
  })

  it.each([1, 2, 4])('of %i is that many in a row that bring nothing, then the fault', nakLimit => {
    const world = started({ nakLimit }, withoutSecondSegment)
    expect(world.runToEnd()).toBe(true)
    expect(world.b.count('nak')).toBe(nakLimit)
    expect(world.b.faults()).toEqual([7])
    expect(world.report('a')?.ending?.condition).toBe(7)
  })

  it('of 0 is none', () => {
    const world = started({ nakLimit: 0 }, withoutSecondSegment)
    world.run(100_000)
    expect(world.b.count('nak')).toBeGreaterThan(50)
    expectWhole(world)
  })
})

describe.each(HANDLERS)('the handler %s', handler => {
  const expectHandled = (world: TwoEntities, name: Name, condition: ConditionCode): void => {
    const end = world[name]
    expect(world.runUntil(() => end.faults().length > 0)).toBe(true)
    expect(end.faults()).toEqual([condition])
    if (handler === 'suspend') {
      const sent = end.sent.length
      expect(world.report(name)?.suspended).toBe(true)
      world.run(10_000)
      expect(
        end
          .kinds()
          .slice(sent)
          .filter(kind => !kind.startsWith('ack-')),
      ).toEqual([])
      expect(world.ask(name, 'resume')).toBe('accepted')
      expectWhole(world)
    } else if (handler === 'ignore') {
      expectWhole(world)
    } else if (handler === 'abandon') {
      expect(world.runUntil(() => world.state(name) === 'ended')).toBe(true)
      expect(world.report(name)?.ending).toMatchObject({ condition, abandoned: true })
    } else {
      world.weather = () => 'pass'
      expect(world.runToEnd()).toBe(true)
      expect(world.report('a')?.ending?.condition).toBe(condition)
      expect(world.report('b')?.ending?.condition).toBe(condition)
      expect(world.delivered).toBeUndefined()
    }
  }

  it('of the sender, when EOF is not acknowledged', () => {
    const senderFaultHandlers = { [ConditionCode.PositiveAckLimitReached]: handler }
    expectHandled(started({ eofAckLimit: 1, senderFaultHandlers }, loseAll('eof')), 'a', 1)
  })

  it('of the receiver, when NAKs bring nothing', () => {
    const receiverFaultHandlers = { [ConditionCode.NakLimitReached]: handler }
    expectHandled(started({ nakLimit: 2, receiverFaultHandlers }, withoutSecondSegment), 'b', 7)
  })

  it('of the receiver, when the sender is silent', () => {
    const receiverFaultHandlers = { [ConditionCode.InactivityDetected]: handler }
    const b = { inactivityTimeout: 5000 as Millis, resumesItself: false, receiverFaultHandlers }
    const world = new TwoEntities({ remote: FIXED, b, weather: loseAll('eof') })
    world.put(FILE)
    expectHandled(world, 'b', 8)
  })
})

describe('Cancel', () => {
  it.each(['a', 'b'] as const)('from %s ends both, acknowledged, suspended or not', name => {
    for (const isSuspended of [false, true]) {
      const world = started({}, withoutSecondSegment)
      world.run(100)
      if (isSuspended) for (const each of ['a', 'b'] as const) world.ask(each, 'suspend')
      expect(world.ask(name, 'cancel')).toBe('accepted')
      expect(world.runToEnd()).toBe(true)
      expect(world.a.finished()).toMatchObject([{ condition: 15, delivery: 1 }])
      expect(world.b.finished()).toMatchObject([{ condition: 15, delivery: 1 }])
      const [own, other] = name === 'a' ? [world.a, world.b] : [world.b, world.a]
      expect(own.sent.at(-1)?.pdu).toMatchObject({ kind: name === 'a' ? 'eof' : 'finished', condition: 15 })
      expect(other.sent.at(-1)?.pdu).toMatchObject({
        kind: name === 'a' ? 'ack-eof' : 'ack-finished',
        condition: 15,
      })
    }
  })
})

describe('Suspend', () => {
  it('stops the sender at once, and Resume goes on where it was', () => {
    const world = started({ pace: 8192 }, () => 'pass')
    world.run(1500)
    const sent = world.a.sent.length
    world.ask('a', 'suspend')
    world.run(60_000)
    expect(world.a.sent).toHaveLength(sent)
    expect(world.ask('a', 'resume')).toBe('accepted')
    expectWhole(world)
    expect(world.a.count('file-data')).toBe(4)
  })

  it('gives EOF, Finished and NAKs their whole limit again on Resume', () => {
    for (const [name, kind, weather] of [
      ['a', 'eof', loseAll('eof')],
      ['b', 'finished', loseAll('finished')],
      ['b', 'nak', withoutSecondSegment],
    ] as const) {
      const limits = { eofAckLimit: 3, finAckLimit: 3, nakLimit: 4 }
      const world = started(limits, weather)
      expect(world.runUntil(() => world[name].count(kind) === 3)).toBe(true)
      world.ask(name, 'suspend')
      world.run(60_000)
      expect(world[name].count(kind)).toBe(3)
      world.ask(name, 'resume')
      expect(world.runUntil(() => world[name].faults().length > 0)).toBe(true)
      // The EOF of the cancellation that follows is another matter.
      const conditioned = world.a.sent.filter(({ pdu }) => pdu.kind === 'eof' && pdu.condition !== 0)
      expect(world[name].count(kind) - (kind === 'eof' ? conditioned.length : 0)).toBe(3 + 4)
    }
  })

  it('lets nothing but ACK(EOF) leave the receiver, though everything arrives meanwhile', () => {
    const world = started({ pace: 8192 }, () => 'pass')
    world.run(1500)
    world.ask('b', 'suspend')
    world.run(60_000)
    expect(world.report('b')?.suspended).toBe(true)
    expect(new Set(world.b.kinds())).toEqual(new Set(['ack-eof']))
    world.ask('b', 'resume')
    expectWhole(world)
  })

  it('keeps what showed meanwhile for Resume: a gap is asked for then', () => {
    const world = started({ pace: 8192, immediateNak: true }, ({ pdu, nth }) => {
      return pdu.kind === 'file-data' && nth === 2 ? 'drop' : 'pass'
    })
    world.run(1100)
    world.ask('b', 'suspend')
    expect(world.runUntil(() => world.report('b')?.gaps === 1)).toBe(true)
    world.ask('b', 'resume')
    world.settle()
    expect(world.b.kinds()).toEqual(['nak'])
    expectWhole(world)
  })
})
