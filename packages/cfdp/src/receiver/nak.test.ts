import { RangeSet } from '@skyferry/octets'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Nak, NakBuilder } from './nak.ts'

/** Code, scope, and this many segment requests. */
const room = (requests: number): number => 1 + 8 + 8 * requests

function holding(...ranges: readonly (readonly [number, number])[]): RangeSet {
  const held = new RangeSet()
  for (const [from, to] of ranges) held.add(from, to)
  return held
}

function all(naks: NakBuilder, held: RangeSet, end: number, metadataMissing = false): Nak[] {
  const built: Nak[] = []
  for (let nak = naks.next(held, end, metadataMissing); nak !== undefined; ) {
    built.push(nak)
    expect(built.length).toBeLessThan(1000)
    nak = naks.next(held, end, metadataMissing)
  }
  return built
}

describe('NAKs', () => {
  it('say nothing when nothing is to be said', () => {
    expect(all(new NakBuilder(room(4), false), holding([0, 10]), 100)).toEqual([])
  })

  it('ask for a new gap once', () => {
    const naks = new NakBuilder(room(4), false)
    naks.newGap(10, 20)
    const built = all(naks, holding([0, 10], [20, 30]), 30)
    expect(built).toHaveLength(1)
    expect(built[0]!.pdu).toEqual({
      kind: 'nak',
      scope: { from: 10, to: 20 },
      metadataRequested: false,
      requests: [{ from: 10, to: 20 }],
    })
    expect(built[0]).toMatchObject({ fresh: true, asks: { from: 10, to: 20 } })
    expect(naks.askedUpTo).toBe(20)
  })

  it('state the gaps asked for of late again beside a new one, as long as they are gaps', () => {
    const naks = new NakBuilder(room(8), false)
    const held = holding([0, 10], [20, 30])
    naks.newGap(10, 20)
    all(naks, held, 30)
    held.add(40, 50)
    naks.newGap(30, 40)
    expect(all(naks, held, 50)[0]!.pdu.requests).toEqual([
      { from: 10, to: 20 },
      { from: 30, to: 40 },
    ])
    held.add(10, 20)
    held.add(60, 70)
    naks.newGap(50, 60)
    expect(all(naks, held, 70)[0]!.pdu.requests).toEqual([
      { from: 30, to: 40 },
      { from: 50, to: 60 },
    ])
  })

  it('do not ask for what came meanwhile', () => {
    const naks = new NakBuilder(room(4), false)
    naks.newGap(10, 20)
    naks.askAgain({ from: 10, to: 20 })
    expect(all(naks, holding([0, 30]), 30)).toEqual([])
  })

  it('ask for Metadata once per occasion, in the place of one request', () => {
    const naks = new NakBuilder(room(2), false)
    naks.askMetadata()
    const built = all(naks, holding(), 0, true)
    expect(built.map(({ pdu }) => [pdu.metadataRequested, pdu.requests])).toEqual([[true, []]])
    naks.askAgain({ from: 0, to: 100 })
    const again = all(naks, holding([10, 20], [30, 40]), 100, true)
    expect(again.map(({ pdu }) => pdu.metadataRequested)).toEqual([true, false, false])
    expect(again.flatMap(({ pdu }) => pdu.requests)).toHaveLength(3)
  })

  it('answer a Prompt although nothing is missing', () => {
    const naks = new NakBuilder(room(4), false)
    naks.answerPrompt()
    const built = all(naks, holding([0, 100]), 100)
    expect(built).toHaveLength(1)
    expect(built[0]).toMatchObject({ asks: undefined, pdu: { scope: { from: 0, to: 100 }, requests: [] } })
  })

  it('answer a Prompt in as many PDUs as it takes, scope after scope', () => {
    const naks = new NakBuilder(room(2), false)
    const held = holding([10, 20], [30, 40], [50, 60], [70, 80])
    naks.answerPrompt()
    expect(all(naks, held, 80).map(({ pdu }) => pdu.scope)).toEqual([
      { from: 0, to: 30 },
      { from: 30, to: 70 },
      { from: 70, to: 80 },
    ])
  })

  it('forget everything that was to be said', () => {
    const naks = new NakBuilder(room(2), false)
    naks.newGap(0, 10)
    naks.askAgain({ from: 0, to: 10 })
    naks.answerPrompt()
    naks.clear()
    expect(all(naks, holding(), 10)).toEqual([])
  })

  it('ask for exactly what is missing, in PDUs that fit, with scopes that touch and tell the truth', () => {
    const range = fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 40 }))
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (ranges, fitting) => {
        const held = holding(...ranges.map(([from, length]) => [from, from + length] as const))
        const naks = new NakBuilder(room(fitting), false)
        naks.askAll({ from: 0, to: 300 })
        const pdus = all(naks, held, 300).map(({ pdu }) => pdu)
        expect(pdus.flatMap(({ requests }) => requests)).toEqual(held.gapsWithin(0, 300))
        for (const [index, { scope, requests }] of pdus.entries()) {
          expect(requests.length).toBeLessThanOrEqual(fitting)
          expect(scope.from).toBe(index === 0 ? 0 : pdus[index - 1]!.scope.to)
          expect(requests).toEqual(held.gapsWithin(scope.from, scope.to))
        }
      }),
    )
  })
})
