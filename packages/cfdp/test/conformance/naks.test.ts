import { describe, expect, it } from 'vitest'
import { seed } from '../../../../conformance/cfdp-seed.ts'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import { content, FILE, loseSegments, pdusOf, REPLY, SEGMENT, slow, yamcs } from './yamcs-world.ts'

const segments = (...numbers: number[]): { from: number; to: number }[] =>
  numbers.map(number => ({ from: number * SEGMENT, to: (number + 1) * SEGMENT }))

describe('immediate NAK', () => {
  it(`${seed('immediate-nak-mode')} ${seed('immediate-nak')}`, () => {
    const world = slow({ weather: loseSegments([2]) })
    world.put(FILE)
    expect(world.runUntil(() => world.b.count('nak') === 1)).toBe(true)
    const gapShown = world.a.sent.filter(({ pdu }) => pdu.kind === 'file-data')[3]!
    expect(world.b.sent.find(({ pdu }) => pdu.kind === 'nak')!.at).toBe(gapShown.due)
    expect(pdusOf(world.b, 'nak')[0]).toMatchObject({ requests: segments(2) })
  })

  it(seed('immediate-nak-scope'), () => {
    const world = slow({ weather: loseSegments([2]) })
    world.put(FILE)
    world.runUntil(() => world.b.count('nak') === 1)
    expect(world.a.count('eof')).toBe(0)
    expect(pdusOf(world.b, 'nak')[0]!.scope).toEqual({ from: 0, to: 4 * SEGMENT })
  })

  it(`${seed('nak-from-the-beginning')} ${seed('nak-holds-all')}`, () => {
    const world = slow({ weather: loseSegments([1, 3, 5], 99) })
    world.put(FILE)
    world.runUntil(() => world.b.count('nak') === 3)
    const naks = pdusOf(world.b, 'nak')
    expect(naks.map(({ requests }) => requests)).toEqual([segments(1), segments(1, 3), segments(1, 3, 5)])
    expect(naks.map(({ scope }) => scope.from)).toEqual([0, 0, 0])
  })

  it('a NAK with more gaps than fit is one full PDU from the beginning of the file, and no second one', () => {
    const numbers = [...Array(100).keys()].map(n => 2 * n + 1)
    const world = yamcs({ weather: loseSegments(numbers, 99), remote: { immediateNak: false } })
    world.put(content(201 * SEGMENT))
    world.run(2000)
    const naks = pdusOf(world.b, 'nak')
    expect(naks).toHaveLength(1)
    expect(naks[0]!.requests).toEqual(segments(...numbers.slice(0, 61)))
    expect(naks[0]!.scope).toEqual({ from: 0, to: 122 * SEGMENT })
  })
})

describe('deferred NAK', () => {
  it(seed('deferred-nak'), () => {
    const world = slow({ weather: loseSegments([1, 3, 5]), remote: { immediateNak: false } })
    world.put(FILE)
    world.runUntil(() => world.b.count('nak') === 1)
    expect(world.a.count('eof')).toBe(1)
    expect(pdusOf(world.b, 'nak')[0]).toMatchObject({
      requests: segments(1, 3, 5),
      scope: { from: 0, to: FILE.length },
    })
    expect(world.runToEnd()).toBe(true)
    expect(world.delivered).toEqual(FILE)
  })

  it(standard('nak-cumulative'), () => {
    const world = yamcs({ weather: loseSegments([7]) })
    world.put(FILE)
    world.runUntil(() => world.b.count('nak') === 1)
    expect(pdusOf(world.b, 'nak')[0]!.requests).toEqual([{ from: 7 * SEGMENT, to: FILE.length }])
  })
})

describe('the interval and the limit', () => {
  it(`${seed('nak-timeout')} ${standard('nak-timer')}`, () => {
    const world = yamcs({ weather: loseSegments([2], 99) })
    world.put(FILE)
    world.run(21_000)
    const times = world.b.sent.filter(({ pdu }) => pdu.kind === 'nak').map(({ at }) => at)
    const steps = times.slice(1).map((time, index) => time - times[index]!)
    expect(steps).toEqual([5000, 5000, 5000, 5000])
  })

  it('a gap that shows later is asked for at once, with all before it, whose interval begins anew', () => {
    const world = slow({ weather: loseSegments([1, 3], 99) })
    world.put(FILE)
    world.run(9000)
    const times = world.b.sent.filter(({ pdu }) => pdu.kind === 'nak').map(({ at }) => at)
    const gapShown = world.a.sent.find(({ pdu }) => pdu.kind === 'file-data' && pdu.offset === 4 * SEGMENT)!
    expect(times[1]).toBe(gapShown.due)
    expect(times[2]! - times[1]!).toBe(5000)
  })

  it.each([2, 4])(`${seed('nak-limit')} (%i)`, nakLimit => {
    const world = yamcs({ weather: loseSegments([2], 99), remote: { nakLimit, immediateNak: false } })
    world.put(FILE)
    expect(world.runUntil(() => world.b.faults().length > 0)).toBe(true)
    expect(world.b.faults()).toEqual([7])
    expect(world.b.count('nak')).toBe(nakLimit)
    const first = world.b.sent.find(({ pdu }) => pdu.kind === 'nak')!
    expect(world.now - first.at).toBe(nakLimit * 5000)
  })

  it(seed('nak-limit-one'), () => {
    const world = yamcs({ weather: loseSegments([2], 99), remote: { nakLimit: 1, immediateNak: false } })
    world.put(FILE)
    expect(world.runUntil(() => world.b.faults().length > 0)).toBe(true)
    expect(world.b.count('nak')).toBe(1)
    const first = world.b.sent.find(({ pdu }) => pdu.kind === 'nak')!
    expect(world.now - first.at).toBe(5000)
  })

  it.each([0, -1, -7])(`${seed('nak-limit-none')} (%i)`, nakLimit => {
    const world = yamcs({
      weather: loseSegments([2], 999),
      remote: { nakLimit, immediateNak: false },
    })
    world.put(FILE)
    world.run(1_000_000)
    expect(world.b.count('nak')).toBeGreaterThanOrEqual(199)
    expect([...world.a.faults(), ...world.b.faults()]).toEqual([])
  })
})

describe('serving', () => {
  it(seed('nak-overwrites'), () => {
    const world = slow({ weather: ({ from }) => (from === 'b' ? 'drop' : 'pass') })
    world.put(FILE)
    world.runUntil(() => world.a.count('file-data') === 5)
    const nak = (...numbers: number[]): void =>
      world.inject('a', REPLY, {
        kind: 'nak',
        scope: { from: 0, to: 5 * SEGMENT },
        metadataRequested: false,
        requests: segments(...numbers),
      })
    nak(1, 2, 3)
    // Nothing of it has left: the pace allows one PDU each half second.
    nak(3)
    world.run(1100)
    const offsets = pdusOf(world.a, 'file-data').map(({ offset }) => offset / SEGMENT)
    expect(offsets.slice(5)).toEqual([3, 5])
  })

  it(standard('nak-not-eof'), () => {
    const world = yamcs({ weather: loseSegments([1, 2, 3], 2), remote: { immediateNak: false } })
    world.put(FILE)
    expect(world.runToEnd()).toBe(true)
    expect(world.b.count('nak')).toBeGreaterThan(1)
    expect(world.a.count('eof')).toBe(1)
  })
})
