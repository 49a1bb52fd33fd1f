import { expect, it } from 'vitest'
import { cRounds, evenThroughput } from './pacing.ts'

/** The table of reference section 4. */
it.each([
  [10_000, 208, 100, 5],
  [100_000, 208, 10, 5],
  [100_000, 1008, 10, 1],
  [100_000, 2048, 1000, 49],
  [1_000_000, 1008, 10, 10],
  [1_000_000, 2048, 100, 49],
  [10_000_000, 208, 10, 500],
])(
  'a C server asked for %i octets/s in packets of %i has rounds of %i ms with %i packets',
  (rate, mtu, roundMs, packetsPerRound) => {
    expect(cRounds(rate, mtu - 8)).toEqual({ roundMs, packetsPerRound })
  },
)

it('a rate far below one packet per second makes rounds of whole seconds', () => {
  expect(cRounds(10, 200)).toEqual({ roundMs: 20_000, packetsPerRound: 1 })
})

it('an even throughput is kept in rounds of 10 ms, exactly', () => {
  for (const [wish, chunk] of [
    [100_000, 2040],
    [1_000_000, 2040],
    [777_777, 200],
    [5_000_000, 1000],
  ] as const) {
    const even = evenThroughput(wish, chunk)
    expect(even).toBeLessThanOrEqual(wish)
    if (even < 100 * chunk) continue
    const { roundMs, packetsPerRound } = cRounds(even, chunk)
    expect(roundMs).toBe(10)
    expect((packetsPerRound * chunk * 1000) / roundMs).toBe(even)
  }
})
