import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import type { Header, SequenceNumber } from '../../src/index.ts'
import { content, FIRST, TwoEntities } from './two-entities.ts'

const FILE = content(3500)
const number = (value: number): SequenceNumber => BigInt(value) as SequenceNumber
const HEADER: Header = {
  version: 1,
  direction: 'to-receiver',
  mode: 'acknowledged',
  crc: false,
  largeFile: false,
  segmentationControl: false,
  entityIdLength: 2,
  sequenceLength: 4,
  source: FIRST.source,
  sequence: FIRST.sequence,
  destination: 2n as typeof FIRST.source,
}
const EOF = { kind: 'eof', condition: 0, checksum: 0, fileSize: FILE.length } as const
const DATA = { kind: 'file-data', offset: 0, data: content(4) } as const

function delivered(local: object = {}): TwoEntities {
  const world = new TwoEntities({ local })
  world.put(FILE)
  expect(world.runToEnd()).toBe(true)
  return world
}

/** What the receiver answers to EOF and File Data that come late. */
function answers(world: TwoEntities, header: Header = HEADER): object[] {
  const before = world.b.sent.length
  world.inject('b', header, DATA)
  world.inject('b', header, EOF)
  world.settle()
  return world.b.sent.slice(before).map(({ pdu }) => pdu)
}

const ACK = { kind: 'ack-eof', condition: 0, status: 2 }

describe('an ended reception', () => {
  it('acknowledges EOF as terminated and opens nothing, live, after a restart, and from a snapshot', () => {
    const world = delivered()
    expect(answers(world)).toEqual([ACK])
    const before = world.report('b')
    world.restart('b')
    expect(answers(world)).toEqual([ACK])
    expect(world.report('b')?.names).toEqual(before?.names)
    world.restart('b', world.b.entity.snapshot())
    expect(answers(world)).toEqual([ACK])
    expect(world.report('b')).toMatchObject({ state: 'ended', ending: before?.ending })
    expect([...world.b.entity.reports()]).toHaveLength(1)
    expect(world.b.finished()).toHaveLength(1)
  })

  it('leaves two records in a snapshot, however much was received', () => {
    expect(
      delivered()
        .b.entity.snapshot()
        .map(({ kind }) => kind),
    ).toEqual(['opened', 'ended'])
  })

  it('is told of by request, and takes no other', () => {
    const world = delivered()
    expect(world.b.entity.request({ kind: 'report', transaction: FIRST }, world.now).kind).toBe('accepted')
    for (const kind of ['cancel', 'suspend', 'resume'] as const) {
      expect(world.ask('b', kind)).toBe('the transaction has ended')
    }
  })

  it('drops what its headers could not have been', () => {
    const world = delivered()
    expect(answers(world, { ...HEADER, mode: 'unacknowledged' })).toEqual([])
    expect(world.b.entity.dropped.get('header-changed')).toBe(2)
  })

  it('is forgotten when its time is over, and its records with it', () => {
    const world = delivered({ pendingAfterCompletion: 1000 })
    world.run(1001)
    expect([...world.b.entity.reports()]).toEqual([])
    expect(world.b.recorded().at(-1)).toBe('forgotten')
    expect(world.b.entity.snapshot()).toEqual([])
  })

  it('is remembered for that long in contact: a dark time does not count, whether it lasts or is over', () => {
    const known = (): number => [...world.b.entity.reports()].length
    const world = delivered({ pendingAfterCompletion: 1000 })
    world.run(400)
    world.link('b', 'freeze')
    world.run(500)
    world.link('b', 'thaw')
    world.run(300)
    expect(known()).toBe(1)
    world.link('b', 'freeze', 'receive')
    world.run(10_000)
    expect(known()).toBe(1)
    world.link('b', 'thaw')
    world.run(10_000)
    expect(known()).toBe(0)
    expect(world.b.recorded().at(-1)).toBe('forgotten')
  })

  it('is kept small where it cannot say its last word, and says it when it is asked again', () => {
    const world = new TwoEntities({ local: { maxEndedReceptions: 3 } })
    const cancel = { ...EOF, condition: 15, faultLocation: FIRST.source } as const
    world.link('b', 'freeze', 'transmit')
    for (let count = 1; count <= 20; count++) {
      const header = { ...HEADER, sequence: number(count) }
      world.inject('b', header, DATA)
      world.inject('b', header, cancel)
      world.settle()
    }
    expect([...world.b.entity.reports()]).toHaveLength(3)
    world.link('b', 'thaw')
    world.inject('b', { ...HEADER, sequence: number(20) }, cancel)
    world.settle()
    expect(world.b.sent.map(({ pdu }) => pdu)).toEqual([{ ...ACK, condition: 15 }])
  })

  it('that nobody wants remembered is forgotten in the dark too', () => {
    const world = new TwoEntities({ local: { pendingAfterCompletion: 0 as Millis } })
    world.link('b', 'freeze', 'transmit')
    world.put(FILE, { mode: 'unacknowledged' })
    world.run(1000)
    expect(world.delivered).toEqual(FILE)
    expect([...world.b.entity.reports()]).toEqual([])
  })

  it('is forgotten early for later ones when too many are known, the oldest first, and that is counted', () => {
    const world = new TwoEntities({ local: { maxEndedReceptions: 3 } })
    for (let count = 0; count < 5; count++) {
      world.put(FILE)
      world.run(2000)
    }
    const known = () => [...world.b.entity.reports()].map(({ transaction }) => transaction.sequence)
    expect(known()).toEqual([3n, 4n, 5n])
    expect(world.b.entity.dropped.get('ended-forgotten')).toBe(2)
    expect(answers(world, { ...HEADER, sequence: number(4) })).toEqual([ACK])
    world.restart('b')
    expect(known()).toEqual([3n, 4n, 5n])
  })
})
