/** The meta request and its response (reference sections 3.1 and 3.2). */

import type { Brand } from '@skyferry/engine'
import { type Fault, isFault } from '@skyferry/octets'
import { DIALECTS, type Dialect, dialectOfLength } from './dialect.ts'
import { dtpFault } from './faults.ts'
import { OrderedReader, OrderedWriter, word } from './octet-order.ts'
import { chunkOf, type Interval } from './packets.ts'

/** Echoed in every datagram of a round (from D2 on). */
export type SessionId = Brand<number, 'SessionId'>

/** What the C client puts there, always: so a server knows one. */
export const C_SESSION_ID: SessionId = 0x900d_face as SessionId

/**
 * Ids of ours begin below this, and those of C clients are what they like: 0x900DFACE, or what a user of the vmem variant
 * chose. A server is careful with whoever has another.
 */
export const OUR_SESSIONS_BELOW = 0x8000_0000

/** A meta request, whichever dialect it came in. */
export interface MetaRequest {
  /** Octets of payload per second, at least 1. */
  readonly throughput: number
  readonly payloadId: number
  /** 0 in D1, which has none. */
  readonly sessionId: SessionId
  /** Octets of a full datagram, data header included. */
  readonly mtuOctets: number
  /** 0: none. On the wire a C host reads and writes 0 whatever it was set to (section 7.3). */
  readonly keepAliveMs: number
  /** In the order asked for; none is a question for the size. */
  readonly intervals: readonly Interval[]
}

/** Sizes of the payload and of this round, octets. */
export interface MetaResponse {
  /** What this round is to bring. C servers count one packet short for every interval with an end (S2): not to be used. */
  readonly roundOctets: number
  readonly totalOctets: number
}

/** Octets of a response, of which the first 8 mean something. */
const RESPONSE_OCTETS = 80
const RESPONSE_MEANS = 8

/**
 * Behind the structure of D2c, between two of ours: further intervals, then this word. No dialect has a request of such a
 * length, and whoever does not know of it reads the first eight intervals, which is a round like any other.
 */
const MORE_INTERVALS = 0x5346_4d49
/** Of them; a request still has to fit one packet. */
export const MORE_INTERVALS_MAX = 128

/** How many intervals fit a request of so many octets; those of the structure where there is no room for more. */
export function intervalsWithin(octets: number, dialect: Dialect): number {
  if (dialect !== DIALECTS.D2c) return dialect.intervalsMax
  const more = Math.floor((octets - dialect.requestOctets - 4) / 8)
  return dialect.intervalsMax + Math.max(0, Math.min(MORE_INTERVALS_MAX, more))
}

/** The octets of a request. Unused fields and slots are zero. */
export function encodeMetaRequest(request: MetaRequest, dialect: Dialect): Uint8Array {
  const { intervalsMax, requestOctets } = dialect
  const more = request.intervals.slice(intervalsMax)
  const octets = new Uint8Array(more.length === 0 ? requestOctets : requestOctets + 8 * more.length + 4)
  writeMetaRequest(octets, 0, { ...request, intervals: request.intervals.slice(0, intervalsMax) }, dialect)
  if (more.length === 0) return octets
  const writer = new OrderedWriter(octets, dialect.order, requestOctets)
  for (const { start, end } of more) {
    writer.u32(start)
    writer.u32(end)
  }
  writer.u32(MORE_INTERVALS)
  return octets
}

/** Writes the structure at `at`, where the vmem start request has it too. */
export function writeMetaRequest(
  target: Uint8Array,
  at: number,
  request: MetaRequest,
  dialect: Dialect,
): void {
  const writer = new OrderedWriter(target, dialect.order, at)
  writer.u32(Math.max(1, Math.round(request.throughput / dialect.throughputUnit)))
  writer.u8(request.intervals.length)
  writer.u8(request.payloadId)
  if (dialect.dataHeaderOctets === 8) {
    writer.skip(2)
    writer.u32(request.sessionId)
  }
  writer.u16(request.mtuOctets)
  if (dialect.keepAlive === 'u16') writer.u16(request.keepAliveMs)
  if (dialect.keepAlive === 'u32-big-endian')
    new OrderedWriter(target, 'big', at + 16).u32(request.keepAliveMs)
  const intervals = new OrderedWriter(target, dialect.order, at + dialect.intervalsAt)
  for (const { start, end } of request.intervals) {
    intervals.u32(start)
    intervals.u32(end)
  }
}

/**
 * Reads a request, in the dialect its length names unless one is given. Longer than the structure is fine, shorter than
 * its intervals is not (S10); what would hurt a server is refused (S3, S6), except what only a payload can tell.
 *
 * @param mtuMax octets that a packet of ours holds
 */
