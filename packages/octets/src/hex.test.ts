import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from './hex.ts'

test('two lower-case digits per octet', () => {
  expect(toHex(Uint8Array.of(0x00, 0x0a, 0xff))).toBe('000aff')
  expect(toHex(new Uint8Array(0))).toBe('')
})

test('octets come back from their digits, in either case and spaced as one likes', () => {
  const spaced = fc.array(fc.constantFrom('', ' ', '\n', '\t'), { maxLength: 20 })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), spaced, fc.boolean(), (octets, spaces, upper) => {
      const digits = [...(upper ? toHex(octets).toUpperCase() : toHex(octets))]
      const text = digits.map((digit, index) => (spaces[index] ?? '') + digit).join('')
      expect(fromHex(text)).toEqual(octets)
    }),
  )
})

test('the first character that is no digit is named by its place', () => {
  const code = 'not-hex'
  expect(fromHex('0x12')).toEqual({ kind: 'fault', code, offset: 1 })
  // The neighbours of the digits in ASCII, and what lies far away.
  for (const wrong of ['/', ':', '@', 'G', '`', 'g', 'é', '\u0000']) {
    expect(fromHex(`12 ${wrong}3`), wrong).toEqual({ kind: 'fault', code, offset: 3 })
  }
})

test('half an octet at the end is a fault', () => {
  expect(fromHex('123')).toEqual({ kind: 'fault', code: 'truncated', offset: 3 })
  expect(fromHex('1 ')).toEqual({ kind: 'fault', code: 'truncated', offset: 2 })
})
