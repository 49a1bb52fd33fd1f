/** Numbers on a circle: 0, 1 … 2^bits - 1, and then 0 again (serial number arithmetic, as in RFC 1982). */
export interface Serial {
  /** The one after `number`. */
  next(number: number): number
  /**
   * Does `a` come before `b`, by the shorter way round? Of two that stand opposite, neither does; then, and for equal
   * numbers, `precedes` is false both ways.
   */
  precedes(a: number, b: number): boolean
  /** How many times `next` leads from `from` to `to`: 0 to 2^bits - 1. */
  distance(from: number, to: number): number
}

/** @param bits 8 to 32 */
export function serial(bits: number): Serial {
  if (!Number.isInteger(bits) || bits < 8 || bits > 32) throw new RangeError(`a circle of ${bits} bits`)
  const mask = 2 ** bits - 1
  const half = 2 ** (bits - 1)
  const distance = (from: number, to: number): number => ((to - from) & mask) >>> 0
  return {
    next: number => ((number + 1) & mask) >>> 0,
    precedes: (a, b) => {
      const ahead = distance(a, b)
      return ahead > 0 && ahead < half
    },
    distance,
  }
}
