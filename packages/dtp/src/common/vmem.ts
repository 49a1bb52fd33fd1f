/** DTP through the memory service (reference section 7): big-endian requests to port 14, data as ever. */
import { type Fault, isFault, Reader, Writer } from '@skyferry/octets'
import { DIALECTS, type Dialect, type DialectName } from './dialect.ts'
import { dtpFault } from './faults.ts'
import { type MetaRequest, readMetaRequest, type SessionId, writeMetaRequest } from './request.ts'

/** What version current libparam writes; nobody looks. Its keep-alives say 0. */
const VERSION = 3
const TYPE_DTP = 0x80

const DtpType = { Start: 0, Stop: 1, Status: 2, Alive: 3 } as const
/** Version, type, DTP type. */
const PREFIX_OCTETS = 3
/** Where the structure of the classic request lies in a start request. */
const META_AT = 19
const STATUS_OCTETS = 8
const BUSY = 1

/** Everything that may be asked. */
export type MemoryRequest =
  | {
      readonly kind: 'start'
      /** Virtual address; opaque, up to 64 bits. */
      readonly address: bigint
      /** Octets from there. */
      readonly size: number
      readonly meta: MetaRequest
    }
  | { readonly kind: 'stop'; readonly sessionId: SessionId }
  | { readonly kind: 'status' }
  | { readonly kind: 'alive' }

export interface MemoryStatus {
  /** Of the last start; 0 after a stop. */
  readonly sessionId: SessionId
  readonly isBusy: boolean
}

/** The structure in a start request is big-endian whatever the hosts are; only D2b's is longer. */
function metaDialect(name: DialectName): Dialect {
  return { ...(name === 'D2b' ? DIALECTS.D2b : DIALECTS.D2c), order: 'big' }
}

export function encodeMemoryRequest(request: MemoryRequest, dialect: DialectName = 'D2c'): Uint8Array {
  const octets = new Uint8Array(octetsOf(request, dialect))
  const writer = new Writer(octets)
  writer.u8(request.kind === 'alive' ? 0 : VERSION)
  writer.u8(TYPE_DTP)
  writer.u8(typeOf(request))
  if (request.kind === 'stop') writer.u32(request.sessionId)
  if (request.kind === 'start') {
    // The first session id, which C never fills in; the one that counts is in the structure.
    writer.u32(0)
    writer.big(request.address, 8)
    writer.u32(request.size)
    writeMetaRequest(octets, META_AT, request.meta, metaDialect(dialect))
  }
  return octets
}

function octetsOf(request: MemoryRequest, dialect: DialectName): number {
  if (request.kind === 'start') return META_AT + metaDialect(dialect).requestOctets
  return request.kind === 'stop' ? PREFIX_OCTETS + 4 : PREFIX_OCTETS
}

function typeOf({ kind }: MemoryRequest): number {
  switch (kind) {
    case 'start':
      return DtpType.Start
    case 'stop':
      return DtpType.Stop
    case 'status':
      return DtpType.Status
    case 'alive':
      return DtpType.Alive
  }
}

/**
 * Reads what came to the memory service. Start requests of 4 octets more are D2b's.
 *
 * @param mtuMax octets that a packet of ours holds
 */
export function decodeMemoryRequest(octets: Uint8Array, mtuMax: number): MemoryRequest | Fault {
  const reader = new Reader(octets)
  reader.u8()
  const type = reader.u8()
  const dtpType = reader.u8()
  if (reader.fault !== undefined) return reader.fault
  if (type !== TYPE_DTP) return dtpFault('not-a-dtp-request', 1)
  switch (dtpType) {
    case DtpType.Start: {
      reader.skip(4)
      const address = reader.big(8)
      const size = reader.u32()
      if (reader.fault !== undefined) return reader.fault
      const name = octets.length >= META_AT + DIALECTS.D2b.requestOctets ? 'D2b' : 'D2c'
      const meta = readMetaRequest(octets, META_AT, metaDialect(name), mtuMax)
      return isFault(meta) ? meta : { kind: 'start', address, size, meta }
    }
    case DtpType.Stop: {
      const sessionId = reader.u32() as SessionId
      return reader.fault ?? { kind: 'stop', sessionId }
    }
    case DtpType.Status:
      return { kind: 'status' }
    case DtpType.Alive:
      return { kind: 'alive' }
    default:
      return dtpFault('not-a-dtp-request', 2)
  }
}

export function encodeMemoryStatus({ sessionId, isBusy }: MemoryStatus): Uint8Array {
  const octets = new Uint8Array(STATUS_OCTETS)
  const writer = new Writer(octets)
  writer.u32(sessionId)
  writer.u32(isBusy ? BUSY : 0)
  return octets
}

export function decodeMemoryStatus(octets: Uint8Array): MemoryStatus | Fault {
  const reader = new Reader(octets)
  const sessionId = reader.u32() as SessionId
  const status = reader.u32()
  return reader.fault ?? { sessionId, isBusy: (status & BUSY) !== 0 }
}
