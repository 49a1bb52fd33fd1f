import { isComplete } from '@skyferry/cfdp'
import { minutes, seconds, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { Pair } from './pair.ts'
import { spread, termsFrom } from './terms.ts'

/** Users who change their minds: both ends come to an end all the same, and what was cancelled is never called complete. */
export const cancelSuspend: WorldPlan = world(
  'cfdp/cancel-suspend',
  'cancel, suspend and resume at any time',
  run => {
    const weather = weatherFrom(run.seed)
    const pair = new Pair(run, weather, random => {
      const terms = termsFrom(random, weather)
      // Half of the transfers take seconds, so that a change of mind finds them under way.
      const pace = random.chance(0.5) ? terms.remote.pace : spread(random, 20_000, 500_000)
      return { ...terms, remote: { ...terms.remote, pace } }
    })
    const { sky, earth, craft } = pair
    const random = sky.chance('story')
    const stormMs = spread(random, 200, minutes(1))
    if (random.chance(0.5)) sky.restarts([earth.node, craft.node], { most: 3, withinMs: stormMs })
    const parcels = Array.from({ length: random.whole(1, 4) }, () => pair.parcel())
    for (const parcel of parcels)
      pair.send(parcel, earth, craft, random.chance(0.7) ? 0 : random.whole(0, stormMs))
    const kinds = random.pick([
      ['cancel'],
      ['suspend', 'resume'],
      ['suspend', 'resume', 'cancel'],
      ['suspend', 'cancel'],
    ] as const)
    for (let left = random.whole(1, 9); left > 0; left--) {
      const kind = random.pick<'cancel' | 'suspend' | 'resume'>(kinds)
      const party = random.pick(pair.parties)
      const parcel = random.pick(parcels)
      const dies = random.chance(0.2)
      const touch = random.whole(1, 10)
      const how = random.pick(['kill', 'power loss'] as const)
      const downMs = random.pick([0, 100, 3000])
      sky.at(seconds(spread(random, 1, stormMs) / 1000), () => {
        const consignment = pair.consignmentOf(parcel)
        if (consignment === undefined || !party.node.isUp) return
        // The moments after a decision are those in which it may be forgotten.
        if (dies) party.node.fallAtTouch(touch, { how, downMs })
        party.ask(kind, consignment.id)
      })
    }

    sky.storm(stormMs + seconds(random.whole(0, 30)))
    pair.clear()

    for (const { key, from, to } of pair.ledger.consignments) {
      const journal = from.journal(key, 'sender')
      const ended = journal.findLast(record => record.kind === 'ended')
      const cancelled = journal.some(record => record.kind === 'cancelled')
      if (cancelled && ended !== undefined && isComplete(ended.ending.condition)) {
        sky.fail('what was cancelled is not complete', `${from.name} cancelled ${key} and calls it complete`)
      }
      const finish = to.journal(key, 'receiver').findLast(record => record.kind === 'finish')
      if (finish !== undefined && !isComplete(finish.ending.condition) && ended !== undefined) {
        if (isComplete(ended.ending.condition)) {
          sky.fail(
            'what was cancelled is not complete',
            `${to.name} gave ${key} up, ${from.name} calls it complete`,
          )
        }
      }
    }
    pair.expectForgotten()
  },
)
