import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { AskLog } from './ask-log.ts'

const ms = (value: number): Millis => value as Millis

describe('what was asked for', () => {
  it('is due again after the interval, once', () => {
    const log = new AskLog()
    log.note(10, 20, true, ms(0), 100, 0)
    expect(log.due).toBe(100)
    expect(log.expire(ms(99), 10)).toEqual([])
    expect(log.expire(ms(100), 10)).toEqual([{ from: 10, to: 20 }])
    expect(log.due).toBe(Infinity)
  })

  it('measures a round trip by the first answer to the first ask only', () => {
    const log = new AskLog()
    log.note(10, 20, true, ms(0), 100, 0)
    log.note(30, 40, false, ms(5), 100, 0)
    expect(log.filled(10, ms(50))).toBe(0)
    expect(log.filled(11, ms(60))).toBeUndefined()
    expect(log.filled(30, ms(60))).toBeUndefined()
  })

  it('waits with what answers have not reached, until they pause', () => {
    const log = new AskLog()
    log.note(0, 100, true, ms(0), 100, 0)
    log.filled(50, ms(98))
    expect(log.expire(ms(100), 10)).toEqual([{ from: 0, to: 51 }])
    expect(log.due).toBe(108)
    expect(log.expire(ms(108), 10)).toEqual([{ from: 51, to: 100 }])
  })

  it('is due once, however often and in whatever pieces it was asked for', () => {
    const log = new AskLog()
    log.note(0, 100, true, ms(0), 100, 0)
    log.note(40, 60, false, ms(50), 100, 0)
    expect(log.expire(ms(100), 10)).toEqual([
      { from: 0, to: 40 },
      { from: 60, to: 100 },
    ])
    log.note(0, 200, false, ms(120), 100, 0)
    expect(log.expire(ms(150), 10)).toEqual([])
    expect(log.expire(ms(220), 10)).toEqual([{ from: 0, to: 200 }])
    expect(log.due).toBe(Infinity)
  })

  it('stays bounded when small asks keep cutting large ones in two, and forgets no part that was asked for', () => {
    const log = new AskLog()
    for (let at = 0; at < 300; at++) log.note(at * 1000, at * 1000 + 900, false, ms(at), 100_000, 0)
    for (let at = 0; at < 5000; at++) {
      const from = (at * 7919) % 299_000
      log.note(from, from + 1, false, ms(300 + at), 100_000, 0)
      expect(log.size).toBeLessThanOrEqual(256)
    }
    const due = log.expire(ms(1e9), 10).sort((a, b) => a.from - b.from)
    for (let index = 1; index < due.length; index++) {
      expect(due[index]!.from).toBeGreaterThanOrEqual(due[index - 1]!.to)
    }
    const covers = (octet: number): boolean => due.some(({ from, to }) => from <= octet && octet < to)
    for (let at = 0; at < 300; at++) expect(covers(at * 1000 + 450)).toBe(true)
  })

  it('stays bounded', () => {
    const log = new AskLog()
    for (let at = 0; at < 1000; at++) log.note(at * 10, at * 10 + 5, true, ms(at), 100, 0)
    expect(log.size).toBeLessThanOrEqual(256)
    expect(log.due).toBeLessThanOrEqual(100)
  })
})
