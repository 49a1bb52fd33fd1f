import { minutes, seconds, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { Pair } from './pair.ts'
import { spread, termsFrom } from './terms.ts'

export const twoEntities: WorldPlan = world(
  'cfdp/two-entities',
  'two entities, one file, any weather',
  run => {
    const weather = weatherFrom(run.seed)
    const pair = new Pair(run, weather, random => termsFrom(random, weather))
    const { sky, earth, craft } = pair
    const random = sky.chance('story')
    const stormMs = spread(random, 200, minutes(1))
    sky.restarts([earth.node, craft.node], { most: 4, withinMs: stormMs })
    pair.send(pair.parcel(), earth, craft, random.chance(0.7) ? 0 : random.whole(0, stormMs))

    sky.storm(stormMs + seconds(random.whole(0, 30)))
    pair.clear()

    if (pair.terms.profile === 'patient') pair.expectDelivered()
    pair.expectForgotten()
  },
)
