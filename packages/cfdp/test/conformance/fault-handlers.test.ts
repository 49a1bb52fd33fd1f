import { describe, expect, it } from 'vitest'
import { seed } from '../../../../conformance/cfdp-seed.ts'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import { ConditionCode, FaultHandler, type FaultHandlerOverride, type HandlerName } from '../../src/index.ts'
import type { TwoEntities } from '../engine/two-entities.ts'
import {
  FILE,
  finishedWith,
  loseAll,
  loseSegments,
  type Name,
  pdusOf,
  REPLY,
  type Setting,
  seconds,
  slow,
  yamcs,
} from './yamcs-world.ts'

/** As the seed lists them. */
const CONDITIONS = {
  AckLimitReached: ConditionCode.PositiveAckLimitReached,
  KeepAliveLimitReached: ConditionCode.KeepAliveLimitReached,
  InvalidTransmissionMode: ConditionCode.InvalidTransmissionMode,
  FilestoreRejection: ConditionCode.FilestoreRejection,
  FileChecksumFailure: ConditionCode.FileChecksumFailure,
  FileSizeError: ConditionCode.FileSizeError,
  NakLimitReached: ConditionCode.NakLimitReached,
  InactivityDetected: ConditionCode.InactivityDetected,
  InvalidFileStructure: ConditionCode.InvalidFileStructure,
  CheckLimitReached: ConditionCode.CheckLimitReached,
  UnsupportedChecksum: ConditionCode.UnsupportedChecksumType,
} as const
type Condition = keyof typeof CONDITIONS
const HANDLERS: readonly HandlerName[] = ['suspend', 'cancel', 'abandon', 'ignore']
const CLASS_1 = { mode: 'unacknowledged' } as const

/** A way to bring a condition about at one end. */
interface Trouble {
  readonly end: Name
  readonly condition: Condition
  begin(handlers: Setting): TwoEntities
}

const BROKEN = { kind: 'rejected', code: 'io-error', reason: 'the disk is broken' } as const
const forever = { inactivityTimeout: Infinity as never }
const troubles: readonly Trouble[] = [
  {
    end: 'a',
    condition: 'AckLimitReached',
    begin: handlers =>
      started(yamcs({ ...handlers, weather: loseAll('eof'), b: { ...handlers.b, ...forever } })),
  },
  {
    end: 'a',
    condition: 'FilestoreRejection',
    begin(handlers) {
      const world = started(slow(handlers))
      world.run(700)
      world.a.filestore.failure = BROKEN
      return world
    },
  },
  {
    end: 'a',
    condition: 'InactivityDetected',
    begin: handlers =>
      started(yamcs({ ...handlers, weather: loseAll('finished'), b: { ...handlers.b, finAckLimit: -1 } })),
  },
  {
    end: 'a',
    condition: 'CheckLimitReached',
    begin(handlers) {
      const world = yamcs({ ...handlers, weather: loseAll('finished') })
      world.put(FILE, { ...CLASS_1, closureRequested: true })
      return world
    },
  },
  {
    end: 'b',
    condition: 'AckLimitReached',
    begin: handlers =>
      started(yamcs({ ...handlers, weather: loseAll('finished'), a: { ...handlers.a, ...forever } })),
  },
  {
    end: 'b',
    condition: 'FilestoreRejection',
    begin(handlers) {
      const world = yamcs(handlers)
      world.b.filestore.failure = BROKEN
      return started(world)
    },
  },
  {
    end: 'b',
    condition: 'FileChecksumFailure',
    begin(handlers) {
      const world = slow(handlers)
      started(world)
      world.run(700)
      // The sender read other octets than those it will sum; a bit that flipped on the way does the same.
      const header = world.a.sent.find(({ pdu }) => pdu.kind === 'file-data')!.header
      world.inject('b', header, { kind: 'file-data', offset: 1488, data: new Uint8Array(496) })
      return world
    },
  },
  {
    end: 'b',
    condition: 'FileSizeError',
    begin(handlers) {
      const world = started(slow({ ...handlers, weather: loseSegments([1], 99) }))
      world.run(5000)
      const header = world.a.sent.find(({ pdu }) => pdu.kind === 'file-data')!.header
      world.inject('b', header, { kind: 'file-data', offset: 3500, data: new Uint8Array(1) })
      return world
    },
  },
  {
    end: 'b',
    condition: 'NakLimitReached',
    begin: handlers =>
      started(
        yamcs({
          ...handlers,
          weather: loseSegments([1], 99),
          a: { ...handlers.a, ...forever },
          b: { ...handlers.b, nakLimit: 2 },
        }),
      ),
  },
  {
    end: 'b',
    condition: 'InactivityDetected',
    begin: handlers =>
      started(yamcs({ ...handlers, weather: loseAll('eof'), a: { ...handlers.a, eofAckLimit: -1 } })),
  },
  {
    end: 'b',
    condition: 'CheckLimitReached',
    begin(handlers) {
      const world = yamcs({ ...handlers, weather: loseSegments([1]) })
      world.put(FILE, CLASS_1)
      return world
    },
  },
  {
    end: 'b',
    condition: 'UnsupportedChecksum',
    // standard('checksum-unsupported')
    begin(handlers) {
      const world = yamcs(handlers)
      const header = { ...REPLY, direction: 'to-receiver' } as const
      const names = { sourceName: 'file.bin', destinationName: 'file.bin' }
      world.inject('b', header, {
        kind: 'metadata',
        closureRequested: false,
        checksumType: 9,
        fileSize: 4,
        ...names,
        options: [],
      })
      world.inject('b', header, { kind: 'file-data', offset: 0, data: Uint8Array.of(1, 2, 3, 4) })
      world.inject('b', header, { kind: 'eof', condition: 0, checksum: 7, fileSize: 4 })
      return world
    },
  },
]

