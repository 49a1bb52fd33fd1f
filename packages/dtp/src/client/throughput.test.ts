import { expect, it } from 'vitest'
import { nextThroughput } from './throughput.ts'

const round = { asked: 100_000, expected: 1000, arrived: 1000, lossRuns: 0, arrivalRate: 100_000 }

it('a round without loss raises the rate, up to the cap', () => {
  expect(nextThroughput(round, 1_000_000)).toBe(150_000)
  expect(nextThroughput(round, 120_000)).toBe(120_000)
})

it('losses that stand alone leave it as it is', () => {
  expect(nextThroughput({ ...round, arrived: 900, lossRuns: 95 }, 1_000_000)).toBe(100_000)
})

it('losses in bursts lower it to what came through', () => {
  const figures = { ...round, arrived: 600, lossRuns: 4, arrivalRate: 60_000 }
  expect(nextThroughput(figures, 1_000_000)).toBe(57_000)
})

it('a handful of packets says nothing', () => {
  expect(nextThroughput({ ...round, expected: 10, arrived: 1, lossRuns: 1 }, 1_000_000)).toBe(100_000)
})

it('never falls below 30 % of itself in one round, nor below 1', () => {
  expect(nextThroughput({ ...round, arrived: 10, lossRuns: 1, arrivalRate: 1 }, 1_000_000)).toBe(30_000)
  expect(nextThroughput({ ...round, asked: 1, arrived: 10, lossRuns: 1, arrivalRate: 0 }, 10)).toBe(1)
})
