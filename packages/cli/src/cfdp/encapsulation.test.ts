import { describe, expect, it } from 'vitest'
import { ENCAPSULATIONS, parseCarrier } from './encapsulation.ts'
import type { RawEngineOptions } from './options.ts'

const HERE = '127.0.0.1:5111'
const THERE = '192.0.2.2:5222'
const parse = (raw: Partial<RawEngineOptions>, pduOctets = 1024) =>
  parseCarrier({ local: '1', ...raw }, undefined, pduOctets)

describe('an encapsulation', () => {
  it('is UDP when nobody says otherwise', () => {
    expect(parse({ listen: HERE, peer: THERE })).toEqual({
      type: 'udp',
      listen: { host: '127.0.0.1', port: 5111 },
      peer: { host: '192.0.2.2', port: 5222 },
    })
  })

  it('by TCP calls, or is called', () => {
    expect(parse({ encapsulation: 'tcp', peer: THERE })).toEqual({
      type: 'tcp',
      role: { kind: 'client', connect: { host: '192.0.2.2', port: 5222 } },
    })
    expect(parse({ encapsulation: 'tcp-listen', listen: HERE, peer: THERE })).toEqual({
      type: 'tcp',
      role: { kind: 'server', listen: { host: '127.0.0.1', port: 5111 }, peerHost: '192.0.2.2' },
    })
  })

  it('in space packets has an APID for each direction, a header and a CRC', () => {
    const packets = { encapsulation: 'space-packet-tcp', peer: THERE }
    const form = { secondaryHeader: 'none', errorControl: false }
    expect(parse(packets)).toMatchObject({
      type: 'space-packet',
      over: { type: 'tcp' },
      send: { type: 'telecommand', apid: 0x7fd, ...form },
      hear: { apid: 0x7fd, ...form },
    })
    const cfs = {
      ...packets,
      apid: '200:0xc2',
      packetHeader: 'cfs',
      packetCrc: true,
      packetType: 'telemetry',
    }
    expect(parse(cfs)).toMatchObject({
      send: { type: 'telemetry', apid: 200, secondaryHeader: 'cfs', errorControl: true },
      hear: { apid: 194, secondaryHeader: 'cfs', errorControl: true },
    })
    expect(parse({ ...packets, packetHeader: '0a0b' })).toMatchObject({
      send: { secondaryHeader: Uint8Array.of(10, 11) },
    })
  })

  it.each<[Partial<RawEngineOptions>, RegExp]>([
    [{ encapsulation: 'upd' }, /^--encapsulation: .*did you mean 'udp'/],
    [{ peer: THERE }, /'--listen <host:port>' not specified/],
    [{ listen: HERE }, /'--peer <host:port>' not specified/],
    [{ encapsulation: 'tcp' }, /'--peer <host:port>' not specified/],
    [{ encapsulation: 'tcp', listen: HERE, peer: THERE }, /^--listen: .*tcp-listen/],
    [{ encapsulation: 'space-packet-tcp-listen' }, /'--listen <host:port>' not specified/],
    [{ listen: HERE, peer: THERE, apid: '1' }, /^--apid: udp has no space packets/],
    [{ listen: HERE, peer: THERE, packetCrc: true }, /^--packet-crc: /],
    [{ encapsulation: 'space-packet', listen: HERE, peer: THERE, apid: '2048' }, /^--apid: .*above 2047/],
    [{ encapsulation: 'space-packet', listen: HERE, peer: THERE, apid: '1:2:3' }, /^--apid: .*SENT:HEARD/],
    [{ encapsulation: 'space-packet', listen: HERE, peer: THERE, packetType: 'tm' }, /^--packet-type: /],
    [{ encapsulation: 'space-packet', listen: HERE, peer: THERE, packetHeader: 'xy' }, /^--packet-header: /],
  ])('%o is refused by name', (raw, message) => {
    expect(() => parse(raw)).toThrow(message)
  })

  it('has room for the PDU and what is put around it', () => {
    const packets = { encapsulation: 'space-packet', listen: HERE, peer: THERE }
    expect(() => parse(packets, 65_502)).toThrow(/^--pdu-size: /)
    expect(parse(packets, 65_501)).toMatchObject({ type: 'space-packet' })
  })

  it('has one of six names', () => {
    expect(ENCAPSULATIONS).toHaveLength(6)
  })
})
