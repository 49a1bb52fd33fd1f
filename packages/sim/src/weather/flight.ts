import { type Millis, NEVER, Queue } from '@skyferry/engine'
import type { Airborne } from './datagram-pool.ts'

/**
 * The datagrams under way, in the order in which they arrive; those that arrive at one instant, in the order in
 * which they were offered. What arrives later than everything before it (all of them, without jitter) goes into a
 * plain queue; only what overtakes goes into a heap.
 */
export class Flight {
  readonly #inOrder: Queue<Airborne> = new Queue()
  #lastInOrder = -Infinity
  readonly #overtaking: Airborne[] = []

  get size(): number {
    return this.#inOrder.size + this.#overtaking.length
  }

  add(airborne: Airborne): void {
    if (airborne.arrives >= this.#lastInOrder || this.#inOrder.size === 0) {
      this.#lastInOrder = airborne.arrives
      this.#inOrder.push(airborne)
    } else {
      this.#rise(airborne)
    }
  }

  /** When the next one arrives, or NEVER. */
  next(): Millis {
    const head = this.#inOrder.peek()
    const overtaker = this.#overtaking[0]
    const arrives = head === undefined ? NEVER : head.arrives
    return (overtaker !== undefined && overtaker.arrives < arrives ? overtaker.arrives : arrives) as Millis
  }

  /** Takes the next one if it has arrived. */
  land(now: Millis): Airborne | undefined {
    const head = this.#inOrder.peek()
    const overtaker = this.#overtaking[0]
    if (overtaker !== undefined && (head === undefined || before(overtaker, head))) {
      return overtaker.arrives <= now ? this.#pop(overtaker) : undefined
    }
    return head !== undefined && head.arrives <= now ? this.#inOrder.shift() : undefined
  }

  /** Marks what the transmitter sent, wholly or in part, at `from` ≤ t < `to`. */
  cut(from: Millis, to: Millis): void {
    for (const airborne of this.#inOrder) mark(airborne, from, to)
    for (const airborne of this.#overtaking) mark(airborne, from, to)
  }

  #rise(airborne: Airborne): void {
    const heap = this.#overtaking
    let index = heap.length
    heap.push(airborne)
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]!
      if (before(parent, airborne)) break
      heap[index] = parent
      index = above
    }
    heap[index] = airborne
  }

  #pop(first: Airborne): Airborne {
    const heap = this.#overtaking
    const last = heap.pop()!
    if (last === first) return first
    let index = 0
    for (;;) {
      let below = 2 * index + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below += 1
      const child = heap[below]!
      if (before(last, child)) break
      heap[index] = child
      index = below
    }
    heap[index] = last
    return first
  }
}

function before(one: Airborne, other: Airborne): boolean {
  return one.arrives < other.arrives || (one.arrives === other.arrives && one.order < other.order)
}

function mark(airborne: Airborne, from: Millis, to: Millis): void {
  if (airborne.began < to && airborne.departed > from) airborne.cut = true
}
