/** `cfdp receive`: from what was typed to what is to be done. Pure. */
import type { EntityId } from '@skyferry/cfdp'
import { parseCount, parseEntityId } from '../units.ts'
import { option, UsageError } from '../usage.ts'
import type { RawReceiveOptions } from './options.ts'
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

/** @throws {UsageError} naming the option */
export function parseReceive(raw: RawReceiveOptions): ReceivePlan {
  const remotes = (raw.remote ?? []).map(text => option('--remote', text, parseEntityId)!)
  const engine = parseEngineOptions(raw, remotes)
  if (engine.contacts !== undefined && remotes.length === 0)
    throw new UsageError('--contacts: needs --remote, to say whose contacts they are')
  return {
    // Whoever asks for a CRC on a receiver knows that its peer sends one: what comes without has lost it on the way.
    engine: { ...engine, remote: { ...engine.remote, crcRequired: raw.crc ?? engine.remote.crcRequired } },
    dir: raw.dir,
    count: option('--count', raw.count, text => parseCount(text, 1)),
    remotes,
  }
}
