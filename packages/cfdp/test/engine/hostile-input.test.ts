/** What the fuzzer found that a stranger could do to an entity, kept so that it stays undone. */
import { describe, expect, it } from 'vitest'
import type { EntityId, Header } from '../../src/index.ts'
import { content, FIRST, TwoEntities } from './two-entities.ts'

const FILE = content(3500)
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
  destination: 2n as EntityId,
}

describe('file data that ends beyond what its header can speak of', () => {
  it.each(['keep-alive', 'nak'] as const)('is dropped: a %s has nothing it cannot say', response => {
    const world = new TwoEntities()
    world.inject('b', HEADER, { kind: 'file-data', offset: 0xffff_ffff, data: content(4) })
    world.inject('b', HEADER, { kind: 'prompt', response })
    world.settle()
    expect(world.b.count(response)).toBeGreaterThan(0)
    expect(world.report('b')?.octets).toBe(0)
    world.put(FILE)
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
  })

  it('is taken up to the last octet that it can', () => {
    const world = new TwoEntities()
    // The filestore in memory would have to hold four gigabytes.
    const write = (): undefined => undefined
    const { openTarget } = world.b.filestore
    world.b.filestore.openTarget = key => Object.assign(openTarget.call(world.b.filestore, key), { write })
    world.inject('b', HEADER, { kind: 'file-data', offset: 0xffff_fffb, data: content(4) })
    world.settle()
    expect(world.report('b')?.octets).toBe(4)
  })
})

describe('more filestore requests than one Finished can answer', () => {
  it('are answered as far as the PDU goes, and the transaction ends', () => {
    const world = new TwoEntities({ b: { maxPduSize: 96 } })
    const requests = Array.from({ length: 40 }, (_, index) => ({
      action: 0 as const,
      firstName: `f${index}`,
    }))
    world.put(FILE, { filestoreRequests: requests })
    expect(world.runToEnd()).toBe(true)
    const finished = world.b.sent.filter(flight => flight.pdu.kind === 'finished')
    expect(finished).toHaveLength(1)
    expect(finished[0]?.bytes.length).toBeLessThanOrEqual(96)
    expect(finished[0]?.pdu).toMatchObject({ responses: requests.slice(0, 11) })
  })
})

describe('a NAK that speaks of more than was sent', () => {
  it('does not make the sender report more than the file has', () => {
    const world = new TwoEntities({ weather: flight => (flight.from === 'b' ? 'drop' : 'pass') })
    world.put(FILE, { mode: 'acknowledged' })
    world.settle()
    const scope = { from: 0, to: 0xffff_ffff }
    const header: Header = { ...HEADER, direction: 'to-sender' }
    world.inject('a', header, { kind: 'nak', scope, metadataRequested: false, requests: [] })
    expect(world.report('a')?.safeOctets).toBe(FILE.length)
  })
})

describe('file data in a transaction without a file', () => {
  it('is not left behind on the disk', () => {
    const world = new TwoEntities()
    const data = content(4)
    world.inject('b', HEADER, {
      kind: 'metadata',
      closureRequested: false,
      checksumType: 15,
      fileSize: data.length,
      sourceName: '',
      destinationName: '',
      options: [],
    })
    world.inject('b', HEADER, { kind: 'file-data', offset: 0, data })
    world.inject('b', HEADER, { kind: 'eof', condition: 0, checksum: 0, fileSize: data.length })
    expect(world.b.filestore.incoming.size).toBe(1)
    world.settle()
    expect(world.report('b')?.ending).toMatchObject({ condition: 0 })
    expect(world.b.filestore.incoming.size).toBe(0)
  })
})

describe('a reception that another with a CRC takes the place of', () => {
  it('leaves none of its octets behind when that one has no file', () => {
    const world = new TwoEntities()
    world.inject('b', HEADER, { kind: 'file-data', offset: 0, data: content(85) })
    world.settle()
    expect(world.b.filestore.incoming.size).toBe(1)
    const checked: Header = { ...HEADER, crc: true }
    world.inject('b', checked, {
      kind: 'metadata',
      closureRequested: false,
      checksumType: 0,
      fileSize: 0,
      sourceName: '',
      destinationName: '',
      options: [],
    })
    world.inject('b', checked, { kind: 'eof', condition: 0, checksum: 0, fileSize: 0 })
    world.settle()
    expect(world.report('b')?.ending).toMatchObject({ condition: 0, fileStatus: 3 })
    expect(world.b.filestore.incoming.size).toBe(0)
  })
})
