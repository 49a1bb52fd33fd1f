/** How one payload stands in one space packet: what is put around it, and what of it is believed. */
import { crc16 } from '../crc16.ts'
import { PRIMARY_HEADER_OCTETS, SequenceFlags, type SpacePacketType } from './primary-header.ts'

/**
 * The secondary header: none; octets that are always the same; or the ones of NASA's core Flight System: a function code
 * and a checksum in commands (2 octets), time and spare in telemetry (10 octets, sent as zeros: CF does not read them).
 */
export type SecondaryHeader = 'none' | 'cfs' | Uint8Array

/** The packets of one direction. */
export interface PacketForm {
  readonly type: SpacePacketType
  /** 0 to 2047. */
  readonly apid: number
  /** Default `none`. */
  readonly secondaryHeader?: SecondaryHeader
  /** A CRC-16 at the end of each packet, over all of it (packet error control). Default false. */
  readonly errorControl?: boolean
  /** cFS function code of commands. Default 0. */
  readonly functionCode?: number
}

const CFS_COMMAND_OCTETS = 2
const CFS_TELEMETRY_OCTETS = 10
const CRC_OCTETS = 2

function secondaryOctets(header: SecondaryHeader, type: SpacePacketType): number {
  if (header === 'none') return 0
  if (header !== 'cfs') return header.length
  return type === 'telecommand' ? CFS_COMMAND_OCTETS : CFS_TELEMETRY_OCTETS
}

/** Seals payloads that already stand in place: room is left in front of and behind them, and nothing is copied. */
export class PacketSealer {
  /** Octets in front of the payload. */
  readonly headOctets: number
  /** Octets behind it. */
  readonly tailOctets: number
  readonly #form: PacketForm
  readonly #head: Uint8Array
  readonly #hasCommandChecksum: boolean

