import { Random } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CapturedDatagram, readPcap } from './pcap-reader.ts'

/** A capture file, spelled by hand. */
interface Spelling {
  readonly magic?: string
  readonly little?: boolean
  readonly linkType?: number
  /** Seconds, fraction, octets; `captured` when the record header lies. */
  readonly packets: readonly { seconds?: number; fraction?: number; captured?: number; octets: Uint8Array }[]
}

function capture({ magic = 'a1b2c3d4', little = false, linkType = 101, packets }: Spelling): Uint8Array {
  const words = (...values: number[]): Buffer => {
    const octets = Buffer.alloc(values.length * 4)
    values.forEach((value, index) => {
      if (little) octets.writeUInt32LE(value, index * 4)
      else octets.writeUInt32BE(value, index * 4)
    })
    return octets
  }
  const parts: Uint8Array[] = [words(Number.parseInt(magic, 16)), words(0, 0, 0, 65_535, linkType)]
  for (const { seconds = 0, fraction = 0, octets, captured = octets.length } of packets) {
    parts.push(words(seconds, fraction, captured, octets.length), octets)
  }
  return new Uint8Array(Buffer.concat(parts))
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** 192.0.2.1:5111 to 198.51.100.7:5222, three octets. */
const IPV4 = hex('4500001f 00000000 40110000 c0000201 c6336407 13f71466 000b0000 010203')
const IPV6 = hex(
  '60000000 000b1140 20010db8000000000000000000000001 20010db8000000010000000000000007 13f71466 000b0000 010203',
)

const FROM_4 = { host: '192.0.2.1', port: 5111 }
const TO_4 = { host: '198.51.100.7', port: 5222 }
const FROM_6 = { host: '2001:db8::1', port: 5111 }
const TO_6 = { host: '2001:db8:0:1::7', port: 5222 }
const PAYLOAD = Uint8Array.of(1, 2, 3)

const read = (spelling: Spelling): CapturedDatagram[] => [...readPcap(capture(spelling))]
const payloads = (octets: Uint8Array, linkType = 101): Uint8Array[] =>
  read({ linkType, packets: [{ octets }] }).map(({ payload }) => payload)

describe('reading a capture', () => {
  it.each([
    ['big-endian, microseconds', 'a1b2c3d4', false, 250_000],
    ['little-endian, microseconds', 'a1b2c3d4', true, 250_000],
    ['big-endian, nanoseconds', 'a1b23c4d', false, 250_000_000],
    ['little-endian, nanoseconds', 'a1b23c4d', true, 250_000_000],
  ])('understands %s', (_name, magic, little, fraction) => {
    expect(read({ magic, little, packets: [{ seconds: 1_700_000_000, fraction, octets: IPV4 }] })).toEqual([
      { timeMs: 1_700_000_000_250, from: FROM_4, to: TO_4, payload: PAYLOAD },
    ])
  })

  it.each([
    ['raw IP', 101, ''],
    ['raw IP by an old name', 12, ''],
    ['IPv4', 228, ''],
    ['Ethernet', 1, '020000000001 020000000002 0800'],
    ['Ethernet with a VLAN tag', 1, '020000000001 020000000002 81000005 0800'],
    ['Ethernet with two', 1, '020000000001 020000000002 88a80005 81000006 0800'],
    ['a BSD loopback, little-endian', 0, '02000000'],
    ['a BSD loopback, big-endian', 0, '00000002'],
    ['an OpenBSD loopback', 108, '00000002'],
    ['a Linux cooked capture', 113, '0000 0304 0006 000000000000 0000 0800'],
    ['a Linux cooked capture, version 2', 276, '0800 0000 00000001 0304 00 06 0000000000000000'],
  ])('finds the datagram in %s', (_name, linkType, header) => {
    expect(payloads(joined(hex(header), IPV4), linkType)).toEqual([PAYLOAD])
  })

  it('finds the datagram in IPv6, behind the headers that may stand before it', () => {
    expect(read({ packets: [{ octets: IPV6 }] })).toMatchObject([
      { from: FROM_6, to: TO_6, payload: PAYLOAD },
    ])
    const options = IPV6.slice()
    options.set(hex('001b 00'), 4)
    const head = options.subarray(0, 40)
    const udp = options.subarray(40)
    const behind = (...headers: string[]): Uint8Array => {
      const extension = hex(headers.join(''))
      const changed = head.slice()
      changed.set([0, 11 + extension.length], 4)
      return joined(changed, extension, udp)
    }
    // Hop-by-hop, then destination options, then UDP.
    expect(payloads(behind('3c00 010400000000', '1100 010400000000'))).toEqual([PAYLOAD])
    const fragment = (offsetAndMore: string): Uint8Array => {
      const packet = behind(`1100 ${offsetAndMore} 00000001`)
      packet[6] = 44
      return packet
    }
    expect(payloads(fragment('0000'))).toEqual([PAYLOAD])
    expect(payloads(fragment('0001'))).toEqual([])
    expect(payloads(fragment('0008'))).toEqual([])
  })

  it.each([
    ['another protocol', (packet: Uint8Array) => packet.fill(6, 9, 10)],
    ['a first fragment', (packet: Uint8Array) => packet.fill(0x20, 6, 7)],
    ['a later fragment', (packet: Uint8Array) => packet.fill(1, 7, 8)],
    ['a header shorter than a header', (packet: Uint8Array) => packet.fill(0x44, 0, 1)],
    ['an IP version nobody speaks', (packet: Uint8Array) => packet.fill(0x55, 0, 1)],
    ['a total length beyond what was captured', (packet: Uint8Array) => packet.fill(0x20, 3, 4)],
    ['a UDP length beyond the packet', (packet: Uint8Array) => packet.fill(0x0c, 25, 26)],
    ['a UDP length shorter than its header', (packet: Uint8Array) => packet.fill(7, 25, 26)],
  ])('passes over %s', (_name, spoil) => {
    const spoilt = spoil(IPV4.slice())
    expect(read({ packets: [{ octets: spoilt }, { octets: IPV4 }] })).toHaveLength(1)
  })

  it('leaves out what Ethernet adds to a short frame', () => {
    expect(payloads(joined(IPV4, new Uint8Array(15)))).toEqual([PAYLOAD])
  })

  it('ends before a packet that the file ends in', () => {
    const whole = capture({ packets: [{ octets: IPV4 }, { octets: IPV4 }] })
    const second = 24 + 16 + IPV4.length
    for (let length = second; length < whole.length; length++) {
      expect([...readPcap(whole.subarray(0, length))]).toHaveLength(1)
    }
    expect(read({ packets: [{ octets: IPV4 }, { octets: IPV4, captured: 0xffffffff }] })).toHaveLength(1)
  })

  it('can be done twice', () => {
    const datagrams = readPcap(capture({ packets: [{ octets: IPV4 }] }))
    expect([...datagrams]).toEqual([...datagrams])
  })

  it.each([
    ['something else', new Uint8Array(100), 'does not begin like one'],
    ['a file that is too short', hex('a1b2c3d4'), 'shorter'],
    ['the newer format', hex('0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff'), 'pcapng'],
    ['a link type it does not know', capture({ linkType: 147, packets: [] }), '147'],
  ])('refuses %s and says why', (_name, content, why) => {
    expect(() => readPcap(content)).toThrow(
      expect.objectContaining({
        name: 'LinkError',
        code: 'capture-failed',
        message: expect.stringContaining(why),
      }),
    )
  })

  it('throws at no damage behind the file header', () => {
    const headers = [
      '',
      '020000000001 020000000002 0800',
      '02000000',
      '0000 0304 0006 000000000000 0000 0800',
    ]
    const types = fc.constantFrom<[number, string]>(
      [101, ''],
      [1, headers[1]!],
      [0, headers[2]!],
      [113, headers[3]!],
    )
    const damaged = fc.record({ type: types, six: fc.boolean(), seed: fc.nat() })
    fc.assert(
      fc.property(damaged, ({ type: [linkType, header], six, seed }) => {
        const octets = joined(hex(header), six ? IPV6 : IPV4)
        const content = capture({ linkType, packets: [{ octets }, { octets }, { octets }] })
        const random = new Random(seed)
        for (let flips = random.whole(1, 12); flips > 0; flips--) {
          content[random.whole(24, content.length)] = random.bits()
        }
        for (const { payload } of readPcap(content)) expect(payload.length).toBeLessThan(65_536)
      }),
      { numRuns: 2000 },
    )
  })

  it('throws at no garbage behind the file header', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 101, 108, 113, 252, 276),
        fc.uint8Array({ maxLength: 300 }),
        (linkType, tail) => {
          const content = joined(capture({ linkType, packets: [] }), tail)
          for (const { payload } of readPcap(content)) expect(payload.length).toBeLessThanOrEqual(300)
          const asPacket = capture({ linkType, packets: [{ octets: tail }] })
          for (const { payload } of readPcap(asPacket)) expect(payload.length).toBeLessThanOrEqual(300)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('throws at no upper PDU whose tags were tampered with', () => {
    const tag = fc
      .tuple(
        fc.constantFrom(0, 12, 20, 21, 22, 23, 24, 25, 26, 99),
        fc.uint8Array({ maxLength: 20 }),
        fc.nat(30),
      )
      .map(([number, value, length]) => Uint8Array.of(0, number, 0, length, ...value))
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 8 }), tags => {
        const content = capture({ linkType: 252, packets: [{ octets: joined(...tags) }] })
        for (const { payload } of readPcap(content)) expect(payload.length).toBeLessThanOrEqual(300)
      }),
      { numRuns: 1000 },
    )
  })
})
