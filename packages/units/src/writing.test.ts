import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseDuration, parseRate, parseSize } from './quantities.ts'
import { writeDuration, writeRate, writeSize } from './writing.ts'

it('uses the largest unit without a fraction', () => {
  expect([0, 250, 3000, 1300, 600_000, 7_200_000, 86_400_000].map(writeDuration)).toEqual([
    '0ms',
    '250ms',
    '3s',
    '1300ms',
    '10min',
    '2h',
    '1d',
  ])
  expect([0, 512, 1024, 1536, 10 * 1024 ** 2].map(writeSize)).toEqual(['0', '512', '1KiB', '1536', '10MiB'])
  expect([9600, 1e6, 1.5e9].map(writeRate)).toEqual(['9600bit/s', '1Mbit/s', '1500Mbit/s'])
})

it('writes what reads the same', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), octets => {
      expect(parseSize(writeSize(octets))).toBe(octets)
      expect(parseDuration(writeDuration(octets % 1e12))).toBe(octets % 1e12)
      expect(parseRate(writeRate(octets + 1))).toBe(octets + 1)
    }),
  )
  for (const ms of [0.5, 0.0001, 1300.25]) expect(parseDuration(writeDuration(ms))).toBe(ms)
  for (const rate of [0.1, 9600.5]) expect(parseRate(writeRate(rate))).toBe(rate)
})
