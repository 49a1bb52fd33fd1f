/** `cfdp proxy-put`, `listing`, `status`, `suspend`, `resume`: from what was typed to what is asked. Pure. */
import { type EntityId, NOTHING_ALLOWED, type TransactionId, type UserRequest } from '@skyferry/cfdp'
import { parseEntityId, parseUnsigned } from '../units.ts'
import { oneOf, option, UsageError } from '../usage.ts'
import { parseFilestoreRequest } from './filestore-requests.ts'
import { parseMessage } from './messages.ts'
import type { RawAskOptions, RawProxyPutOptions } from './options.ts'
import { NAME_OCTETS_MAX, sequenceFromClock } from './send-plan.ts'
import { type EnginePlan, parseEngineOptions } from './settings.ts'

export type AboutVerb = 'status' | 'suspend' | 'resume'

export interface AskPlan {
  readonly engine: EnginePlan
  readonly request: UserRequest
  /** Folder of files that come; undefined: they are of no use beyond the answer. */
  readonly dir: string | undefined
  /** A file comes to us, beside the answer. */
  readonly awaitsFile: boolean
}

/** Names under which listings and reports arrive. */
const LISTING_NAME = 'listing.txt'
const REPORT_NAME = 'report.txt'

/** @throws {UsageError} naming the option or argument */
export function parseProxyPut(
  place: string,
  name: string | undefined,
  raw: RawProxyPutOptions,
  wallMs: number,
): AskPlan {
  const { entity, path } = parsePlace(place)
  if (path === '') throw new UsageError(`'${place}' is not ID:PATH: which file?`)
  const other = option('--destination', raw.destination, parseEntityId)
  const engine = engineOf(raw, [entity, ...(other === undefined ? [] : [other])], wallMs)
  const destination = other ?? engine.local.ids[0]!
  const isOurs = engine.local.ids.includes(destination)
  const mode = option('--class', raw.class, text => oneOf(text, ['1', '2']))
  const filestoreRequests = (raw.filestoreRequest ?? []).map(
    text => option('--filestore-request', text, parseFilestoreRequest)!,
  )
  // What we ask to be done to our own files is done.
  const allow = { ...NOTHING_ALLOWED, filestore: isOurs && filestoreRequests.length > 0 }
  return {
    engine: { ...engine, remote: { ...engine.remote, allow } },
    request: {
      kind: 'proxy-put',
      to: entity,
      destination,
      sourceName: checked(path),
      destinationName: checked(name ?? path.split(/[/\\]/).at(-1)!),
      ...(mode === undefined
        ? {}
        : { mode: mode === '1' ? ('unacknowledged' as const) : ('acknowledged' as const) }),
      ...(raw.closure === undefined ? {} : { closureRequested: raw.closure }),
      messages: (raw.message ?? []).map(text => option('--message', text, parseMessage)!),
      filestoreRequests,
    },
    dir: raw.dir ?? '.',
    awaitsFile: isOurs,
  }
}

/** @throws {UsageError} naming the option or argument */
export function parseListing(place: string, raw: RawAskOptions, wallMs: number): AskPlan {
  const { entity, path } = parsePlace(place)
  const request: UserRequest = {
    kind: 'directory-listing',
    to: entity,
    directoryName: checked(path),
    directoryFileName: LISTING_NAME,
  }
  return { engine: engineOf(raw, [entity], wallMs), request, dir: undefined, awaitsFile: false }
}

/** @throws {UsageError} naming the option or argument */
export function parseAbout(
  verb: AboutVerb,
  entity: string,
  transaction: string,
  raw: RawAskOptions,
  wallMs: number,
): AskPlan {
  const to = option('ID', entity, parseEntityId)!
  const about = parseTransaction(transaction)
  const request: UserRequest =
    verb === 'status'
      ? { kind: 'remote-status-report', to, about, reportFileName: REPORT_NAME }
      : { kind: verb === 'suspend' ? 'remote-suspend' : 'remote-resume', to, about }
  return { engine: engineOf(raw, [to], wallMs), request, dir: undefined, awaitsFile: false }
}

function engineOf(raw: RawAskOptions, ids: readonly EntityId[], wallMs: number): EnginePlan {
  const engine = parseEngineOptions(raw, ids)
  if (raw.firstSequence !== undefined) return engine
  const firstSequence = sequenceFromClock(wallMs, engine.remote.sequenceLength)
  return { ...engine, local: { ...engine.local, firstSequence } }
}

/** `5:images/a.raw`, `5`. */
function parsePlace(text: string): { readonly entity: EntityId; readonly path: string } {
  const colon = text.indexOf(':')
  const entity = option('ID:PATH', colon < 0 ? text : text.slice(0, colon), parseEntityId)!
  return { entity, path: colon < 0 ? '' : text.slice(colon + 1) }
}

/** `11:1`, as events and results name it. */
function parseTransaction(text: string): TransactionId {
  const [source, sequence, ...more] = text.split(':')
  if (sequence === undefined || more.length > 0) throw new UsageError(`'${text}' is not SOURCE:SEQUENCE`)
  return {
    source: option('SOURCE:SEQUENCE', source, parseEntityId)!,
    sequence: option('SOURCE:SEQUENCE', sequence, parseUnsigned) as TransactionId['sequence'],
  }
}

function checked(name: string): string {
  if (new TextEncoder().encode(name).length <= NAME_OCTETS_MAX) return name
  throw new UsageError(`the name '${name.slice(0, 40)}…' is longer than ${NAME_OCTETS_MAX} octets`)
}
