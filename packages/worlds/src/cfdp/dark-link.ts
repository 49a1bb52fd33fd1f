import { type Millis, Random } from '@skyferry/engine'
import { hours, minutes, type Outage, type Weather, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { Pair } from './pair.ts'
import { spread, termsFrom } from './terms.ts'

const STORM_MS = hours(6)

/** Passes with minutes to hours of darkness between them, and up to 40 % loss in the light. */
export const darkLink: WorldPlan = world('cfdp/dark-link', 'a link that is dark for hours', run => {
  const weather = passes(run.seed)
  const pair = new Pair(run, weather, random => termsFrom(random, weather, { profile: 'patient' }))
  const { sky, earth, craft } = pair
  const random = sky.chance('story')
  sky.restarts([earth.node, craft.node], { most: 4, withinMs: STORM_MS, downMsMax: minutes(30) })
  pair.send(pair.parcel(), earth, craft, random.whole(0, hours(1)))

  sky.storm(STORM_MS)
  pair.clear()

  pair.expectDelivered()
  pair.expectForgotten()
})

function passes(seed: number): Weather {
  const random = new Random(seed).fork('passes')
  const mild = weatherFrom(seed, { faults: ['delay', 'jitter', 'rate', 'duplication', 'corruption'] })
  const outages = outagesFrom(random)
  const loss = random.pick([0, 0.05, 0.2, 0.4])
  return { there: { ...mild.there, loss, outages }, back: { ...mild.back, loss, outages } }
}

/** Light and dark by turns; the light may be as short as a few seconds. */
function outagesFrom(random: Random): Outage[] {
  const outages: Outage[] = []
  let at = random.chance(0.3) ? 0 : spread(random, 100, minutes(10))
  while (at < STORM_MS) {
    const to = at + spread(random, minutes(1), hours(3))
    outages.push({ from: Math.round(at) as Millis, to: Math.round(to) as Millis })
    at = to + spread(random, 3000, minutes(20))
  }
  return outages
}
