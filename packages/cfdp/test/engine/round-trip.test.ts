import { describe, expect, it } from 'vitest'
import { content, TwoEntities, type Weather } from './two-entities.ts'

const FILE = content(1_000_000)

/** Each File Data PDU is lost the first time with this chance, by its offset alone: the same ones in every run. */
const loseEach =
  (everyNth: number): Weather =>
  ({ pdu, nth }) =>
    pdu.kind === 'file-data' && nth % everyNth === 0 && nth < 1000 ? 'drop' : 'pass'

describe.each([100, 600, 3000])('a round trip of %i ms that nobody told of', milliseconds => {
  it('is learned by both ends, and what is lost is asked for and resent about once', () => {
    const world = new TwoEntities({
      latency: milliseconds / 2,
      remote: { pace: 1_000_000 },
      weather: loseEach(10),
    })
    world.put(FILE)
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
    expect(world.report('b')?.roundTripMs).toBeGreaterThan(0.9 * milliseconds)
    expect(world.report('b')?.roundTripMs).toBeLessThan(1.5 * milliseconds)
    const lost = world.a.sent.filter(flight => loseEach(10)(flight) === 'drop').length
    expect(world.a.count('file-data') - Math.ceil(FILE.length / 1008)).toBeLessThan(1.15 * lost)
    expect(world.b.count('nak')).toBeLessThan(2 * lost)
  })
})
