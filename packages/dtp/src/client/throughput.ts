/** The rate that the next round asks for, from what the last one showed (reference 12.1.12). */

/** What one round was like. */
export interface RoundFigures {
  /** Octets of payload per second that were asked for. */
  readonly asked: number
  /** Packets that were to come, and those of them that did. */
  readonly expected: number
  readonly arrived: number
  /** Runs of neighbouring packets that did not: as many as there were losses, if each stood alone. */
  readonly lossRuns: number
  /** Octets per second at which data arrived, or 0 where too few did. */
  readonly arrivalRate: number
}

/** Fewer packets say nothing about a link. */
const PACKETS_MIN = 50
/** Mean length of a run of losses from which on it looks like a queue that overflowed, not like a radio. */
const BURST_MIN = 4

/**
 * Losses that stand alone are the radio's and stay as they are at any rate: keep it. Losses in bursts, or data that come in
 * slower than they were asked for, are a queue's: ask for what came through. No loss at all: ask for half as much again.
 *
 * @param cap never above this
 */
export function nextThroughput(figures: RoundFigures, cap: number): number {
  const { asked, expected, arrived, lossRuns, arrivalRate } = figures
  if (expected < PACKETS_MIN) return asked
  const lost = expected - arrived
  if (lost <= 0) return Math.min(cap, asked * 1.5)
  const isCongested = lost / expected > 0.02 && lost / Math.max(1, lossRuns) >= BURST_MIN
  if (!isCongested) return Math.min(cap, asked)
  const through = arrivalRate > 0 ? arrivalRate * 0.95 : asked * 0.7
  return Math.max(1, Math.min(cap, asked * 0.9, Math.max(through, asked * 0.3)))
}
