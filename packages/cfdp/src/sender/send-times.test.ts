import { describe, expect, it } from 'vitest'
import { SendTimes } from './send-times.ts'

describe('when the first pass went by', () => {
  it('is when the octets just after an offset left', () => {
    const times = new SendTimes()
    times.passed(100, 10)
    times.passed(200, 20)
    times.passed(300, 30)
    expect(times.after(100)).toBe(20)
    expect(times.after(150)).toBe(20)
    expect(times.after(299)).toBe(30)
  })

  it('is unknown for what has not left, and before anything has', () => {
    const times = new SendTimes()
    expect(times.after(0)).toBeUndefined()
    times.passed(100, 10)
    expect(times.after(100)).toBeUndefined()
  })

  it('is kept to a millisecond', () => {
    const times = new SendTimes()
    times.passed(100, 10)
    times.passed(200, 10.4)
    times.passed(300, 11)
    expect(times.after(200)).toBe(11)
    expect(times.after(250)).toBe(11)
  })

  it('is forgotten for what left long ago, and not for what left of late', () => {
    const times = new SendTimes()
    for (let count = 1; count <= 100_000; count++) times.passed(count * 10, count)
    expect(times.after(10)).toBeUndefined()
    expect(times.after(999_900)).toBe(99_991)
    expect(times.after(998_000)).toBe(99_801)
  })
})
