/** What an execution did, as features: each statement and branch counter in a bucket of powers of two. */

const BUCKETS = 8

export class Coverage {
  #counters
  #seen
  #features = 0

  /** Takes over the counters of every module loaded so far: one array for all, to be cleared and scanned at once. */
  constructor() {
    const files = Object.values(globalThis.__coverage__ ?? {})
    const sizes = files.flatMap(({ s, b }) => [
      Object.keys(s).length,
      ...Object.values(b).map(each => each.length),
    ])
    this.#counters = new Uint32Array(sizes.reduce((sum, size) => sum + size, 0))
    this.#seen = new Uint8Array(this.#counters.length * BUCKETS)
    let at = 0
    const part = size => this.#counters.subarray(at, (at += size))
    for (const file of files) {
      file.s = part(Object.keys(file.s).length)
      for (const id of Object.keys(file.b)) file.b[id] = part(file.b[id].length)
    }
  }

  /** Features met since the beginning. */
  get features() {
    return this.#features
  }

  /** Forgets what was met, so that inputs can be weighed anew. */
  forget() {
    this.#seen.fill(0)
    this.#features = 0
  }

  reset() {
    this.#counters.fill(0)
  }

  /** How many features the execution since `reset` met that none before it had met. */
  collect() {
    const counters = this.#counters
    const seen = this.#seen
    let fresh = 0
    for (let index = 0; index < counters.length; index++) {
      const count = counters[index]
      if (count === 0) continue
      const feature = index * BUCKETS + Math.min(BUCKETS - 1, 31 - Math.clz32(count))
      if (seen[feature] !== 0) continue
      seen[feature] = 1
      fresh += 1
    }
    this.#features += fresh
    return fresh
  }
}
