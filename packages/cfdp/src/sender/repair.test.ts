import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { FileChecksum } from '../file-checksum.ts'
import { ChecksumType, type PduOf } from '../pdu/model.ts'
import { RoundTrip } from '../round-trip.ts'
import { FirstPass } from './first-pass.ts'
import { Repair } from './repair.ts'

const ms = (value: number): Millis => value as Millis

function nak(...requests: readonly (readonly [number, number])[]): PduOf<'nak'> {
  const asked = requests.map(([from, to]) => ({ from, to }))
  const scope = { from: 0, to: asked.at(-1)?.to ?? 0 }
  return { kind: 'nak', scope, metadataRequested: false, requests: asked }
}

function begin(lightTime = 0): { repair: Repair; firstPass: FirstPass; roundTrip: RoundTrip } {
  const firstPass = new FirstPass(10_000, new FileChecksum(ChecksumType.Null), 0)
  const roundTrip = new RoundTrip(ms(lightTime))
  return { firstPass, roundTrip, repair: new Repair(firstPass, roundTrip, ms(lightTime)) }
}

describe("the sender's repair", () => {
  it('notes what is asked for, as far as it was sent', () => {
    const { repair, firstPass } = begin()
    firstPass.passed(5000, 0)
    expect(repair.serve(nak([0, 1000], [4000, 9000], [9500, 10_000]), ms(10))).toEqual({
      missing: 2000,
      lost: 2000,
    })
    expect(repair.octets).toBe(2000)
    expect(repair.holes(9)).toEqual([
      { from: 0, to: 1000 },
      { from: 4000, to: 5000 },
    ])
  })

  it('does not resend what may still be on its way', () => {
    const { repair, firstPass } = begin(1000)
    firstPass.passed(5000, 0)
    repair.serve(nak([0, 1000]), ms(2000))
    expect(repair.take(1000, ms(2000))).toEqual({ from: 0, to: 1000 })
    expect(repair.serve(nak([0, 1000]), ms(2500))).toEqual({ missing: 1000, lost: 0 })
    expect(repair.octets).toBe(0)
    expect(repair.serve(nak([0, 1000]), ms(6000)).lost).toBe(1000)
  })

  it('measures the round trip by a gap of the first pass, when it is first reported', () => {
    const { repair, firstPass, roundTrip } = begin()
    for (let count = 1; count <= 5; count++) firstPass.passed(1000 * count, 10 * count)
    repair.measure(nak([1000, 2000]), true, ms(80))
    expect(roundTrip.measured).toBe(50)
    repair.measure(nak([1000, 2000]), true, ms(900))
    repair.measure(nak([3000, 4000]), false, ms(900))
    expect(roundTrip.measured).toBe(50)
  })

  it('never takes anything to be on its way for longer than light and half a minute allow', () => {
    const { repair, roundTrip } = begin(100)
    roundTrip.sample(10_000_000)
    for (let count = 0; count < 100; count++) roundTrip.sample(10_000_000)
    expect(repair.settlingTime).toBe(30_250)
  })
})
