import { describe, expect, it } from 'vitest'
import { UsageError } from '../usage.ts'
import { parseGet, parseInfo, parseResume, parseServe } from './plan.ts'

const LINK = { link: ['zmq:localhost'], server: '20' }

describe('dtp get', () => {
  it('needs a payload, a server and a link, and has defaults for the rest', () => {
    const plan = parseGet('1', LINK)
    expect(plan.file).toBe('payload-1')
    expect(plan.terms).toEqual({
      server: 20,
      payload: { kind: 'id', id: 1 },
      dialect: 'D2c',
      wanted: [],
      crc32: null,
    })
    for (const [payload, raw] of [
      [undefined, LINK],
      ['1', { link: ['zmq:localhost'] }],
      ['1', { server: '20' }],
      ['256', LINK],
      ['1', { ...LINK, memory: '0x0,5' }],
    ] as const) {
      expect(() => parseGet(payload, raw)).toThrow(UsageError)
    }
  })

  it('puts ranges in order and joins those that meet', () => {
    expect(parseGet('1', { ...LINK, range: ['4KiB-5KiB', '0-100', '50-200'] }).terms.wanted).toEqual([
      0, 200, 4096, 5120,
    ])
    expect(() => parseGet('1', { ...LINK, range: ['5-5'] })).toThrow(/--range/)
  })

  it('reads memory', () => {
    const plan = parseGet(undefined, { ...LINK, memory: '0xDEADBEEF00000000,64KiB' })
    expect(plan.terms.payload).toEqual({ kind: 'memory', address: 'deadbeef00000000', size: 65_536 })
    expect(plan.file).toBe('memory-deadbeef00000000')
  })

  it('takes rates of payload in octets, as C users write them, and with units', () => {
    const rate = (throughput: string) => parseGet('1', { ...LINK, throughput }).terms.throughput
    expect(rate('10000')).toBe(10_000)
    expect(rate('1MB/s')).toBe(1_000_000)
    expect(rate('9600bit/s')).toBe(1200)
    expect(() => rate('0')).toThrow(/--throughput/)
  })

  it('writes to stdout without a file, and not together with --json', () => {
    expect(parseGet('1', { ...LINK, output: '-' })).toMatchObject({ file: undefined, follows: true })
    expect(() => parseGet('1', { ...LINK, output: '-', json: true })).toThrow(/--json/)
  })

  it('names the nearest peer and dialect', () => {
    expect(() => parseGet('1', { ...LINK, peer: 'libdpt' })).toThrow(/libdtp/)
    expect(() => parseGet('1', { ...LINK, dialect: 'D2' })).toThrow(/D2/)
  })
})

it('dtp resume takes the file or what stands beside it', () => {
  for (const name of ['image.raw', 'image.raw.meta', 'image.raw.session']) {
    expect(parseResume(name, LINK)).toMatchObject({ file: 'image.raw', changes: {} })
  }
  expect(parseResume('x', { ...LINK, mtu: '208', idle: '2s' }).changes).toEqual({
    mtuOctets: 208,
    idleMs: 2000,
  })
  expect(() => parseResume(undefined, LINK)).toThrow(/FILE/)
})

it('dtp serve needs a payload', () => {
  const plan = parseServe({
    link: ['zmq:localhost'],
    payload: ['1=a=b.raw', '255=c'],
    throughputMax: '1MB/s',
  })
  expect([...plan.payloads]).toEqual([
    [1, 'a=b.raw'],
    [255, 'c'],
  ])
  expect(plan.throughputMax).toBe(1_000_000)
  expect(() => parseServe({ link: ['zmq:localhost'] })).toThrow(/--payload/)
  expect(() => parseServe({ link: ['zmq:localhost'], payload: ['256=x'] })).toThrow(/--payload/)
})

it('dtp info needs an id', () => {
  expect(parseInfo('3', LINK)).toMatchObject({ server: 20, payloadId: 3 })
  expect(() => parseInfo(undefined, LINK)).toThrow(/PAYLOAD/)
})
