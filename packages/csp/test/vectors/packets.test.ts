/** Every captured and computed packet, decoded to its form, made again octet by octet, cut short and damaged. */
import { isFault, KissDeframer, kissFrameOctetsMax, toHex, writeKissFrame } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import {
  appendKissCrc,
  type CspAddress,
  type CspHeader,
  checkKissCrc,
  decodeHeader,
  decodeSfp,
  decodeSynOptions,
  decodeTrailer,
  encodeHeader,
  encodeSfp,
  encodeSynOptions,
  encodeTrailer,
  Flag,
  type Framing,
  HmacKey,
  headerOctets,
  type OpenedPacket,
  open,
  RDP_OCTETS,
  type RdpSequence,
  readFramed,
  type Security,
  seal,
  writeFramed,
  zmqTopics,
} from '../../src/index.ts'
import { octets, PACKETS, VECTORS, type Vector } from './vectors.ts'

const SECURITY: Security = { hmacKey: new HmacKey('secret') }

function framingOf({ link, decoded }: Vector): Framing {
  if (link !== 'zmq' || decoded.zmq_prefix_byte === undefined) return 'plain'
  return decoded.header_byte_order === 'little-endian' ? 'zmq-1.x' : 'zmq-2.1'
}

/** The CSP packet inside what the medium carried. */
function unframe(vector: Vector, datagram: Uint8Array): Uint8Array {
  let packet = readFramed(datagram, framingOf(vector))
  if (vector.link === 'kiss') {
    const frames: Uint8Array[] = []
    new KissDeframer(2100).push(datagram, frame => frames.push(frame.slice()))
    expect(frames).toHaveLength(1)
    packet = checkKissCrc(frames[0]!, vector.csp_version)
  }
  if (isFault(packet)) throw new Error(`${vector.name}: ${packet.code}`)
  return packet
}

function frame(vector: Vector, packet: Uint8Array): Uint8Array {
  if (vector.link === 'kiss') {
    const withCrc = new Uint8Array(packet.length + 4)
    withCrc.set(packet)
    const target = new Uint8Array(
      kissFrameOctetsMax(appendKissCrc(withCrc, packet.length, vector.csp_version)),
    )
    return target.subarray(0, writeKissFrame(withCrc, target))
  }
  const target = new Uint8Array(packet.length + 1)
  const nextHop = (vector.decoded.zmq_prefix_byte ?? 0) as CspAddress
  return target.subarray(0, writeFramed(packet, framingOf(vector), nextHop, target))
}

function headerIn(vector: Vector): CspHeader {
  const { pri, src, dst, sport, dport, flags } = vector.decoded.header!
  return {
    priority: pri,
    source: src,
    destination: dst,
    sourcePort: sport,
    destinationPort: dport,
    flags,
  } as CspHeader
}

function opened(vector: Vector, packet: Uint8Array, header: CspHeader): OpenedPacket {
  const result = open(packet, header, vector.csp_version, SECURITY)
  if (isFault(result)) throw new Error(`${vector.name}: ${result.code}`)
  return result
}

/** The packet, from nothing but its form. */
function build(vector: Vector): Uint8Array {
  const { payload_hex = '', rdp, crc32 } = vector.decoded
  const header = headerIn(vector)
  const payload = octets(payload_hex)
  const packet = new Uint8Array(payload.length + 40)
  encodeHeader(header, vector.csp_version, packet)
  let length = headerOctets(vector.csp_version)
  packet.set(payload, length)
  length += payload.length
  if (rdp !== undefined) {
    const { flags_byte, seq, ack } = rdp
    const trailer = { flags: flags_byte & 15, counter: flags_byte >> 4, sequence: seq, acknowledgement: ack }
    encodeTrailer(trailer as never, packet, length)
    length += RDP_OCTETS
  }
  const crc32Coverage = crc32?.over === 'header+data' ? 'header-and-payload' : 'payload'
  if (!isHeaderOnly(vector)) {
    length = seal(packet, length, header.flags, vector.csp_version, { ...SECURITY, crc32Coverage })
  }
  return packet.subarray(0, length)
}

const isHeaderOnly = (vector: Vector): boolean => vector.decoded.payload_hex === undefined
const readable = PACKETS.filter(({ decoded }) => decoded.xtea === undefined)

