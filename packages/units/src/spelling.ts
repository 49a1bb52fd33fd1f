/** What somebody probably meant to write. */

/**
 * The nearest of `names`, for "did you mean"; undefined when none is near.
 * Nearness is the number of slips of the finger, at most two fifths of the word.
 */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length * 0.4)) + 1
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase())
    if (distance < least) {
      least = distance
      best = name
    }
  }
  return best
}

/** The end of a sentence about an unknown word: `did you mean 'loss'?`, else all that it could have been. */
export function suggestion(word: string, names: readonly string[]): string {
  const near = nearest(word, names)
  return near === undefined ? `one of ${names.join(', ')}` : `did you mean '${near}'?`
}

/** Letters to insert, remove, change or swap with their neighbour. */
function editDistance(source: string, target: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: target.length + 1 }, (_, index) => index)
  for (let row = 1; row <= source.length; row++) {
    const current = [row]
    for (let column = 1; column <= target.length; column++) {
      const change = source[row - 1] === target[column - 1] ? 0 : 1
      let least = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + change)
      const isSwap = source[row - 1] === target[column - 2] && source[row - 2] === target[column - 1]
      if (row > 1 && column > 1 && isSwap) least = Math.min(least, beforeLast[column - 2]! + 1)
      current.push(least)
    }
    beforeLast = last
    last = current
  }
  return last[target.length]!
}
