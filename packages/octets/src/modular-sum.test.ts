import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addModular, modularSum } from './modular-sum.ts'

/** Octet by octet, as the standard's words read. */
function naiveSum(octets: Uint8Array, fileOffset: number): number {
  let sum = 0n
  for (const [index, octet] of octets.entries()) {
    const place = (BigInt(fileOffset) + BigInt(index)) % 4n
    sum += BigInt(octet) << (8n * (3n - place))
  }
  return Number(sum % 2n ** 32n)
}

const fileOffset = fc.oneof(
  fc.nat({ max: 9 }),
  fc.maxSafeNat().map(offset => Math.min(offset, 2 ** 53 - 200)),
)

test('agrees with the sum octet by octet, wherever the octets stand in buffer and file', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 150 }),
      fc.nat({ max: 9 }),
      fc.nat({ max: 9 }),
      fileOffset,
      (octets, before, ahead, offset) => {
        // A buffer that starts inside a larger one, as a datagram in a pool does.
        const memory = new Uint8Array(ahead + before + octets.length + 8).fill(0xee)
        const lent = memory.subarray(ahead)
        lent.set(octets, before)
        const view = new DataView(lent.buffer, lent.byteOffset, lent.byteLength)
        expect(modularSum(lent, view, before, before + octets.length, offset)).toBe(naiveSum(octets, offset))
      },
    ),
    { numRuns: 500 },
  )
})

test('reads nothing outside its part, be it as short as nothing', () => {
  const octets = new Uint8Array(8).fill(0xff)
  const view = new DataView(octets.buffer)
  for (let from = 0; from <= 8; from++) expect(modularSum(octets, view, from, from, 3)).toBe(0)
  expect(modularSum(octets, view, 7, 8, 2)).toBe(0xff00)
})

test('a file cut anywhere, its pieces in any order, has the sum of the whole', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.array(fc.nat({ max: 200 }), { maxLength: 8 }),
      fc.infiniteStream(fc.nat()),
      (file, marks, order) => {
        const view = new DataView(file.buffer)
        const cuts = [0, ...marks.map(mark => mark % file.length), file.length].sort((a, b) => a - b)
        const pieces = cuts
          .slice(1)
          .map((to, index) => ({ from: cuts[index]!, to, rank: order.next().value! }))
        let sum = 0
        for (const { from, to } of pieces.sort((a, b) => a.rank - b.rank)) {
          sum = addModular(sum, modularSum(file, view, from, to, from))
        }
        expect(sum).toBe(naiveSum(file, 0))
      },
    ),
  )
})

test('sums wrap at 2^32 and stay unsigned', () => {
  expect(addModular(0xffff_ffff, 1)).toBe(0)
  expect(addModular(0x8000_0000, 0x7fff_ffff)).toBe(0xffff_ffff)
})
