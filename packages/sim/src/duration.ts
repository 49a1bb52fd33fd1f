import type { Millis } from '@skyferry/engine'

/** Durations and moments as one says them. */
export function seconds(count: number): Millis {
  return (count * 1000) as Millis
}

export function minutes(count: number): Millis {
  return (count * 60_000) as Millis
}

export function hours(count: number): Millis {
  return (count * 3_600_000) as Millis
}
