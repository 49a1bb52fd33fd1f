import { Queue } from '@skyferry/engine'

interface Level<Item> {
  readonly priority: number
  readonly queue: Queue<Item>
}

/**
 * A queue that goes by priority: the highest first, within one priority first come first served. The priorities in use at
 * once are few; one that nothing waits in is gone, unless it is the last.
 */
export class Levels<Item> {
  /** Highest first. */
  readonly #levels: Level<Item>[] = []

  push(item: Item, priority: number): void {
    this.#level(priority).push(item)
  }

  peek(): Item | undefined {
    return this.#levels[0]?.queue.peek()
  }

  shift(): Item | undefined {
    const top = this.#levels[0]
    const item = top?.queue.shift()
    if (top?.queue.size === 0 && this.#levels.length > 1) this.#levels.shift()
    return item
  }

  /** Takes out the one that `peek` answered: since then those of a higher priority may have come before it. */
  drop(item: Item): void {
    const levels = this.#levels
    for (let at = 0; at < levels.length; at++) {
      const { queue } = levels[at]!
      if (queue.peek() !== item) continue
      queue.shift()
      if (queue.size === 0 && levels.length > 1) levels.splice(at, 1)
      return
    }
  }

  /** The first one has had its turn: it stands last among those of its priority. */
  rotate(): void {
    const queue = this.#levels[0]?.queue
    if (queue !== undefined && queue.size > 1) queue.push(queue.shift()!)
  }

  /** Another priority for one that may stand here. Looks at all of its old priority: done when a user asks. */
  move(item: Item, from: number, to: number): void {
    const at = this.#levels.findIndex(level => level.priority === from)
    const old = this.#levels[at]
    if (old === undefined) return
    const others = [...old.queue].filter(each => each !== item)
    if (others.length === old.queue.size) return
    this.#levels.splice(at, 1)
    for (const each of others) this.push(each, from)
    this.push(item, to)
  }

  #level(priority: number): Queue<Item> {
    let at = 0
    for (const { priority: here, queue } of this.#levels) {
      if (here === priority) return queue
      if (here < priority) break
      at += 1
    }
    // The last level stays when it empties, so that one that comes and goes allocates nothing.
    if (this.#levels.length === 1 && this.#levels[0]!.queue.size === 0) {
      this.#levels.length = at = 0
    }
    const queue: Queue<Item> = new Queue()
    this.#levels.splice(at, 0, { priority, queue })
    return queue
  }
}
