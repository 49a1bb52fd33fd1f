import { describe, expect, it } from 'vitest'
import { Exit, UsageError } from '../usage.ts'
import { jsonOutput } from './json.ts'
import type { Result } from './lines.ts'
import { progressLines } from './progress-lines.ts'
import { RateMeter } from './rate-meter.ts'
import { describeProgress, describeResult, textOutput } from './text.ts'

const result: Result = {
  transaction: '11:1',
  state: 'completed',
  reason: null,
  octets: 1000,
  seconds: 1.23456,
  sha256: 'ab',
  path: '/tmp/a',
  pdus: { sent: 3, received: 2, resent: 1 },
}

class Memory {
  text = ''
  write(text: string): void {
    this.text += text
  }
  get lines(): string[] {
    return this.text.split('\n').filter(line => line !== '')
  }
}

describe('JSON lines', () => {
  const clock = (): Date => new Date(Date.UTC(2030, 0, 2, 3, 4, 5, 678))
  const said = (say: (output: ReturnType<typeof jsonOutput>) => void): { out: Memory; err: Memory } => {
    const out = new Memory()
    const err = new Memory()
    say(jsonOutput(out, err, clock))
    return { out, err }
  }

  it('carry type and time, one object per line', () => {
    const { out, err } = said(output => {
      output.event({ code: 'listening', text: 'here', fields: { listen: '127.0.0.1:1' } })
      output.progress({ transaction: '11:1', octets: 1, size: null, gaps: 0, rate: 1.6 })
      output.result(result)
    })
    const time = '2030-01-02T03:04:05.678Z'
    expect(out.lines.map(line => JSON.parse(line))).toEqual([
      { type: 'event', time, code: 'listening', text: 'here', listen: '127.0.0.1:1' },
      { type: 'progress', time, transaction: '11:1', octets: 1, size: null, gaps: 0, rate: 2 },
      { type: 'result', time, ...result, seconds: 1.235 },
    ])
    expect(err.text).toBe('')
  })

  it('say an error as a line, and on stderr for people', () => {
    const { out, err } = said(output => output.error(new UsageError('--rate: no')))
    expect(JSON.parse(out.text)).toMatchObject({ type: 'error', code: 'usage', text: '--rate: no' })
    expect(err.text).toBe('error: --rate: no\n')
    expect(new UsageError('x').exit).toBe(Exit.Usage)
  })

  it('say why a transfer failed on stderr too', () => {
    const { err } = said(output => output.result({ ...result, state: 'failed', reason: 'NAK limit reached' }))
    expect(err.text).toBe('failed: NAK limit reached\n')
  })

  it('write ids beyond 2^53 as strings, and octets as hexadecimal', () => {
    const { out } = said(output =>
      output.finding({ type: 'pdu', fields: { id: 2n ** 60n, value: Uint8Array.of(1, 255) }, text: '' }),
    )
    expect(JSON.parse(out.text)).toMatchObject({ id: '1152921504606846976', value: '01ff' })
  })
})

describe('words for people', () => {
  it('show percent, sizes, rate, gaps and time left', () => {
    const half = {
      transaction: '11:1',
      octets: 5 * 1024 ** 2,
      size: 10 * 1024 ** 2,
      gaps: 1,
      rate: 8 * 1024 ** 2,
    }
    expect(describeProgress(half)).toBe(' 50%  5.00 MiB of 10.0 MiB  8.39 Mbit/s  1 gap  5.0 s left')
  })

  it('show no percent of an unknown size, and call an empty file whole', () => {
    const unknown = { transaction: '11:1', octets: 512, size: null, gaps: 0, rate: 0 }
    expect(describeProgress(unknown)).toBe('512 octets  0 bit/s  0 gaps')
    expect(describeProgress({ ...unknown, octets: 0, size: 0 })).toContain('100%')
  })

  it('put results on stdout and everything else on stderr', () => {
    const out = new Memory()
    const err = new Memory()
    const output = textOutput(
      out,
      progressLines(err, () => 0),
    )
    output.event({ code: 'x', text: 'something happened' })
    output.result({ ...result, state: 'failed', reason: 'NAK limit reached', sha256: null })
    expect(err.text).toMatch(/something happened\n.*failed: NAK limit reached/s)
    expect(out.text).toMatch(/^failed/)
    expect(out.text).not.toContain('sha256')
  })

  it('list what became of filestore requests', () => {
    expect(describeResult({ ...result, responses: ['delete a: successful'] })).toContain(
      'filestore   delete a: successful',
    )
  })
})

describe('progress where nobody watches', () => {
  it('writes the first, the last, and one every five seconds', () => {
    const err = new Memory()
    let now = 0
    const view = progressLines(err, () => now)
    for (now = 0; now <= 12_000; now += 200) {
      view.show({ transaction: '11:1', octets: now, size: 12_000, gaps: 0, rate: 0 })
    }
    expect(err.lines.map(line => /(\d+)%/.exec(line)?.[1])).toEqual(['0', '41', '83', '100'])
  })
})

describe('the rate meter', () => {
  it('is silent until it has two samples', () => {
    const meter = new RateMeter()
    expect(meter.rate()).toBe(0)
    meter.add(1000, 0)
    expect(meter.rate()).toBe(0)
  })

  it('measures over the last three seconds only', () => {
    const meter = new RateMeter()
    for (let at = 0; at <= 10_000; at += 500) meter.add(at < 5000 ? at * 1000 : 5_000_000 + at, at)
    expect(meter.rate()).toBeCloseTo(8000, 6)
  })

  it('falls to zero when nothing comes any more', () => {
    const meter = new RateMeter()
    for (let at = 0; at <= 10_000; at += 500) meter.add(Math.min(at, 2000), at)
    expect(meter.rate()).toBe(0)
  })
})
