import { describe, expect, it } from 'vitest'
import { ChecksumType, ConditionCode, type HandlerName } from '../../src/index.ts'
import { content, loseAll, TwoEntities, type Weather } from './two-entities.ts'

const FILE = content(3501)
const TYPES = Object.entries(ChecksumType)
const REAL = TYPES.filter(([, type]) => type !== ChecksumType.Null)

const ORDERS: Readonly<Record<string, Weather>> = {
  'in order': () => 'pass',
  'first segment last': ({ pdu, nth }) => (pdu.kind === 'file-data' && nth === 1 ? 'hold' : 'pass'),
  'Metadata last': ({ pdu, nth }) => (pdu.kind === 'metadata' && nth === 1 ? 'hold' : 'pass'),
  'all data after EOF': ({ pdu, nth }) => (pdu.kind === 'file-data' && nth <= 4 ? 'hold' : 'pass'),
}

/** A file one octet of which changes on its way, which no CRC of a datagram shows. */
function corrupted(options: ConstructorParameters<typeof TwoEntities>[0], checksumType: number): TwoEntities {
  const world = new TwoEntities({ ...options })
  world.weather = ({ pdu, bytes, nth }) => {
    if (pdu.kind === 'file-data' && nth === 2) bytes[bytes.length - 1]! ^= 1
    return 'pass'
  }
  world.put(FILE, { checksumType })
  return world
}

describe.each(TYPES)('a file with checksum %s', (_name, checksumType) => {
  it.each(Object.keys(ORDERS))('arrives whole, %s', order => {
    for (const mode of ['acknowledged', 'unacknowledged'] as const) {
      const world = new TwoEntities({ weather: ORDERS[order]! })
      world.put(FILE, { checksumType, mode })
      world.run(15)
      world.releaseHeld()
      expect(world.runToEnd()).toBe(true)
      expect(world.delivered).toEqual(FILE)
      expect(world.b.finished()[0]).toMatchObject({ condition: 0, delivery: 0, fileStatus: 2 })
    }
  })
})

describe.each(REAL)('a file that does not agree with its %s checksum', (_name, checksumType) => {
  it('is condition 5 at both ends, and never complete', () => {
    const world = corrupted({}, checksumType)
    expect(world.runToEnd()).toBe(true)
    expect(world.b.faults()).toEqual([5])
    expect(world.b.finished()[0]).toMatchObject({ condition: 5, delivery: 1 })
    expect(world.a.finished()[0]).toMatchObject({ condition: 5, delivery: 1 })
    expect(world.delivered).toBeUndefined()
  })

  it('is delivered as incomplete where the handler is ignore', () => {
    const ignore: Partial<Record<ConditionCode, HandlerName>> = {
      [ConditionCode.FileChecksumFailure]: 'ignore',
    }
    const world = corrupted({ remote: { receiverFaultHandlers: ignore } }, checksumType)
    expect(world.runToEnd()).toBe(true)
    expect(world.b.finished()[0]).toMatchObject({
      condition: 5,
      delivery: 1,
      fileStatus: 2,
      name: 'file.bin',
    })
    expect(world.delivered).toHaveLength(FILE.length)
  })
})

describe('a checksum type nobody knows', () => {
  const put = (handler: HandlerName): TwoEntities => {
    const world = new TwoEntities({
      remote: { receiverFaultHandlers: { [ConditionCode.UnsupportedChecksumType]: handler } },
    })
    world.put(FILE, { checksumType: 7 })
    return world
  }

  it('is delivered, and said so, where the handler is ignore', () => {
    const world = put('ignore')
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
    expect(world.a.finished()[0]).toMatchObject({ condition: 11, delivery: 0, fileStatus: 2 })
  })

  it('is refused where the handler is cancel', () => {
    const world = put('cancel')
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toBeUndefined()
    expect(world.a.finished()[0]).toMatchObject({ condition: 11, fileStatus: expect.any(Number) })
  })
})

describe('a restart in the middle', () => {
  it.each(TYPES)('does not disturb checksum %s, of either end', (_name, checksumType) => {
    const world = new TwoEntities({ weather: loseAll('eof') })
    world.put(FILE, { checksumType })
    world.run(20)
    world.restart('a')
    world.restart('b')
    world.weather = () => 'pass'
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
    expect(world.b.faults()).toEqual([])
  })
})
