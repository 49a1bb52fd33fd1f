/** Our client with servers that are not ours. */

import type { DtpEngine, PeerName } from '@skyferry/dtp'
import type { Random } from '@skyferry/engine'
import {
  hours,
  minutes,
  seconds,
  type WeatherLimits,
  World,
  type WorldPlan,
  weatherFrom,
  world,
} from '@skyferry/sim'
import { CServer } from './c-server.ts'
import { ClientParty } from './client-party.ts'
import { CspStandIn } from './csp-stand-in.ts'
import { SatdeployServer } from './satdeploy-server.ts'
import { AIR_OCTETS, dtpTermsFrom, spread, type TermsLimits } from './terms.ts'
import { ADDRESSES, CRAFT } from './two-nodes.ts'

/** A C server is deaf for as long as a transfer takes, and one that died in it has to be waited for. */
const PATIENCE_MS = hours(6)
const PAYLOAD_ID = 7

type Foreign = DtpEngine<never, never, never, never> & { readonly hurts?: readonly string[] }

function foreignServer(
  name: string,
  title: string,
  limits: TermsLimits & { readonly peer: PeerName },
  make: (payload: Uint8Array, random: Random) => Foreign,
  air: Partial<WeatherLimits> = {},
): WorldPlan {
  return world(name, title, run => {
    const weather = weatherFrom(run.seed, { mtuOctets: AIR_OCTETS, ...air })
    const sky = new World(run, weather, { idleRoundsMax: 200, stepsPerInstantMax: 100_000 })
    const terms = dtpTermsFrom(sky.chance('terms'), limits)
    const random = sky.chance('story')
    let server: Foreign | undefined
    const craft = sky.node(
      'craft',
      ({ random: chance, now }) => {
        server = make(terms.payload, chance.fork('server'))
        return { engine: new CspStandIn(server, ADDRESSES, chance.fork('connections'), now) }
      },
      { link: terms.link },
    )
    const ground = new ClientParty(sky, terms, { name: 'ground', server: CRAFT, addresses: ADDRESSES })
    sky.join(ground.node, craft)
    sky.always({ claim: 'a peer is asked nothing that hurts it', broken: () => server?.hurts?.[0] })
    const stormMs = spread(random, 200, minutes(1))
    sky.restarts([ground.node, craft], { most: 3, withinMs: stormMs })
    ground.get()
    for (let deeds = random.whole(0, 3); deeds > 0; deeds--) {
      const deed = random.pick(['pause', 'resume'] as const)
      sky.at(seconds(random.unit() * (stormMs / 1000)), () => ground.steer(deed))
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
  })
}

export const cServer: WorldPlan = foreignServer(
  'dtp/c-server',
  'our client and a C server, any weather',
  { peer: 'libdtp', dialect: 'D2c' },
  (payload, random) => new CServer(payload, PAYLOAD_ID, random),
)

export const satdeploy: WorldPlan = foreignServer(
  'dtp/satdeploy',
  "our client and satdeploy's server, any weather",
  { peer: 'satdeploy', dialect: 'D2c', isMemory: false },
  payload => new SatdeployServer(payload),
  // It cannot be slowed down: what is too slow for it loses the same packets for ever.
  { rateBpsMin: 20_000_000 },
)
