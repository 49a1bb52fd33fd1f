import { InvariantError } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { type PooledSlot, SlotPool, SlotQueue } from './slot-pool.ts'

describe('a slot pool', () => {
  it('lends each slot to one user at a time, as many as it has', () => {
    const pool = new SlotPool<string>(3, 16)
    const slots = [pool.lease(), pool.lease(), pool.lease()]
    expect(new Set(slots).size).toBe(3)
    expect(pool.leasedCount).toBe(3)
    expect(pool.lease()).toBe(undefined)
    pool.release(slots[1]!)
    expect(pool.leasedCount).toBe(2)
    expect(pool.lease()).toBe(slots[1])
  })

  it('gives every slot octets of its own', () => {
    const pool = new SlotPool<string>(2, 8)
    const [first, second] = [pool.lease()!, pool.lease()!]
    first.bytes.fill(1)
    second.bytes.fill(2)
    expect([...first.bytes]).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
    expect(second.view.getUint32(4)).toBe(0x02020202)
  })

  it('cuts the datagram to its length, also after a change of length', () => {
    const pool = new SlotPool<string>(1, 8)
    const slot = pool.lease()!
    slot.bytes.set([1, 2, 3])
    for (const length of [3, 2, 0, 8]) {
      slot.length = length
      expect(slot.datagram).toEqual(slot.bytes.slice(0, length))
    }
  })

  it('refuses a length that does not fit', () => {
    const pool = new SlotPool<string>(1, 8)
    const slot = pool.lease()!
    slot.length = 9
    expect(() => pool.take(slot)).toThrow(InvariantError)
    slot.length = -1
    expect(() => pool.take(slot)).toThrow(InvariantError)
  })
})

describe('a slot queue', () => {
  it('gives back what it got in the same order, around the ring', () => {
    const pool = new SlotPool<string>(5, 1)
    const queue = new SlotQueue<string>(5)
    const expected: PooledSlot<string>[] = []
    for (let round = 0; round < 50; round++) {
      for (let slot = pool.lease(); slot !== undefined; slot = pool.lease()) {
        expected.push(slot)
        queue.push(pool.take(slot))
      }
      expect(queue.size).toBe(5)
      for (let count = 0; count < 1 + (round % 5); count++) {
        const slot = queue.shift()!
        expect(slot).toBe(expected.shift())
        pool.recycle(slot)
      }
    }
  })

  it('has nothing when it is empty', () => {
    const queue = new SlotQueue<string>(1)
    expect(queue.shift()).toBe(undefined)
    expect(queue.size).toBe(0)
  })
})
