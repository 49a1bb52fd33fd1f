/** The primary header of a space packet (CCSDS 133.0-B-2 section 4.1.3). */
import type { Fault } from '../fault.ts'
import type { Framing } from '../framing/deframer.ts'

export const PRIMARY_HEADER_OCTETS = 6
/** The packet data length is one less than the octets behind the header, in 16 bits. */
export const LARGEST_SPACE_PACKET: number = PRIMARY_HEADER_OCTETS + 0x10000
/** Nobody's packets: they fill a link that has nothing to say. */
export const IDLE_APID = 0x7ff
/** Registered for CFDP with SANA; Wireshark goes by it. */
export const CFDP_APID = 0x7fd

/** Which way it travels: telemetry from the spacecraft, telecommands to it. */
export type SpacePacketType = 'telemetry' | 'telecommand'

export const SequenceFlags = { Continuation: 0, First: 1, Last: 2, Unsegmented: 3 } as const
export type SequenceFlags = (typeof SequenceFlags)[keyof typeof SequenceFlags]

export interface PrimaryHeader {
  readonly type: SpacePacketType
  /** Does the data field begin with a secondary header? How long it is, the mission says. */
  readonly hasSecondaryHeader: boolean
  /** 0 to 2047. */
  readonly apid: number
  readonly sequenceFlags: SequenceFlags
  /** 0 to 16383. */
  readonly sequenceCount: number
  /** Octets behind this header: 1 to 65536. */
  readonly dataOctets: number
}

/** Reads the header of the packet that begins at `from`; whether the packet is whole is not looked at. */
export function decodePrimaryHeader(octets: Uint8Array, from: number = 0): PrimaryHeader | Fault {
  if (octets.length - from < PRIMARY_HEADER_OCTETS) {
    return { kind: 'fault', code: 'truncated', offset: octets.length }
  }
  const first = (octets[from]! << 8) | octets[from + 1]!
  if (first >> 13 !== 0) return { kind: 'fault', code: 'bad-packet-version', offset: from }
  const second = (octets[from + 2]! << 8) | octets[from + 3]!
  return {
    type: (first & 0x1000) === 0 ? 'telemetry' : 'telecommand',
    hasSecondaryHeader: (first & 0x0800) !== 0,
    apid: first & 0x7ff,
    sequenceFlags: (second >> 14) as SequenceFlags,
    sequenceCount: second & 0x3fff,
    dataOctets: ((octets[from + 4]! << 8) | octets[from + 5]!) + 1,
  }
}

/** Writes the six octets at `at`. A `RangeError` is our own mistake: a value that its field cannot carry. */
export function encodePrimaryHeader(octets: Uint8Array, at: number, header: PrimaryHeader): void {
  const { apid, sequenceCount, dataOctets } = header
  if (apid < 0 || apid > 0x7ff) throw new RangeError(`an APID is 0 to 2047, not ${apid}`)
  if (sequenceCount < 0 || sequenceCount > 0x3fff) throw new RangeError('a sequence count has 14 bits')
  if (dataOctets < 1 || dataOctets > 0x10000) throw new RangeError('a packet has 1 to 65536 octets of data')
  const first = (header.type === 'telecommand' ? 0x1000 : 0) | (header.hasSecondaryHeader ? 0x0800 : 0) | apid
  const second = (header.sequenceFlags << 14) | sequenceCount
  octets[at] = first >> 8
  octets[at + 1] = first & 0xff
  octets[at + 2] = second >> 8
  octets[at + 3] = second & 0xff
  octets[at + 4] = (dataOctets - 1) >> 8
  octets[at + 5] = (dataOctets - 1) & 0xff
}

/** Space packets tell their own length: a stream of them needs nothing in between. */
export const SPACE_PACKET_FRAMING: Framing = {
  prefixOctets: 0,
  headOctets: PRIMARY_HEADER_OCTETS,
  measure(octets, from, to) {
    // The first octet is enough to see that this is none.
    if (to > from && octets[from]! >> 5 !== 0)
      return { kind: 'fault', code: 'bad-packet-version', offset: from }
    if (to - from < PRIMARY_HEADER_OCTETS) return undefined
    return PRIMARY_HEADER_OCTETS + ((octets[from + 4]! << 8) | octets[from + 5]!) + 1
  },
}