function started(world: TwoEntities): TwoEntities {
  world.put(FILE)
  return world
}

const handlersFor = (end: Name, condition: Condition, handler: HandlerName): Setting => ({
  remote: {
    [end === 'a' ? 'senderFaultHandlers' : 'receiverFaultHandlers']: { [CONDITIONS[condition]]: handler },
  },
})

describe.each(troubles)('$condition at $end', ({ end, condition, begin }) => {
  const code = CONDITIONS[condition]
  const meet = (handler: HandlerName): TwoEntities => {
    const world = begin(handlersFor(end, condition, handler))
    expect(world.runUntil(() => world[end].faults().length > 0)).toBe(true)
    expect(world[end].faults()[0]).toBe(code)
    return world
  }
  const isClass1 = condition === 'CheckLimitReached'
  /** Nobody acknowledged its Finished, but the file is in its place: nothing takes that back. */
  const isDelivered = end === 'b' && condition === 'AckLimitReached'

  // seed('sender-fault-handlers') seed('receiver-fault-handlers') seed('conditions')
  it(seed('action-suspend'), () => {
    const world = meet('suspend')
    world.settle()
    expect(world[end].told.findLast(what => what.kind === 'suspended')).toMatchObject({ condition: code })
    expect(world.report(end)?.suspended).toBe(true)
    const sent = world[end].sent.length
    // What the other end does about its own limits is not looked at here.
    world.weather = () => 'drop'
    world.run(seconds(100))
    expect(world[end].kinds().slice(sent)).toEqual([])
    expect(world.ask(end, 'resume')).toBe('accepted')
    expect(world.report(end)?.suspended).toBe(false)
  })

  it(seed('action-cancel'), () => {
    const world = meet('cancel')
    world.weather = () => 'pass'
    world.run(seconds(60))
    if (isDelivered) return expect(world.report('b')?.ending).toMatchObject({ condition: 0, delivery: 0 })
    expect(world.report(end)?.ending).toMatchObject({ condition: code, delivery: 1 })
    expect(world.report(end)?.ending?.abandoned).toBeUndefined()
    // Finished or EOF tells it, except that class 1 has no way back.
    const told = [...pdusOf(world[end], 'eof'), ...pdusOf(world[end], 'finished')].map(pdu => pdu.condition)
    if (!(end === 'b' && isClass1)) expect(told).toContain(code)
    if (end === 'b') expect(world.delivered).toBeUndefined()
  })

  it(seed('action-abandon'), () => {
    const world = meet('abandon')
    world.settle()
    if (isDelivered) return expect(world.report('b')?.ending).toMatchObject({ condition: 0, delivery: 0 })
    expect(world.report(end)?.ending).toMatchObject({ condition: code, abandoned: true })
    expect(world[end].told.findLast(what => what.kind === 'abandoned')).toMatchObject({ condition: code })
    const sent = world[end].sent.length
    world.weather = () => 'drop'
    world.run(seconds(100))
    expect(
      world[end]
        .kinds()
        .slice(sent)
        .filter(kind => !kind.startsWith('ack-')),
    ).toEqual([])
  })

  it(standard('handler-ignore'), () => {
    const world = meet('ignore')
    expect(world.report(end)?.suspended).toBe(false)
    // A rejection by the filestore leaves nothing to go on with: it cancels (11.7 of our reference).
    if (condition === 'FilestoreRejection') {
      expect(world.runUntil(() => world.report(end)?.ending?.condition === code)).toBe(true)
      return
    }
    world.weather = () => 'pass'
    world.run(seconds(60))
    if (isClass1) return expect(world.state('a')).toBe('ended')
    if (condition === 'FileChecksumFailure') {
      expect(world.report('b')?.ending).toMatchObject({ condition: 5, delivery: 1, fileStatus: 2 })
    } else if (condition === 'UnsupportedChecksum') {
      expect(world.report('b')?.ending).toMatchObject({ condition: 11, delivery: 0, fileStatus: 2 })
      expect(world.delivered).toEqual(Uint8Array.of(1, 2, 3, 4))
    } else {
      expect(world.delivered).toEqual(FILE)
      expect(world.report('b')?.ending).toMatchObject({ condition: 0, delivery: 0 })
    }
  })
})

