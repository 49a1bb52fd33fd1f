/** `cfdp receive`: from what was typed to what is to be done. Pure. */
import { type EntityId, type ListingFormat, NOTHING_ALLOWED, type Permissions } from '@skyferry/cfdp'
import { parseCount, parseEntityId } from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import type { RawReceiveOptions } from './options.ts'
import { sequenceFromClock } from './send-plan.ts'
import { type EnginePlan, parseEngineOptions } from './settings.ts'

export interface ReceivePlan {
  readonly engine: EnginePlan
  /** Folder of received files; names from outside never leave it. */
  readonly dir: string
  /** Ends after that many transactions have ended; undefined: goes on until interrupted. */
  readonly count: number | undefined
  /** The only entities it listens to; empty: any. */
  readonly remotes: readonly EntityId[]
}

/**
 * @param wallMs milliseconds since 1970; where the numbering of answers begins when neither an option nor the journal
 *   says; absent: at 1
 * @throws {UsageError} naming the option
 */
export function parseReceive(raw: RawReceiveOptions, wallMs?: number): ReceivePlan {
  const remotes = (raw.remote ?? []).map(text => option('--remote', text, parseEntityId)!)
  const engine = parseEngineOptions(raw, remotes)
  if (engine.contacts !== undefined && remotes.length === 0)
    throw new UsageError('--contacts: needs --remote, to say whose contacts they are')
  return {
    // Whoever asks for a CRC on a receiver knows that its peer sends one: what comes without has lost it on the way.
    engine: {
      ...engine,
      local:
        raw.firstSequence !== undefined || wallMs === undefined
          ? engine.local
          : { ...engine.local, firstSequence: sequenceFromClock(wallMs, engine.remote.sequenceLength) },
      remote: {
        ...engine.remote,
        crcRequired: raw.crc ?? engine.remote.crcRequired,
        allow: parseAllow(raw.allow ?? []),
        listingFormat: option('--listing-format', raw.listingFormat, text => oneOf(text, FORMATS)) ?? 'names',
      },
    },
    dir: raw.dir,
    count: option('--count', raw.count, text => parseCount(text, 1)),
    remotes,
  }
}

const FORMATS = ['names', 'details', 'nul'] as const satisfies readonly ListingFormat[]

const PERMISSIONS: Readonly<Record<string, keyof Permissions>> = {
  filestore: 'filestore',
  'proxy-put': 'proxyPut',
  listing: 'listing',
  remote: 'remote',
}

/** `filestore,listing`; repeatable. */
function parseAllow(texts: readonly string[]): Permissions {
  const words = texts.flatMap(text => text.split(','))
  const named = words.map(word => option('--allow', word, text => oneOf(text, Object.keys(PERMISSIONS)))!)
  return { ...NOTHING_ALLOWED, ...Object.fromEntries(named.map(word => [PERMISSIONS[word]!, true])) }
}
