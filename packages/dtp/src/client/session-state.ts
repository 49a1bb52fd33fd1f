/**
 * A session as a value: everything that is needed to go on with it, in another process, on another machine, years later.
 * As JSON, or as octets: `SFS1`, the CRC-32 of the JSON, the JSON.
 */
import { crc32, decodeText, encodeText, type Fault, isFault, RangeSet } from '@skyferry/octets'
import { DIALECTS, type DialectName, isDialectName } from '../common/dialect.ts'
import { dtpFault } from '../common/faults.ts'
import { chunkOf, PAYLOAD_OCTETS_MAX } from '../common/packets.ts'
import type { SessionId } from '../common/request.ts'
import { decodeMetaFile, encodeMetaFile, heldOf, segmentsOf } from './meta-file.ts'

/** What is to be fetched: a payload by its id, or a stretch of a server's memory (the vmem variant). */
export type PayloadRef =
  | { readonly kind: 'id'; readonly id: number }
  /** The virtual address in hexadecimal: it may exceed what a number holds. */
  | { readonly kind: 'memory'; readonly address: string; readonly size: number }

/** Whose server it is; decides how careful to be with it, and what an interval costs. */
export type PeerName = 'libdtp' | 'skyferry' | 'satdeploy'

/** What a session is about; never changes. */
export interface SessionTerms {
  /** CSP node. */
  readonly server: number
  readonly peer: PeerName
  readonly payload: PayloadRef
  readonly dialect: DialectName
  /** Octets of a full datagram, data header included. */
  readonly mtuOctets: number
  /** The most octets of payload per second that may be asked for. */
  readonly throughput: number
  /** So long without a datagram ends a round. */
  readonly idleMs: number
  /** Octets wanted, as from, to, from, to …, half-open; empty: all of them. */
  readonly wanted: readonly number[]
  /** What the octets will sum to (CRC-32), if somebody said so. */
  readonly crc32: number | null
  /** Name of the sink. */
  readonly sink: string
}

export interface SessionState {
  readonly version: 1
  readonly terms: SessionTerms
  /** The first session id; every round counts one up. */
  readonly base: number
  /** Size of the payload; null until a server said so. */
  readonly total: number | null
  /** Octets that are safely in the sink, as from, to, from, to … */
  readonly held: readonly number[]
}

const MAGIC = encodeText('SFS1')

export function serializeSession(state: SessionState): Uint8Array {
  const text = encodeText(JSON.stringify(state))
  const octets = new Uint8Array(8 + text.length)
  octets.set(MAGIC)
  new DataView(octets.buffer).setUint32(4, crc32(text))
  octets.set(text, 8)
  return octets
}

/** Reads what `serializeSession` wrote; whatever else it is, is refused. */
export function parseSession(octets: Uint8Array): SessionState | Fault {
  if (octets.length < 8 || MAGIC.some((octet, index) => octets[index] !== octet))
    return dtpFault('bad-version', 0)
  const text = octets.subarray(8)
  const sum = new DataView(octets.buffer, octets.byteOffset).getUint32(4)
  if (crc32(text) !== sum) return dtpFault('bad-checksum', 4)
  try {
    return sessionFromJson(JSON.parse(decodeText(text)))
  } catch {
    return dtpFault('bad-session', 8)
  }
}

/** Checks every part of a session that came from elsewhere. */
export function sessionFromJson(value: unknown): SessionState | Fault {
  const state = value as SessionState
  const isSound =
    isObject(value) &&
    state.version === 1 &&
    isObject(state.terms) &&
    termsFlaw(state.terms) === undefined &&
    isWithin(state.base, 0, 0xffff_ffff) &&
    (state.total === null || isWithin(state.total, 0, PAYLOAD_OCTETS_MAX)) &&
    isFlat(state.held) &&
    (state.held.length === 0 || (state.total !== null && state.held.at(-1)! <= state.total))
  return isSound ? state : dtpFault('bad-session', 0)
}

