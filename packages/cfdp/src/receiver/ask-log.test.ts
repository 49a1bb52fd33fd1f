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
    expect(log.filled(10, ms(50))).toBe(50)
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

  it('stays bounded', () => {
    const log = new AskLog()
    for (let at = 0; at < 1000; at++) log.note(at * 10, at * 10 + 5, true, ms(at), 100, 0)
    expect(log.size).toBeLessThanOrEqual(256)
    expect(log.due).toBeLessThanOrEqual(100)
  })
})
