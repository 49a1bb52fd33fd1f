import { encodeText } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { octetsFrom, textFrom } from './names.ts'

describe('names', () => {
  it('are UTF-8, as the platform reads and writes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const octets = octetsFrom(text)
        expect(octets).toEqual(new Uint8Array(encodeText(text)))
        expect(textFrom(octets)).toBe(text)
      }),
    )
  })

  it('of any octets come back octet for octet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), octets => {
        expect(octetsFrom(textFrom(octets))).toEqual(octets)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong three octets', [0xe0, 0x80, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond the last code point', [0xf4, 0x90, 0x80, 0x80]],
    ['Latin-1', [0xe9, 0x74, 0xe9]],
  ])('that are no UTF-8 (%s) never read as other characters', (_, octets) => {
    const text = textFrom(Uint8Array.from(octets))
    expect(text).toBe(
      octets.map(octet => String.fromCharCode(octet < 0x80 ? octet : 0xdc00 + octet)).join(''),
    )
  })

  it('keep a byte order mark: it is part of the name', () => {
    expect(octetsFrom(textFrom(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)))).toEqual(
      Uint8Array.of(0xef, 0xbb, 0xbf, 0x61),
    )
  })

  it('that hold half a surrogate pair of our own are written with U+FFFD', () => {
    expect(octetsFrom('a\ud800')).toEqual(Uint8Array.of(0x61, 0xef, 0xbf, 0xbd))
  })
})
