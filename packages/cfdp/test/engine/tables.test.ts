import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConditionCode, Pdu, PduKind } from '../../src/index.ts'
import { RECEIVER_TABLE } from '../../src/receiver/table.ts'
import { SENDER_TABLE } from '../../src/sender/table.ts'
import { content, FIRST, lose, loseAll, type Name, type Options, TwoEntities } from './two-entities.ts'

const FILE = content(3500)
const cancel = (world: TwoEntities): unknown => world.ask('a', 'cancel')

interface Way {
  readonly options?: Options
  readonly mode?: 'unacknowledged'
  readonly arrange?: (world: TwoEntities) => unknown
}

/** How a transaction comes to stand, and stay for a second, in each state. */
const TO_SENDER: Readonly<Record<keyof typeof SENDER_TABLE, Way>> = {
  queued: { options: { local: { maxOpenTransmissions: 0 } } },
  sending: { options: { remote: { pace: 1000 } } },
  'awaiting-eof-ack': { options: { weather: loseAll('eof') } },
  'awaiting-finished': { options: { weather: loseAll('finished') } },
  cancelling: { options: { weather: loseAll('eof') }, arrange: cancel },
  ended: {},
}

const TO_RECEIVER: Readonly<Record<keyof typeof RECEIVER_TABLE, Way>> = {
  receiving: { options: { weather: loseAll('eof') } },
  'awaiting-missing-data': { options: { weather: loseAll('metadata') } },
  checking: { options: { weather: lose('file-data') }, mode: 'unacknowledged' },
  verifying: {},
  completing: { arrange: world => (world.b.holdsBack = 'finish') },
  'awaiting-finished-ack': { options: { weather: loseAll('ack-finished') } },
  ended: {},
}

/** A larger file, read back in more than one slice. */
const READ_BACK = content(1_500_000)

function standing(name: Name, state: string): TwoEntities {
  const isVerifying = name === 'b' && state === 'verifying'
  const ways: Readonly<Record<string, Way>> = name === 'a' ? TO_SENDER : TO_RECEIVER
  const { options, mode, arrange } = ways[state]!
  const world = new TwoEntities(
    isVerifying ? { remote: { maxPduSize: 60_000 }, weather: lose('metadata') } : options,
  )
  if (arrange !== undefined && name === 'b') arrange(world)
  world.put(isVerifying ? READ_BACK : FILE, isVerifying ? { checksumType: 3 } : mode ? { mode } : {})
  if (arrange !== undefined && name === 'a') {
    world.run(100)
    arrange(world)
  }
  expect(world.runUntil(() => world.state(name) === state, 5000)).toBe(true)
  return world
}

const condition = fc.constantFrom<ConditionCode>(0, 1, 5, 7, 11, 15)
const offset = fc.integer({ min: 0, max: 5000 })
const range = fc
  .tuple(offset, fc.integer({ min: 1, max: 3000 }))
  .map(([from, size]) => ({ from, to: from + size }))
const status = fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const)

const BODIES: { readonly [K in PduKind]: fc.Arbitrary<Extract<Pdu, { kind: K }>> } = {
  metadata: fc.record({
    kind: fc.constant('metadata' as const),
    closureRequested: fc.boolean(),
    checksumType: fc.integer({ min: 0, max: 15 }),
    fileSize: offset,
    sourceName: fc.constantFrom('', 'file.bin'),
    destinationName: fc.constantFrom('', 'file.bin'),
    options: fc.constant([]),
  }),
  'file-data': fc.record({
    kind: fc.constant('file-data' as const),
    offset,
    data: fc.uint8Array({ maxLength: 1500 }),
  }),
  eof: fc.record({
    kind: fc.constant('eof' as const),
    condition,
    checksum: fc.integer({ min: 0, max: 0xffff_ffff }),
    fileSize: offset,
  }),
  finished: fc.record({
    kind: fc.constant('finished' as const),
    condition,
    delivery: fc.constantFrom(0 as const, 1 as const),
    fileStatus: status,
    responses: fc.constant([]),
  }),
  'ack-eof': fc.record({ kind: fc.constant('ack-eof' as const), condition, status }),
  'ack-finished': fc.record({ kind: fc.constant('ack-finished' as const), condition, status }),
  nak: fc.record({
    kind: fc.constant('nak' as const),
    scope: range,
    metadataRequested: fc.boolean(),
    requests: fc.array(range, { maxLength: 5 }),
  }),
  prompt: fc.record({
    kind: fc.constant('prompt' as const),
    response: fc.constantFrom('nak' as const, 'keep-alive' as const),
  }),
  'keep-alive': fc.record({ kind: fc.constant('keep-alive' as const), progress: offset }),
}

describe.each([
  ['a', SENDER_TABLE],
  ['b', RECEIVER_TABLE],
] as const)('the table of %s', (name, table) => {
  const pairs = Object.entries(table).flatMap(([state, row]) =>
    Object.keys(row).map(kind => [state, kind as PduKind] as const),
  )

  it.each(pairs)('%s takes any %s, and then waits for something still to come', (state, kind) => {
    fc.assert(
      fc.property(
        fc.array(BODIES[kind] as fc.Arbitrary<Pdu>, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (pdus, isSuspended) => {
          const world = standing(name, state)
          if (isSuspended) world.ask(name, 'suspend', FIRST)
          const mode = world.report(name)!.mode
          const { entity } = world[name]
          for (const pdu of pdus) {
            world.inject(
              name,
              {
                version: 1,
                direction: name === 'a' ? 'to-sender' : 'to-receiver',
                mode,
                crc: false,
                largeFile: false,
                segmentationControl: false,
                entityIdLength: 2,
                sequenceLength: 4,
                source: FIRST.source,
                sequence: FIRST.sequence,
                destination: 2n as never,
              },
              pdu,
            )
          }
          world.settle()
          expect(entity.deadline()).toBeGreaterThan(world.now)
          expect(entity.dropped.get('unknown-transaction')).toBeUndefined()
        },
      ),
      { numRuns: state === 'verifying' ? 2 : 6 },
    )
  })
})
