import { describe, expect, it } from 'vitest'
import { seed } from '../../../../conformance/cfdp-seed.ts'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import type { EntityId, Header, Pdu, SequenceNumber } from '../../src/index.ts'
import { content, TwoEntities } from '../engine/two-entities.ts'
import { FILE, pdusOf, REPLY, slow, yamcs } from './yamcs-world.ts'

const TO_RECEIVER: Header = { ...REPLY, direction: 'to-receiver' }
const DATA: Pdu = { kind: 'file-data', offset: 0, data: Uint8Array.of(1) }
const id = (value: number): EntityId => BigInt(value) as EntityId
const number = (value: number): SequenceNumber => BigInt(value) as SequenceNumber

describe('who may begin', () => {
  it(seed('local-entity-unlisted'), () => {
    const world = yamcs()
    world.inject('b', { ...TO_RECEIVER, destination: id(9) }, DATA)
    world.settle()
    expect(world.b.entity.dropped.get('not-our-entity')).toBe(1)
    expect([...world.b.entity.reports()]).toEqual([])
  })

  it(seed('remote-entity-unlisted'), () => {
    const world = yamcs()
    world.inject('b', { ...TO_RECEIVER, source: id(9) }, DATA)
    world.settle()
    expect(world.b.entity.dropped.get('unknown-entity')).toBe(1)
    expect([...world.b.entity.reports()]).toEqual([])
  })

  it(seed('max-downloads'), () => {
    const world = new TwoEntities({ local: { maxOpenReceptions: 2 } })
    for (const sequence of [1, 2, 3]) world.inject('b', { ...TO_RECEIVER, sequence: number(sequence) }, DATA)
    expect([...world.b.entity.reports()]).toHaveLength(2)
    expect(world.b.entity.dropped.get('too-many-receptions')).toBe(1)
    // One that has ended makes room for another.
    world.ask('b', 'cancel', { source: id(1), sequence: number(1) })
    world.settle()
    world.inject(
      'b',
      { ...TO_RECEIVER, sequence: number(1) },
      { kind: 'eof', condition: 15, checksum: 0, fileSize: 0 },
    )
    world.inject('b', TO_RECEIVER, { kind: 'ack-finished', condition: 15, status: 2 })
    world.settle()
    world.inject('b', { ...TO_RECEIVER, sequence: number(3) }, DATA)
    expect(world.b.entity.dropped.get('too-many-receptions')).toBe(1)
  })

  it(seed('max-uploads'), () => {
    const world = new TwoEntities({ local: { maxOpenTransmissions: 2 }, remote: { pace: 8192 } })
    const transactions = [1, 2, 3, 4].map(() => world.put(FILE))
    const states = () => transactions.map(each => world.a.entity.report(each, 'sender')?.state)
    expect(states()).toEqual(['sending', 'sending', 'queued', 'queued'])
    world.runUntil(() => states()[0] === 'ended')
    expect(states()[2]).toBe('sending')
    expect(world.runUntil(() => states().every(state => state === 'ended'))).toBe(true)
    // A queued one may be cancelled, and then says nothing on the wire.
    const another = [world.put(FILE), world.put(FILE), world.put(FILE)]
    const last = another[2]!
    expect(world.ask('a', 'cancel', last)).toBe('accepted')
    world.run(1e6)
    expect(world.a.sent.filter(({ header }) => header.sequence === last.sequence)).toEqual([])
  })
})

describe('sequence numbers', () => {
  it('begin where the settings say, and go up by one', () => {
    const world = new TwoEntities({ local: { firstSequence: number(41) } })
    expect([world.put(FILE), world.put(FILE)].map(({ sequence }) => sequence)).toEqual([41n, 42n])
  })

  it('are never used twice, over a restart too', () => {
    const world = yamcs()
    world.put(FILE)
    world.settle()
    world.restart('a')
    expect(world.put(FILE).sequence).toBe(2n)
  })

  it('wrap within their width and pass by those still known', () => {
    const world = new TwoEntities({
      local: { firstSequence: number(254), maxOpenTransmissions: 600 },
      remote: { sequenceLength: 1, pace: 8192 },
    })
    const used = [...Array(256).keys()].map(() => world.put(content(1)).sequence)
    expect(new Set(used).size).toBe(256)
    expect(used.slice(0, 4)).toEqual([254n, 255n, 0n, 1n])
    // All 256 are in use: there is no number to give.
    const reply = world.a.entity.request(
      { kind: 'put', destination: id(2), sourceName: 'file.bin' },
      world.now,
    )
    expect(reply).toMatchObject({ kind: 'refused', reason: expect.stringContaining('sequence number') })
  })
})

describe('transactions at once', () => {
  it('take turns, PDU by PDU', () => {
    const world = new TwoEntities({ remote: { maxPduSize: 512 } })
    world.put(FILE)
    world.put(FILE)
    world.settle(() => world.a.count('file-data') >= 8)
    const order = world.a.sent
      .filter(({ pdu }) => pdu.kind === 'file-data')
      .map(({ header }) => header.sequence)
    expect(order.slice(0, 6)).toEqual([1n, 2n, 1n, 2n, 1n, 2n])
  })
})

describe('a transaction without a file', () => {
  it(standard('metadata-only'), () => {
    const world = yamcs()
    const message = Uint8Array.of(1, 2, 3)
    world.a.entity.request({ kind: 'put', destination: id(2), messages: [message] }, world.now)
    expect(world.runToEnd()).toBe(true)
    expect(world.a.kinds()).toEqual(['metadata', 'eof', 'ack-finished'])
    expect(world.b.told.find(what => what.kind === 'metadata-recv')).toMatchObject({ messages: [message] })
    expect(world.report('b')?.ending).toMatchObject({ condition: 0, delivery: 0, fileStatus: 3 })
    expect(pdusOf(world.b, 'finished')).toMatchObject([{ fileStatus: 3 }])
  })
})

it(seed('no-keep-alive'), () => {
  const world = slow()
  world.put(FILE)
  world.runToEnd()
  expect(world.a.kinds()).not.toContain('prompt')
  expect(world.b.kinds()).not.toContain('keep-alive')
})

it(`${seed('no-filestore-requests')} ${standard('filestore-unperformed')}`, () => {
  const world = yamcs()
  world.b.filestore.files.set('old.bin', FILE)
  world.put(FILE, { filestoreRequests: [{ action: 1, firstName: 'old.bin' }] })
  expect(world.runToEnd()).toBe(true)
  expect(world.b.filestore.files.has('old.bin')).toBe(true)
  expect(pdusOf(world.b, 'finished')[0]).toMatchObject({
    condition: 0,
    responses: [{ action: 1, status: 15 }],
  })
})
