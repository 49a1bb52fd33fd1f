/** Which packets the next round asks for: many holes, few intervals (reference 12.1.7). */
import { assert } from '@skyferry/engine'
import type { Range, RangeSet } from '@skyferry/octets'
import { type Interval, intervalOf } from '../common/packets.ts'

/** What things cost on this link, in milliseconds. */
export interface RoundCosts {
  /** One packet that was not needed. */
  readonly packetMs: number
  /** One interval more: a C server waits a round of its pacing before each. */
  readonly intervalMs: number
  /** One round more: handshake, request, response, the wait before the first packet and after the last. */
  readonly roundMs: number
}

/** Holes looked at for one request; what lies behind them waits for a later round. */
const HOLES_MAX = 4096

/**
 * The packets that hold what is wanted and missing, as holes: apart from each other, ascending.
 *
 * @param held   octets that have arrived
 * @param wanted octets that are wanted, within the payload
 */
export function holesOf(
  held: RangeSet,
  wanted: readonly Range[],
  chunk: number,
  limit: number = HOLES_MAX,
): Interval[] {
  const holes: Interval[] = []
  for (const { from, to } of wanted) {
    for (const gap of held.gapsWithin(from, to, limit - holes.length)) {
      const hole = intervalOf(gap, chunk)!
      const last = holes.at(-1)
      // Two ranges of octets may meet in one packet, or in two neighbours.
      if (last !== undefined && hole.start <= last.end + 1) {
        holes[holes.length - 1] = { start: last.start, end: Math.max(last.end, hole.end) }
      } else holes.push(hole)
    }
    if (holes.length >= limit) break
  }
  return holes
}

/**
 * The intervals to ask for now, ascending, so that the one that ends highest is sent last, and what has arrived grows from
 * the front. Joining two holes costs the packets between them, and saves an interval and a share of a round.
 *
 * @param holes ascending, apart from each other, at least one
 * @param slots intervals that one request has room for, at least one
 */
export function chooseIntervals(holes: readonly Interval[], slots: number, costs: RoundCosts): Interval[] {
  assert(holes.length > 0 && slots > 0, 'a request asks for something')
  const gaps = holes
    .slice(1)
    .map((hole, index) => ({ after: index, packets: hole.start - holes[index]!.end - 1 }))
    .sort((one, other) => one.packets - other.packets || one.after - other.after)
  const joined = cheapestJoins(
    gaps.map(({ packets }) => packets),
    slots,
    costs,
  )
  const bridged = new Set(gaps.slice(0, joined).map(({ after }) => after))
  const intervals: Interval[] = []
  for (let index = 0; index < holes.length; index++) {
    let end = index
    while (bridged.has(end)) end += 1
    if (intervals.length === slots) break
    intervals.push({ start: holes[index]!.start, end: holes[end]!.end })
    index = end
  }
  return intervals
}

/** How many of the smallest gaps are worth closing: the number that makes the whole repair cheapest. */
function cheapestJoins(gaps: readonly number[], slots: number, costs: RoundCosts): number {
  let best = 0
  let least = Infinity
  let waste = 0
  for (let joined = 0; joined <= gaps.length; joined++) {
    if (joined > 0) waste += gaps[joined - 1]!
    const intervals = gaps.length + 1 - joined
    const cost =
      waste * costs.packetMs + intervals * costs.intervalMs + Math.ceil(intervals / slots) * costs.roundMs
    if (cost < least) {
      least = cost
      best = joined
    }
  }
  return best
}
