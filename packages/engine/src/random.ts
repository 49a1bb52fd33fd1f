/**
 * Seeded chance. The same seed gives the same numbers on every machine, so a run is its seed.
 * xoshiro128** seeded through splitmix32; not for secrets.
 */
export class Random {
  readonly #state: Uint32Array = new Uint32Array(4)

  /** @param seed any integer up to 2^53; its low and high halves both count */
  constructor(seed: number) {
    let mix = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) >>> 0
    for (let index = 0; index < 4; index++) {
      mix = (mix + 0x9e3779b9) >>> 0
      let z = mix
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      this.#state[index] = z ^ (z >>> 15)
    }
    if (this.#state.every(word => word === 0)) this.#state[0] = 1
  }

  /** 32 uniform bits, unsigned. */
  bits(): number {
    const s = this.#state
    const s1 = s[1]!
    const product = Math.imul(s1, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    s[2]! ^= s[0]!
    s[3]! ^= s1
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= s1 << 9
    s[3] = (s[3]! << 11) | (s[3]! >>> 21)
    return result
  }

  /** Uniform in [0, 1), 53 bits. */
  unit(): number {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992
  }

  /** A whole number in [from, to). */
  whole(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from))
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.unit() < probability
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.whole(0, items.length)]!
  }

  /** Fills `target` with random octets. */
  fill(target: Uint8Array): void {
    for (let index = 0; index < target.length; index++) target[index] = this.bits()
  }

  /** An independent stream named by `label`, so that adding a consumer does not move the others. */
  fork(label: string): Random {
    let hash = 0x811c9dc5
    for (let index = 0; index < label.length; index++) {
      hash = Math.imul(hash ^ label.charCodeAt(index), 0x01000193) >>> 0
    }
    return new Random((hash ^ this.#state[0]!) * 2097152 + (this.#state[3]! >>> 11))
  }
}
