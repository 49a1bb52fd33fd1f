import { assert, type Slot } from '@skyferry/engine'

/** An envelope with its place in a pool. Only its pool and its link touch more than the contract. */
export class PooledSlot<Address> implements Slot<Address> {
  readonly bytes: Uint8Array
  readonly view: DataView
  length = 0
  to: Address | undefined = undefined
  /** The pool's own mark: a slot that comes back twice is a bug of ours worth hearing about. */
  leased = false
  readonly #pool: SlotPool<Address>
  #cut: Uint8Array

  constructor(pool: SlotPool<Address>, memory: ArrayBuffer, offset: number, octets: number) {
    this.#pool = pool
    this.bytes = new Uint8Array(memory, offset, octets)
    this.view = new DataView(memory, offset, octets)
    this.#cut = this.bytes
  }

  isLentBy(pool: SlotPool<Address>): boolean {
    return this.leased && this.#pool === pool
  }

  /** The octets filled. Most datagrams have the size of the one before, and a view costs more than a copy. */
  get datagram(): Uint8Array {
    if (this.#cut.length !== this.length) this.#cut = this.bytes.subarray(0, this.length)
    return this.#cut
  }
}

/** A fixed number of envelopes in one piece of memory; the one used last is lent first, it is still in the cache. */
export class SlotPool<Address> {
  readonly #free: PooledSlot<Address>[] = []
  readonly #octets: number
  #leasedCount = 0

  constructor(count: number, octets: number) {
    assert(count >= 1 && octets >= 1, 'a pool has a slot and a slot has room')
    this.#octets = octets
    const memory = new ArrayBuffer(count * octets)
    for (let index = 0; index < count; index++) {
      this.#free.push(new PooledSlot(this, memory, index * octets, octets))
    }
  }

  /** Lent out and not yet sent or released. */
  get leasedCount(): number {
    return this.#leasedCount
  }

  lease(): PooledSlot<Address> | undefined {
    const slot = this.#free.pop()
    if (slot === undefined) return undefined
    slot.leased = true
    slot.length = 0
    slot.to = undefined
    this.#leasedCount += 1
    return slot
  }

  /** A leased slot is handed over to be sent; give it to `recycle` when its octets are no longer needed. */
  take(slot: Slot<Address>): PooledSlot<Address> {
    const mine = slot as PooledSlot<Address>
    assert(mine.isLentBy(this), 'a slot is sent or released once, by the link that lent it')
    assert(mine.length >= 0 && mine.length <= this.#octets, 'a datagram fits its slot')
    mine.leased = false
    this.#leasedCount -= 1
    return mine
  }

  recycle(slot: PooledSlot<Address>): void {
    this.#free.push(slot)
  }

  release(slot: Slot<Address>): void {
    this.recycle(this.take(slot))
  }
}

/** Slots under way, oldest first, in a ring that never grows. */
export class SlotQueue<Address> {
  readonly #ring: (PooledSlot<Address> | undefined)[]
  readonly #mask: number
  #first = 0
  #size = 0

  constructor(capacity: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(2, capacity)))
    this.#ring = new Array(places).fill(undefined)
    this.#mask = places - 1
  }

  get size(): number {
    return this.#size
  }

  push(slot: PooledSlot<Address>): void {
    assert(this.#size <= this.#mask, 'a queue holds no more slots than its pool')
    this.#ring[(this.#first + this.#size) & this.#mask] = slot
    this.#size += 1
  }

  shift(): PooledSlot<Address> | undefined {
    if (this.#size === 0) return undefined
    const slot = this.#ring[this.#first]
    this.#first = (this.#first + 1) & this.#mask
    this.#size -= 1
    return slot
  }
}
