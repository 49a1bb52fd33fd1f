/**
 * The C library's saved session, `<output file>.meta`, version 2 (reference section 8.1): read to go on where a C client
 * stopped, written so that one may go on where we did.
 */
import { type Fault, RangeSet } from '@skyferry/octets'
import { DIALECTS } from '../common/dialect.ts'
import { dtpFault } from '../common/faults.ts'
import { OrderedReader, OrderedWriter } from '../common/octet-order.ts'
import { chunkOf, type Interval, octetsOf, packetCount } from '../common/packets.ts'
import type { SessionId } from '../common/request.ts'

/** A file as it stands, its figures believed or not. */
export interface MetaFile {
  readonly node: number
  readonly mtuOctets: number
  readonly timeoutSeconds: number
  readonly throughput: number
  readonly payloadId: number
  readonly sessionId: SessionId
  /** What the C client counted, duplicates included (C2, C3). */
  readonly bytesReceived: number
  readonly payloadSize: number
  /** Packets received, inclusive at both ends. */
  readonly segments: readonly Interval[]
}

const VERSION = 2
const HEAD_OCTETS = 30
const SEGMENT_OCTETS = 8

export function encodeMetaFile(meta: MetaFile): Uint8Array {
  const octets = new Uint8Array(HEAD_OCTETS + SEGMENT_OCTETS * meta.segments.length)
  const writer = new OrderedWriter(octets, 'little')
  writer.u32(VERSION)
  writer.u16(meta.node)
  writer.u16(meta.mtuOctets)
  writer.u8(meta.timeoutSeconds)
  writer.u32(meta.throughput)
  writer.u8(meta.payloadId)
  writer.u32(meta.sessionId)
  writer.u32(meta.bytesReceived)
  writer.u32(meta.payloadSize)
  writer.u32(meta.segments.length)
  for (const { start, end } of meta.segments) {
    writer.u32(start)
    writer.u32(end)
  }
  return octets
}

/** Reads a file; another version, a cut one and one that contradicts itself are refused (C14). */
export function decodeMetaFile(octets: Uint8Array): MetaFile | Fault {
  const reader = new OrderedReader(octets, 'little')
  const version = reader.u32()
  const node = reader.u16()
  const mtuOctets = reader.u16()
  const timeoutSeconds = reader.u8()
  const throughput = reader.u32()
  const payloadId = reader.u8()
  const sessionId = reader.u32() as SessionId
  const bytesReceived = reader.u32()
  const payloadSize = reader.u32()
  const count = reader.u32()
  if (reader.fault !== undefined) return reader.fault
  if (version !== VERSION) return dtpFault('bad-version', 0)
  if (chunkOf(mtuOctets, DIALECTS.D2c) < 1) return dtpFault('bad-mtu', 6)
  if (throughput === 0) return dtpFault('no-throughput', 9)
  // Before anything is made of the count, which may be anything.
  if (count > reader.remaining / SEGMENT_OCTETS) return dtpFault('truncated', octets.length)
  const segments: Interval[] = []
  for (let index = 0; index < count; index++) {
    const segment = { start: reader.u32(), end: reader.u32() }
    if (segment.end < segment.start) return dtpFault('bad-session', HEAD_OCTETS + SEGMENT_OCTETS * index)
    segments.push(segment)
  }
  return {
    node,
    mtuOctets,
    timeoutSeconds,
    throughput,
    payloadId,
    sessionId,
    bytesReceived,
    payloadSize,
    segments,
  }
}

/**
 * What a saved session holds, in octets, as far as it can be believed (reference 12.1.13): by its segments and never by
 * the count of its octets; the last packet only where a segment names it; nothing beyond the end of the file it is about.
 *
 * @param fileOctets how long that file is
 */
export function heldOf(meta: MetaFile, fileOctets: number): RangeSet {
  const chunk = chunkOf(meta.mtuOctets, DIALECTS.D2c)
  const packets = packetCount(meta.payloadSize, chunk)
  const held = new RangeSet()
  for (const { start, end } of meta.segments) {
    // C invents a packet behind the last one where the size is a multiple of the chunk; its "end" means that too.
    const last = Math.min(end, packets - 1)
    if (start > last) continue
    const { from, to } = octetsOf({ start, end: last }, chunk, meta.payloadSize)
    const known = Math.min(to, fileOctets)
    if (known > from) held.add(from, known)
  }
  return held
}

/** The packets that are wholly held, as segments: the only thing the C client can be told. */
export function segmentsOf(held: RangeSet, chunk: number, size: number): Interval[] {
  const last = packetCount(size, chunk) - 1
  const segments: Interval[] = []
  for (const { from, to } of held.rangesWithin(0, size)) {
    const start = Math.ceil(from / chunk)
    const end = to >= size ? last : Math.floor(to / chunk) - 1
    if (end >= start) segments.push({ start, end })
  }
  return segments
}
