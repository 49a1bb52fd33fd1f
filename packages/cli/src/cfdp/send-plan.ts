/** `cfdp send`: from what was typed to what is to be done. Pure but for looking where FILE is. */
import { basename } from 'node:path'
import type { EntityId, FilestoreRequest, SequenceNumber } from '@skyferry/cfdp'
import { parseEntityId } from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import { parseFilestoreRequest } from './filestore-requests.ts'
import { parseMessage } from './messages.ts'
import type { RawSendOptions } from './options.ts'
import { CHECKSUMS, type EnginePlan, parseEngineOptions } from './settings.ts'

/** A name is one length-prefixed value: at most 255 octets of UTF-8. */
export const NAME_OCTETS_MAX = 255

export interface SendPlan {
  readonly engine: EnginePlan
  readonly to: EntityId
  /** As typed; undefined for a transaction without a file. */
  readonly file: string | undefined
  /** Name at the other end; undefined without a file. */
  readonly destinationName: string | undefined
  readonly mode: 'acknowledged' | 'unacknowledged'
  readonly closureRequested: boolean
  readonly messages: readonly Uint8Array[]
  readonly filestoreRequests: readonly FilestoreRequest[]
}

/**
 * @param wallMs milliseconds since 1970; where numbering begins when neither an option nor the journal says
 * @throws {UsageError} naming the option
 */
export function parseSend(file: string | undefined, raw: RawSendOptions, wallMs: number): SendPlan {
  const { to, path } = parseTo(raw.to)
  const messages = (raw.message ?? []).map(text => option('--message', text, parseMessage)!)
  const filestoreRequests = (raw.filestoreRequest ?? []).map(
    text => option('--filestore-request', text, parseFilestoreRequest)!,
  )
  const engine = parseEngineOptions(raw, [to])
  const usual = engine.remote.limits.unacknowledgedOnly ? '1' : '2'
  const transmissionClass = option('--class', raw.class, text => oneOf(text, ['1', '2'])) ?? usual
  const checksum = option('--checksum', raw.checksum, text => oneOf(text, checksumNames))
  if (file === undefined) {
    if (path !== undefined)
      throw new UsageError(`--to: '${raw.to}' names a path, and there is no FILE to put there`)
    if (messages.length === 0 && filestoreRequests.length === 0) {
      throw new UsageError('FILE is missing; without one, give --filestore-request or --message')
    }
  }
  return {
    engine: {
      ...engine,
      local: {
        ...engine.local,
        ...(raw.firstSequence === undefined
          ? { firstSequence: sequenceFromClock(wallMs, engine.remote.sequenceLength) }
          : {}),
      },
      remote: {
        ...engine.remote,
        checksumType: checksum === undefined ? engine.remote.checksumType : CHECKSUMS[checksum],
      },
    },
    to,
    file,
    destinationName: file === undefined ? undefined : destinationName(file, path),
    mode: transmissionClass === '1' ? 'unacknowledged' : 'acknowledged',
    closureRequested: raw.closure ?? engine.remote.closureRequested,
    messages,
    filestoreRequests,
  }
}

/**
 * Tenths of seconds, as far as the width goes. A receiver remembers transactions for minutes after their end: a
 * sender that keeps no journal and began at 1 each time would be taken for its own echo.
 */
export function sequenceFromClock(wallMs: number, octets: number): SequenceNumber {
  return (BigInt(Math.floor(wallMs / 100)) % 2n ** BigInt(8 * octets)) as SequenceNumber
}

const checksumNames = Object.keys(CHECKSUMS) as (keyof typeof CHECKSUMS)[]

/** `5`, `5:images/a.png`, `5:images/`. */
function parseTo(text: string): { readonly to: EntityId; readonly path: string | undefined } {
  const colon = text.indexOf(':')
  const to = option('--to', colon < 0 ? text : text.slice(0, colon), parseEntityId)!
  const path = colon < 0 ? undefined : text.slice(colon + 1)
  if (path === '') throw new UsageError(`--to: '${text}' has no path after the colon`)
  return { to, path }
}

/** A path that ends like a folder takes the name of the file. */
function destinationName(file: string, path: string | undefined): string {
  const name = path === undefined ? basename(file) : path.endsWith('/') ? path + basename(file) : path
  if (new TextEncoder().encode(name).length > NAME_OCTETS_MAX) {
    throw new UsageError(`--to: a name at the other end has at most ${NAME_OCTETS_MAX} octets`)
  }
  return name
}
