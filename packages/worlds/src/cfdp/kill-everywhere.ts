import { Random } from '@skyferry/engine'
import { bothWays, type Fall, minutes, type Run, seconds, type WorldPlan, world } from '@skyferry/sim'
import { Pair } from './pair.ts'
import { termsFrom } from './terms.ts'

/** Which moment of the transfer to die in. */
export interface Moment {
  /** The end that dies. */
  readonly who: 'earth' | 'craft'
  /** The number of things that pass between its engine and its host until then; from 1. */
  readonly touch: number
  readonly fall: Fall
  /** Chance adds others, at either end, while the first is made good. */
  readonly isNotTheLast?: boolean
}

const PDUS = 200
/** About as many things pass at either end of the transfer. */
const TOUCHES_MAX = 300

/**
 * Two hundred PDUs over a link that loses some, and one end dies at a given moment.
 * @returns how many such moments there were at each end
 */
export function transferWith(
  moment: Moment | undefined,
  run: Run | number,
): { readonly earth: number; readonly craft: number } {
  const pair = new Pair(run, bothWays({ loss: 0.02, delayMs: 20, rateBps: 4_000_000 }), random => {
    const terms = termsFrom(random, bothWays(), { profile: 'patient' })
    return {
      ...terms,
      remote: { ...terms.remote, maxPduSize: 512, pace: 'window' },
      link: { mtuOctets: 512, slots: 8 },
      gatherOctets: 4096,
    }
  })
  const { sky, earth, craft } = pair
  if (moment !== undefined) pair[moment.who].node.fallAtTouch(moment.touch, moment.fall)
  if (moment?.isNotTheLast) sky.restarts([earth.node, craft.node], { most: 2, withinMs: seconds(4) })
  pair.send(pair.parcel({ size: PDUS * 470 }), earth, craft)

  sky.storm(minutes(1))
  const touches = { earth: earth.node.touches, craft: craft.node.touches }
  pair.clear()

  pair.expectDelivered()
  return touches
}

/** The seed counts the moments through: of every end, killed or without power, at once back or a while later. */
export const killEverywhere: WorldPlan = world(
  'cfdp/kill-everywhere',
  'one end dies at any moment of a transfer',
  run => {
    const random = new Random(run.seed).fork('moment')
    transferWith(
      {
        who: run.seed % 2 === 0 ? 'earth' : 'craft',
        touch: 1 + (Math.floor(run.seed / 4) % TOUCHES_MAX),
        fall: {
          how: run.seed % 4 < 2 ? 'kill' : 'power loss',
          downMs: random.pick([0, random.whole(0, 1000), seconds(10)]),
        },
        isNotTheLast: random.chance(0.5),
      },
      run,
    )
  },
)
