import { assert, type Link, type LinkEvents, type Slot } from '@skyferry/engine'
import { type PooledSlot, SlotPool, SlotQueue } from './slot-pool.ts'

export interface MemoryLinkOptions {
  /** Runs what it is given later, never at once: `queueMicrotask`, `setImmediate`, a virtual clock. */
  defer(run: () => void): void
  readonly mtuOctets?: number
  /** How many datagrams each direction holds before `lease` says no. */
  readonly slots?: number
  readonly names?: readonly [string, string]
}

/**
 * Two ends of a cable inside one process: in order, without loss, as fast as they go. Datagrams are lent
 * straight from the sender's slots. What one run of `defer` finds under way it delivers as one burst.
 */
export function memoryLinkPair(options: MemoryLinkOptions): [Link<string>, Link<string>] {
  const [left, right] = options.names ?? ['a', 'b']
  assert(left !== right, 'the two ends have two names')
  const a = new MemoryLink(left, options)
  const b = new MemoryLink(right, options)
  a.join(b)
  b.join(a)
  return [a, b]
}

class MemoryLink implements Link<string> {
  readonly #name: string
  readonly #defer: (run: () => void) => void
  readonly #pool: SlotPool<string>
  readonly #underWay: SlotQueue<string>
  #far: MemoryLink | undefined
  #farName = ''
  #events: LinkEvents<string> | undefined
  #closed = false
  #carrying = false
  /** `lease` said no: a turn is owed. */
  #refused = false

  constructor(name: string, { defer, mtuOctets = 1500, slots = 256 }: MemoryLinkOptions) {
    this.#name = name
    this.#defer = defer
    this.#pool = new SlotPool(slots, mtuOctets)
    this.#underWay = new SlotQueue(slots)
  }

  join(far: MemoryLink): void {
    this.#far = far
    this.#farName = far.#name
  }

  lease(): Slot<string> | undefined {
    if (this.#closed) return undefined
    const slot = this.#pool.lease()
    if (slot === undefined) this.#refused = true
    return slot
  }

  send(slot: Slot<string>): void {
    const taken = this.#pool.take(slot)
    // A closed cable, or an address that nobody answers to, loses the datagram as any medium would.
    if (this.#closed || (taken.to !== undefined && taken.to !== this.#farName)) {
      this.#pool.recycle(taken)
      if (this.#refused) this.#carry()
      return
    }
    this.#underWay.push(taken)
    this.#carry()
  }

  release(slot: Slot<string>): void {
    this.#pool.release(slot)
    if (this.#refused) this.#carry()
  }

  open(events: LinkEvents<string>): void {
    assert(this.#events === undefined, 'a link is opened once')
    this.#events = events
  }

  close(): void {
    this.#closed = true
  }

  #carry(): void {
    if (this.#carrying) return
    this.#carrying = true
    this.#defer(this.#deliver)
  }

  readonly #deliver = (): void => {
    this.#carrying = false
    // What is sent during this run waits for the next, or two chatty ends would keep everybody else waiting.
    const count = this.#underWay.size
    let heard = 0
    for (let index = 0; index < count; index++) {
      const slot = this.#underWay.shift() as PooledSlot<string>
      const events = this.#listener()
      if (events !== undefined) {
        events.datagram(slot.datagram, this.#name)
        heard += 1
      }
      this.#pool.recycle(slot)
    }
    if (heard > 0) this.#listener()?.turn()
    if (this.#refused) {
      this.#refused = false
      if (!this.#closed) this.#events?.turn()
    }
  }

  /** Whoever opened the far end, asked each time: it may close while a burst arrives. */
  #listener(): LinkEvents<string> | undefined {
    const far = this.#far
    return far === undefined || far.#closed ? undefined : far.#events
  }
}
