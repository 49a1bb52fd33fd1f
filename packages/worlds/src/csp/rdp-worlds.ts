/** RDP under the weather: in order, once, or a reported failure, and never stuck. */
import {
  hours,
  minutes,
  type Run,
  seconds,
  type Weather,
  World,
  type WorldPlan,
  weatherFrom,
  world,
} from '@skyferry/sim'
import { spread } from '../cfdp/terms.ts'
import { Ledger, type Series } from './ledger.ts'
import { CspParty } from './party.ts'
import { termsFrom } from './terms.ts'

const LIMITS = { delayMsMax: 1500, rateBpsMin: 50_000, stormMs: 60_000 } as const
const EARTH = 1
const CRAFT = 2
const BRIDGE = 3

export const twoNodes: WorldPlan = world('csp/two-nodes', 'RDP between two nodes, any weather', run =>
  live(run, 'direct'),
)

export const acrossABridge: WorldPlan = world(
  'csp/bridge',
  'RDP between two nodes and a bridge, any weather',
  run => live(run, 'bridge'),
)

function live(run: Run, layout: 'direct' | 'bridge'): void {
  const weather = weatherFrom(run.seed, LIMITS)
  const second = weatherFrom(run.seed + 0.5, LIMITS)
  const sky = new World(run, weather, { idleRoundsMax: 200, stepsPerInstantMax: 50_000 })
  const hops: readonly Weather[] = layout === 'direct' ? [weather] : [weather, second]
  const terms = termsFrom(sky.chance('terms'), hops)
  const ledger = new Ledger(sky)
  const [beyondEarth, beyondCraft] = layout === 'direct' ? ['craft', 'earth'] : ['bridge', 'bridge']
  const party = (name: string, address: number, ...neighbours: string[]): CspParty =>
    new CspParty(sky, terms, ledger, {
      name,
      interfaces: neighbours.map(neighbour => ({ name: neighbour, address })),
      ...(neighbours.length === 2 ? { bridge: neighbours as [string, string] } : {}),
    })
  const earth = party('earth', EARTH, beyondEarth)
  const craft = party('craft', CRAFT, beyondCraft)
  const parties = [earth, craft]
  if (layout === 'direct') sky.join(earth.node, craft.node)
  else {
    const bridge = party('bridge', BRIDGE, 'earth', 'craft')
    parties.push(bridge)
    sky.join(earth.node, bridge.node)
    sky.join(bridge.node, craft.node, second)
  }

  const random = sky.chance('story')
  const stormMs = spread(random, 200, minutes(1))
  sky.restarts(
    parties.map(({ node }) => node),
    { most: 3, withinMs: stormMs },
  )
  for (let left = random.whole(1, 4); left > 0; left--) {
    const series = ledger.begin(terms.octetsMax, 400)
    const [from, to] = random.chance(0.7) ? [earth, craft] : [craft, earth]
    sky.at(seconds(random.whole(0, stormMs) / 1000), () => from.send(series, to))
  }
  sky.storm(stormMs + seconds(random.whole(0, 30)))
  sky.clear(0)

  const patienceMs = terms.rdp.connectionTimeoutMs * 8 + hours(1)
  runUntilEnded(sky, ledger, patienceMs)
  // In clear weather a connection opens, carries everything and closes.
  const last = ledger.begin(terms.octetsMax, 100)
  earth.send(last, craft)
  runUntilEnded(sky, ledger, patienceMs)
  const flaw = flawOf(last, terms.echoes)
  sky.expect(
    'in clear weather everything arrives',
    () => flaw === undefined,
    () => flaw ?? '',
  )
  // Long enough for the last connection's last words, and for ends whose peer was lost.
  sky.runUntil(() => false, terms.rdp.connectionTimeoutMs * 6 + minutes(1))
  for (const { name, engine } of parties) {
    sky.expect(
      'what has ended is forgotten',
      () => engine.connectionCount === 0,
      () => name,
    )
    sky.expect(
      'a node with nothing to do sleeps',
      () => engine.deadline() === Infinity,
      () => name,
    )
    sky.expect(
      'every buffer comes back',
      () => engine.freeBuffers === engine.settings.buffers,
      () => name,
    )
  }
}

function runUntilEnded(sky: World, ledger: Ledger, patienceMs: number): void {
  const isOpen = (series: Series): boolean => series.ending === undefined && !series.isOrphan
  for (let waited = 0; waited < patienceMs && ledger.series.some(isOpen); waited += 1000) {
    sky.runUntil(() => false, seconds(1))
  }
  const stuck = ledger.series.find(isOpen)
  if (stuck === undefined) return
  const { id, written, count, arrived, echoed } = stuck
  sky.fail(
    'every connection ends',
    `series ${id}: ${written} of ${count} written, ${arrived} arrived, ${echoed} echoed`,
  )
}

function flawOf(series: Series, echoes: boolean): string | undefined {
  const { ending, arrived, echoed, count } = series
  if (ending?.how !== 'closed') return `it ended: ${ending?.how ?? 'not at all'}`
  if (arrived !== count) return `${arrived} of ${count} arrived`
  return echoes && echoed !== count ? `${echoed} of ${count} came back` : undefined
}
