import { type Millis, NEVER } from './contract.ts'

/**
 * A handful of named deadlines: what an engine or one transaction waits for. While paused, nothing is due and
 * each timer keeps the time it had left, as Suspend and a closed link ask; `resume` gives it back. Some may run on.
 */
export class Timers<Name extends string> {
  readonly #due: Map<Name, Millis> = new Map()
  #earliest: Millis = NEVER
  /** While paused: how long each timer still had. */
  #left: Map<Name, number> | undefined
  /** While paused: timers that run all the same. */
  #running: ReadonlySet<Name> = new Set()

  /** (Re)arms a timer. While paused it is kept with the time it would have had from `now`. */
  set(name: Name, due: Millis, now: Millis): void {
    if (this.#left !== undefined && !this.#running.has(name)) {
      this.#left.set(name, Math.max(0, due - now))
      return
    }
    const before = this.#due.get(name)
    if (before === due) return
    this.#due.set(name, due)
    if (due <= this.#earliest) this.#earliest = due
    else if (before === this.#earliest) this.#settle()
  }

  stop(name: Name): void {
    this.#left?.delete(name)
    const before = this.#due.get(name)
    if (before === undefined) return
    this.#due.delete(name)
    if (before === this.#earliest) this.#settle()
  }

  /** Forgets every timer, and is not paused any longer. */
  stopAll(): void {
    this.#left = undefined
    this.#due.clear()
    this.#earliest = NEVER
  }

  /** When this timer fires; NEVER when it is not set or is paused. */
  due(name: Name): Millis {
    return this.#due.get(name) ?? NEVER
  }

  isSet(name: Name): boolean {
    return this.#due.has(name) || (this.#left?.has(name) ?? false)
  }

  earliest(): Millis {
    return this.#earliest
  }

  /** Takes one timer that is due, the earliest first; call until it answers undefined. */
  expire(now: Millis): Name | undefined {
    if (this.#earliest > now) return undefined
    for (const [name, due] of this.#due) {
      if (due === this.#earliest) {
        this.stop(name)
        return name
      }
    }
    return undefined
  }

  get paused(): boolean {
    return this.#left !== undefined
  }

  /**
   * Timers stand still, but for those `running`. May be called again with others to run.
   * @param running timers that wait for nobody but ourselves
   */
  pause(now: Millis, running: ReadonlySet<Name> = new Set()): void {
    this.#left ??= new Map()
    this.#running = running
    for (const [name, due] of [...this.#due]) {
      if (running.has(name)) continue
      this.#left.set(name, Math.max(0, due - now))
      this.#due.delete(name)
    }
    for (const [name, remaining] of [...this.#left]) {
      if (!running.has(name)) continue
      this.#left.delete(name)
      this.#due.set(name, (now + remaining) as Millis)
    }
    this.#settle()
  }

  resume(now: Millis): void {
    const left = this.#left
    if (left === undefined) return
    this.#left = undefined
    for (const [name, remaining] of left) this.set(name, (now + remaining) as Millis, now)
  }

  #settle(): void {
    let earliest: Millis = NEVER
    for (const due of this.#due.values()) if (due < earliest) earliest = due
    this.#earliest = earliest
  }
}
