import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32, crc32c, proximity1Crc32 } from './crc32.ts'
import { Crc32, Crc32c, Proximity1Crc32, type RunningChecksum } from './running-checksum.ts'

const host = (bytes: Uint8Array, seed: number): number => crc32(bytes, 0, bytes.length, seed)
const kinds: { name: string; make: () => RunningChecksum; whole: (bytes: Uint8Array) => number }[] = [
  { name: 'Crc32', make: () => new Crc32(), whole: crc32 },
  { name: 'Crc32 by the host', make: () => new Crc32(host), whole: crc32 },
  { name: 'Crc32c', make: () => new Crc32c(), whole: crc32c },
  {
    name: 'Crc32c by the host',
    make: () => new Crc32c((bytes, seed) => crc32c(bytes, 0, bytes.length, seed)),
    whole: crc32c,
  },
  { name: 'Proximity1Crc32', make: () => new Proximity1Crc32(), whole: proximity1Crc32 },
]

describe.each(kinds)('$name', ({ make, whole }) => {
  test('of a file fed in pieces is that of the file, and says at every point how far it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(fc.nat({ max: 100 })), (file, marks) => {
        const running = make()
        expect(running.octets).toBe(0)
        expect(running.value()).toBe(0)
        for (const to of [...marks.map(mark => mark % (file.length + 1)), file.length].sort(
          (a, b) => a - b,
        )) {
          running.update(file, running.octets, to)
          expect(running.octets).toBe(to)
          expect(running.value()).toBe(whole(file.subarray(0, to)))
        }
      }),
    )
  })
})

test('the host is asked for each piece once, and for nothing else', () => {
  const asked: [length: number, seed: number][] = []
  const running = new Crc32((bytes, seed) => {
    asked.push([bytes.length, seed])
    return 100 + asked.length
  })
  const bytes = new Uint8Array(10)
  running.update(bytes, 0, 10)
  running.update(bytes, 3, 7)
  expect(asked).toEqual([
    [10, 0],
    [4, 101],
  ])
  expect(running.value()).toBe(102)
})
