import { hours, minutes, seconds, World, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { ClientParty } from './client-party.ts'
import { ServerParty } from './server-party.ts'
import { AIR_OCTETS, dtpTermsFrom, spread } from './terms.ts'

/** CSP addresses of the two. */
export const GROUND = 10
export const CRAFT = 20
export const ADDRESSES: ReadonlyMap<number, string> = new Map([
  [GROUND, 'ground'],
  [CRAFT, 'craft'],
])
/** How long after the storm everything must have come to its end. */
const PATIENCE_MS = hours(4)

export const dtpTwoNodes: WorldPlan = world(
  'dtp/two-nodes',
  'a client and a server, one payload, any weather',
  run => {
    const weather = weatherFrom(run.seed, { mtuOctets: AIR_OCTETS })
    const sky = new World(run, weather, { idleRoundsMax: 200, stepsPerInstantMax: 100_000 })
    const terms = dtpTermsFrom(sky.chance('terms'))
    const random = sky.chance('story')
    const ground = new ClientParty(sky, terms, { name: 'ground', server: CRAFT, addresses: ADDRESSES })
    const craft = new ServerParty(sky, terms, { name: 'craft', client: GROUND, addresses: ADDRESSES })
    sky.join(ground.node, craft.node)
    const stormMs = spread(random, 200, minutes(1))
    sky.restarts([ground.node, craft.node], { most: 4, withinMs: stormMs })
    ground.get()
    for (let deeds = random.whole(0, 4); deeds > 0; deeds--) {
      const deed = random.pick(['pause', 'resume', 'carry over', 'ask'] as const)
      sky.at(seconds(random.unit() * (stormMs / 1000)), () => {
        if (deed === 'carry over') ground.carryOver()
        else if (deed === 'ask') ground.get()
        else ground.steer(deed)
      })
    }

    sky.storm(stormMs + seconds(random.whole(0, 30)))
    sky.clear(seconds(2))

    ground.get()
    ground.steer('resume')
    const isWhole = (): boolean => [...ground.endings.values()].includes('complete')
    for (let waited = 0; !isWhole() && waited < PATIENCE_MS; waited += 1000) sky.runUntil(isWhole, seconds(1))
    sky.expect('the payload arrives', isWhole, () => ground.report?.waitingFor ?? 'the session is unknown')
    sky.expect(
      'the payload is at its place',
      () => ground.flaw() === undefined,
      () => ground.flaw() ?? '',
    )

    // Nothing is left of it: seats are free, and nobody wants to be woken.
    sky.runUntil(() => false, minutes(2))
    sky.expect('a server is free when nobody asks it', () => craft.server.transfers === 0)
    sky.expect('a client sleeps when it has nothing to do', () => ground.client.deadline() === Infinity)
  },
)
