import { describe, expect, it } from 'vitest'
import { isPcap, parseDecode, pdusOfText } from './inputs.ts'

const files = new Set(['a.pcap', 'beef'])
const parse = (...operands: string[]) => parseDecode(operands, path => files.has(path))
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('what decode is given', () => {
  it.each([
    [['0102ff'], [{ kind: 'hex', octets: Uint8Array.of(1, 2, 255) }]],
    [['cfdp', '01 02', '03:04', '0x05'], [{ kind: 'hex', octets: Uint8Array.of(1, 2, 3, 4, 5) }]],
    [['0', '1'], [{ kind: 'hex', octets: Uint8Array.of(1) }]],
    [['a.pcap'], [{ kind: 'file', path: 'a.pcap' }]],
    [['beef'], [{ kind: 'file', path: 'beef' }]],
    [['cfdp', '-'], [{ kind: 'stdin' }]],
  ])('%j', (operands, sources) => {
    expect(parse(...operands)).toEqual(sources)
  })

  it('refuses what is not known, each for its own reason', () => {
    expect(() => parse('csp', '01')).toThrow(/csp comes with a later version/)
    expect(() => parse('cfdp')).toThrow(/nothing to decode/)
    expect(() => parse('cfpd', '01')).toThrow(/did you mean 'cfdp'/)
    expect(() => parse('none.pcap')).toThrow(/there is no file 'none.pcap'/)
    expect(() => parse('hello')).toThrow(/neither a file nor hexadecimal/)
    expect(() => parse('012')).toThrow(/odd number/)
  })

  it('knows a capture by its first octets', () => {
    const capture = (...magic: number[]): Uint8Array => Uint8Array.from([...magic, ...new Array(20).fill(0)])
    expect(isPcap(capture(0xd4, 0xc3, 0xb2, 0xa1))).toBe(true)
    expect(isPcap(capture(0xa1, 0xb2, 0x3c, 0x4d))).toBe(true)
    expect(isPcap(capture(0x0a, 0x0d, 0x0d, 0x0a))).toBe(false)
    expect(isPcap(Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1))).toBe(false)
  })

  it('reads a PDU per line of hexadecimal, and takes anything else as one PDU', () => {
    expect(pdusOfText(text('0102\n\n03 04\n'))).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3, 4)])
    expect(pdusOfText(Uint8Array.of(0x24, 0, 0xff))).toEqual([Uint8Array.of(0x24, 0, 0xff)])
  })
})
