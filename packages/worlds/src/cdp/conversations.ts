import { DEFAULTS, type Settings } from '@skyferry/cdp'
import type { Millis, Random } from '@skyferry/engine'
import { minutes, type WeatherLimits, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { Couple, type Terms } from './couple.ts'
import type { Manners } from './talker.ts'

/** CDP needs datagrams that are whole or not there, and late by no more than its MDL: no corruption, no endless queues. */
const WEATHER: Partial<WeatherLimits> = {
  faults: ['loss', 'bursts', 'duplication', 'reordering', 'jitter', 'outages', 'delay'],
  delayMsMax: 1000,
  stormMs: 60_000,
}
const MDL_MS = 9000
const CLOSINGS: readonly Manners['closing'][] = ['halt', 'close', 'close-with-letter']

function termsFrom(
  random: Random,
  more: { settings?: Partial<Settings>; manners?: Partial<Manners> } = {},
): Terms {
  const reorder = random.pick([0, 1, 16, 255])
  return {
    settings: {
      mdl: MDL_MS as Millis,
      window: random.pick([1, 2, 5, 64, 255]),
      reorder,
      idle: random.pick([20_000, 120_000]) as Millis,
      keepalive: random.pick([5000, 25_000]) as Millis,
      ackDelay: random.pick([0, 100, 100]) as Millis,
      longHalt: random.pick(['ack', 'close'] as const),
      haltGuard: random.chance(0.2),
      inboxPayloads: random.pick([1, 4, 256]),
      ...more.settings,
    },
    tombstone: (DEFAULTS.giveUpAfter + 2 * MDL_MS) as Millis,
    manners: {
      turns: random.whole(1, 8),
      lettersPerTurn: random.pick([1, 3, 20]),
      octetsMax: random.pick([1, 100, 1100]),
      thinkMsMax: random.pick([10, 300, 3000]),
      closing: random.pick(CLOSINGS),
      haltChance: 0,
      ...more.manners,
    },
  }
}

export const anyWeather: WorldPlan = world(
  'cdp/any-weather',
  'a client and a server, any weather, both restarting',
  run => {
    const couple = new Couple(run, weatherFrom(run.seed, WEATHER), sky => termsFrom(sky.chance('terms')))
    const { sky, earth, craft } = couple
    sky.restarts([earth.node, craft.node], { most: 4, withinMs: minutes(1) })
    couple.keepTalking(minutes(1))
    sky.storm(minutes(1))
    sky.clear(0)
    couple.expectProgress()
    couple.expectForgotten()
  },
)

export const halts: WorldPlan = world('cdp/halts', 'either side halts at any moment', run => {
  const couple = new Couple(run, weatherFrom(run.seed, WEATHER), sky => {
    const random = sky.chance('terms')
    return termsFrom(random, { manners: { haltChance: random.pick([0.01, 0.1, 0.4]) } })
  })
  couple.keepTalking(minutes(2))
  couple.sky.storm(minutes(2))
  couple.sky.clear(0)
  couple.sky.runUntil(() => false, minutes(10))
  couple.expectVerifiedIsDelivered()
  couple.expectForgotten()
})

export const idWrap: WorldPlan = world(
  'cdp/id-wrap',
  'ids go round more than once in one conversation',
  run => {
    const faults = ['loss', 'duplication', 'reordering', 'jitter'] as const
    const weather = weatherFrom(run.seed, { faults, lossMax: 0.05, reorderingMax: 0.1, jitterMsMax: 50 })
    const couple = new Couple(run, weather, sky => {
      const random = sky.chance('terms')
      const [window, reorder] = random.pick([
        [64, 0],
        [255, 255],
        [2047, 255],
        [64, 2046],
      ] as const)
      return termsFrom(random, {
        settings: { window, reorder, mdl: 7000 as Millis, inboxPayloads: 256, haltGuard: false },
        manners: { turns: 4, lettersPerTurn: 2500, octetsMax: 1, thinkMsMax: 10, closing: 'close' },
      })
    })
    couple.keepTalking(0)
    couple.sky.storm(minutes(2))
    couple.sky.clear(0)
    couple.expectProgress()
  },
  0.01,
)
