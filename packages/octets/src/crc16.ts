import { crcTables } from './crc-tables.ts'

/** CCITT: x^16 + x^12 + x^5 + 1. In the upper half of 32 bits, where the tables of wider CRCs serve it too. */
const TABLES = crcTables(0x1021_0000, 'most significant first')

/**
 * The CRC of a CFDP PDU (CCSDS 727.0-B-5 section 4.1.3): polynomial 0x1021, preset to ones, most significant bit
 * first, no final inversion. Over a PDU together with its CRC it is 0.
 *
 * @param seed what the octets before these gave
 * @returns unsigned 16 bits; 0xFFFF for no octets
 */
export function crc16(
  bytes: Uint8Array,
  from: number = 0,
  to: number = bytes.length,
  seed: number = 0xffff,
): number {
  const t = TABLES
  let crc = seed
  let at = from
  for (const last = to - 8; at <= last; at += 8) {
    crc =
      t[0x700 | ((crc >>> 8) ^ bytes[at]!)]! ^
      t[0x600 | ((crc & 0xff) ^ bytes[at + 1]!)]! ^
      t[0x500 | bytes[at + 2]!]! ^
      t[0x400 | bytes[at + 3]!]! ^
      t[0x300 | bytes[at + 4]!]! ^
      t[0x200 | bytes[at + 5]!]! ^
      t[0x100 | bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!
    crc >>>= 16
  }
  for (; at < to; at++) crc = ((crc << 8) & 0xffff) ^ (t[(crc >>> 8) ^ bytes[at]!]! >>> 16)
  return crc
}
