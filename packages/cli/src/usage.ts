/** What ends a command, and the status its process exits with. */
import { suggestion, UnitError } from '@skyferry/units'

export { nearest } from '@skyferry/units'

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

  /** What a program would want to read in the text. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(
    code: string,
    text: string,
    exit: Exit,
    cause?: unknown,
    fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(text, cause === undefined ? undefined : { cause })
    this.code = code
    this.exit = exit
    this.fields = fields
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
 * Reads the text of one option (or the texts of a repeated one), or nothing when it was not given.
 * @throws {UsageError} in the words of `parse`, with the name of the option in front
 */
export function option<Value, Text = string>(
  name: string,
  text: Text | undefined,
  parse: (text: Text) => Value,
): Value | undefined {
  if (text === undefined) return undefined
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnitError) {
      throw new UsageError(`${name}: ${error.message}`)
    }
    throw error
  }
}

/** The same parser, whose complaints are wrong usage. */
export function asUsage<Args extends readonly unknown[], Value>(
  parse: (...args: Args) => Value,
): (...args: Args) => Value {
  return (...args) => {
    try {
      return parse(...args)
    } catch (error) {
      if (error instanceof UnitError) throw new UsageError(error.message)
      throw error
    }
  }
}

/**
 * One of `names`, spelled exactly.
 * @throws {UsageError} naming the nearest one, or all of them
 */
export function oneOf<Name extends string>(text: string, names: readonly Name[]): Name {
  const found = names.find(name => name === text)
  if (found !== undefined) return found
  throw new UsageError(`'${text}' is not known: ${suggestion(text, names)}`)
}
