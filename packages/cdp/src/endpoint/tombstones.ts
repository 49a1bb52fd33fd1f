import { type Millis, NEVER } from '@skyferry/engine'

/** Addresses whose connection has ended (section 5.3), oldest first; all of them stay for the same time. */
export class Tombstones {
  readonly #most: number
  readonly #lifetime: Millis
  readonly #until: Map<string, Millis> = new Map()

  constructor(most: number, lifetime: Millis) {
    this.#most = most
    this.#lifetime = lifetime
  }

  get size(): number {
    return this.#until.size
  }

  bury(key: string, now: Millis): void {
    // Anew, so that the order of the map stays that of time.
    this.#until.delete(key)
    this.#until.set(key, (now + this.#lifetime) as Millis)
    if (this.#until.size > this.#most) this.#until.delete(this.#until.keys().next().value!)
  }

  has(key: string, now: Millis): boolean {
    return (this.#until.get(key) ?? -Infinity) > now
  }

  /** Forgets those whose time is over. */
  expire(now: Millis): void {
    for (const [key, until] of this.#until) {
      if (until > now) return
      this.#until.delete(key)
    }
  }

  deadline(): Millis {
    for (const until of this.#until.values()) return until
    return NEVER
  }
}
