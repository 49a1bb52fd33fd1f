/**
 * What becomes of the k-th sending of the n-th segment, decided by a seed and nothing else. Two protocols that meet
 * the same fates differ by what they do, not by their luck: with few seeds, luck alone moves L2 by six per cent.
 */
export class Fates {
  readonly #seed: number
  readonly #threshold: number

  constructor(seed: number, loss: number) {
    this.#seed = mix(seed ^ 0x5eed)
    this.#threshold = loss * 2 ** 32
  }

  /** @param attempt 0 for the first sending */
  isLost(segment: number, attempt: number): boolean {
    return mix(mix(segment ^ this.#seed) + Math.imul(attempt + 1, 0x9e3779b1)) < this.#threshold
  }
}

/** A 32-bit hash in which every bit of the input moves every bit of the result. */
function mix(value: number): number {
  let z = (value + 0x9e3779b9) | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}
