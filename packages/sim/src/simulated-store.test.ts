import { type Millis, NEVER, Random } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { SimulatedStore } from './simulated-store.ts'
import { VirtualClock } from './virtual-clock.ts'

const ms = (count: number): Millis => count as Millis

interface Fact {
  readonly number: number
  readonly note?: string | undefined
}

function storeOf(seed = 1): { clock: VirtualClock; store: SimulatedStore<Fact>; log: string[] } {
  const clock = new VirtualClock()
  const store = new SimulatedStore<Fact>(clock, new Random(seed), { gatherMs: 10, commitMs: 10 })
  const log: string[] = []
  store.beforeCommit(() => log.push('sync'))
  store.open({ durable: count => log.push(`durable ${count}`) })
  return { clock, store, log }
}

describe('a simulated store', () => {
  it('makes records durable later, in groups, each after the files were synced', () => {
    const { clock, store, log } = storeOf()
    for (let number = 0; number < 3; number++) store.keep({ number })
    expect(store.unsafe).toBe(3)
    expect(log).toEqual([])
    clock.step()
    expect(log).toEqual(['sync'])
    // Too late for the group that is being written.
    store.keep({ number: 3 })
    clock.run(NEVER)
    expect(log).toEqual(['sync', 'durable 3', 'sync', 'durable 4'])
    expect(store.survivors()).toEqual([{ number: 0 }, { number: 1 }, { number: 2 }, { number: 3 }])
    expect(clock.now()).toBeLessThan(40)
  })

  it('loses in a crash what waits, and a random last part of the group that is being written', () => {
    const seen = new Set<number>()
    for (let seed = 0; seed < 100; seed++) {
      const { clock, store } = storeOf(seed)
      store.keep({ number: 0 })
      clock.run(NEVER)
      for (let number = 1; number < 4; number++) store.keep({ number })
      clock.step()
      store.keep({ number: 4 })
      store.crash()
      const numbers = store.survivors().map(fact => fact.number)
      expect(numbers).toEqual([0, 1, 2, 3].slice(0, numbers.length))
      seen.add(numbers.length)
    }
    expect(seen).toEqual(new Set([1, 2, 3, 4]))
  })

  it('keeps no record whose octets were not synced first', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { store, log } = storeOf(seed)
      store.keep({ number: 0 })
      store.crash()
      expect(store.survivors()).toEqual([])
      expect(log).toEqual([])
    }
  })

  it('counts from zero in every life, and tells a dead one nothing', () => {
    const { clock, store, log } = storeOf()
    store.keep({ number: 0 })
    clock.run(NEVER)
    store.keep({ number: 1 })
    store.crash()
    clock.run(ms(1000))
    expect(log).toEqual(['sync', 'durable 1'])
    store.open({ durable: count => log.push(`second life ${count}`) })
    store.keep({ number: 2 })
    clock.run(NEVER)
    expect(log.at(-1)).toBe('second life 1')
    expect(store.survivors()).toEqual([{ number: 0 }, { number: 2 }])
  })

  it('keeps a copy: what the engine does to a record afterwards is not stored', () => {
    const { clock, store } = storeOf()
    const record = { number: 1, note: undefined as string | undefined }
    store.keep(record)
    record.number = 2
    clock.run(NEVER)
    expect(store.survivors()).toEqual([{ number: 1 }])
  })

  it.each([
    [{ number: Number.POSITIVE_INFINITY }, '.number'],
    [{ number: 1n }, '.number'],
    [{ number: 1, list: [{ octets: new Uint8Array(2) }] }, '.list.0.octets'],
    [{ list: [undefined] }, '.list.0'],
    [new Map(), ''],
  ])('refuses a record that would not read as it was written, and says where', (record, place) => {
    const { store } = storeOf()
    expect(() => store.keep(record as never)).toThrow(`record${place} survives JSON`)
  })

  it('writes and reads through a codec where records are not plain', () => {
    const clock = new VirtualClock()
    const store = new SimulatedStore<bigint>(clock, new Random(1), {
      codec: { write: record => String(record), read: text => BigInt(text) },
    })
    store.open({ durable: () => {} })
    store.keep(2n ** 70n)
    clock.run(NEVER)
    expect(store.survivors()).toEqual([2n ** 70n])
  })
})
