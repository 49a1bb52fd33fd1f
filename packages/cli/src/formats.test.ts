import { describe, expect, it } from 'vitest'
import { formatDuration, formatForeign, formatRate, formatShare, formatSize, plural } from './formats.ts'

describe('what an operator reads', () => {
  it.each([
    [0, '0 octets'],
    [1023, '1023 octets'],
    [1024, '1.00 KiB'],
    [10_000_000, '9.54 MiB'],
    [10 * 1024 * 1024, '10.0 MiB'],
    [1023.9 * 1024, '1.00 MiB'],
    [1024 ** 4, '1.00 TiB'],
  ])('%d octets are %s', (octets, text) => {
    expect(formatSize(octets)).toBe(text)
  })

  it.each([
    [0, '0 bit/s'],
    [950, '950 bit/s'],
    [9600, '9.60 kbit/s'],
    [1e6, '1.00 Mbit/s'],
    [123_456_789, '123 Mbit/s'],
    [5e12, '5000 Gbit/s'],
  ])('%d bit/s are %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text)
  })

  it.each([
    [0, '0 ms'],
    [250, '250 ms'],
    [1300, '1.3 s'],
    [59_990, '1 m 00 s'],
    [125_000, '2 m 05 s'],
    [11_040_000, '3 h 04 m'],
    [Infinity, '?'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text)
  })

  it('says shares in percent and counts in words', () => {
    expect(formatShare(0.05)).toBe('5%')
    expect(formatShare(0.0005)).toBe('0.05%')
    expect(plural(1, 'gap')).toBe('1 gap')
    expect(plural(2, 'gap')).toBe('2 gaps')
  })
})

it('a text of a stranger does nothing to a terminal', () => {
  expect(formatForeign('a\u001b[31mb\r\u202ec\u0000é 日')).toBe('a\uFFFD[31mb\uFFFD\uFFFDc\uFFFDé 日')
})
