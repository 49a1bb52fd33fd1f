import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { Pacer } from './pacer.ts'

describe('a pacer', () => {
  it('lets one PDU pass per its time on the link', () => {
    const pacer = new Pacer(8000)
    let now = 0 as Millis
    let passed = 0
    while (now < 10_000) {
      if (pacer.mayPass(now)) {
        pacer.passed(100, now)
        passed += 1
      } else now = pacer.next()
    }
    expect(passed).toBeGreaterThanOrEqual(100)
    expect(passed).toBeLessThanOrEqual(101)
  })

  it('gives no more than two milliseconds of credit for a pause', () => {
    const pacer = new Pacer(8_000_000)
    pacer.passed(1000, 0 as Millis)
    const now = 100_000 as Millis
    let passed = 0
    for (; pacer.mayPass(now); passed++) pacer.passed(1000, now)
    expect(passed).toBe(3)
  })
})
