import { Tally } from '@skyferry/sim'
import { describe, expect, it } from 'vitest'
import { WORLDS } from '../src/index.ts'

const CDP_WORLDS = WORLDS.filter(({ name }) => name.startsWith('cdp/'))

/** A first look, a few seconds long; `npm run worlds` runs thousands. */
const SEEDS: Readonly<Record<string, number>> = { 'cdp/any-weather': 300, 'cdp/halts': 200, 'cdp/id-wrap': 3 }

function held(name: string, seed: number): ReturnType<(typeof CDP_WORLDS)[number]['run']> {
  const verdict = WORLDS.find(each => each.name === name)!.run(seed)
  expect(verdict.kind === 'failed' ? verdict.report : 'held').toBe('held')
  return verdict
}

describe('worlds of CDP', () => {
  it.each(CDP_WORLDS.map(({ name, title }) => [name, title]))('%s: %s', name => {
    const tally = new Tally()
    for (let seed = 0; seed < SEEDS[name]!; seed++) tally.add(held(name, seed))
    expect(tally.datagrams).toBeGreaterThan(20 * SEEDS[name]!)
  })

  it('repeat exactly: the same seed, the same steps and datagrams', () => {
    for (const plan of CDP_WORLDS.slice(0, 2)) {
      for (let seed = 0; seed < 3; seed++) expect(plan.run(seed)).toEqual(plan.run(seed))
    }
  })
})

describe('seeds that failed once', () => {
  it('a conversation after a reset sequence is not taken for the one before', () => {
    // Its Halt was lost, and the silence shorter than the peer's idle timer.
    held('cdp/any-weather', 0x94)
  })

  it('a server that is restarted before its answer arrives may answer twice, once per life', () => {
    held('cdp/any-weather', 0x18d11)
  })

  it('a tombstone outlives the repeats of payload 0', () => {
    // It was gone before the peer had heard of the end, and a second connection was opened by the same payload.
    held('cdp/halts', 0xfa2)
  })
})