describe('every vector', () => {
  it('is here', () => {
    expect(VECTORS).toHaveLength(263)
    expect(PACKETS.length).toBeGreaterThan(240)
  })

  it.each(readable.map(vector => [vector.name, vector] as const))('decodes: %s', (_name, vector) => {
    const packet = unframe(vector, octets(vector.hex))
    const header = decodeHeader(packet, vector.csp_version) as CspHeader
    expect(header).toEqual(headerIn(vector))
    if (isHeaderOnly(vector)) return
    const { from, to, crc32Coverage } = opened(vector, packet, header)
    expect(crc32Coverage).toBe(
      { data: 'payload', 'header+data': 'header-and-payload', none: undefined }[
        vector.decoded.crc32?.over ?? 'none'
      ],
    )
    const { rdp, sfp, payload_hex } = vector.decoded
    let end = to
    if (header.flags & Flag.Rdp) {
      const trailer = decodeTrailer(packet, from, to)
      if (isFault(trailer)) throw new Error(trailer.code)
      end -= RDP_OCTETS
      expect([(trailer.counter << 4) | trailer.flags, trailer.sequence, trailer.acknowledgement]).toEqual([
        rdp!.flags_byte,
        rdp!.seq,
        rdp!.ack,
      ])
    }
    const payload = packet.subarray(from, end)
    expect(toHex(payload)).toBe(payload_hex)
    if (sfp !== undefined) {
      const fragment = decodeSfp(payload)
      if (isFault(fragment)) throw new Error(fragment.code)
      expect([fragment.offset, fragment.totalSize, fragment.data.length]).toEqual([
        sfp.offset,
        sfp.total_size,
        sfp.fragment_length,
      ])
      expect(encodeSfp(fragment)).toEqual(new Uint8Array(payload))
    }
    if (rdp?.syn_options !== undefined) {
      const options = decodeSynOptions(payload)
      if (isFault(options)) throw new Error(options.code)
      expect(Object.values(options).map(Number)).toEqual(Object.values(rdp.syn_options))
      expect(encodeSynOptions(options)).toEqual(new Uint8Array(payload))
    }
  })

  it.each(readable.map(vector => [vector.name, vector] as const))('is made again: %s', (_name, vector) => {
    expect(toHex(frame(vector, build(vector)))).toBe(vector.hex)
  })

  it.each(readable.map(vector => [vector.name, vector] as const))(
    'cut short it is refused: %s',
    (_name, vector) => {
      const whole = unframe(vector, octets(vector.hex))
      const { flags } = headerIn(vector)
      const least = headerOctets(vector.csp_version)
      for (let length = 0; length < whole.length; length++) {
        const packet = whole.subarray(0, length)
        const header = decodeHeader(packet, vector.csp_version)
        if (isFault(header)) {
          expect(length).toBeLessThan(least)
          continue
        }
        const result = open(packet, header, vector.csp_version, SECURITY)
        // Without a checksum nothing says how long a packet was: what is left is a packet too.
        // The CRC-32C of nothing is zero: a payload that begins with zeros, cut after four, is an empty packet with its CRC.
        const isEmpty = toHex(packet.subarray(least)) === '00000000'
        if (flags & (Flag.Crc32 | Flag.Hmac)) expect(isFault(result)).toBe(!isEmpty)
        else if (flags & Flag.Rdp) {
          expect(isFault(decodeTrailer(packet, least, length))).toBe(length < least + RDP_OCTETS)
        }
      }
    },
  )

  it.each(
    readable
      .filter(({ decoded }) => ((decoded.header?.flags ?? 0) & (Flag.Crc32 | Flag.Hmac)) !== 0)
      .map(vector => [vector.name, vector] as const),
  )('with a damaged payload it is refused: %s', (_name, vector) => {
    const whole = unframe(vector, octets(vector.hex)).slice()
    const header = decodeHeader(whole, vector.csp_version) as CspHeader
    for (let bit = 8 * headerOctets(vector.csp_version); bit < 8 * whole.length; bit++) {
      whole[bit >> 3]! ^= 1 << (bit & 7)
      expect(isFault(open(whole, header, vector.csp_version, SECURITY))).toBe(true)
      whole[bit >> 3]! ^= 1 << (bit & 7)
    }
  })

  it.each(
    PACKETS.filter(({ decoded }) => decoded.xtea !== undefined).map(vector => [vector.name, vector] as const),
  )('encrypted with XTEA it is refused by that name: %s', (_name, vector) => {
    const packet = unframe(vector, octets(vector.hex))
    const header = decodeHeader(packet, vector.csp_version) as CspHeader
    expect(header).toEqual(headerIn(vector))
    expect(open(packet, header, vector.csp_version, SECURITY)).toMatchObject({ code: 'xtea-unsupported' })
  })
})

it('subscribes to what a C node of the same address and netmask subscribes to', () => {
  const { decoded } = VECTORS.find(({ name }) => name === 'zmq-v2/subscriptions-node20-mask8')!
  const topics = zmqTopics({ address: 20 as CspAddress, netmask: 8 }, 2, 'bare')
  expect(topics.map(topic => `01${toHex(topic)}`)).toEqual(decoded.all)
})

describe('the HMAC', () => {
  it('is SHA-1 of the key, then HMAC-SHA1, as libcsp computes them', () => {
    const digest = new HmacKey('secret').digest(octets('68656c6c6f'), 0, 5)
    expect(toHex(digest)).toBe('f414dc49df6a601a21af9991d442a529cebdf0fd')
  })

  it('is refused without a key, and with another', () => {
    const vector = VECTORS.find(({ name }) => name === 'zmq-v2/datagram-hmac/request')!
    const packet = octets(vector.hex)
    const header = decodeHeader(packet, 2) as CspHeader
    expect(open(packet, header, 2, {})).toMatchObject({ code: 'no-hmac-key' })
    expect(open(packet, header, 2, { hmacKey: new HmacKey('Secret') })).toMatchObject({ code: 'bad-hmac' })
  })
})

it('a sequence number is where it is on the circle', async () => {
  const { nextSequence, steps } = await import('../../src/rdp/segment.ts')
  const last = 0xffff as RdpSequence
  expect(nextSequence(last)).toBe(0)
  expect(steps(last, 4 as RdpSequence)).toBe(5)
  expect(steps(4 as RdpSequence, last)).toBe(-5)
})
