import type { Millis } from '@skyferry/engine'
import { type FaultName, minutes, seconds, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { Pair } from './pair.ts'
import { spread, termsFrom } from './terms.ts'

/** What a link may do and still bring everything. */
const HARMLESS: readonly FaultName[] = ['duplication', 'reordering', 'jitter', 'delay']

/** Nobody repeats anything: a file may not arrive, but nobody says that it did, and what a link brings is delivered. */
export const class1: WorldPlan = world(
  'cfdp/class-1',
  'unacknowledged files, with and without closure',
  run => {
    const isHarmless = run.seed % 2 === 0
    const weather = weatherFrom(run.seed, isHarmless ? { faults: HARMLESS } : {})
    const pair = new Pair(run, weather, random => {
      const terms = termsFrom(random, weather)
      // Without an EOF nothing else would ever end a reception; data may be late by two delays and what holds them back.
      const inactivityTimeout = seconds(random.whole(15, 120))
      const link = { ...terms.link, rateBps: Math.max(terms.link.rateBps ?? Infinity, 100_000) }
      const pace =
        typeof terms.remote.pace === 'number' ? Math.max(terms.remote.pace, 100_000) : terms.remote.pace
      return {
        ...terms,
        link,
        remote: { ...terms.remote, pace, inactivityTimeout, checkTimeout: seconds(10) as Millis },
      }
    })
    const { sky, earth, craft } = pair
    const random = sky.chance('story')
    const stormMs = spread(random, 200, minutes(1))
    if (!isHarmless) sky.restarts([earth.node, craft.node], { most: 3, withinMs: stormMs })
    for (let left = random.whole(1, 4); left > 0; left--) {
      const parcel = pair.parcel({ mode: 'unacknowledged', closure: random.chance(0.5) })
      pair.send(parcel, earth, craft, random.chance(0.7) ? 0 : random.whole(0, stormMs))
    }

    sky.storm(isHarmless ? minutes(10) : stormMs + seconds(random.whole(0, 30)))
    pair.clear()

    if (isHarmless) pair.expectDelivered()
    pair.expectForgotten()
  },
)
