import { assert, type Store } from '@skyferry/engine'
import { type StoreError, storeErrorOf } from './store-error.ts'

/** What surrounds a store's commits. */
export interface CommitHooks {
  /** Awaited before each commit: makes durable what the records speak of (a filestore's `syncDirty`). */
  readonly beforeCommit?: () => Promise<void>
  /** A commit failed and is tried again until it succeeds; nothing is confirmed meanwhile. */
  readonly onError?: (error: StoreError) => void
}

/** Items that are committed together. */
export interface Group<Item> {
  readonly items: readonly Item[]
  /** The items are all there is: what was committed before goes. */
  readonly replaces: boolean
}

interface OpenGroup<Item> extends Group<Item> {
  items: Item[]
  replaces: boolean
  /** Kept records this group makes durable; with `replaces` their effect is in its items. */
  counted: number
  readonly waiting: { resolve(): void; reject(failure: unknown): void }[]
}

const RETRY_FIRST_MS = 250
const RETRY_MAX_MS = 5000

/**
 * Group commit of whatever waits: while one group is being committed the next one gathers. One commit is under way at a
 * time, so records become durable in the order they were kept.
 */
export class GroupCommit<Kept, Item> implements Store<Kept> {
  readonly #encode: (record: Kept) => Item
  readonly #commit: (group: Group<Item>) => Promise<void>
  readonly #hooks: CommitHooks
  #next: OpenGroup<Item> = openGroup()
  #durable = 0
  #events: { durable(count: number): void } | undefined
  #running: Promise<void> | undefined
  #isClosing = false
  #wake: () => void = () => {}

  /** @param encode makes of a record what is committed, at once: the record may change later */
  constructor(
    encode: (record: Kept) => Item,
    commit: (group: Group<Item>) => Promise<void>,
    hooks: CommitHooks,
  ) {
    this.#encode = encode
    this.#commit = commit
    this.#hooks = hooks
  }

  open(events: { durable(count: number): void }): void {
    this.#events = events
  }

  keep(record: Kept): void {
    assert(!this.#isClosing, 'nothing is kept once the store is closing')
    this.#next.items.push(this.#encode(record))
    this.#next.counted += 1
    this.#start()
  }

  /** Resolves when `records` have taken the place of all that was kept before this call. */
  replace(records: Iterable<Kept>): Promise<void> {
    this.#next.items = [...records].map(this.#encode)
    this.#next.replaces = true
    return this.#settled()
  }

  /** Resolves when all that was kept before this call is durable. */
  flush(): Promise<void> {
    return this.#running === undefined && this.#next.counted === 0 ? Promise.resolve() : this.#settled()
  }

  /** Flushes, with one try where it fails. Rejects with a `StoreError` when records are lost by that. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#wake()
    await this.#running
  }

  #settled(): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => this.#next.waiting.push({ resolve, reject }))
    this.#start()
    return settled
  }

  #start(): void {
    // Not in this call: a burst of records is one group.
    this.#running ??= Promise.resolve().then(() => this.#run())
  }

  /** Rejects when closing failed; and when `durable` threw, which is a mistake of ours and nobody's to swallow. */
  async #run(): Promise<void> {
    try {
      while (this.#next.counted > 0 || this.#next.waiting.length > 0) {
        const group = this.#next
        this.#next = openGroup()
        await this.#commitAtLast(group).catch(failure => {
          // Only closing gives up, and then nothing else will come of what waits either.
          for (const { reject } of [...group.waiting, ...this.#next.waiting]) reject(failure)
          throw failure
        })
        this.#durable += group.counted
        this.#events?.durable(this.#durable)
        for (const { resolve } of group.waiting) resolve()
      }
    } finally {
      // In the same breath as the last look at what waits: whatever is kept after that starts another run.
      this.#running = undefined
    }
  }

  async #commitAtLast(group: OpenGroup<Item>): Promise<void> {
    for (let delay = RETRY_FIRST_MS; ; delay = Math.min(2 * delay, RETRY_MAX_MS)) {
      try {
        await this.#hooks.beforeCommit?.()
        if (group.items.length > 0 || group.replaces) await this.#commit(group)
        return
      } catch (error) {
        const failure = storeErrorOf(error)
        if (this.#isClosing) throw failure
        this.#hooks.onError?.(failure)
      }
      await this.#pause(delay)
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, delayMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function openGroup<Item>(): OpenGroup<Item> {
  return { items: [], replaces: false, counted: 0, waiting: [] }
}
