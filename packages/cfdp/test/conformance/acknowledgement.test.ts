import type { Millis } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { seed } from '../../../../conformance/cfdp-seed.ts'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import {
  departures,
  FILE,
  finishedWith,
  lose,
  loseAll,
  loseSegments,
  pdusOf,
  REPLY,
  seconds,
  yamcs,
} from './yamcs-world.ts'

/** A receiver that does not mind the sender's silence: only the sender's limits are looked at. */
const PATIENT = { inactivityTimeout: Infinity as Millis }

describe('EOF', () => {
  it(`${seed('ack-timer')} ${seed('ack-resend')} ${seed('eof-ack-timeout')}`, () => {
    const world = yamcs({ weather: loseAll('eof'), b: PATIENT })
    world.put(FILE)
    world.run(17_900)
    expect(departures(world.a, 'eof')).toEqual([0, 3000, 6000, 9000, 12_000, 15_000])
    expect(world.a.faults()).toEqual([])
  })

  it.each([5, 2, 1])(`${seed('eof-ack-limit')} ${seed('ack-fault')} (%i)`, eofAckLimit => {
    const world = yamcs({ weather: loseAll('eof'), remote: { eofAckLimit }, b: PATIENT })
    world.put(FILE)
    expect(world.runUntil(() => world.a.faults().length > 0)).toBe(true)
    expect(world.a.faults()).toEqual([1])
    expect(pdusOf(world.a, 'eof').filter(({ condition }) => condition === 0)).toHaveLength(eofAckLimit + 1)
    const first = world.a.sent.find(({ pdu }) => pdu.kind === 'eof')!
    expect(world.now - first.at).toBe(3000 * (eofAckLimit + 1))
  })

  it(seed('eof-ack-limit-zero'), () => {
    const world = yamcs({ weather: loseAll('eof'), remote: { eofAckLimit: 0 } })
    world.put(FILE)
    world.runUntil(() => world.a.faults().length > 0)
    expect(pdusOf(world.a, 'eof').filter(({ condition }) => condition === 0)).toHaveLength(1)
    expect(world.a.faults()).toEqual([1])
  })

  it(seed('eof-ack-limit-negative'), () => {
    const world = yamcs({
      weather: loseAll('eof'),
      remote: { eofAckLimit: -1, inactivityTimeout: seconds(1e6) },
    })
    world.put(FILE)
    world.run(300_000)
    expect(world.a.count('eof')).toBeGreaterThanOrEqual(99)
    expect(world.a.faults()).toEqual([])
  })

  it(standard('ack-condition'), () => {
    const world = yamcs({ weather: loseSegments([1], 99) })
    world.put(FILE)
    world.run(1000)
    world.weather = loseAll('eof', 'file-data')
    world.ask('a', 'cancel')
    world.run(1000)
    // The ACK of the first EOF, come late: it does not acknowledge the cancellation.
    world.inject('a', REPLY, { kind: 'ack-eof', condition: 0, status: 1 })
    expect(world.state('a')).toBe('cancelling')
    world.inject('a', REPLY, { kind: 'ack-eof', condition: 15, status: 1 })
    expect(world.state('a')).toBe('ended')
  })
})

