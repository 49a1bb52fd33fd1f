/** What two engines stand on when nothing but themselves is to be measured. */
import type { Alarm, Clock, Millis, Store } from '@skyferry/engine'

/**
 * One thread's own event loop, without a host's: what is deferred runs in order, alarms ring on time. While there is
 * work, time is this machine's; while there is none, it jumps to the next alarm, because waiting is not work.
 */
export class Workbench implements Clock {
  #tasks: (() => void)[] = []
  readonly #alarms: Set<{ readonly when: Millis; readonly ring: () => void }> = new Set()
  #skippedMs = 0

  now(): Millis {
    return (performance.now() + this.#skippedMs) as Millis
  }

  at(when: Millis, ring: () => void): Alarm {
    const alarm = { when, ring }
    if (when < Infinity) this.#alarms.add(alarm)
    return { cancel: () => this.#alarms.delete(alarm) }
  }

  readonly defer = (task: () => void): void => {
    this.#tasks.push(task)
  }

  /** Runs until `isDone`; throws when everything waits for something that will never come. */
  run(isDone: () => boolean): void {
    while (!isDone()) {
      const tasks = this.#tasks
      this.#tasks = []
      for (const task of tasks) task()
      if (this.#tasks.length > 0 && this.#alarms.size === 0) continue
      const next = this.#next()
      if (next === undefined) {
        if (this.#tasks.length === 0) throw new Error('both engines wait, for nothing')
        continue
      }
      if (this.#tasks.length === 0) this.#skippedMs += Math.max(0, next.when - this.now())
      if (next.when <= this.now()) {
        this.#alarms.delete(next)
        next.ring()
      }
    }
  }

  #next(): { readonly when: Millis; readonly ring: () => void } | undefined {
    let next: { readonly when: Millis; readonly ring: () => void } | undefined
    for (const alarm of this.#alarms) if (next === undefined || alarm.when < next.when) next = alarm
    return next
  }
}

/** A store that remembers nothing and says so at once: the cost of records without the cost of a disk. */
export class InstantStore<Kept> implements Store<Kept> {
  readonly #defer: (task: () => void) => void
  #events: { durable(count: number): void } | undefined
  #count = 0
  #told = 0

  constructor(defer: (task: () => void) => void) {
    this.#defer = defer
  }

  get count(): number {
    return this.#count
  }

  keep(_record: Kept): void {
    this.#count += 1
    if (this.#count === this.#told + 1) this.#defer(this.#tell)
  }

  open(events: { durable(count: number): void }): void {
    this.#events = events
  }

  readonly #tell = (): void => {
    this.#told = this.#count
    this.#events?.durable(this.#count)
  }
}
