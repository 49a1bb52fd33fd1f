/**
 * How far the busiest and the idlest second were from the rate, as a share of it.
 *
 * A datagram is indivisible, and at 1.2 kbit/s one of 92 octets is six tenths of a second; so each is counted as a medium
 * of exactly this rate would carry it: evenly, from the moment it was handed over, for as long as its bits take. A perfect
 * pacer then has an error of 0 at any rate, one that sends too early overlaps, one that sends too late leaves holes.
 *
 * @param departuresMs when each datagram was handed over, ascending
 * @param datagramMs   how long one takes at the rate; all are of one size
 * @param windowMs     a second, unless a test is shorter
 * @returns undefined when there is no whole window in what was measured
 */
export function worstError(
  departuresMs: readonly number[],
  datagramMs: number,
  windowMs: number = 1000,
): number | undefined {
  const first = departuresMs[0]
  const last = departuresMs.at(-1)
  if (first === undefined || last === undefined || last + datagramMs - first < windowMs) return undefined
  const carried = carriedBy(departuresMs, datagramMs)
  let worst = 0
  // The amount carried in a sliding window is linear between those moments at which either edge meets a start or an end.
  for (const departure of departuresMs) {
    for (const edge of [departure, departure + datagramMs]) {
      for (const from of [edge, edge - windowMs]) {
        if (from < first || from + windowMs > last + datagramMs) continue
        worst = Math.max(worst, Math.abs((carried(from + windowMs) - carried(from)) / windowMs - 1))
      }
    }
  }
  return worst
}

/** Milliseconds of transmission carried up to a time. */
function carriedBy(departuresMs: readonly number[], datagramMs: number): (time: number) => number {
  const sums = new Float64Array(departuresMs.length + 1)
  for (let index = 0; index < departuresMs.length; index++) {
    sums[index + 1] = sums[index]! + departuresMs[index]! - departuresMs[0]!
  }
  const begunBy = (time: number): number => {
    let low = 0
    let high = departuresMs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (departuresMs[middle]! <= time) low = middle + 1
      else high = middle
    }
    return low * (time - departuresMs[0]!) - sums[low]!
  }
  return time => begunBy(time) - begunBy(time - datagramMs)
}
