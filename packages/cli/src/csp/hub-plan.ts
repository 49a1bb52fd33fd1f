/** What `csp hub` is given. Pure. */
import type { WeatherSettings } from '@skyferry/sim'
import { parseWeather } from '../link/knobs.ts'
import { type HostPort, parseHostPort, parseUnsigned } from '../units.ts'
import { option, UsageError } from '../usage.ts'
import { HUB_PUBLISH_PORT, HUB_SUBSCRIBE_PORT } from './plan.ts'

export interface RawHubOptions {
  readonly publish?: string
  readonly subscribe?: string
  readonly capture?: string
  readonly seed?: string
  readonly json?: boolean
  /** The knobs, in camel case. */
  readonly [knob: string]: unknown
}

export interface HubPlan {
  readonly publish: HostPort
  readonly subscribe: HostPort
  readonly capture: string | undefined
  /** Undefined when no option of it was given: messages pass at once. */
  readonly weather: Partial<WeatherSettings> | undefined
  readonly seed: number
}

/** @throws {UsageError} */
export function parseHub(raw: RawHubOptions, chance: () => number): HubPlan {
  const { ab } = parseWeather(raw)
  // Beside the headers of UDP, which no message here has.
  const { overheadOctets, ...weather } = ab
  const { overhead } = raw
  const hasOverhead = typeof overhead === 'string'
  const isBad = hasOverhead || Object.keys(weather).length > 0
  return {
    publish: option('--publish', raw.publish, parseHostPort) ?? { host: '0.0.0.0', port: HUB_PUBLISH_PORT },
    subscribe: option('--subscribe', raw.subscribe, parseHostPort) ?? {
      host: '0.0.0.0',
      port: HUB_SUBSCRIBE_PORT,
    },
    capture: raw.capture,
    weather: isBad ? { ...weather, ...(hasOverhead ? { overheadOctets: overheadOctets! } : {}) } : undefined,
    seed: option('--seed', raw.seed, parseSeed) ?? chance(),
  }
}

function parseSeed(text: string): number {
  const seed = Number(parseUnsigned(text))
  if (!Number.isSafeInteger(seed)) throw new UsageError(`'${text}' is above ${Number.MAX_SAFE_INTEGER}`)
  return seed
}
