/** What `serve` starts: what is configured, or an end of the default pair, and what its options change in it. Pure. */
import {
  behindBadWeather,
  type Carrier,
  defaultPlan,
  type PlanChanges,
  type StationPlan,
  upCraftPlan,
} from '@skyferry/station'
import { parseHostPort, parsePeer } from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import type { RawServeOptions } from './options.ts'

/**
 * @param configured what a configuration says
 * @throws {UsageError} naming the option
 */
export function parseServe(raw: RawServeOptions, configured: StationPlan): StationPlan {
  const end = option('--as', raw.as, text => oneOf(text, ['ground', 'craft'] as const))
  if (end !== undefined && raw.config !== undefined) {
    throw new UsageError('--as: a configuration says already which entity it is')
  }
  const http = option('--http', raw.http, parseHostPort)
  const listen = option('--listen', raw.listen, parseHostPort)
  const peer = option('--peer', raw.peer, parsePeer)
  const changes: PlanChanges = {
    ...(raw.dataDir === undefined ? {} : { dataDir: raw.dataDir }),
    ...(http === undefined ? {} : { http }),
    ...(listen === undefined ? {} : { listen }),
    ...(peer === undefined ? {} : { peer }),
  }
  if (end === 'craft') return impaired(upCraftPlan(changes), raw)
  if (end === 'ground') return impaired(defaultPlan(changes), raw)
  return impaired(changed(configured, changes), raw)
}

function changed(plan: StationPlan, { dataDir, http, listen, peer }: PlanChanges): StationPlan {
  const [link, ...others] = plan.links
  if ((listen !== undefined || peer !== undefined) && (link === undefined || others.length > 0)) {
    throw new UsageError(
      '--listen, --peer: the configuration has not one link, and says itself where each is',
    )
  }
  const ends = { ...(listen === undefined ? {} : { listen }), ...(peer === undefined ? {} : { peer }) }
  const moved = (carrier: Carrier): Carrier => {
    if (carrier.type === 'udp') return { ...carrier, ...ends }
    if (carrier.type === 'space-packet' && carrier.over.type === 'udp') {
      return { ...carrier, over: { ...carrier.over, ...ends } }
    }
    if (Object.keys(ends).length === 0) return carrier
    throw new UsageError('--listen, --peer: the link is a stream, and its configuration says whom it calls')
  }
  return {
    ...plan,
    dataDir: dataDir ?? plan.dataDir,
    http: { ...plan.http, listen: http ?? plan.http.listen },
    links: plan.links.map(each => ({ ...each, carrier: moved(each.carrier) })),
  }
}

function impaired(plan: StationPlan, { impaired }: RawServeOptions): StationPlan {
  return impaired === true ? behindBadWeather(plan) : plan
}
