/**
 * Tables for a CRC that takes eight octets per step ("slicing by 8"): entry `256 × k + octet` is what `octet`
 * contributes when `k` more octets follow it.
 *
 * @param polynomial 32 bits without the leading one, in the given order of bits; a narrower one stands in their top
 * @param order which bit of an octet the CRC takes first; the register shifts the same way
 */
export function crcTables(
  polynomial: number,
  order: 'most significant first' | 'least significant first',
): Int32Array {
  const tables = new Int32Array(8 * 256)
  const reflected = order === 'least significant first'
  for (let octet = 0; octet < 256; octet++) {
    let crc = reflected ? octet : octet << 24
    for (let bit = 0; bit < 8; bit++) {
      if (reflected) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0)
      else crc = (crc << 1) ^ (crc < 0 ? polynomial : 0)
    }
    tables[octet] = crc
  }
  for (let index = 256; index < tables.length; index++) {
    const crc = tables[index - 256]!
    tables[index] = reflected ? (crc >>> 8) ^ tables[crc & 0xff]! : (crc << 8) ^ tables[crc >>> 24]!
  }
  return tables
}
