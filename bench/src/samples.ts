/** What a handful of runs of one measurement amount to. */
export interface Summary {
  readonly runs: number
  readonly min: number
  readonly median: number
  readonly mean: number
  readonly max: number
}

/** @param samples at least one */
export function summarise(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return {
    runs: sorted.length,
    min: sorted[0]!,
    median: sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    mean: sorted.reduce((sum, sample) => sum + sample, 0) / sorted.length,
    max: sorted[sorted.length - 1]!,
  }
}
