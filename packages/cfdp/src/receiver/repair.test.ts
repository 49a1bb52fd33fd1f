import type { Millis } from '@skyferry/engine'
import { RangeSet } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import type { PduOf } from '../pdu/model.ts'
import type { ReceiverFacts } from '../records.ts'
import { RoundTrip } from '../round-trip.ts'
import { Repair } from './repair.ts'

type Facts = Pick<ReceiverFacts, 'held' | 'eof'>
type Mutable = { -readonly [Key in keyof Facts]: Facts[Key] }
const SETTINGS = { immediateNak: true, nakRestate: false, nakLimit: 3, nakTimeout: 1000 as Millis } as const
const ms = (value: number): Millis => value as Millis

function eofOf(size: number): NonNullable<Facts['eof']> {
  return { transaction: '1:1', role: 'receiver', kind: 'eof', checksum: 0, size }
}

function begin(settings: Partial<{ immediateNak: boolean; nakLimit: number; lightTime: number }> = {}): {
  facts: Mutable
  repair: Repair
  roundTrip: RoundTrip
  naks: (now: number) => PduOf<'nak'>[]
} {
  const facts: Mutable = { held: new RangeSet(), eof: undefined }
  const roundTrip = new RoundTrip(ms(settings.lightTime ?? 0))
  const repair = new Repair(facts, { ...SETTINGS, ...settings }, roundTrip, 1000, false)
  const naks = (now: number): PduOf<'nak'>[] => {
    const said: PduOf<'nak'>[] = []
    for (let nak = repair.next(ms(now), 0, false); nak !== undefined; nak = repair.next(ms(now), 0, false)) {
      said.push(nak)
    }
    return said
  }
  return { facts, repair, roundTrip, naks }
}

describe('the repair of a file', () => {
  it('waits for nothing until something is asked for, or EOF or Metadata is awaited', () => {
    const { facts, repair } = begin()
    expect(repair.due(ms(0), 0, false)).toBeUndefined()
    expect(repair.due(ms(0), 0, true)).toBe(1000)
    facts.eof = eofOf(100)
    expect(repair.due(ms(5), 0, false)).toBe(1005)
  })

  it('asks for a gap at once, and again when the NAK timer ends', () => {
    const { facts, repair, naks } = begin()
    facts.held.add(0, 10)
    facts.held.add(20, 30)
    repair.newGap(10, 20)
    expect(naks(0).flatMap(({ requests }) => requests)).toEqual([{ from: 10, to: 20 }])
    expect(naks(0)).toEqual([])
    expect(repair.due(ms(0), 0, false)).toBe(1000)
    expect(repair.expire(ms(1000), 0, false)).toBe(true)
    expect(naks(1000).flatMap(({ requests }) => requests)).toEqual([{ from: 10, to: 20 }])
  })

  it('measures a round trip by the first answer to the first NAK', () => {
    const { facts, repair, roundTrip, naks } = begin()
    facts.held.add(20, 30)
    repair.newGap(0, 20)
    naks(0)
    repair.filled(0, ms(70))
    expect(roundTrip.measured).toBe(70)
    repair.filled(10, ms(500))
    expect(roundTrip.measured).toBe(70)
  })

  it('asks after EOF only for what no NAK has asked for, unless none is sent before EOF', () => {
    for (const immediateNak of [true, false]) {
      const { facts, repair, naks } = begin({ immediateNak })
      facts.held.add(10, 20)
      if (immediateNak) repair.newGap(0, 10)
      naks(0)
      facts.eof = eofOf(30)
      repair.askDeferred(30)
      const scopes = naks(1).map(({ scope }) => scope)
      expect(scopes).toEqual([{ from: 0, to: 30 }])
      const asked = repair.due(ms(1), 0, false)
      expect(asked).toBe(immediateNak ? 1000 : 1001)
    }
  })

  it('says everything after EOF twice where a lost NAK costs a long round trip', () => {
    const { facts, repair, naks } = begin({ lightTime: 5000 })
    facts.held.add(10, 20)
    facts.eof = eofOf(30)
    repair.askDeferred(30)
    expect(naks(0)).toHaveLength(2)
  })

  it('reaches its limit after so many NAKs in a row that brought nothing', () => {
    const { facts, repair } = begin()
    facts.eof = eofOf(100)
    repair.countAfresh()
    expect([1, 2].map(turn => repair.expire(ms(turn * 1000), 0, false))).toEqual([true, true])
    facts.held.add(0, 10)
    expect([3, 4, 5].map(turn => repair.expire(ms(turn * 1000), 0, false))).toEqual([true, true, true])
    expect(repair.expire(ms(6000), 0, false)).toBe(false)
    repair.countAfresh()
    expect(repair.expire(ms(7000), 0, false)).toBe(true)
  })

  it('has no limit before EOF, and none where the setting says so', () => {
    const before = begin()
    const unlimited = begin({ nakLimit: 0 })
    unlimited.facts.eof = eofOf(100)
    for (let turn = 1; turn < 50; turn++) {
      expect(before.repair.expire(ms(turn * 1000), 0, true)).toBe(true)
      expect(unlimited.repair.expire(ms(turn * 1000), 0, false)).toBe(true)
    }
  })
})
