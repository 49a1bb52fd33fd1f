import { type Millis, NEVER } from './contract.ts'

/** Something that knows when it next has work to do. */
export interface Scheduled {
  deadline(): Millis
  /** Where it stands in its schedule's heap, -1 outside; only the schedule writes it. */
  heapIndex: number
  /** The deadline it stands there with; never later than the true one. */
  heapDue: Millis
}

/**
 * Who of many has the earliest deadline, in O(log n). A deadline that only moved later is not worth a move in the
 * heap: the entry stays where it is and is mended when it comes up, so re-arming a timer costs a stored field.
 */
export class Schedule<Item extends Scheduled> {
  readonly #heap: Item[] = []

  get size(): number {
    return this.#heap.length
  }

  /** Call whenever an item's deadline may have become earlier (later needs no call). */
  update(item: Item): void {
    const due = item.deadline()
    if (item.heapIndex < 0) {
      if (due === NEVER) return
      item.heapDue = due
      item.heapIndex = this.#heap.length
      this.#heap.push(item)
      this.#rise(item)
    } else if (due < item.heapDue) {
      item.heapDue = due
      this.#rise(item)
    }
  }

  remove(item: Item): void {
    const index = item.heapIndex
    if (index < 0) return
    item.heapIndex = -1
    const last = this.#heap.pop()!
    if (last === item) return
    last.heapIndex = index
    this.#heap[index] = last
    this.#rise(last)
    this.#sink(last)
  }

  /** No later than the earliest deadline of all; exact once the head has been mended. */
  earliest(): Millis {
    for (let head = this.#heap[0]; head !== undefined; head = this.#heap[0]) {
      const due = head.deadline()
      if (due <= head.heapDue) return due
      this.#mend(head, due)
    }
    return NEVER
  }

  /** The next item with something due at `now`; the caller lets it act and calls `update`. */
  next(now: Millis): Item | undefined {
    return this.earliest() <= now ? this.#heap[0] : undefined
  }

  #mend(item: Item, due: Millis): void {
    if (due === NEVER) {
      this.remove(item)
      return
    }
    item.heapDue = due
    this.#sink(item)
  }

  #rise(item: Item): void {
    let index = item.heapIndex
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = this.#heap[above]!
      if (parent.heapDue <= item.heapDue) break
      this.#put(parent, index)
      index = above
    }
    this.#put(item, index)
  }

  #sink(item: Item): void {
    let index = item.heapIndex
    for (;;) {
      let below = 2 * index + 1
      if (below >= this.#heap.length) break
      const right = this.#heap[below + 1]
      if (right !== undefined && right.heapDue < this.#heap[below]!.heapDue) below += 1
      const child = this.#heap[below]!
      if (child.heapDue >= item.heapDue) break
      this.#put(child, index)
      index = below
    }
    this.#put(item, index)
  }

  #put(item: Item, index: number): void {
    this.#heap[index] = item
    item.heapIndex = index
  }
}
