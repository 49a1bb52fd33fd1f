import { InvariantError, type Millis, NEVER } from '@skyferry/engine'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { realClock, wallClockMs } from './real-clock.ts'

const clock = realClock()
const after = (ms: number): Millis => (clock.now() + ms) as Millis

describe('the real clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
    })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('rings once, no earlier than asked', () => {
    const ring = vi.fn()
    clock.at(after(10.3), ring)
    vi.advanceTimersByTime(10)
    expect(ring).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(ring).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(1000)
    expect(ring).toHaveBeenCalledOnce()
  })

  it('rings what is due in this turn of the event loop, but not from within', () => {
    const ring = vi.fn()
    clock.at(after(-5), ring)
    clock.at(after(0), ring)
    expect(ring).not.toHaveBeenCalled()
    vi.advanceTimersByTime(0)
    expect(ring).toHaveBeenCalledTimes(2)
  })

  it('waits longer than the host can wait at once', () => {
    const ring = vi.fn()
    const days = 60 * 86_400_000
    clock.at(after(days), ring)
    vi.advanceTimersByTime(days - 1)
    expect(ring).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(ring).toHaveBeenCalledOnce()
  })

  it('waits on when the host rings too early', () => {
    const ring = vi.fn()
    const due = after(20)
    const now = vi.spyOn(performance, 'now').mockReturnValueOnce(due - 20)
    clock.at(due, ring)
    now.mockReturnValueOnce(due - 0.4)
    vi.advanceTimersByTime(20)
    expect(ring).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(ring).toHaveBeenCalledOnce()
  })

  it('arms nothing for NEVER', () => {
    clock.at(NEVER, () => {}).cancel()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps silent once cancelled, due or not, and lets the process end', () => {
    const ring = vi.fn()
    const alarms = [clock.at(after(0), ring), clock.at(after(5), ring)]
    for (const alarm of alarms) alarm.cancel()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(10)
    expect(ring).not.toHaveBeenCalled()
  })

  it('does not ring an alarm that was cancelled by one that rang just before', () => {
    const ring = vi.fn()
    const due = after(3)
    clock.at(due, () => second.cancel())
    const second = clock.at(due, ring)
    vi.advanceTimersByTime(5)
    expect(ring).not.toHaveBeenCalled()
  })

  it('refuses a time that is none', () => {
    expect(() => clock.at(Number.NaN as Millis, () => {})).toThrow(InvariantError)
  })
})

it('the wall clock tells the time of day', () => {
  expect(Math.abs(wallClockMs() - Date.now())).toBeLessThan(60_000)
})
