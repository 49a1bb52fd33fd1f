import { expect, it } from 'vitest'
import { fileDataOffset } from './file-data-peek.ts'

const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

it('finds the offset of File Data behind ids of any width', () => {
  // version 1, File Data; 2-octet ids, 4-octet sequence number
  expect(fileDataOffset(octets('30 0005 13 0001 00000002 0003 00010203 ff'))).toBe(0x10203)
  // 1-octet ids and sequence number
  expect(fileDataOffset(octets('30 0005 00 01 02 03 80000000 ff'))).toBe(2 ** 31)
})

it('finds the offset of a large file', () => {
  expect(fileDataOffset(octets('31 0009 00 01 02 03 0000000200000001 ff'))).toBe(2 ** 33 + 1)
})

it('says -1 of a directive and of what is cut short', () => {
  expect(fileDataOffset(octets('20 0005 13 0001 00000002 0003 0400000000'))).toBe(-1)
  expect(fileDataOffset(octets('30 0005 13 0001 00000002 0003 0001'))).toBe(-1)
  expect(fileDataOffset(octets('30'))).toBe(-1)
})
