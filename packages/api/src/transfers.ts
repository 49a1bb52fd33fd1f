/** A transfer is one kind of thing, whatever protocol carries it. */
import { type Problem, problem, type Reader, readObject } from './validate.ts'

export const TRANSFER_STATES = [
  'queued',
  'running',
  'paused',
  'waiting for contact',
  'completed',
  'failed',
  'cancelled',
] as const
export type TransferState = (typeof TRANSFER_STATES)[number]

/** States that a transfer does not leave. */
export const ENDED_STATES: ReadonlySet<TransferState> = new Set(['completed', 'failed', 'cancelled'])

/** `upload`: this station sends; `download`: it receives. */
export const DIRECTIONS = ['upload', 'download'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** An entity by its id, and by its name where it has one. */
export interface EntityRef {
  /** Decimal. */
  readonly id: string
  readonly name: string | null
}

export interface Transfer {
  /** Given by the station, decimal, never used twice. */
  readonly id: string
  readonly service: string
  readonly protocol: 'cfdp'
  readonly direction: Direction
  readonly local: EntityRef
  readonly remote: EntityRef
  /** Where the object is read from or goes to; null while that is not known. */
  readonly bucket: string | null
  readonly object: string | null
  /** The name at the other end; null while it is not known. */
  readonly remotePath: string | null
  readonly state: TransferState
  /** Octets of the whole object; null while unknown. */
  readonly size: number | null
  /** Octets at the receiving end, as far as this end knows. */
  readonly octets: number
  /** Holes in what is held, or still to be sent again. */
  readonly gaps: number
  /** Bit/s over the last seconds. */
  readonly rate: number
  /** When the transfer was asked for or first heard of. */
  readonly created: string
  /** When it began to move; null while it is queued. */
  readonly start: string | null
  readonly end: string | null
  /** Why it failed, was cancelled or is paused; null otherwise. */
  readonly reason: string | null
  /** The protocol's own name for it, `source:sequence` in CFDP. */
  readonly protocolId: string
  /** One sentence: what it waits for and what happens next. */
  readonly explanation: string
  /** Class of CFDP: 1 unacknowledged, 2 acknowledged. */
  readonly class: 1 | 2
  readonly pdus: PduCounts
}

export interface PduCounts {
  readonly sent: number
  readonly received: number
  readonly resent: number
}

/** What is missing of one transfer. */
export interface TransferGaps {
  readonly id: string
  readonly size: number | null
  readonly octets: number
  /** Half-open ranges of octets, ascending; at most `GAPS_MAX` of them. */
  readonly gaps: readonly (readonly [from: number, to: number])[]
  /** How many there are in all. */
  readonly count: number
}
export const GAPS_MAX = 10_000

/** Asks a station to send an object. */
export interface TransferRequest {
  readonly bucket: string
  readonly object: string
  /** Remote entity, by name or id. */
  readonly to: string
  /** Name at the other end; ending in a directory terminator, the object's name is appended. Absent: the object's name. */
  readonly path?: string
  /** Absent: the only service, or the first that knows the entity. */
  readonly service?: string
  /** Local entity, by name or id; absent: the first. */
  readonly from?: string
  readonly class?: 1 | 2
  readonly closure?: boolean
}

/** Asks a station to fetch a file from a remote entity. */
export interface FetchRequest {
  /** Remote entity, by name or id. */
  readonly to: string
  /** Its name there. */
  readonly path: string
  /** Absent: where what comes from that entity goes. */
  readonly bucket?: string
  /** Absent: the last part of the path. */
  readonly object?: string
  readonly service?: string
  /** Local entity that receives it, by name or id; absent: the first. */
  readonly from?: string
  /** Absent: as the remote entity sends. */
  readonly class?: 1 | 2
}

export function readFetchRequest(value: unknown): FetchRequest | Problem {
  return readObject(value, ['to', 'path', 'bucket', 'object', 'service', 'from', 'class'], reader => {
    const mode = reader.optional('class', reader.oneOf([1, 2]))
    return {
      to: reader.required('to', reader.text),
      path: reader.required('path', reader.text),
      ...reader.given('bucket', reader.text),
      ...reader.given('object', reader.text),
      ...reader.given('service', reader.text),
      ...reader.given('from', reader.text),
      ...(mode === undefined ? {} : { class: mode }),
    }
  })
}

/** The names in a remote directory. */
export interface RemoteDirectory {
  readonly entity: string
  readonly path: string
  /** `asked`: it is on its way, and `files` is what was there before. */
  readonly state: 'asked' | 'listed' | 'failed'
  readonly listed: string | null
  readonly files: readonly { readonly name: string; readonly isDirectory: boolean }[]
  readonly reason: string | null
}

export const TRANSFER_ACTIONS = ['pause', 'resume', 'cancel', 'retry'] as const
export type TransferAction = (typeof TRANSFER_ACTIONS)[number]

/** One action on many transfers: those listed, or those a filter finds. */
export interface BulkRequest {
  readonly action: TransferAction
  readonly ids?: readonly string[]
  readonly filter?: TransferFilter
}
export interface BulkAnswer {
  readonly done: readonly string[]
  readonly refused: readonly { readonly id: string; readonly reason: string }[]
}

/** Which transfers a list shows. */
export interface TransferFilter {
  readonly state?: readonly TransferState[]
  readonly direction?: Direction
  readonly service?: string
  /** Remote entity, by name or id. */
  readonly remote?: string
  readonly bucket?: string
  /** Part of the object's name. */
  readonly object?: string
  /** Created at or after, before (ISO 8601). */
  readonly since?: string
  readonly until?: string
}

/** A list of transfers, newest first. */
export interface TransferPage {
  readonly transfers: readonly Transfer[]
  /** Give it as `after` for the next page; null on the last one. */
  readonly next: string | null
}
export const PAGE_MAX = 1000

const REQUEST_FIELDS = ['bucket', 'object', 'to', 'path', 'service', 'from', 'class', 'closure']

export function readTransferRequest(value: unknown): TransferRequest | Problem {
  return readObject(value, REQUEST_FIELDS, reader => {
    const mode = reader.optional('class', reader.oneOf([1, 2]))
    return {
      bucket: reader.required('bucket', reader.text),
      object: reader.required('object', reader.text),
      to: reader.required('to', reader.text),
      ...reader.given('path', reader.text),
      ...reader.given('service', reader.text),
      ...reader.given('from', reader.text),
      ...(mode === undefined ? {} : { class: mode }),
      ...reader.given('closure', reader.flag),
    }
  })
}

export function readBulkRequest(value: unknown): BulkRequest | Problem {
  const request = readObject(value, ['action', 'ids', 'filter'], reader => ({
    action: reader.required('action', reader.oneOf(TRANSFER_ACTIONS)),
    ...reader.given('ids', reader.listOf(reader.text)),
    ...reader.given('filter', reader.nested(readFilter)),
  }))
  if (!('kind' in request) && request.ids === undefined && request.filter === undefined) {
    return problem('ids or filter says which transfers are meant')
  }
  return request
}

const FILTER_FIELDS = ['state', 'direction', 'service', 'remote', 'bucket', 'object', 'since', 'until']

function readFilter(value: unknown): TransferFilter | Problem {
  return readObject(value, FILTER_FIELDS, filterFrom)
}

function filterFrom(reader: Reader): TransferFilter {
  return {
    ...reader.given('state', reader.listOf(reader.oneOf(TRANSFER_STATES))),
    ...reader.given('direction', reader.oneOf(DIRECTIONS)),
    ...reader.given('service', reader.text),
    ...reader.given('remote', reader.text),
    ...reader.given('bucket', reader.text),
    ...reader.given('object', reader.text),
    ...reader.given('since', reader.time),
    ...reader.given('until', reader.time),
  }
}

export interface TransferQuery {
  readonly filter: TransferFilter
  /** At most so many; 100 where nothing is said. */
  readonly limit: number
  /** Only transfers before this id. */
  readonly after: string | undefined
}

/** @param query names and values as in a query string; `state` may stand there several times */
export function readTransferQuery(
  query: Readonly<Record<string, readonly string[]>>,
): TransferQuery | Problem {
  const flat: Record<string, unknown> = {}
  for (const [name, values] of Object.entries(query)) {
    flat[name] = name === 'state' ? values.flatMap(value => value.split(',')) : values.at(-1)
  }
  return readObject(flat, [...FILTER_FIELDS, 'limit', 'after'], reader => ({
    filter: filterFrom(reader),
    limit: reader.optional('limit', reader.numeral(1, PAGE_MAX)) ?? 100,
    after: reader.optional('after', reader.idText),
  }))
}
