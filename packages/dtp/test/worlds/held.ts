import { findWorld, type Verdict } from '@skyferry/sim'
import { WORLDS } from '@skyferry/worlds'
import { expect } from 'vitest'

/** Runs one seed of a world and expects that it holds; a failure shows the world's own report. */
export function expectHeld(name: string, seed: number): Verdict {
  const plan = findWorld(WORLDS, name)
  if (plan === undefined) throw new Error(`there is no world ${name}`)
  const verdict = plan.run(seed)
  expect(verdict.kind === 'failed' ? verdict.report : 'held').toBe('held')
  return verdict
}
