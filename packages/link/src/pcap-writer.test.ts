import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvariantError } from '@skyferry/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPcap } from './pcap-reader.ts'
import { PcapWriter } from './pcap-writer.ts'
import type { UdpAddress } from './udp-address.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyferry-pcap-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const HERE: UdpAddress = { host: '192.0.2.1', port: 5111 }
const THERE: UdpAddress = { host: '198.51.100.7', port: 5222 }
const HERE_6: UdpAddress = { host: '2001:db8::1', port: 5111 }
const THERE_6: UdpAddress = { host: '2001:db8:0:1::7', port: 5222 }

function written(write: (writer: PcapWriter) => void): Buffer {
  const path = join(folder, 'capture.pcap')
  const writer = new PcapWriter(path)
  write(writer)
  writer.close()
  return readFileSync(path)
}

/** One's complement sum of 16-bit words, carries folded in: 0xffff when a checksum in it is right (RFC 1071). */
function onesSum(...parts: readonly Uint8Array[]): number {
  let sum = 0
  for (const part of parts) {
    part.forEach((octet, index) => {
      sum += index % 2 === 0 ? octet * 256 : octet
    })
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536)
  return sum
}

describe('a capture', () => {
  it('begins with the header of a classic file of raw IP, in microseconds', () => {
    const header = written(() => {})
    expect(header.toString('hex')).toBe('d4c3b2a1020004000000000000000000000004006500' + '0000')
  })

  it('holds an IPv4 packet as the standards spell it', () => {
    const file = written(writer =>
      writer.write(HERE, THERE, Uint8Array.of(1, 2, 3), 3, 1_700_000_000_123.456),
    )
    const record = file.subarray(24)
    expect(record.readUInt32LE(0)).toBe(1_700_000_000)
    expect(record.readUInt32LE(4)).toBe(123_456)
    expect([record.readUInt32LE(8), record.readUInt32LE(12)]).toEqual([31, 31])
    const packet = record.subarray(16)
    // Version and header length, service, total length; identification, no fragments; 64 hops, UDP.
    expect(packet.subarray(0, 10).toString('hex')).toBe('4500001f000000004011')
    expect(packet.subarray(12, 20).toString('hex')).toBe('c0000201c6336407')
    expect(packet.subarray(20, 26).toString('hex')).toBe('13f71466000b')
    expect(packet.subarray(28).toString('hex')).toBe('010203')
    expect(onesSum(packet.subarray(0, 20))).toBe(0xffff)
    expect(onesSum(packet.subarray(12, 20), Uint8Array.of(0, 17, 0, 11), packet.subarray(20))).toBe(0xffff)
  })

  it('holds an IPv6 packet as the standards spell it', () => {
    const packet = written(writer => writer.write(HERE_6, THERE_6, Uint8Array.of(1, 2, 3), 3, 0)).subarray(40)
    expect(packet.subarray(0, 8).toString('hex')).toBe('60000000000b1140')
    expect(packet.subarray(8, 40).toString('hex')).toBe(
      '20010db8000000000000000000000001' + '20010db8000000010000000000000007',
    )
    const pseudo = Uint8Array.of(0, 0, 0, 11, 0, 0, 0, 17)
    expect(onesSum(packet.subarray(8, 40), pseudo, packet.subarray(40))).toBe(0xffff)
  })

  it('never writes the checksum that means "none"', () => {
    // The octets are chosen so that the sum comes out as 0xffff, whose complement is zero.
    const packet = (last: number): Buffer => {
      const payload = Uint8Array.of(last >> 8, last & 0xff)
      return written(writer => writer.write(HERE, THERE, payload, 2, 0)).subarray(40)
    }
    const missing = packet(0).readUInt16BE(26)
    const chosen = packet(missing)
    expect(chosen.readUInt16BE(26)).toBe(0xffff)
    expect(onesSum(chosen.subarray(12, 20), Uint8Array.of(0, 17, 0, 10), chosen.subarray(20))).toBe(0xffff)
  })

  it('is read back as it was written, whatever the sizes', () => {
    const sizes = [0, 1, 2, 1023, 1024, 65_507]
    const file = written(writer => {
      for (const size of sizes) {
        writer.write(HERE, THERE, new Uint8Array(size).fill(size), size, size)
        writer.write(THERE_6, HERE_6, new Uint8Array(size + 5).fill(size), size, size + 0.5)
      }
    })
    const read = [...readPcap(file)]
    expect(read).toEqual(
      sizes.flatMap(size => [
        { from: HERE, to: THERE, timeMs: size, payload: Buffer.alloc(size, size) },
        { from: THERE_6, to: HERE_6, timeMs: size + 0.5, payload: Buffer.alloc(size, size) },
      ]),
    )
  })

  it('says what a socket that listens on all addresses can say of itself', () => {
    const file = written(writer => {
      writer.write({ host: '0.0.0.0', port: 1 }, THERE, new Uint8Array(), 0, 0)
      writer.write({ host: '::', port: 1 }, THERE_6, new Uint8Array(), 0, 0)
      writer.write({ host: '::', port: 1 }, { host: '::ffff:192.0.2.9', port: 2 }, new Uint8Array(), 0, 0)
      writer.write({ host: 'a name', port: 1 }, THERE, new Uint8Array(), 0, 0)
      writer.write({ host: 'fe80::1%eth0', port: 1 }, THERE_6, new Uint8Array(), 0, 0)
    })
    expect([...readPcap(file)].map(({ from, to }) => [from.host, to.host])).toEqual([
      ['0.0.0.0', THERE.host],
      ['::', THERE_6.host],
      ['0.0.0.0', '192.0.2.9'],
      ['0.0.0.0', THERE.host],
      ['fe80::1', THERE_6.host],
    ])
  })

  it('is on disk after a flush, and takes nothing after it is closed', () => {
    const path = join(folder, 'flushed.pcap')
    const writer = new PcapWriter(path)
    writer.write(HERE, THERE, Uint8Array.of(1), 1, 0)
    expect(readFileSync(path).length).toBe(0)
    writer.flush()
    const flushed = readFileSync(path)
    expect([...readPcap(flushed)].length).toBe(1)
    writer.close()
    writer.write(HERE, THERE, Uint8Array.of(2), 1, 0)
    writer.close()
    expect(readFileSync(path)).toEqual(flushed)
  })

  it('refuses what no UDP datagram can be', () => {
    expect(() => written(writer => writer.write(HERE, THERE, new Uint8Array(65_508), 65_508, 0))).toThrow(
      InvariantError,
    )
    expect(() => written(writer => writer.write(HERE, THERE, new Uint8Array(3), 4, 0))).toThrow(
      InvariantError,
    )
  })

  it('cannot be made where there is no folder', () => {
    expect(() => new PcapWriter(join(folder, 'no', 'such.pcap'))).toThrow(
      expect.objectContaining({ name: 'LinkError', code: 'system', cause: expect.any(Error) }),
    )
  })
})
