/** A CRC as its standard draws it, one bit at a time: the model that the fast forms are compared with. */
export interface CrcParameters {
  readonly bits: 16 | 32
  /** Without the leading one, most significant bit first, whatever the order of bits. */
  readonly polynomial: number
  readonly preset: number
  readonly reflected: boolean
  readonly invert: boolean
}

export const CRC16: CrcParameters = {
  bits: 16,
  polynomial: 0x1021,
  preset: 0xffff,
  reflected: false,
  invert: false,
}
export const CRC32: CrcParameters = {
  bits: 32,
  polynomial: 0x04c1_1db7,
  preset: 0xffff_ffff,
  reflected: true,
  invert: true,
}
export const CRC32C: CrcParameters = { ...CRC32, polynomial: 0x1edc_6f41 }
export const PROXIMITY_1: CrcParameters = {
  bits: 32,
  polynomial: 0x00a0_0805,
  preset: 0,
  reflected: false,
  invert: false,
}

export function bitwiseCrc(parameters: CrcParameters, octets: Iterable<number>): number {
  const width = BigInt(parameters.bits)
  const ones = (1n << width) - 1n
  let register = BigInt(parameters.preset)
  for (const octet of octets) {
    for (let bit = 0; bit < 8; bit++) {
      const place = parameters.reflected ? bit : 7 - bit
      const feedback = (register >> (width - 1n)) ^ BigInt((octet >> place) & 1)
      register = ((register << 1n) & ones) ^ (feedback === 1n ? BigInt(parameters.polynomial) : 0n)
    }
  }
  if (parameters.reflected) {
    let mirrored = 0n
    for (let bit = 0n; bit < width; bit++) mirrored |= ((register >> bit) & 1n) << (width - 1n - bit)
    register = mirrored
  }
  return Number(parameters.invert ? register ^ ones : register)
}
