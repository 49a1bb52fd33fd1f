import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { RoundTrip } from '../round-trip.ts'
import { Pace } from './pace.ts'

const ms = (value: number): Millis => value as Millis
const windowed = (roundTrip = new RoundTrip(ms(0))): Pace => new Pace('window', true, 1000, roundTrip)

function fill(pace: Pace, now: number): number {
  let sent = 0
  for (; !pace.isFull && pace.mayPass(ms(now)); sent++) pace.passed(1000, 0, ms(now))
  return sent
}

function prompt(pace: Pace, now: number): void {
  expect(pace.considerPrompt(true)).toBe(true)
  expect(pace.considerPrompt(true)).toBe(false)
  pace.prompted(0, ms(now))
}

describe('the pace', () => {
  it('of a rate is never held up by a window', () => {
    const pace = new Pace(8_000_000, true, 1000, new RoundTrip(ms(0)))
    for (let count = 0; count < 100; count++) pace.passed(1000, 0, pace.next())
    expect(pace.isFull).toBe(false)
    expect(pace.next()).toBeCloseTo(100)
    expect(pace.mayPass(ms(99.9))).toBe(false)
    expect(pace.mayPass(pace.next())).toBe(true)
    expect(pace.considerPrompt(true)).toBe(false)
  })

  it('in class 1, which has no Prompt, is an assumed rate in place of a window', () => {
    const pace = new Pace('window', false, 1000, new RoundTrip(ms(0)))
    expect(fill(pace, 0)).toBeLessThan(5)
    expect(pace.isFull).toBe(false)
  })

  it('waits for the answer when the window is full, and goes on with it', () => {
    const roundTrip = new RoundTrip(ms(0))
    const pace = windowed(roundTrip)
    expect(fill(pace, 0)).toBe(64)
    prompt(pace, 1)
    expect(pace.isAnswer(0, ms(101))).toBe(true)
    expect(pace.answered(64_000, 0, ms(101))).toBeUndefined()
    expect(roundTrip.measured).toBe(100)
    expect(pace.isAnswered).toBe(true)
    expect(fill(pace, 102)).toBeGreaterThanOrEqual(64)
  })

  it('takes no NAK for an answer that comes sooner than light, unless nothing follows it', () => {
    const roundTrip = new RoundTrip(ms(500))
    const pace = windowed(roundTrip)
    fill(pace, 0)
    prompt(pace, 0)
    expect(pace.isAnswer(0, ms(100))).toBe(false)
    expect(pace.isAnswer(0, ms(200))).toBe(false)
    expect(roundTrip.measured).toBeUndefined()
    expect(pace.missed()).toBeUndefined()
    expect(roundTrip.measured).toBe(100)
  })

  it('becomes an assumed rate, once said, when no Prompt was ever answered, and a window again with the first answer', () => {
    const pace = windowed()
    fill(pace, 0)
    const notices: unknown[] = []
    for (let count = 0; count < 4; count++) {
      prompt(pace, 1000 * count)
      notices.push(pace.missed()?.code)
    }
    expect(notices).toEqual([undefined, undefined, 'rate-assumed', undefined])
    expect(pace.missedInARow).toBe(4)
    expect(pace.isFull).toBe(false)
    expect(pace.mayPass(ms(5000))).toBe(true)
    prompt(pace, 5000)
    expect(pace.isAnswer(0, ms(5100))).toBe(true)
    expect(pace.answered(1000, 0, ms(5100))?.code).toBe('window-learned')
    expect(pace.missedInARow).toBe(0)
  })
})