  /** A `RangeError` says that the form cannot be sent: our own mistake, or a configuration nobody has checked. */
  constructor(form: PacketForm) {
    const { type, apid, secondaryHeader = 'none', errorControl = false, functionCode = 0 } = form
    if (!Number.isInteger(apid) || apid < 0 || apid > 0x7ff) {
      throw new RangeError(`an APID is 0 to 2047, not ${apid}`)
    }
    if (!Number.isInteger(functionCode) || functionCode < 0 || functionCode > 0x7f) {
      throw new RangeError(`a cFS function code is 0 to 127, not ${functionCode}`)
    }
    const octets = secondaryOctets(secondaryHeader, type)
    this.#form = form
    this.headOctets = PRIMARY_HEADER_OCTETS + octets
    this.tailOctets = errorControl ? CRC_OCTETS : 0
    this.#hasCommandChecksum = secondaryHeader === 'cfs' && type === 'telecommand'
    this.#head = new Uint8Array(this.headOctets)
    const first = (type === 'telecommand' ? 0x1000 : 0) | (octets > 0 ? 0x0800 : 0) | apid
    this.#head[0] = first >> 8
    this.#head[1] = first & 0xff
    if (typeof secondaryHeader !== 'string') this.#head.set(secondaryHeader, PRIMARY_HEADER_OCTETS)
    else if (this.#hasCommandChecksum) this.#head[PRIMARY_HEADER_OCTETS] = functionCode
  }

  get apid(): number {
    return this.#form.apid
  }

  /** May a payload of so many octets travel? A packet has 1 to 65536 octets behind its primary header. */
  carries(payloadOctets: number): boolean {
    const behind = this.headOctets - PRIMARY_HEADER_OCTETS + payloadOctets + this.tailOctets
    return behind >= 1 && behind <= 0x10000
  }

  /**
   * Completes the packet around a payload that `carries` allows and that stands at `headOctets`.
   *
   * @param sequenceCount 0 to 16383
   * @returns octets of the packet, from the front of `octets`
   */
  seal(octets: Uint8Array, payloadOctets: number, sequenceCount: number): number {
    const head = this.#head
    // A loop: a copy through `set` costs more for so few.
    for (let index = 0; index < head.length; index++) octets[index] = head[index]!
    const end = this.headOctets + payloadOctets
    const total = end + this.tailOctets
    const second = (SequenceFlags.Unsegmented << 14) | sequenceCount
    octets[2] = second >> 8
    octets[3] = second & 0xff
    const dataLength = total - PRIMARY_HEADER_OCTETS - 1
    octets[4] = dataLength >> 8
    octets[5] = dataLength & 0xff
    if (this.#hasCommandChecksum) octets[PRIMARY_HEADER_OCTETS + 1] = xorOf(octets, end) ^ 0xff
    if (this.tailOctets > 0) {
      const crc = crc16(octets, 0, end)
      octets[end] = crc >> 8
      octets[end + 1] = crc & 0xff
    }
    return total
  }
}

/** What is heard: packets of one APID. */
export interface HeardForm {
  readonly apid: number
  /** Only packets of this type; absent: of both (Yamcs sends telecommands in both directions). */
  readonly type?: SpacePacketType
  /** As in `PacketForm`; of given octets only the number counts. Packets that say they have none are taken without. */
  readonly secondaryHeader?: SecondaryHeader
  /** Whether packets end with a CRC-16, which then has to be right. */
  readonly errorControl?: boolean
  /** Whether the checksum of cFS commands has to be right. Default true. */
  readonly commandChecksum?: boolean
}

/** Why a packet was not opened; each is counted under its name. */
export const PACKET_DROPS = [
  'truncated',
  'bad-packet-version',
  'idle',
  'other-apid',
  'other-type',
  'segmented',
  'unexpected-secondary-header',
  'bad-packet-crc',
  'bad-command-checksum',
  'empty',
] as const
export type PacketDrop = (typeof PACKET_DROPS)[number]

/** Where a payload stands in the octets it came in; one per opener, reused. */
export class PayloadSpan {
  from = 0
  to = 0
  sequenceCount = 0
}

/** Finds the payload in packets that arrive. Nothing they hold makes it throw. */
export class PacketOpener {
  readonly span: PayloadSpan = new PayloadSpan()
  readonly #form: HeardForm

  constructor(form: HeardForm) {
    this.#form = form
  }

  /**
   * Opens the packet at the front of `octets`; what follows it is padding.
   *
   * @returns why it is not one of ours; `undefined`: it is, and `span` says where its payload stands
   */
  open(octets: Uint8Array): PacketDrop | undefined {
    if (octets.length < PRIMARY_HEADER_OCTETS) return 'truncated'
    const form = this.#form
    const first = (octets[0]! << 8) | octets[1]!
    if (first >> 13 !== 0) return 'bad-packet-version'
    const apid = first & 0x7ff
    if (apid !== form.apid) return apid === 0x7ff ? 'idle' : 'other-apid'
    const type: SpacePacketType = (first & 0x1000) === 0 ? 'telemetry' : 'telecommand'
    if (form.type !== undefined && type !== form.type) return 'other-type'
    if (octets[2]! >> 6 !== SequenceFlags.Unsegmented) return 'segmented'
    const end = PRIMARY_HEADER_OCTETS + ((octets[4]! << 8) | octets[5]!) + 1
    if (end > octets.length) return 'truncated'
    const { secondaryHeader = 'none' } = form
    let from = PRIMARY_HEADER_OCTETS
    if ((first & 0x0800) !== 0) {
      const skipped = secondaryOctets(secondaryHeader, type)
      if (skipped === 0) return 'unexpected-secondary-header'
      from += skipped
      if (secondaryHeader === 'cfs' && type === 'telecommand' && form.commandChecksum !== false) {
        const checked = form.errorControl === true ? end - CRC_OCTETS : end
        if (xorOf(octets, checked) !== 0xff) return 'bad-command-checksum'
      }
    }
    const to = form.errorControl === true ? end - CRC_OCTETS : end
    if (to < from) return 'truncated'
    if (form.errorControl === true && crc16(octets, 0, end) !== 0) return 'bad-packet-crc'
    this.span.from = from
    this.span.to = to
    this.span.sequenceCount = ((octets[2]! & 0x3f) << 8) | octets[3]!
    return undefined
  }
}

/** The xor of the first `to` octets: 0xFF over a whole cFS command with its checksum. */
function xorOf(octets: Uint8Array, to: number): number {
  let sum = 0
  for (let index = 0; index < to; index++) sum ^= octets[index]!
  return sum
}
