/**
 * The file checksums that are CRCs (CCSDS 727.0-B-5 section 4.2.2; SANA checksum types 1 to 3). They take a file's
 * octets in order: a later piece gets what the earlier ones gave as its seed.
 */
import { crcTables } from './crc-tables.ts'

const CRC32 = crcTables(0xedb8_8320, 'least significant first')
const CRC32C = crcTables(0x82f6_3b78, 'least significant first')
const PROXIMITY_1 = crcTables(0x00a0_0805, 'most significant first')

/**
 * CRC-32 as in Ethernet and zip (type 3).
 *
 * @param seed what the octets before these gave
 * @returns unsigned 32 bits; 0 for no octets
 */
export function crc32(
  bytes: Uint8Array,
  from: number = 0,
  to: number = bytes.length,
  seed: number = 0,
): number {
  return ~reflected(CRC32, bytes, from, to, ~seed) >>> 0
}

/** CRC-32C, Castagnoli (type 2); otherwise like `crc32`. */
export function crc32c(
  bytes: Uint8Array,
  from: number = 0,
  to: number = bytes.length,
  seed: number = 0,
): number {
  return ~reflected(CRC32C, bytes, from, to, ~seed) >>> 0
}

/**
 * The CRC-32 of Proximity-1 (type 1; CCSDS 211.2 annex C): preset to zero, most significant bit first, no final
 * inversion, so zeros in front do not change it. Otherwise like `crc32`.
 */
export function proximity1Crc32(
  bytes: Uint8Array,
  from: number = 0,
  to: number = bytes.length,
  seed: number = 0,
): number {
  const t = PROXIMITY_1
  let crc = seed | 0
  let at = from
  for (const last = to - 8; at <= last; at += 8) {
    crc =
      t[0x700 | ((crc >>> 24) ^ bytes[at]!)]! ^
      t[0x600 | (((crc >>> 16) & 0xff) ^ bytes[at + 1]!)]! ^
      t[0x500 | (((crc >>> 8) & 0xff) ^ bytes[at + 2]!)]! ^
      t[0x400 | ((crc & 0xff) ^ bytes[at + 3]!)]! ^
      t[0x300 | bytes[at + 4]!]! ^
      t[0x200 | bytes[at + 5]!]! ^
      t[0x100 | bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!
  }
  for (; at < to; at++) crc = (crc << 8) ^ t[(crc >>> 24) ^ bytes[at]!]!
  return crc >>> 0
}

function reflected(t: Int32Array, bytes: Uint8Array, from: number, to: number, register: number): number {
  let crc = register
  let at = from
  for (const last = to - 8; at <= last; at += 8) {
    crc =
      t[0x700 | ((crc & 0xff) ^ bytes[at]!)]! ^
      t[0x600 | (((crc >>> 8) & 0xff) ^ bytes[at + 1]!)]! ^
      t[0x500 | (((crc >>> 16) & 0xff) ^ bytes[at + 2]!)]! ^
      t[0x400 | ((crc >>> 24) ^ bytes[at + 3]!)]! ^
      t[0x300 | bytes[at + 4]!]! ^
      t[0x200 | bytes[at + 5]!]! ^
      t[0x100 | bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ t[(crc & 0xff) ^ bytes[at]!]!
  return crc
}
