import { describe, expect, it } from 'vitest'
import { encodePdu } from '../pdu/encode.ts'
import type { EntityId, Header, SequenceNumber } from '../pdu/model.ts'
import { transactionOctets } from '../pdu/peek.ts'
import { ReceptionIndex } from './reception-index.ts'

function fileData(source: number, sequence: number, entityIdLength = 2): Uint8Array {
  const header: Header = {
    version: 1,
    direction: 'to-receiver',
    mode: 'acknowledged',
    crc: false,
    largeFile: false,
    segmentationControl: false,
    entityIdLength,
    sequenceLength: 2,
    source: BigInt(source) as EntityId,
    sequence: BigInt(sequence) as SequenceNumber,
    destination: 9n as EntityId,
  }
  const octets = new Uint8Array(64)
  const length = encodePdu(header, { kind: 'file-data', offset: 0, data: new Uint8Array(4) }, octets)
  return octets.subarray(0, length)
}

interface Known {
  readonly key: string
}

function indexed(...sequences: readonly number[]): { index: ReceptionIndex<Known>; known: Known[] } {
  const index = new ReceptionIndex<Known>()
  const known = sequences.map(sequence => ({ key: `1:${sequence}` }))
  for (const [at, sequence] of sequences.entries()) {
    index.add(known[at]!, transactionOctets(fileData(1, sequence)))
  }
  return { index, known }
}

describe('receptions', () => {
  it('are found by the octets of their header, whichever was spoken of last', () => {
    const { index, known } = indexed(1, 2, 300)
    for (const turn of [0, 0, 1, 2, 1, 0]) {
      expect(index.of(fileData(1, [1, 2, 300][turn]!))).toBe(known[turn])
    }
    expect(index.of(fileData(1, 4))).toBeUndefined()
    expect(index.of(fileData(2, 1))).toBeUndefined()
  })

  it('are not found by other octets of the same value: the long way compares ids', () => {
    const { index, known } = indexed(1)
    expect(index.of(fileData(1, 1, 4))).toBeUndefined()
    expect(index.get('1:1')).toBe(known[0])
  })

  it('are found no longer once they are removed, though they were spoken of last', () => {
    const { index, known } = indexed(1, 2)
    expect(index.of(fileData(1, 1))).toBe(known[0])
    index.remove(known[0]!)
    expect(index.of(fileData(1, 1))).toBeUndefined()
    expect(index.get('1:1')).toBeUndefined()
    expect(index.of(fileData(1, 2))).toBe(known[1])
    expect([...index.values()]).toEqual([known[1]])
  })

  it('of a thousand are all found', () => {
    const sequences = Array.from({ length: 1000 }, (_, index) => index * 17)
    const { index, known } = indexed(...sequences)
    for (const [at, sequence] of sequences.entries()) {
      expect(index.of(fileData(1, sequence))).toBe(known[at])
    }
  })
})
