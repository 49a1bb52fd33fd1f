import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FileChecksum, isSupported } from './file-checksum.ts'
import { ChecksumType } from './pdu/model.ts'

/** Of the octets "123456789"; the first is the sum of 0x31323334, 0x35363738 and 0x39000000. */
const CHECK = [
  ['modular', ChecksumType.Modular, 0x9f686a6c],
  ['CRC-32C', ChecksumType.Crc32c, 0xe3069283],
  ['CRC-32', ChecksumType.Crc32, 0xcbf43926],
  ['null', ChecksumType.Null, 0],
] as const
const DIGITS = Uint8Array.from('123456789', digit => digit.charCodeAt(0))
const TYPES = Object.values(ChecksumType)

function add(checksum: FileChecksum, bytes: Uint8Array, from: number, to: number): void {
  checksum.add(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), from, to, from)
}

function sum(type: ChecksumType, bytes: Uint8Array): number {
  const checksum = new FileChecksum(type)
  add(checksum, bytes, 0, bytes.length)
  return checksum.value()
}

describe('the checksum of a file', () => {
  it.each(CHECK)('%s has its check value', (_name, type, expected) => {
    expect(sum(type, DIGITS)).toBe(expected)
  })

  it('is of no other type than the five', () => {
    expect(Array.from({ length: 16 }, (_, type) => type).filter(isSupported)).toEqual([0, 1, 2, 3, 15])
  })

  it('is the same in whatever pieces the file comes in order', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200)), (file, cuts) => {
        const ends = [...cuts.filter(cut => cut < file.length), file.length].sort((a, b) => a - b)
        for (const type of TYPES) {
          const checksum = new FileChecksum(type)
          let from = 0
          for (const to of ends) {
            add(checksum, file, from, to)
            from = to
          }
          expect(checksum.upTo).toBe(file.length)
          expect(checksum.value()).toBe(sum(type, file))
        }
      }),
    )
  })

  it('takes pieces in any order where it says so, and elsewhere leaves out what does not continue', () => {
    const file = Uint8Array.from({ length: 40 }, (_, index) => 7 * index)
    for (const type of TYPES) {
      const checksum = new FileChecksum(type)
      add(checksum, file, 13, 40)
      add(checksum, file, 0, 13)
      const reached = checksum.takesAnyOrder ? file : file.subarray(0, 13)
      expect(checksum.value()).toBe(sum(type, reached))
      expect(checksum.upTo).toBe(13)
    }
    expect(TYPES.filter(type => new FileChecksum(type).takesAnyOrder)).toEqual([
      ChecksumType.Modular,
      ChecksumType.Null,
    ])
  })

  it("uses the host's CRC-32 where it is handed one", () => {
    const seen: number[] = []
    const checksum = new FileChecksum(ChecksumType.Crc32, (bytes, seed) => {
      seen.push(bytes.length)
      return seed + bytes.length
    })
    add(checksum, DIGITS, 0, 4)
    add(checksum, DIGITS, 4, 9)
    expect(seen).toEqual([4, 5])
    expect(checksum.value()).toBe(9)
  })
})
