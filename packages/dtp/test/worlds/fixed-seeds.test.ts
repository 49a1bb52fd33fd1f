import { Tally } from '@skyferry/sim'
import { WORLDS } from '@skyferry/worlds'
import { describe, expect, it } from 'vitest'
import { expectHeld } from './held.ts'

/** A first look, a few seconds long; `npm run worlds` runs thousands. */
const SEEDS: Readonly<Record<string, number>> = {
  'dtp/two-nodes': 600,
  'dtp/c-server': 300,
  'dtp/c-client': 300,
  'dtp/satdeploy': 200,
}

describe('worlds of DTP', () => {
  it.each(Object.keys(SEEDS))('%s', name => {
    const tally = new Tally()
    for (let seed = 0; seed < SEEDS[name]!; seed++) tally.add(expectHeld(name, seed))
    // A world in which nothing is sent proves nothing.
    expect(tally.datagrams).toBeGreaterThan(20 * SEEDS[name]!)
  })

  it('are all of those there are', () => {
    expect(WORLDS.map(({ name }) => name).filter(name => name.startsWith('dtp/'))).toEqual(Object.keys(SEEDS))
  })

  it('repeat exactly: the same seed, the same steps and datagrams', () => {
    for (const plan of WORLDS.filter(({ name }) => name in SEEDS)) {
      for (let seed = 0; seed < 3; seed++) expect(plan.run(seed)).toEqual(plan.run(seed))
    }
  })
})
