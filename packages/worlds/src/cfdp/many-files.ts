import { minutes, seconds, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { Pair } from './pair.ts'
import { spread, termsFrom } from './terms.ts'

export const manyFiles: WorldPlan = world('cfdp/many-files', 'many files, both ways at once', run => {
  const weather = weatherFrom(run.seed)
  const pair = new Pair(run, weather, random => termsFrom(random, weather))
  const { sky, earth, craft } = pair
  const random = sky.chance('story')
  const stormMs = spread(random, 200, minutes(1))
  sky.restarts([earth.node, craft.node], { most: 4, withinMs: stormMs })
  const octetsMax = random.pick([100, 10_000, 100_000])
  for (let left = random.whole(2, 13); left > 0; left--) {
    const size = random.chance(0.3) ? undefined : random.whole(0, octetsMax)
    const parcel = pair.parcel(size === undefined ? {} : { size })
    const [from, to] = random.chance(0.5) ? [earth, craft] : [craft, earth]
    pair.send(parcel, from, to, random.chance(0.5) ? 0 : random.whole(0, stormMs))
  }

  sky.storm(stormMs + seconds(random.whole(0, 30)))
  pair.clear()

  if (pair.terms.profile === 'patient') pair.expectDelivered()
  pair.expectForgotten()
})
