/** Quantities as an operator types them on a command line. Every parser throws a `UsageError`. */
import type { EntityId } from '@skyferry/cfdp'
import type { Millis } from '@skyferry/engine'
import * as units from '@skyferry/units'
import { asUsage } from './usage.ts'

export { type HostPort, octetsNeeded } from '@skyferry/units'

export const parseSize: typeof units.parseSize = asUsage(units.parseSize)
export const parseRate: typeof units.parseRate = asUsage(units.parseRate)
export const parseProbability: typeof units.parseProbability = asUsage(units.parseProbability)
export const parseCount: typeof units.parseCount = asUsage(units.parseCount)
export const parseLimit: typeof units.parseLimit = asUsage(units.parseLimit)
export const parseHostPort: typeof units.parseHostPort = asUsage(units.parseHostPort)
export const parsePeer: typeof units.parsePeer = asUsage(units.parsePeer)
export const parseUnsigned: typeof units.parseUnsigned = asUsage(units.parseUnsigned)

export function parseDuration(text: string): Millis {
  return asUsage(units.parseDuration)(text) as Millis
}

/** An entity id, up to 2^64 − 1, decimal or with 0x. */
export function parseEntityId(text: string): EntityId {
  return parseUnsigned(text) as EntityId
}
