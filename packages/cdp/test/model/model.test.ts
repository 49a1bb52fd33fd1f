/** The reference's model, on our own core: every behaviour within the bounds, and rules taken away one at a time. */
import { describe, expect, it } from 'vitest'
import { type Bounds, explore, type Mutant } from './explore.ts'

const SMALL: Bounds = { payloads: 3, window: 2, reorder: 1, flight: 2, kinds: ['plain', 'give', 'close'] }

/** A rule that is missing shows in a shorter conversation. */
const SHORT: Bounds = { ...SMALL, payloads: 2, kinds: ['plain', 'give'] }

describe('every behaviour of two sides is safe, and comes to rest', () => {
  it.each<[string, Bounds]>([
    ['plain payloads, gives and closes', SMALL],
    ['without a reorder buffer', { ...SMALL, reorder: 0 }],
    [
      'with aborts, without duplicates, with Halt with payload',
      { ...SMALL, payloads: 2, aborts: true, duplicates: false, kinds: ['plain', 'give', 'close', 'halt'] },
    ],
    ['with aborts', { ...SMALL, payloads: 2, aborts: true }],
    ['a longer conversation', { ...SMALL, payloads: 4, kinds: ['give'], reorder: 0, window: 1 }],
  ])('%s', (_, bounds) => {
    const verdict = explore(bounds)
    expect(verdict.flaw).toBeUndefined()
    expect(verdict.places).toBeGreaterThan(500)
  })
})

describe('the checks object when a rule is taken away', () => {
  it.each<[Mutant, RegExp, Partial<Bounds>?]>([
    ['give-not-repeated', /stuck/],
    ['repeat-without-ack-bit', /stuck/],
    ['no-reack', /stuck/],
    ['ack-any-id', /acknowledged but not delivered|not delivered/],
    ['silent-tombstone', /stuck/, { kinds: SMALL.kinds }],
    ['deliver-early', /delivered where/],
    ['yielding-ignores-resend', /stuck/],
    ['reclaim-control', /two controllers/],
  ])('%s', (mutant, flaw, more = {}) => {
    expect(explore({ ...SHORT, ...more, mutant }).flaw).toMatch(flaw)
  })

  it('no-idle-timer', () => {
    expect(explore({ ...SHORT, aborts: true, mutant: 'no-idle-timer' }).flaw).toMatch(/stuck/)
  })

  it('and not at one that is only prompt: repeats are acknowledged anyway', () => {
    expect(explore({ ...SHORT, kinds: SMALL.kinds, mutant: 'no-ack' }).flaw).toBeUndefined()
  })
})
