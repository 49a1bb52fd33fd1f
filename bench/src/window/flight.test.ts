import { expect, test } from 'vitest'
import { flyWindowed } from './flight.ts'

const LINK = { name: 'queued', rateBps: 1e7, delayMs: 40, loss: 0.02, queue: 1000, fileOctets: 10 * 2 ** 20 }

test.each([1, 2, 3])(
  'where a queue forms little more is sent twice than was lost, and soon: seed %i',
  seed => {
    const { ms, idealMs, resent, lost, overflowed } = flyWindowed(LINK, seed)
    expect(lost).toBeGreaterThan(150)
    expect(overflowed).toBe(0)
    expect(resent / lost).toBeLessThan(1.5)
    expect(ms / idealMs).toBeLessThan(1.15)
  },
)

test('loss at random does not shrink the window below what the link carries', () => {
  const calm = flyWindowed({ ...LINK, loss: 0 }, 1)
  expect(flyWindowed(LINK, 1).ms).toBeLessThan(1.15 * calm.ms)
})
