/** A C client with our server: whole at once where nothing is lost, and never a false success of our making. */
import { Random } from '@skyferry/engine'
import { bothWays, minutes, seconds, World, type WorldPlan, weatherFrom, world } from '@skyferry/sim'
import { CClient, type CIndication, type CRequest, type CResult, type CSession } from './c-client.ts'
import { CspStandIn } from './csp-stand-in.ts'
import { ServerParty } from './server-party.ts'
import { AIR_OCTETS, dtpTermsFrom, spread } from './terms.ts'
import { ADDRESSES, CRAFT, GROUND } from './two-nodes.ts'

const FILE = 'payload'
const RESUMES_MAX = 200

export const cClient: WorldPlan = world(
  'dtp/c-client',
  'a C client and our server, calm and otherwise',
  run => {
    const chance = new Random(run.seed).fork('sky')
    const isCalm = chance.chance(0.5)
    const weather = isCalm
      ? bothWays({ delayMs: chance.pick([0, 1, 40, 300]), mtuOctets: AIR_OCTETS })
      : weatherFrom(run.seed, { mtuOctets: AIR_OCTETS, delayMsMax: 1000 })
    const sky = new World(run, weather, { idleRoundsMax: 200, stepsPerInstantMax: 100_000 })
    const drawn = dtpTermsFrom(sky.chance('terms'), { peer: 'libdtp', dialect: 'D2c', isMemory: false })
    // C has no idea of an empty payload, and below a packet of data per round nothing of this can be seen.
    const terms = drawn.payload.length > 0 ? drawn : { ...drawn, payload: new Uint8Array(1) }
    const random = sky.chance('story')
    const session = sessionFrom(random, terms.session.mtuOctets, terms.payload.length)
    const results: CResult[] = []
    let client: CClient | undefined
    const ground = sky.node<CRequest, boolean, CIndication, never>(
      'ground',
      ({ random: own, now, disk }) => {
        client = new CClient(session, own.unit() * 5, (offset, data) => disk.write(FILE, offset, data))
        return {
          engine: new CspStandIn(client, ADDRESSES, own.fork('connections'), now),
          indicate: what => results.push(what.result),
          words: { indication: what => what.result },
        }
      },
      { link: terms.link },
    )
    const craft = new ServerParty(sky, terms, { name: 'craft', client: GROUND, addresses: ADDRESSES })
    sky.join(ground, craft.node)
    const fetch = (): CResult | undefined => {
      const before = results.length
      ground.request({ kind: 'fetch' })
      sky.runUntil(() => results.length > before, minutes(20))
      sky.expect('a C client comes to an end', () => results.length > before)
      return results.at(-1)
    }
    const flaw = (): string | undefined => flawOf(terms.payload, ground.disk.read(FILE) ?? new Uint8Array(0))

    if (isCalm) {
      const result = fetch()
      sky.expect(
        'on a calm link the first fetch is whole',
        () => flaw() === undefined,
        () => flaw() ?? '',
      )
      sky.expect(
        'and the client knows it',
        () => result === 'ok',
        () => `it says ${result}`,
      )
      return
    }
    const stormMs = spread(random, 200, minutes(1))
    sky.restarts([craft.node], { most: 2, withinMs: stormMs })
    while (sky.now < stormMs) {
      const result = fetch()
      if (result === 'ok' || result === 'exhausted') break
      sky.storm(seconds(1))
    }
    sky.clear(seconds(15))
    for (
      let resumes = 0;
      resumes < RESUMES_MAX && !['ok', 'exhausted'].includes(results.at(-1) ?? '');
      resumes++
    ) {
      fetch()
      sky.runUntil(() => false, seconds(1))
    }
    const lost = flaw()
    if (lost === undefined) return
    // What is left is of its own making, and has a number: it counts octets twice that come twice (C2, C3), be it that the
    // weather doubles them, or that they came out of order, are in no list and are asked for again (C6); and a last packet
    // that is missing alone is missing for ever (C5).
    const hasDuplicates = [weather.back, weather.there].some(
      way => way.duplication > 0 || way.reordering > 0 || way.jitterMs > 0,
    )
    const isC5 = client!.segments.gapsWithin(0, client!.segments.highest).length === 0
    sky.expect(
      'whole, or a defect of the C client that has a number',
      () => hasDuplicates || isC5 || results.at(-1) === 'cancelled',
      () => `${results.at(-1)}: ${lost}`,
    )
    sky.expect(
      'no false success of our making',
      () => hasDuplicates || results.at(-1) !== 'ok',
      () => lost,
    )
  },
)

function sessionFrom(random: Random, mtu: number, size: number): CSession {
  const throughput = Math.round(spread(random, Math.max(1000, mtu * 20, size / 60), 10_000_000))
  return { server: CRAFT, payloadId: 7, mtu, throughput, timeoutS: random.whole(2, 10) }
}

function flawOf(payload: Uint8Array, content: Uint8Array): string | undefined {
  if (content.length !== payload.length) return `${content.length} octets of ${payload.length}`
  const at = content.findIndex((octet, index) => octet !== payload[index])
  return at < 0 ? undefined : `octet ${at} differs`
}
