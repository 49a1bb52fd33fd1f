import { describe, expect, it } from 'vitest'
import { seed } from '../../../../conformance/cfdp-seed.ts'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import { FILE, lose, loseSegments, pdusOf, SEGMENT, seconds, slow, yamcs } from './yamcs-world.ts'

const CLASS_1 = { mode: 'unacknowledged' } as const
const CLOSED = { ...CLASS_1, closureRequested: true } as const

describe('either class', () => {
  it.each([CLASS_1, {}])(`${seed('class-1-and-2')} %o`, request => {
    const world = yamcs()
    world.put(FILE, request)
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
  })

  it.each([CLASS_1, {}])(`${seed('segments')} %o`, request => {
    const world = yamcs()
    world.put(FILE, request)
    world.runToEnd()
    const segments = pdusOf(world.a, 'file-data').map(({ offset, data }) => [offset, data.length])
    expect(segments).toEqual([...Array(7).keys()].map(n => [n * SEGMENT, SEGMENT]).concat([[3472, 28]]))
  })

  it.each([CLASS_1, {}])(`${seed('metadata-then-eof')} %o`, request => {
    const world = yamcs()
    world.put(FILE, request)
    world.runToEnd()
    expect(world.a.kinds().slice(0, 10)).toEqual(['metadata', ...Array(8).fill('file-data'), 'eof'])
  })

  it(seed('max-pdu-size'), () => {
    for (const maxPduSize of [512, 100]) {
      const world = yamcs({ a: { maxPduSize }, b: { maxPduSize: 333 } })
      world.put(FILE)
      world.runToEnd()
      const sizes = world.a.sent
        .filter(({ pdu }) => pdu.kind === 'file-data')
        .map(({ bytes }) => bytes.length)
      expect(Math.max(...sizes)).toBe(maxPduSize)
      expect(pdusOf(world.a, 'file-data')[0]!.data.length).toBe(maxPduSize - 16)
      expect(world.delivered).toEqual(FILE)
    }
  })

  it(seed('transaction-id-in-header'), () => {
    const world = yamcs({ weather: loseSegments([2]) })
    world.put(FILE)
    world.runToEnd()
    for (const { header } of [...world.a.sent, ...world.b.sent]) {
      expect([header.source, header.sequence, header.destination]).toEqual([1n, 1n, 2n])
    }
  })

  it.each([[seed('entity-id-length')], [seed('sequence-nr-length')]])('%s', () => {
    for (const entityIdLength of [1, 2, 3, 8]) {
      const world = yamcs({ a: { entityIdLength, sequenceLength: 9 - entityIdLength } })
      world.put(FILE)
      world.runToEnd()
      // The receiver is configured for 2 and 4, and answers in the widths it was addressed with.
      for (const { header } of [...world.a.sent, ...world.b.sent]) {
        expect([header.entityIdLength, header.sequenceLength]).toEqual([entityIdLength, 9 - entityIdLength])
      }
    }
    const world = yamcs()
    world.put(FILE)
    world.runToEnd()
    const { header } = world.a.sent[0]!
    expect([header.entityIdLength, header.sequenceLength]).toEqual([2, 4])
  })

  it(seed('sleep-between-pdus'), () => {
    const world = slow()
    world.put(FILE)
    world.runToEnd()
    const times = world.a.sent.filter(({ pdu }) => pdu.kind === 'file-data').map(({ at }) => at)
    // One PDU of 512 octets each 500 ms is 8192 bit/s; the last is short.
    for (let index = 1; index < times.length; index++) expect(times[index]! - times[index - 1]!).toBe(500)
  })
})

