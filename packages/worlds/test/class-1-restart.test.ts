import { expect, it } from 'vitest'
import { WORLDS } from '../src/index.ts'

// Seed 0x59: restarted before its Metadata came, a class 1 receiver armed the NAK timer as if it were class 2.
it('a class 1 receiver that is restarted without Metadata sends no NAK', () => {
  const verdict = WORLDS.find(each => each.name === 'cfdp/class-1')!.run(0x59)
  expect(verdict.kind === 'failed' ? verdict.report : 'held').toBe('held')
})
