import { expect, it } from 'vitest'
import { summarise } from './samples.ts'

it('summarises an odd number of runs by the one in the middle', () => {
  expect(summarise([9, 1, 2])).toEqual({ runs: 3, min: 1, median: 2, mean: 4, max: 9 })
})

it('summarises an even number of runs by the mean of the two in the middle', () => {
  expect(summarise([4, 1, 2, 9])).toEqual({ runs: 4, min: 1, median: 3, mean: 4, max: 9 })
})
