/** What `serve` starts: the default plan and what its options change in it. Pure. */
import {
  behindBadWeather,
  defaultPlan,
  type PlanChanges,
  type StationPlan,
  upCraftPlan,
} from '@skyferry/station'
import { parseHostPort, parsePeer } from '../units.ts'
import { oneOf, option } from '../usage.ts'
import type { RawServeOptions } from './options.ts'

/** @throws {UsageError} naming the option */
export function parseServe(raw: RawServeOptions): StationPlan {
  const end = option('--as', raw.as, text => oneOf(text, ['ground', 'craft'] as const)) ?? 'ground'
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
  return impaired(defaultPlan(changes), raw)
}

function impaired(plan: StationPlan, { impaired }: RawServeOptions): StationPlan {
  return impaired === true ? behindBadWeather(plan) : plan
}
