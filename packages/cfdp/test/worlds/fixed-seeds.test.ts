import { Tally } from '@skyferry/sim'
import { WORLDS } from '@skyferry/worlds'
import { describe, expect, it } from 'vitest'
import { expectHeld } from './held.ts'

/** A first look, a few seconds long; `npm run worlds` runs thousands. */
const SEEDS: Readonly<Record<string, number>> = {
  'cfdp/two-entities': 120,
  'cfdp/many-files': 25,
  'cfdp/class-1': 150,
  'cfdp/cancel-suspend': 120,
  'cfdp/dark-link': 40,
  'cfdp/contacts': 60,
  'cfdp/kill-everywhere': 40,
  'cfdp/filestore-requests': 60,
}

describe('worlds of CFDP', () => {
  it.each(WORLDS.filter(({ name }) => name in SEEDS).map(({ name, title }) => [name, title]))(
    '%s: %s',
    name => {
      const tally = new Tally()
      for (let seed = 0; seed < SEEDS[name]!; seed++) tally.add(expectHeld(name, seed))
      // A world in which nothing is sent proves nothing.
      expect(tally.datagrams).toBeGreaterThan(20 * SEEDS[name]!)
    },
  )

  it('repeat exactly: the same seed, the same steps and datagrams', () => {
    for (const plan of WORLDS) {
      for (let seed = 0; seed < 3; seed++) expect(plan.run(seed)).toEqual(plan.run(seed))
    }
  })
})
