import { describe, expect, it } from 'vitest'
import { seed } from '../../../../conformance/cfdp-seed.ts'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import { FILE, loseAll, loseSegments, pdusOf, slow, yamcs } from './yamcs-world.ts'

const CLASS_1 = { mode: 'unacknowledged' } as const

describe('at the receiver', () => {
  it.each([CLASS_1, {}])(`${seed('inactivity-fault')} ${standard('inactivity')} %o`, request => {
    const world = yamcs({ weather: loseAll('eof'), a: { eofAckLimit: 0 } })
    world.put(FILE, request)
    world.settle()
    const last = world.a.sent.filter(({ pdu }) => pdu.kind === 'file-data').at(-1)!
    expect(world.runUntil(() => world.b.faults().length > 0)).toBe(true)
    expect(world.b.faults()).toEqual([8])
    expect(world.now - last.due).toBe(10_000)
    expect(world.report('b')?.ending?.condition).toBe(8)
  })

  it('each PDU begins the time anew', () => {
    const world = slow({ remote: { pace: 800 } })
    world.put(FILE)
    world.run(39_000)
    expect(world.b.faults()).toEqual([])
    expect(world.report('b')!.octets).toBeGreaterThan(3000)
  })

  it(seed('inactivity-receiver'), () => {
    const world = yamcs({ weather: loseSegments([1], 99), a: { inactivityTimeout: Infinity as never } })
    world.put(FILE)
    world.run(1000)
    world.weather = loseAll('file-data', 'eof')
    world.run(500_000)
    expect(world.state('b')).toBe('awaiting-missing-data')
    expect(world.b.faults()).toEqual([])
  })
})

describe('at the sender', () => {
  it(seed('inactivity-sender'), () => {
    const world = yamcs({ weather: loseAll('finished'), b: { finAckLimit: -1 } })
    world.put(FILE)
    expect(world.runUntil(() => world.state('a') === 'awaiting-finished')).toBe(true)
    const acknowledgedAt = world.now
    expect(world.runUntil(() => world.a.faults().length > 0)).toBe(true)
    expect(world.a.faults()).toEqual([8])
    expect(world.now - acknowledgedAt).toBe(10_000)
    expect(pdusOf(world.a, 'eof').at(-1)).toMatchObject({ condition: 8 })
  })

  it('not before its EOF is acknowledged: until then the EOF timer supervises', () => {
    const world = yamcs({
      weather: loseAll('eof', 'finished', 'nak'),
      a: { eofAckLimit: 50 },
      b: { inactivityTimeout: Infinity as never },
    })
    world.put(FILE)
    world.run(120_000)
    expect(world.a.faults()).toEqual([])
  })

  it('in class 1 it does not apply', () => {
    const world = yamcs({ weather: loseAll('finished') })
    world.put(FILE, { ...CLASS_1, closureRequested: true })
    world.runUntil(() => world.state('a') === 'ended')
    expect(world.a.faults()).toEqual([10])
  })
})
