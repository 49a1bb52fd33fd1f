import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '../fault.ts'
import { fromHex } from '../hex.ts'
import { type HeardForm, PACKET_DROPS, type PacketForm, PacketOpener, PacketSealer } from './packet-form.ts'
import { decodePrimaryHeader, encodePrimaryHeader, SequenceFlags } from './primary-header.ts'

interface Vector {
  readonly name: string
  readonly form: PacketForm
  readonly sequenceCount: number
  readonly payload: string
  readonly packet: string
}

const VECTORS = (
  JSON.parse(readFileSync(new URL('../../../../vectors/space-packets.json', import.meta.url), 'utf8')) as {
    readonly packets: readonly Vector[]
  }
).packets

function octetsOf(hex: string): Uint8Array {
  const octets = fromHex(hex)
  if (isFault(octets)) throw new Error(hex)
  return octets
}

function sealed(form: PacketForm, payload: Uint8Array, sequenceCount: number): Uint8Array {
  const sealer = new PacketSealer(form)
  const octets = new Uint8Array(sealer.headOctets + payload.length + sealer.tailOctets + 5).fill(0xee)
  octets.set(payload, sealer.headOctets)
  return octets.slice(0, sealer.seal(octets, payload.length, sequenceCount))
}

function opened(form: HeardForm, packet: Uint8Array): Uint8Array | string {
  const opener = new PacketOpener(form)
  const drop = opener.open(packet)
  return drop ?? packet.slice(opener.span.from, opener.span.to)
}

describe.each(VECTORS)('the packet of $name', ({ form, sequenceCount, payload, packet }) => {
  it('is sealed to these octets, and opened again', () => {
    expect(sealed(form, octetsOf(payload), sequenceCount)).toEqual(octetsOf(packet))
    expect(opened(form, octetsOf(packet))).toEqual(octetsOf(payload))
  })

  it('is dropped for a reason when it is cut short anywhere', () => {
    const octets = octetsOf(packet)
    for (let to = 0; to < octets.length; to++) {
      expect(opened(form, octets.slice(0, to))).toBe('truncated')
    }
  })

  it('is dropped for a reason, or still a packet, with any bit flipped', () => {
    const octets = octetsOf(packet)
    for (let bit = 0; bit < octets.length * 8; bit++) {
      const damaged = octets.slice()
      damaged[bit >> 3]! ^= 0x80 >> (bit & 7)
      const answer = opened(form, damaged)
      if (typeof answer === 'string') expect(PACKET_DROPS).toContain(answer)
      else expect(answer.length).toBeLessThan(octets.length)
      // What has a checksum of its own notices every flip.
      if (form.errorControl === true) expect(typeof answer).toBe('string')
    }
  })

  it('may be followed by padding', () => {
    const padded = new Uint8Array([...octetsOf(packet), 0, 0, 0])
    expect(opened(form, padded)).toEqual(octetsOf(payload))
  })
})

const forms = fc.record({
  type: fc.constantFrom('telemetry' as const, 'telecommand' as const),
  apid: fc.integer({ min: 0, max: 2046 }),
  secondaryHeader: fc.oneof(
    fc.constantFrom('none' as const, 'cfs' as const),
    fc.uint8Array({ minLength: 1, maxLength: 20 }),
  ),
  errorControl: fc.boolean(),
})

describe('any form of packet', () => {
  it('gives back what was sealed in it, and its own header', () => {
    fc.assert(
      fc.property(
        forms,
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.integer({ min: 0, max: 0x3fff }),
        (form, payload, sequenceCount) => {
          const packet = sealed(form, payload, sequenceCount)
          expect(opened(form, packet)).toEqual(payload)
          const header = decodePrimaryHeader(packet)
          expect(header).toEqual({
            type: form.type,
            hasSecondaryHeader: form.secondaryHeader !== 'none',
            apid: form.apid,
            sequenceFlags: SequenceFlags.Unsegmented,
            sequenceCount,
            dataOctets: packet.length - 6,
          })
          if (isFault(header)) return
          const again = new Uint8Array(6)
          encodePrimaryHeader(again, 0, header)
          expect(again).toEqual(packet.slice(0, 6))
        },
      ),
    )
  })

  it('takes any octets for a packet or for a reason, never for an exception', () => {
    fc.assert(
      fc.property(forms, fc.uint8Array({ maxLength: 100 }), (form, octets) => {
        const answer = opened(form, octets)
        if (typeof answer === 'string') expect(PACKET_DROPS).toContain(answer)
        else expect(answer.length).toBeLessThanOrEqual(octets.length)
      }),
    )
  })
})

describe('a packet that is not ours', () => {
  const form: PacketForm = { type: 'telecommand', apid: 0x7fd }
  const payload = Uint8Array.of(1, 2, 3)
  const heard = (change: Partial<HeardForm>, other: Partial<PacketForm> = {}): Uint8Array | string =>
    opened({ apid: 0x7fd, ...change }, sealed({ ...form, ...other }, payload, 0))

  it('is told apart by what is wrong with it', () => {
    expect(heard({})).toEqual(payload)
    expect(heard({ apid: 1 })).toBe('other-apid')
    expect(heard({}, { apid: 0x7ff })).toBe('idle')
    expect(heard({ type: 'telemetry' })).toBe('other-type')
    expect(heard({}, { secondaryHeader: 'cfs' })).toBe('unexpected-secondary-header')
    expect(heard({ errorControl: true })).toBe('bad-packet-crc')
    const segment = sealed(form, payload, 0)
    segment[2] = 0x40
    expect(opened({ apid: 0x7fd }, segment)).toBe('segmented')
  })

  it('is one whose cFS checksum is wrong, unless nobody minds', () => {
    const command = sealed({ ...form, secondaryHeader: 'cfs' }, payload, 0)
    command[7]! ^= 1
    expect(opened({ apid: 0x7fd, secondaryHeader: 'cfs' }, command)).toBe('bad-command-checksum')
    expect(opened({ apid: 0x7fd, secondaryHeader: 'cfs', commandChecksum: false }, command)).toEqual(payload)
  })
})

describe('a form that cannot be', () => {
  it.each([{ apid: 2048 }, { apid: -1 }, { apid: 1.5 }, { apid: 1, functionCode: 128 }])('%o', part => {
    expect(() => new PacketSealer({ type: 'telecommand', ...part })).toThrow(RangeError)
  })

  it('is a packet without any data', () => {
    expect(new PacketSealer({ type: 'telemetry', apid: 1 }).carries(0)).toBe(false)
    expect(new PacketSealer({ type: 'telemetry', apid: 1, errorControl: true }).carries(0)).toBe(true)
    expect(new PacketSealer({ type: 'telemetry', apid: 1 }).carries(65_536)).toBe(true)
    expect(new PacketSealer({ type: 'telemetry', apid: 1 }).carries(65_537)).toBe(false)
  })
})
