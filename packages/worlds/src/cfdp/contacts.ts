import type { ContactWindow } from '@skyferry/cfdp'
import { type Millis, NEVER, Random } from '@skyferry/engine'
import { minutes, type Outage, seconds, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { Pair } from './pair.ts'
import { spread, termsFrom } from './terms.ts'

/**
 * Passes that both ends know of: nothing is sent between them, no time is counted there, and the file arrives although
 * ends die, links are frozen by hand, and users suspend and resume.
 */
export const contacts: WorldPlan = world('cfdp/contacts', 'passes by plan, and frozen links', run => {
  const plan = planFrom(new Random(run.seed).fork('plan'))
  const mild = weatherFrom(run.seed)
  const outages = between(plan)
  const weather = { there: { ...mild.there, outages }, back: { ...mild.back, outages } }
  const pair = new Pair(run, weather, random => {
    const terms = termsFrom(random, weather)
    // Half of the transfers take longer than a pass.
    const pace = random.chance(0.5) ? terms.remote.pace : spread(random, 5000, 200_000)
    return { ...terms, remote: { ...terms.remote, pace } }
  })
  const { sky, earth, craft } = pair
  const random = sky.chance('story')
  const stormMs = plan.at(-1)!.from
  sky.restarts([earth.node, craft.node], { most: 4, withinMs: stormMs, downMsMax: minutes(10) })

  const isPlanned = random.chance(0.8)
  const parcels = Array.from({ length: random.whole(1, 4) }, () => pair.parcel())
  for (const parcel of parcels)
    pair.send(parcel, earth, craft, random.chance(0.7) ? 0 : random.whole(0, stormMs))
  if (isPlanned) for (const party of pair.parties) party.plan(plan)
  for (let left = random.whole(0, 12); left > 0; left--) {
    const party = random.pick(pair.parties)
    const parcel = random.pick(parcels)
    const kind = random.pick(['freeze', 'thaw', 'suspend', 'resume'] as const)
    const direction = random.pick(['transmit', 'receive', 'both'] as const)
    sky.at(seconds(random.whole(0, stormMs) / 1000), () => {
      if (kind === 'freeze' || kind === 'thaw') return party.link(kind, direction)
      const consignment = pair.consignmentOf(parcel)
      if (consignment !== undefined && party.node.isUp) party.ask(kind, consignment.id)
    })
  }

  sky.storm(stormMs)
  for (const party of pair.parties) party.link('thaw', 'both')
  pair.clear()

  if (pair.terms.profile === 'patient') pair.expectDelivered()
  pair.expectForgotten()
})

/** Passes of seconds to minutes, minutes to hours apart; the last has no end. */
function planFrom(random: Random): ContactWindow[] {
  const windows: ContactWindow[] = []
  let at = random.chance(0.5) ? 0 : spread(random, 100, minutes(10))
  for (let left = random.whole(2, 12); left > 0; left--) {
    const to = at + spread(random, 5000, minutes(5))
    windows.push({ from: Math.round(at) as Millis, to: Math.round(to) as Millis })
    at = to + spread(random, seconds(5), minutes(60))
  }
  windows.push({ from: Math.round(at) as Millis, to: NEVER })
  return windows
}

/** The dark between them. */
function between(windows: readonly ContactWindow[]): Outage[] {
  const outages: Outage[] = []
  let from = 0 as Millis
  for (const window of windows) {
    if (window.from > from) outages.push({ from, to: window.from })
    from = window.to
  }
  return outages
}
