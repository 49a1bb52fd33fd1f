import { Random } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { flipBits } from './bit-flips.ts'

/** CRC-16 as CFDP uses it, bit by bit. */
function crc16(octets: Uint8Array): number {
  let crc = 0xffff
  for (const octet of octets) {
    crc ^= octet << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1
  }
  return crc
}

/** A datagram that ends with its CRC: the CRC over all of it is 0. */
function sealed(octets: number, random: Random): Uint8Array {
  const datagram = new Uint8Array(octets)
  random.fill(datagram)
  const crc = crc16(datagram.subarray(0, octets - 2))
  datagram[octets - 2] = crc >> 8
  datagram[octets - 1] = crc
  return datagram
}

describe('bit flips', () => {
  it('change one, two and three bits, equally often', () => {
    const random = new Random(1)
    const counts = [0, 0, 0, 0]
    for (let round = 0; round < 3000; round++) {
      const datagram = new Uint8Array(round % 3 === 0 ? 1 : 300)
      flipBits(datagram, random)
      let ones = 0
      for (const octet of datagram) for (let bit = 0; bit < 8; bit++) ones += (octet >> bit) & 1
      counts[ones]! += 1
    }
    expect(counts[0]).toBe(0)
    for (const count of counts.slice(1)) expect(Math.abs(count - 1000)).toBeLessThan(120)
  })

  it('are never missed by a CRC-16 over the datagram, short or long', () => {
    const random = new Random(2)
    for (const octets of [3, 20, 1024, 4095, 9000]) {
      const datagram = sealed(octets, random)
      expect(crc16(datagram)).toBe(0)
      for (let round = 0; round < 40; round++) {
        const damaged = datagram.slice()
        flipBits(damaged, random)
        expect(crc16(damaged)).not.toBe(0)
      }
    }
  })

  it('reach both ends of a long datagram', () => {
    const random = new Random(3)
    let lowest = Infinity
    let highest = 0
    for (let round = 0; round < 2000; round++) {
      const datagram = new Uint8Array(8000)
      flipBits(datagram, random)
      lowest = Math.min(
        lowest,
        datagram.findIndex(octet => octet !== 0),
      )
      highest = Math.max(
        highest,
        datagram.findLastIndex(octet => octet !== 0),
      )
    }
    expect(lowest).toBeLessThan(100)
    expect(highest).toBeGreaterThan(7900)
  })

  it('leave an empty datagram alone', () => {
    expect(() => flipBits(new Uint8Array(0), new Random(4))).not.toThrow()
  })
})