/** What is wrong with the terms of a session, in words; undefined when nothing is. */
export function termsFlaw(terms: SessionTerms): string | undefined {
  if (!isWithin(terms.server, 0, 16_383)) return 'a CSP node has an address from 0 to 16383'
  if (!isDialectName(terms.dialect)) return 'there is no such dialect'
  const dialect = DIALECTS[terms.dialect]
  if (!isWithin(terms.mtuOctets, 1, 0xffff) || chunkOf(terms.mtuOctets, dialect) < 1)
    return `the mtu leaves no room for data: it is ${dialect.dataHeaderOctets + 1} to 65535 octets`
  if (!isWithin(terms.throughput, 1, 0xffff_ffff)) return 'the throughput is at least 1 octet per second'
  if (!isWithin(terms.idleMs, 1, Number.MAX_SAFE_INTEGER)) return 'the idle timeout is above 0'
  if (!isFlat(terms.wanted)) return 'ranges are from–to, ascending, apart from each other'
  if (terms.wanted.length > 0 && terms.wanted.at(-1)! > PAYLOAD_OCTETS_MAX)
    return 'a payload ends below 4 GiB'
  if (!(terms.crc32 === null || isWithin(terms.crc32, 0, 0xffff_ffff))) return 'a CRC-32 has 32 bits'
  if (typeof terms.sink !== 'string') return 'a sink has a name'
  if (!['libdtp', 'skyferry', 'satdeploy'].includes(terms.peer)) return 'there is no such peer'
  return payloadFlaw(terms.payload, dialect.dataHeaderOctets === 8)
}

function payloadFlaw(payload: PayloadRef, hasSessions: boolean): string | undefined {
  if (!isObject(payload)) return 'a payload is an id or a stretch of memory'
  if (payload.kind === 'id') return isWithin(payload.id, 0, 255) ? undefined : 'a payload id is 0 to 255'
  if (payload.kind !== 'memory') return 'a payload is an id or a stretch of memory'
  if (!hasSessions) return 'D1 knows nothing of the memory service'
  if (!/^[0-9a-f]{1,16}$/.test(payload.address)) return 'an address is up to 16 hexadecimal digits'
  return isWithin(payload.size, 0, PAYLOAD_OCTETS_MAX) ? undefined : 'a stretch of memory ends below 4 GiB'
}

/** What of a C client's saved session can be believed, as a session of ours (reference 12.1.13). */
export function sessionFromMeta(
  octets: Uint8Array,
  about: {
    readonly sink: string
    readonly fileOctets: number
    readonly base: number
    readonly dialect?: DialectName
  },
): SessionState | Fault {
  const meta = decodeMetaFile(octets)
  if (isFault(meta)) return meta
  const terms: SessionTerms = {
    server: meta.node,
    peer: 'libdtp',
    payload: { kind: 'id', id: meta.payloadId },
    dialect: about.dialect ?? 'D2c',
    mtuOctets: meta.mtuOctets,
    throughput: meta.throughput,
    idleMs: Math.max(1, meta.timeoutSeconds) * 1000,
    wanted: [],
    crc32: null,
    sink: about.sink,
  }
  if (termsFlaw(terms) !== undefined) return dtpFault('bad-session', 4)
  // A size of 0 is what a session says that was saved before any response came.
  const total = meta.payloadSize > 0 ? meta.payloadSize : null
  return {
    version: 1,
    terms,
    base: about.base,
    total,
    held: total === null ? [] : heldOf(meta, about.fileOctets).toFlat(),
  }
}

/** The same for the C client; undefined for what it has no words for: memory, and a payload whose size nobody knows. */
export function metaFromSession({ terms, base, total, held }: SessionState): Uint8Array | undefined {
  if (terms.payload.kind !== 'id' || total === null) return undefined
  const dialect = DIALECTS[terms.dialect]
  // Its packets are those of 8 octets of header.
  if (dialect.dataHeaderOctets !== 8) return undefined
  const set = RangeSet.fromFlat(held)
  const segments = segmentsOf(set, chunkOf(terms.mtuOctets, dialect), total)
  return encodeMetaFile({
    node: terms.server,
    mtuOctets: terms.mtuOctets,
    timeoutSeconds: Math.min(255, Math.max(1, Math.ceil(terms.idleMs / 1000))),
    throughput: terms.throughput,
    payloadId: terms.payload.id,
    sessionId: base as SessionId,
    bytesReceived: set.octets,
    payloadSize: total,
    segments,
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}

/** From, to, from, to …: ascending, none empty, none touching. */
function isFlat(value: unknown): value is readonly number[] {
  if (!Array.isArray(value) || value.length % 2 !== 0) return false
  let last = -1
  return value.every(bound => {
    const isNext = isWithin(bound, 0, Number.MAX_SAFE_INTEGER) && bound > last
    last = bound
    return isNext
  })
}
