/** `csp hub`: a drop-in for zmqproxy that can also record what passes and stand for a bad link. */
import { randomInt } from 'node:crypto'
import type { WeatherSettings } from '@skyferry/sim'
import { formatHostPort } from '../formats.ts'
import { onInterrupt } from '../interrupts.ts'
import { parseWeather } from '../link/knobs.ts'
import { openOutput } from '../output/open.ts'
import { type HostPort, parseHostPort, parseUnsigned } from '../units.ts'
import { CommandError, Exit, option, UsageError } from '../usage.ts'
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

/** Pure. @throws {UsageError} */
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

export async function hubCommand(_operands: readonly unknown[], options: object): Promise<Exit> {
  const raw = options as RawHubOptions
  const plan = parseHub(raw, () => randomInt(2 ** 32))
  const { LinkError, PcapWriter, realClock, startZmqHub, wallClockMs } = await import('@skyferry/link')
  const output = await openOutput(raw.json ?? false)
  try {
    const capture = plan.capture === undefined ? undefined : new PcapWriter(plan.capture)
    const hub = await startZmqHub({
      publish: plan.publish,
      subscribe: plan.subscribe,
      seed: plan.seed,
      clock: realClock(),
      ...(plan.weather === undefined ? {} : { weather: plan.weather }),
      heard: message => {
        // A capture knows UDP: the ports are the hub's two, the octets are the message.
        if (message.length <= CAPTURED_MAX) {
          capture?.write(hub.publish, hub.subscribe, message, message.length, wallClockMs())
        }
      },
    })
    const seed = plan.weather === undefined ? {} : { seed: `0x${plan.seed.toString(16)}` }
    output.event({
      code: 'listening',
      text: `nodes publish to ${formatHostPort(hub.publish)} and subscribe at ${formatHostPort(hub.subscribe)}${
        seed.seed === undefined ? '' : `; seed ${seed.seed}`
      }`,
      fields: { publish: formatHostPort(hub.publish), subscribe: formatHostPort(hub.subscribe), ...seed },
    })
    const flushing = setInterval(() => capture?.flush(), 1000)
    const exit = await new Promise<Exit>(resolve => {
      onInterrupt(() => resolve(Exit.Interrupted))
      process.once('SIGTERM', () => resolve(Exit.Done))
    })
    clearInterval(flushing)
    const counters = { ...hub.counters(), ...(plan.weather === undefined ? {} : { weather: hub.weather() }) }
    const { received, sent, dropped, misbehaved } = counters
    output.finding({
      type: 'counters',
      fields: counters,
      text: `${received} messages in, ${sent} out, ${dropped} dropped, ${misbehaved} connections ended`,
    })
    capture?.close()
    await hub.close()
    return exit
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    throw new CommandError(error.code, error.message, Exit.Usage, error)
  } finally {
    output.close()
  }
}

const CAPTURED_MAX = 65_000
