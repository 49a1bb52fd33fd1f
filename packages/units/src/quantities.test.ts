import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  octetsNeeded,
  parseCount,
  parseDuration,
  parseHostPort,
  parseLimit,
  parsePeer,
  parseProbability,
  parseRate,
  parseSize,
  parseUnsigned,
} from './quantities.ts'
import { writeHostPort } from './writing.ts'

describe('sizes', () => {
  it.each([
    ['512', 512],
    ['0', 0],
    ['1B', 1],
    ['10MiB', 10 * 1024 * 1024],
    ['1.5KiB', 1536],
    ['64 kB', 64_000],
    ['2GB', 2e9],
    ['1TiB', 1024 ** 4],
  ])('%s is %d octets', (text, octets) => {
    expect(parseSize(text)).toBe(octets)
  })

  it.each(['', 'ten', '10mb', '10Mb', '-1', '1e3', '10MiB/s', '5%'])('%j is refused', text => {
    expect(() => parseSize(text)).toThrow(/is not a size/)
  })

  it('refuses parts of an octet and more than a number counts', () => {
    expect(() => parseSize('0.3B')).toThrow(/whole number of octets/)
    expect(() => parseSize('9000000TiB')).toThrow(/whole number of octets/)
  })
})

describe('rates', () => {
  it.each([
    ['9600bit/s', 9600],
    ['9600', 9600],
    ['9.6kbit/s', 9600],
    ['1Mbit/s', 1e6],
    ['1.5 Gbit/s', 1.5e9],
    ['2MB/s', 16e6],
    ['1MiB/s', 8 * 1024 * 1024],
  ])('%s is %d bit/s', (text, rate) => {
    expect(parseRate(text)).toBeCloseTo(rate, 6)
  })

  it.each(['', '1Mbit', 'fast', '1mbit/s', '-1bit/s'])('%j is refused', text => {
    expect(() => parseRate(text)).toThrow(/is not a rate/)
  })

  it('refuses zero: a link that sends nothing is no link', () => {
    expect(() => parseRate('0bit/s')).toThrow(/above zero/)
  })
})

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['1.3s', 1300],
    ['10m', 600_000],
    ['10min', 600_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1m 5.5s', 65_500],
    ['500us', 0.5],
    ['250', 250],
    ['0', 0],
    ['1.1h', 3_960_000],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  it.each(['', 's', '10x', '-1s', '1s2', '1,3s', 'never'])('%j is refused', text => {
    expect(() => parseDuration(text)).toThrow(/is not a duration/)
  })
})

describe('probabilities', () => {
  it.each([
    ['5%', 0.05],
    ['0.05', 0.05],
    ['0', 0],
    ['1', 1],
    ['100%', 1],
    ['0.1 %', 0.001],
  ])('%s is %d', (text, share) => {
    expect(parseProbability(text)).toBeCloseTo(share, 12)
  })

  it('guesses what was meant by more than one', () => {
    expect(() => parseProbability('5')).toThrow(/did you mean 5%\?/)
    expect(() => parseProbability('120%')).toThrow(/more than one/)
    expect(() => parseProbability('5ms')).toThrow(/not a probability/)
  })
})

describe('addresses', () => {
  it.each([
    ['127.0.0.1:5111', '127.0.0.1', 5111],
    ['localhost:0', 'localhost', 0],
    ['[::1]:5111', '::1', 5111],
    ['[fe80::1%eth0]:65535', 'fe80::1%eth0', 65_535],
  ])('%s', (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port })
    expect(writeHostPort(parseHostPort(text))).toBe(text)
  })

  it.each(['', '5111', ':5111', 'localhost', 'localhost:', 'a b:c', 'localhost:-1'])(
    '%j is refused',
    text => {
      expect(() => parseHostPort(text)).toThrow(/is not HOST:PORT/)
    },
  )

  it('shows how an IPv6 address is written', () => {
    expect(() => parseHostPort('::1:5111')).toThrow(/in brackets: \[::1\]:5111/)
  })

  it('refuses ports that do not exist, and port 0 for a peer', () => {
    expect(() => parseHostPort('localhost:65536')).toThrow(/above 65535/)
    expect(() => parsePeer('localhost:0')).toThrow(/port 0/)
  })
})

describe('ids and counts', () => {
  it('reads every id of eight octets, decimal and hexadecimal, and no other', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), id => {
        expect(parseUnsigned(id.toString())).toBe(id)
        expect(parseUnsigned(`0x${id.toString(16)}`)).toBe(id)
        expect(2n ** BigInt(8 * octetsNeeded(id)) > id).toBe(true)
      }),
    )
    expect(() => parseUnsigned('18446744073709551616')).toThrow(/eight octets/)
    for (const text of ['', '-1', '1.5', 'five', '0x', '0xg', '1e3']) {
      expect(() => parseUnsigned(text)).toThrow(/unsigned number/)
    }
  })

  it('knows the least number of octets of an id', () => {
    expect([0n, 255n, 256n, 65_535n, 65_536n, 2n ** 64n - 1n].map(octetsNeeded)).toEqual([1, 1, 2, 2, 3, 8])
  })

  it('bounds counts on both sides', () => {
    expect(parseCount('7', 1, 8)).toBe(7)
    expect(() => parseCount('0', 1)).toThrow(/below 1/)
    expect(() => parseCount('9', 1, 8)).toThrow(/above 8/)
    expect(() => parseCount('1.5', 1)).toThrow(/whole number/)
  })

  it('takes a word for no limit', () => {
    expect(parseLimit('unlimited')).toBe(-1)
    expect(parseLimit('0')).toBe(0)
    expect(parseLimit('-1')).toBe(-1)
    expect(() => parseLimit('-2')).toThrow(/below -1/)
  })
})
