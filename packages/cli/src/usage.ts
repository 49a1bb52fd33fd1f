/** What ends a command, and the status its process exits with. */

/** Exit statuses, the same for every command. */
export const Exit = {
  /** Done and verified. */
  Done: 0,
  /** The transfer failed. */
  Failed: 1,
  /** Wrong usage or configuration. */
  Usage: 2,
  /** The station or peer cannot be reached. */
  Unreachable: 3,
  /** Ended by SIGINT. */
  Interrupted: 130,
} as const
export type Exit = (typeof Exit)[keyof typeof Exit]

/** A command that cannot go on: `text` names the option or file at fault, `exit` is the status of the process. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  readonly code: string
  readonly exit: Exit

  constructor(code: string, text: string, exit: Exit, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.code = code
    this.exit = exit
  }
}

/** Wrong usage: exit status 2. */
export class UsageError extends CommandError {
  override readonly name: string = 'UsageError'

  constructor(text: string) {
    super('usage', text, Exit.Usage)
  }
}

/**
 * Reads the text of one option, or nothing when it was not given.
 * @throws {UsageError} in the words of `parse`, with the name of the option in front
 */
export function option<Value>(
  name: string,
  text: string | undefined,
  parse: (text: string) => Value,
): Value | undefined {
  if (text === undefined) return undefined
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${name}: ${error.message}`)
    throw error
  }
}

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

/**
 * One of `names`, spelled exactly.
 * @throws {UsageError} naming the nearest one, or all of them
 */
export function oneOf<Name extends string>(text: string, names: readonly Name[]): Name {
  const found = names.find(name => name === text)
  if (found !== undefined) return found
  const near = nearest(text, names)
  const hint = near === undefined ? `one of ${names.join(', ')}` : `did you mean '${near}'?`
  throw new UsageError(`'${text}' is not known: ${hint}`)
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