describe('Finished', () => {
  it(seed('fin-ack-timeout'), () => {
    const world = yamcs({ weather: loseAll('finished') })
    world.put(FILE)
    world.run(59_000)
    expect(departures(world.b, 'finished')).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000])
    expect(world.b.faults()).toEqual([])
  })

  it.each([5, 2, 1])(`${seed('fin-ack-limit')} (%i)`, finAckLimit => {
    const world = yamcs({ weather: loseAll('finished'), remote: { finAckLimit } })
    world.put(FILE)
    expect(world.runUntil(() => world.b.faults().length > 0)).toBe(true)
    expect(world.b.faults()).toEqual([1])
    expect(world.b.count('finished')).toBe(finAckLimit + 1)
    const first = world.b.sent.find(({ pdu }) => pdu.kind === 'finished')!
    expect(world.now - first.at).toBe(10_000 * (finAckLimit + 1))
  })

  it(seed('fin-ack-limit-zero'), () => {
    const world = yamcs({ weather: loseAll('finished'), remote: { finAckLimit: 0 } })
    world.put(FILE)
    world.runUntil(() => world.b.faults().length > 0)
    expect(world.b.count('finished')).toBe(1)
  })

  it(seed('fin-ack-limit-negative'), () => {
    const world = yamcs({ weather: loseAll('finished'), remote: { finAckLimit: -1 } })
    world.put(FILE)
    world.run(1_000_000)
    expect(world.b.count('finished')).toBeGreaterThanOrEqual(99)
    expect(world.b.faults()).toEqual([])
  })

  it(seed('finished-on-fault'), () => {
    const world = yamcs({ weather: loseSegments([1], 99), remote: { nakLimit: 2 } })
    world.put(FILE)
    expect(world.runToEnd()).toBe(true)
    expect(pdusOf(world.b, 'finished')[0]).toMatchObject({ condition: 7, delivery: 1, faultLocation: 2n })
    expect(pdusOf(world.a, 'ack-finished')[0]).toMatchObject({ condition: 7 })
  })
})

describe('whatever the state', () => {
  it(`${standard('ack-any-state')} (EOF)`, () => {
    const world = yamcs()
    world.put(FILE)
    world.runToEnd()
    const eof = world.a.sent.find(({ pdu }) => pdu.kind === 'eof')!
    world.inject('b', eof.header, eof.pdu)
    world.settle()
    expect(pdusOf(world.b, 'ack-eof').at(-1)).toMatchObject({ condition: 0, status: 2 })
    expect(world.b.count('ack-eof')).toBe(2)
  })

  it(`${seed('pending-after-completion')} ${standard('late-pdus')}`, () => {
    const world = yamcs()
    world.put(FILE)
    world.runToEnd()
    world.run(seconds(590))
    const finished = world.b.sent.find(({ pdu }) => pdu.kind === 'finished')!
    world.inject('a', finished.header, finished.pdu)
    for (const { header, pdu } of world.a.sent.filter(({ pdu: each }) => each.kind !== 'ack-finished')) {
      world.inject('b', header, pdu)
    }
    world.settle()
    expect(pdusOf(world.a, 'ack-finished').at(-1)).toMatchObject({ status: 2 })
    expect(world.a.count('ack-finished')).toBe(2)
    expect(world.b.kinds()).toEqual(['ack-eof', 'finished', 'ack-eof'])
    expect(world.b.finished()).toHaveLength(1)
    world.run(seconds(20))
    expect(world.report('a')).toBeUndefined()
    expect(world.report('b')).toBeUndefined()
    expect([...world.a.recorded(), ...world.b.recorded()].filter(kind => kind === 'forgotten')).toHaveLength(
      2,
    )
  })

  it('of a transaction nobody remembers, Finished and EOF(cancel) are acknowledged, and nothing begins', () => {
    const world = yamcs()
    world.inject('a', REPLY, finishedWith(0))
    const toReceiver = { ...REPLY, direction: 'to-receiver' } as const
    world.inject('b', toReceiver, {
      kind: 'eof',
      condition: 15,
      checksum: 0,
      fileSize: 0,
      faultLocation: REPLY.source,
    })
    world.settle()
    expect(pdusOf(world.a, 'ack-finished')).toMatchObject([{ status: 0 }])
    expect(pdusOf(world.b, 'ack-eof')).toMatchObject([{ condition: 15, status: 0 }])
    expect(world.report('b')).toBeUndefined()
    // standard('cancel-unknown')
  })

  it('a lost ACK(EOF) is made good by Finished, a lost ACK(Finished) by another', () => {
    for (const kind of ['ack-eof', 'ack-finished'] as const) {
      const world = yamcs({ weather: lose(kind) })
      world.put(FILE)
      expect(world.runToEnd()).toBe(true)
      expect([...world.a.faults(), ...world.b.faults()]).toEqual([])
    }
  })
})