describe('class 1', () => {
  it(seed('class-1-no-retransmission'), () => {
    const world = yamcs({ weather: loseSegments([1, 4]) })
    world.put(FILE, CLASS_1)
    expect(world.runToEnd()).toBe(true)
    expect(world.b.sent).toEqual([])
    expect(world.a.count('file-data')).toBe(8)
    expect(world.delivered).toBeUndefined()
    expect(world.report('b')?.ending?.condition).toBe(10)
  })

  it(seed('class-1-eof-unacknowledged'), () => {
    const world = yamcs()
    world.put(FILE, CLASS_1)
    world.runToEnd()
    expect(world.b.sent).toEqual([])
    expect(world.a.count('eof')).toBe(1)
  })

  it(standard('check-timer'), () => {
    const world = yamcs({ weather: loseSegments([1]) })
    world.put(FILE, CLASS_1)
    world.run(49_900)
    expect(world.state('b')).toBe('checking')
    world.run(200)
    expect(world.b.faults()).toEqual([10])
  })

  it(`${seed('closure-finished')} ${seed('closure-unacknowledged')}`, () => {
    const world = yamcs()
    world.put(FILE, CLOSED)
    expect(world.runToEnd()).toBe(true)
    world.run(seconds(60))
    expect(world.b.kinds()).toEqual(['finished'])
    expect(world.a.kinds()).not.toContain('ack-finished')
    expect(world.report('a')?.ending).toMatchObject({ condition: 0, delivery: 0 })
  })

  it(seed('closure-finished-on-cancel'), () => {
    const world = slow()
    world.put(FILE, CLOSED)
    world.run(1500)
    expect(world.ask('b', 'cancel')).toBe('accepted')
    expect(world.runUntil(() => world.state('a') === 'ended')).toBe(true)
    expect(pdusOf(world.b, 'finished')).toMatchObject([{ condition: 15, delivery: 1 }])
    expect(world.a.kinds()).not.toContain('ack-finished')
    expect(world.report('a')?.ending?.condition).toBe(15)
  })

  it(standard('closure-check-timer'), () => {
    const world = yamcs({ weather: lose('finished') })
    world.put(FILE, CLOSED)
    expect(world.runUntil(() => world.state('a') === 'ended')).toBe(true)
    expect(world.a.faults()).toEqual([10])
    expect(world.delivered).toEqual(FILE)
  })
})

describe('class 2', () => {
  it(`${seed('finished-tells')} ${seed('acknowledge-finished')}`, () => {
    const world = yamcs({ weather: loseSegments([3]) })
    world.put(FILE)
    expect(world.runUntil(() => world.b.count('finished') === 1)).toBe(true)
    expect(world.report('b')?.octets).toBe(FILE.length)
    expect(world.runToEnd()).toBe(true)
    expect(pdusOf(world.a, 'ack-finished')).toMatchObject([{ condition: 0 }])
  })

  it(seed('acknowledge-eof'), () => {
    const world = yamcs()
    world.put(FILE)
    world.runToEnd()
    expect(pdusOf(world.b, 'ack-eof')).toMatchObject([{ condition: 0 }])
  })

  it(`${seed('nak-metadata')} ${standard('serve-metadata')}`, () => {
    const world = yamcs({ weather: lose('metadata') })
    world.put(FILE)
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
    expect(pdusOf(world.b, 'nak')[0]).toMatchObject({ metadataRequested: true })
    const [first, second] = world.a.sent.filter(({ pdu }) => pdu.kind === 'metadata')
    expect(second!.bytes).toEqual(first!.bytes)
  })

  it(`${seed('nak-data')} ${standard('serve-nak')}`, () => {
    const world = yamcs({ weather: loseSegments([2, 3, 6]) })
    world.put(FILE)
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
    const resent = pdusOf(world.a, 'file-data').slice(8)
    expect(resent.map(({ offset }) => offset / SEGMENT)).toEqual([2, 3, 6])
  })

  it(seed('available-before-ack'), () => {
    const world = yamcs({ weather: ({ pdu }) => (pdu.kind === 'ack-finished' ? 'hold' : 'pass') })
    world.put(FILE)
    expect(world.runUntil(() => world.a.count('ack-finished') === 1)).toBe(true)
    expect(world.state('b')).toBe('awaiting-finished-ack')
    expect(world.delivered).toEqual(FILE)
    expect(world.b.finished()).toMatchObject([{ condition: 0, delivery: 0, fileStatus: 2 }])
    // From the moment Finished leaves, and not only once it has arrived.
    const early = yamcs()
    early.put(FILE)
    expect(early.runUntil(() => early.b.count('finished') === 1)).toBe(true)
    expect(early.delivered).toEqual(FILE)
  })
})
