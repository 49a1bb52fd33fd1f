/**
 * The short way in, for the PDU that comes a million times: plain File Data of the transaction that was last
 * spoken of. Octets are compared and shifted, nothing is made. Whatever is not plain takes `decodePdu`.
 */
import { crc16 } from '@skyferry/octets'
import type { EntityId } from './model.ts'

/** Where `peekFileData` writes what it found; one per engine, reused. */
export class FileDataView {
  /** Of the first data octet in the file. */
  offset = 0
  /** The data in the datagram, half-open. */
  dataFrom = 0
  dataTo = 0
  acknowledged = false
  crc = false
  largeFile = false
}

/** Octet 3 of a header without the two bits that only File Data uses: the widths of ids and sequence number. */
const WIDTHS = 0x77

function headerOctets(widths: number): number {
  return 7 + 2 * ((widths >> 4) & 7) + (widths & 7)
}

/**
 * What names a transaction on the wire: octet 3 of the header (widths only) and the ids and sequence number after it.
 *
 * @returns a copy for `sameTransaction`; undefined if the datagram ends within its header
 */
export function transactionOctets(datagram: Uint8Array): Uint8Array | undefined {
  if (datagram.length < 4) return undefined
  const length = headerOctets(datagram[3]!)
  if (datagram.length < length) return undefined
  const known = datagram.slice(3, length)
  known[0]! &= WIDTHS
  return known
}

/**
 * Does this datagram carry the very octets of a known transaction? False does not mean that it is another one: ids
 * are compared by value, and a peer may have written them with other widths.
 *
 * @param known from `transactionOctets`
 */
export function sameTransaction(datagram: Uint8Array, known: Uint8Array): boolean {
  const length = known.length
  if (datagram.length < length + 3) return false
  if ((datagram[3]! & WIDTHS) !== known[0]!) return false
  for (let index = 1; index < length; index++) {
    if (datagram[index + 3] !== known[index]) return false
  }
  return true
}

/** The entity at the other end: the source of what travels toward us as receiver, the destination of what comes back. */
export function remoteEntity(datagram: Uint8Array): EntityId | undefined {
  if (datagram.length < 4) return undefined
  const idOctets = ((datagram[3]! >> 4) & 7) + 1
  const isToReceiver = (datagram[0]! & 0x08) === 0
  const at = isToReceiver ? 4 : 5 + idOctets + (datagram[3]! & 7)
  if (datagram.length < at + idOctets) return undefined
  let id = 0n
  for (let index = at; index < at + idOctets; index++) id = (id << 8n) | BigInt(datagram[index]!)
  return id as EntityId
}

/**
 * Reads a plain File Data PDU: version 1, towards the receiver, no segment metadata, at least one data octet, a
 * correct CRC if it has one (section 5.3). Ids and sequence number are not looked at.
 *
 * @returns false for anything else, sound or not; `view` is then unspecified and `decodePdu` has the answer
 */
export function peekFileData(datagram: Uint8Array, view: FileDataView): boolean {
  if (datagram.length < 4) return false
  const first = datagram[0]!
  const widths = datagram[3]!
  if ((first & 0xf8) !== 0x30 || (widths & 0x08) !== 0) return false
  let at = headerOctets(widths)
  const end = at + ((datagram[1]! << 8) | datagram[2]!)
  if (end > datagram.length) return false
  const crc = (first & 2) !== 0
  const largeFile = (first & 1) !== 0
  const to = crc ? end - 2 : end
  if (to <= at + (largeFile ? 8 : 4)) return false
  let offset = 0
  if (largeFile) {
    offset = read32(datagram, at)
    if (offset > 0x1fffff) return false
    offset *= 0x100000000
    at += 4
  }
  offset += read32(datagram, at)
  at += 4
  if (offset + (to - at) > Number.MAX_SAFE_INTEGER) return false
  if (crc && crc16(datagram, 0, end) !== 0) return false
  view.offset = offset
  view.dataFrom = at
  view.dataTo = to
  view.acknowledged = (first & 4) === 0
  view.crc = crc
  view.largeFile = largeFile
  return true
}

function read32(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
}
