import type { WeatherCounters, WeatherSettings } from '@skyferry/sim'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Event, Finding } from '../output/lines.ts'
import type { Output } from '../output/output.ts'
import { announce, type EmulatedLink, obey, parseEmulate, tellCounters } from './emulate.ts'

const base = { a: '127.0.0.1:5111', b: '127.0.0.1:5222' }
const counters = { offered: 3, delivered: 2, lost: 1, queueDropped: 0 } as WeatherCounters

let done: string[]
let events: Event[]
let findings: Finding[]
let link: EmulatedLink
let output: Output
beforeEach(() => {
  done = []
  events = []
  findings = []
  link = {
    listenA: { host: '127.0.0.1', port: 6111 },
    listenB: { host: '::1', port: 6222 },
    setUp: (direction, up) => done.push(`${direction} ${up ? 'up' : 'down'}`),
    adjust: (direction, patch: Partial<WeatherSettings>) =>
      done.push(`${direction} ${JSON.stringify(patch)}`),
    counters: () => counters,
  }
  const nothing = (): void => {}
  const rest = { progress: nothing, result: nothing, error: nothing, close: nothing }
  output = { ...rest, event: event => events.push(event), finding: finding => findings.push(finding) }
})

describe('link emulate', () => {
  it('lets the system choose where to listen, and chance the seed, when nothing is said', () => {
    expect(parseEmulate(base, () => 7)).toEqual({
      a: { host: '127.0.0.1', port: 5111 },
      b: { host: '127.0.0.1', port: 5222 },
      listenA: { host: '127.0.0.1', port: 0 },
      listenB: { host: '127.0.0.1', port: 0 },
      weather: { ab: { overheadOctets: 28 }, ba: { overheadOctets: 28 } },
      seed: 7,
      control: false,
    })
  })

  it('takes what is said, and names the option at fault', () => {
    const plan = parseEmulate(
      { ...base, listenA: '[::1]:1', seed: '0x10', control: true, lossAb: '5%' },
      () => 7,
    )
    expect(plan).toMatchObject({ listenA: { host: '::1', port: 1 }, seed: 16, control: true })
    expect(plan.weather.ab.loss).toBe(0.05)
    expect(() => parseEmulate({ ...base, a: 'x' }, () => 7)).toThrow(/^--a: /)
    expect(() => parseEmulate({ ...base, seed: '1.5' }, () => 7)).toThrow(/^--seed: /)
  })

  it('says where the ends are to send to', () => {
    announce(
      parseEmulate(base, () => 255),
      link,
      output,
    )
    expect(events[0]).toMatchObject({
      code: 'listening',
      fields: { listenA: '127.0.0.1:6111', listenB: '[::1]:6222', seed: '0xff' },
    })
  })

  it('obeys lines', () => {
    for (const line of ['down', 'up', 'down ba', 'set loss 5%', 'set delay-ab 1s', '', '  ']) {
      expect(obey(line, link, output)).toBe(true)
    }
    expect(done).toEqual([
      'ab down',
      'ba down',
      'ab up',
      'ba up',
      'ba down',
      'ab {"loss":0.05}',
      'ba {"loss":0.05}',
      'ab {"delayMs":1000}',
    ])
    expect(obey('quit', link, output)).toBe(false)
  })

  it.each(['dwon', 'down up', 'set', 'set loss', 'set los 5%', 'set loss 7'])(
    'refuses %j and goes on',
    line => {
      expect(obey(line, link, output)).toBe(true)
      expect(done).toEqual([])
      expect(events.map(event => event.code)).toEqual(['refused'])
    },
  )

  it('shows what became of the datagrams, each way', () => {
    tellCounters(link, output)
    expect(findings.map(finding => finding.text)).toEqual([
      'A → B  3 offered, 2 delivered, 1 lost, 0 queue dropped',
      'B → A  3 offered, 2 delivered, 1 lost, 0 queue dropped',
    ])
    expect(findings[1]?.fields).toEqual({ direction: 'ba', ...counters })
  })
})

describe('the four places of an emulated link', () => {
  it.each([
    [{ listenA: base.a }, /^--listen-a: .*--a already/],
    [{ listenB: base.a }, /^--listen-b: .*--a already/],
    [{ b: base.a }, /^--b: .*--a already/],
    [{ listenA: '127.0.0.1:6111', listenB: '127.0.0.1:6111' }, /^--listen-b: .*--listen-a already/],
  ])('%o are four', (places, message) => {
    expect(() => parseEmulate({ ...base, ...places }, () => 1)).toThrow(message)
  })

  it('may both be chosen by the system', () => {
    expect(parseEmulate({ ...base, listenA: '127.0.0.1:0', listenB: '127.0.0.1:0' }, () => 1).seed).toBe(1)
  })
})
