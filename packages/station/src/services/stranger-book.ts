/** Which entities spoke to us, or of us, and are not listed. */
const STRANGERS_MAX = 16

export class StrangerBook {
  readonly #met: Map<string, number> = new Map()

  /** @param route as `9 → 11` */
  meet(route: string): void {
    if (this.#met.size < STRANGERS_MAX || this.#met.has(route))
      this.#met.set(route, (this.#met.get(route) ?? 0) + 1)
  }

  /** Those since the last call. */
  take(): string[] {
    const met = [...this.#met.keys()]
    this.#met.clear()
    return met
  }
}