export function decodeMetaRequest(
  octets: Uint8Array,
  { dialect = dialectOfLength(octets.length), mtuMax }: { dialect?: Dialect | undefined; mtuMax: number },
): { readonly request: MetaRequest; readonly dialect: Dialect } | Fault {
  if (dialect === undefined && hasMoreIntervals(octets)) return decodeWithMore(octets, mtuMax)
  if (dialect === undefined) return dtpFault('unknown-length', octets.length)
  const request = readMetaRequest(octets, 0, dialect, mtuMax)
  return isFault(request) ? request : { request, dialect }
}

function hasMoreIntervals(octets: Uint8Array): boolean {
  const more = (octets.length - 4 - DIALECTS.D2c.requestOctets) / 8
  return (
    Number.isInteger(more) &&
    more >= 1 &&
    more <= MORE_INTERVALS_MAX &&
    word(octets, octets.length - 4, true) === MORE_INTERVALS
  )
}

function decodeWithMore(
  octets: Uint8Array,
  mtuMax: number,
): { readonly request: MetaRequest; readonly dialect: Dialect } | Fault {
  const dialect = DIALECTS.D2c
  const first = readMetaRequest(octets, 0, dialect, mtuMax)
  if (isFault(first)) return first
  const intervals = [...first.intervals]
  const reader = new OrderedReader(octets, dialect.order, dialect.requestOctets)
  while (reader.remaining > 4) {
    const at = octets.length - reader.remaining
    const interval = { start: reader.u32(), end: reader.u32() }
    if (interval.end < interval.start) return dtpFault('bad-interval', at)
    intervals.push(interval)
  }
  return { request: { ...first, intervals }, dialect }
}

/** Reads the structure at `at`. */
export function readMetaRequest(
  octets: Uint8Array,
  at: number,
  dialect: Dialect,
  mtuMax: number,
): MetaRequest | Fault {
  const reader = new OrderedReader(octets, dialect.order, at)
  const throughput = reader.u32() * dialect.throughputUnit
  const count = reader.u8()
  const payloadId = reader.u8()
  if (dialect.dataHeaderOctets === 8) reader.skip(2)
  const sessionId = (dialect.dataHeaderOctets === 8 ? reader.u32() : 0) as SessionId
  const mtuOctets = reader.u16()
  const keepAliveMs = readKeepAlive(octets, at, dialect)
  const intervals: Interval[] = []
  const slots = new OrderedReader(octets, dialect.order, at + dialect.intervalsAt)
  if (reader.fault !== undefined) return reader.fault
  if (throughput === 0) return dtpFault('no-throughput', at)
  if (count > dialect.intervalsMax) return dtpFault('too-many-intervals', at + 4)
  if (chunkOf(mtuOctets, dialect) < 1 || mtuOctets > mtuMax) return dtpFault('bad-mtu', at)
  for (let index = 0; index < count; index++) {
    const interval = { start: slots.u32(), end: slots.u32() }
    if (slots.fault !== undefined) return slots.fault
    if (interval.end < interval.start) return dtpFault('bad-interval', at + dialect.intervalsAt + 8 * index)
    intervals.push(interval)
  }
  return { throughput, payloadId, sessionId, mtuOctets, keepAliveMs, intervals }
}

function readKeepAlive(octets: Uint8Array, at: number, { keepAlive, order }: Dialect): number {
  if (keepAlive === 'u16') return new OrderedReader(octets, order, at + 14).u16()
  if (keepAlive === 'u32-big-endian') return new OrderedReader(octets, 'big', at + 16).u32()
  return 0
}

/** 80 octets, as old clients expect, zeros where a C server leaves what its buffer held before (S1). */
export function encodeMetaResponse(response: MetaResponse, dialect: Dialect = DIALECTS.D2c): Uint8Array {
  const octets = new Uint8Array(RESPONSE_OCTETS)
  const writer = new OrderedWriter(octets, dialect.order)
  writer.u32(response.roundOctets)
  writer.u32(response.totalOctets)
  return octets
}

/** Any length from 8 on; what follows is not looked at. */
export function decodeMetaResponse(
  octets: Uint8Array,
  dialect: Dialect = DIALECTS.D2c,
): MetaResponse | Fault {
  if (octets.length < RESPONSE_MEANS) return dtpFault('truncated', octets.length)
  const reader = new OrderedReader(octets, dialect.order)
  return { roundOctets: reader.u32(), totalOctets: reader.u32() }
}
