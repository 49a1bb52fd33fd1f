import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeText, encodeText } from './text-codec.ts'

const codePoint = fc.integer({ min: 0, max: 0x10_ffff }).filter(point => point < 0xd800 || point > 0xdfff)

test('text comes back from its octets as it was, byte order marks and all', () => {
  fc.assert(
    fc.property(fc.array(codePoint), points => {
      const text = String.fromCodePoint(...points)
      expect(decodeText(encodeText(text))).toBe(text)
    }),
  )
  expect(decodeText(encodeText('\ufeffname'))).toBe('\ufeffname')
})

test('half a surrogate pair, and octets that are not UTF-8, become replacement characters', () => {
  expect([...encodeText('\ud800')]).toEqual([0xef, 0xbf, 0xbd])
  expect(decodeText(Uint8Array.of(0xc0, 0x41))).toBe('\ufffdA')
})

test('the answer stands on its own: one call does not change what another gave', () => {
  const first = encodeText('first')
  encodeText('other')
  expect(decodeText(first)).toBe('first')
})
