import { findWorld, Tally } from '@skyferry/sim'
import { WORLDS } from '@skyferry/worlds'
import { describe, expect, it } from 'vitest'

/** A first look, a few seconds long; `npm run worlds` runs thousands. */
const SEEDS: Readonly<Record<string, number>> = { 'csp/two-nodes': 150, 'csp/bridge': 150 }

describe('worlds of CSP', () => {
  it.each(Object.entries(SEEDS))('%s, %i seeds', (name, seeds) => {
    const plan = findWorld(WORLDS, name)!
    const tally = new Tally()
    for (let seed = 0; seed < seeds; seed++) {
      const verdict = plan.run(seed)
      expect(verdict.kind === 'failed' ? verdict.report : 'held').toBe('held')
      tally.add(verdict)
    }
    // A world in which nothing is sent proves nothing.
    expect(tally.datagrams).toBeGreaterThan(50 * seeds)
  })

  it('repeat exactly: the same seed, the same steps and datagrams', () => {
    for (const name of Object.keys(SEEDS)) {
      const plan = findWorld(WORLDS, name)!
      for (let seed = 0; seed < 5; seed++) expect(plan.run(seed)).toEqual(plan.run(seed))
    }
  })
})