describe.each(Object.keys(CONDITIONS) as Condition[])(`${seed('fault-in-finished')} (%s)`, condition => {
  const code = CONDITIONS[condition]
  it.each(HANDLERS)('%s', handler => {
    const world = yamcs({
      ...handlersFor('a', condition, handler),
      weather: ({ from }) => (from === 'b' ? 'drop' : 'pass'),
    })
    world.put(FILE)
    world.run(500)
    world.inject('a', REPLY, finishedWith(code))
    world.settle()
    expect(world.a.faults()).toEqual([code])
    expect(pdusOf(world.a, 'ack-finished')).toMatchObject([{ condition: code }])
    if (handler === 'suspend') {
      expect(world.report('a')).toMatchObject({ suspended: true })
      expect(world.ask('a', 'resume')).toBe('accepted')
      expect(world.report('a')).toMatchObject({ suspended: false, state: 'awaiting-eof-ack' })
      return
    }
    const ending = world.report('a')?.ending
    expect(ending).toMatchObject({ condition: code, delivery: 1 })
    expect(ending?.abandoned).toBe(handler === 'abandon' ? true : undefined)
    expect(pdusOf(world.a, 'eof').map(eof => eof.condition)).toEqual([0])
    expect(world.report('a')!.octets).toBeLessThanOrEqual(FILE.length)
  })
})

it('suspended by what Finished said, and resumed: it goes on if the peer does, or ends as the peer did', () => {
  const world = yamcs({
    weather: loseSegments([1], 99),
    a: { ...forever, senderFaultHandlers: { 7: 'suspend' } },
    b: { nakLimit: 2 },
  })
  world.put(FILE)
  expect(world.runUntil(() => world.state('b') === 'ended')).toBe(true)
  world.run(seconds(100))
  expect(world.report('a')).toMatchObject({ suspended: true, state: 'awaiting-finished' })
  expect(world.b.count('finished')).toBe(1)
  world.ask('a', 'resume')
  world.run(seconds(1))
  expect(world.report('a')?.ending).toMatchObject({ condition: 7, delivery: 1 })
})

it('told while it is suspended by the same condition of its own, and resumed: it ends as the peer did', () => {
  const world = yamcs({
    weather: loseSegments([1], 99),
    a: { inactivityTimeout: seconds(20), senderFaultHandlers: { 8: 'suspend' } },
    b: { nakTimeout: seconds(1e6) },
  })
  world.put(FILE)
  expect(world.runUntil(() => world.report('a')?.suspended === true)).toBe(true)
  const { header } = world.b.sent[0]!
  world.inject('a', header, { kind: 'finished', condition: 8, delivery: 1, fileStatus: 0, responses: [] })
  world.restart('b', [])
  world.run(seconds(1))
  expect(world.a.count('ack-finished')).toBe(1)
  world.ask('a', 'resume')
  world.inject('a', header, { kind: 'ack-eof', condition: 0, status: 2 })
  world.run(seconds(1))
  expect(world.report('a')?.ending).toMatchObject({ condition: 8, delivery: 1 })
})

it(standard('handler-override'), () => {
  const override = (condition: Condition, handler: FaultHandler): FaultHandlerOverride => ({
    condition: CONDITIONS[condition],
    handler,
  })
  // Abandon at both ends, where the settings say cancel.
  const options = {
    faultHandlerOverrides: [
      override('NakLimitReached', FaultHandler.Abandon),
      override('AckLimitReached', FaultHandler.Abandon),
    ],
  }
  const receiver = yamcs({ weather: loseSegments([1], 99), b: { nakLimit: 1 }, a: forever })
  receiver.put(FILE, options)
  receiver.runUntil(() => receiver.state('b') === 'ended')
  expect(receiver.report('b')?.ending).toMatchObject({ condition: 7, abandoned: true })
  const sender = yamcs({ weather: loseAll('eof'), b: forever })
  sender.put(FILE, options)
  sender.runUntil(() => sender.state('a') === 'ended')
  expect(sender.report('a')?.ending).toMatchObject({ condition: 1, abandoned: true })
})

it(standard('cancel-fault-abandons'), () => {
  const world = slow({ weather: loseAll('ack-eof', 'ack-finished') })
  world.put(FILE)
  world.run(700)
  world.ask('a', 'cancel')
  expect(world.runUntil(() => world.state('a') === 'ended')).toBe(true)
  expect(world.report('a')?.ending).toMatchObject({ abandoned: true })
})
