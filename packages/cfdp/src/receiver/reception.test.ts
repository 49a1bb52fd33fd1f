import { RangeSet } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FileChecksum } from '../file-checksum.ts'
import type { TargetFile } from '../filestore.ts'
import { MemoryFilestore } from '../memory-filestore.ts'
import { ChecksumType } from '../pdu/model.ts'
import { Reception } from './reception.ts'

const FILE = Uint8Array.from({ length: 256 }, (_, index) => (index * 37) & 0xff)
const VIEW = new DataView(FILE.buffer)

function receive(): {
  reception: Reception
  store: (from: number, to: number) => number
  target: TargetFile
} {
  const target = new MemoryFilestore().openTarget('1-1')
  const reception = new Reception(target, new RangeSet(), new FileChecksum(ChecksumType.Modular))
  return { reception, target, store: (from, to) => reception.store(FILE, VIEW, from, to, from) }
}

describe('a reception', () => {
  it('counts what was not held before', () => {
    const { store, reception } = receive()
    expect(store(0, 10)).toBe(10)
    expect(store(0, 10)).toBe(0)
    expect(store(20, 30)).toBe(10)
    expect(store(5, 25)).toBe(10)
    expect(reception.held.toFlat()).toEqual([0, 30])
  })

  it('keeps what is held and writes only the gaps', () => {
    const { store, reception, target } = receive()
    store(10, 20)
    const others = new Uint8Array(30).fill(0xee)
    expect(reception.store(others, new DataView(others.buffer), 0, 30, 0)).toBe(20)
    const found = new Uint8Array(30)
    target.read(0, found, 0, 30)
    expect(found.subarray(10, 20)).toEqual(FILE.subarray(10, 20))
    expect(found.subarray(0, 10)).toEqual(others.subarray(0, 10))
  })

  it('tells its news once, merged where they touch', () => {
    const { store, reception } = receive()
    store(0, 10)
    store(10, 20)
    store(30, 40)
    expect(reception.newOctets).toBe(30)
    expect(reception.takeNews()).toEqual([0, 20, 30, 40])
    expect(reception.newOctets).toBe(0)
    expect(reception.takeNews()).toEqual([])
  })

  it('claims nothing that the filestore refused', () => {
    const rejection = { kind: 'rejected', code: 'no-space', reason: 'full' } as const
    const target = { ...new MemoryFilestore().openTarget('1-1'), write: () => rejection } as TargetFile
    const reception = new Reception(target, new RangeSet(), undefined)
    expect(reception.store(FILE, VIEW, 0, 10, 0)).toBe(-1)
    expect(reception.rejection).toBe(rejection)
    expect(reception.held.octets).toBe(0)
    expect(reception.takeNews()).toEqual([])
  })

  it('holds the file and its sum, in whatever pieces and order it comes', () => {
    const piece = fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 60 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
        const { store, reception, target } = receive()
        let fresh = 0
        for (const [from, length] of pieces) fresh += store(from, Math.min(256, from + length))
        expect(fresh).toBe(reception.held.octets)
        store(0, 256)
        const found = new Uint8Array(256)
        target.read(0, found, 0, 256)
        expect(found).toEqual(FILE)
        const whole = new FileChecksum(ChecksumType.Modular)
        whole.add(FILE, VIEW, 0, 256, 0)
        expect(reception.checksum!.value()).toBe(whole.value())
        const news = new RangeSet()
        const ranges = reception.takeNews()
        for (let at = 0; at < ranges.length; at += 2) news.add(ranges[at]!, ranges[at + 1]!)
        expect(news.toFlat()).toEqual([0, 256])
      }),
    )
  })
})
