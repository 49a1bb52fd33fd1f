import { describe, expect, it } from 'vitest'
import { worstError } from './worst-window.ts'

const evenly = (count: number, everyMs: number): number[] =>
  Array.from({ length: count }, (_, index) => index * everyMs)

describe('the worst error of a pacer', () => {
  it('is nothing when each datagram leaves as the one before has gone, at any rate', () => {
    expect(worstError(evenly(5000, 1), 1)).toBeCloseTo(0, 9)
    expect(worstError(evenly(5, 613), 613)).toBeCloseTo(0, 9)
  })

  it('is the share by which a whole second is too fast or too slow', () => {
    expect(worstError(evenly(5000, 1), 1.05)).toBeCloseTo(0.05, 3)
    expect(worstError(evenly(5000, 1), 0.95)).toBeCloseTo(0.05, 3)
  })

  it('finds the one second that is wrong, wherever it begins', () => {
    const late = evenly(5000, 1).map(time => (time > 2345.5 ? time + 30 : time))
    expect(worstError(late, 1)).toBeCloseTo(0.03, 3)
    const burst = [...evenly(5000, 1), ...Array.from({ length: 20 }, () => 2500)].sort((a, b) => a - b)
    expect(worstError(burst, 1)).toBeCloseTo(0.02, 2)
  })

  it('is unknown of less than a second', () => {
    expect(worstError(evenly(900, 1), 1)).toBeUndefined()
    expect(worstError([], 1)).toBeUndefined()
  })
})
