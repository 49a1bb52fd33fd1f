/** Reading what a client sent. What is wrong with it is a value, in one sentence that names the field. */

export interface Problem {
  readonly kind: 'problem'
  readonly reason: string
}

export function problem(reason: string): Problem {
  return { kind: 'problem', reason }
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'problem'
}

/** Says what is wrong with a value, or gives it back as what it is. */
export type Check<Value> = (value: unknown) => Value | Problem

const TEXT_MAX = 4096
const LIST_MAX = 10_000

/**
 * The fields of one object. It remembers the first problem and goes on with harmless values, so that whoever reads
 * reads straight down and asks once, at the end.
 */
export class Reader {
  readonly #fields: Readonly<Record<string, unknown>>
  #problem: Problem | undefined

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields
  }

  get problem(): Problem | undefined {
    return this.#problem
  }

  required<Value>(name: string, check: Check<Value>): Value {
    if (this.#fields[name] === undefined) this.#problem ??= problem(`${name} is missing`)
    return this.optional(name, check) as Value
  }

  optional<Value>(name: string, check: Check<Value>): Value | undefined {
    const value = this.#fields[name]
    if (value === undefined) return undefined
    const checked = check(value)
    if (!isProblem(checked)) return checked
    this.#problem ??= problem(`${name} ${checked.reason}`)
    return undefined
  }

  /** The field under its own name, for spreading; nothing when it is absent. */
  given<Name extends string, Value>(name: Name, check: Check<Value>): { readonly [N in Name]?: Value } {
    const value = this.optional(name, check)
    return (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: Value }
  }

  readonly text: Check<string> = value => {
    if (typeof value !== 'string' || value === '') return problem('is not a text')
    return value.length > TEXT_MAX ? problem(`is longer than ${TEXT_MAX} characters`) : value
  }

  readonly flag: Check<boolean> = value =>
    typeof value === 'boolean' ? value : problem('is neither true nor false')

  /** A date and time, given back in UTC. */
  readonly time: Check<string> = value => {
    const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/.test(value)
    return isTime ? value : problem('is not a time in UTC, such as 2026-01-31T12:00:00Z')
  }

  /** A whole number that stands in a text. */
  numeral(least: number, most: number): Check<number> {
    return value => {
      const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
      if (typeof number !== 'number' || !Number.isSafeInteger(number)) return problem('is not a whole number')
      return number < least || number > most ? problem(`is not between ${least} and ${most}`) : number
    }
  }

  readonly idText: Check<string> = value =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? value : problem('is not an id')

  number(least: number, most: number): Check<number> {
    return value => {
      if (typeof value !== 'number' || Number.isNaN(value)) return problem('is not a number')
      return value < least || value > most ? problem(`is not between ${least} and ${most}`) : value
    }
  }

  oneOf<const Value extends string | number>(values: readonly Value[]): Check<Value> {
    return value =>
      values.find(each => each === value) ?? problem(`is none of ${values.map(String).join(', ')}`)
  }

  listOf<Value>(check: Check<Value>): Check<Value[]> {
    return value => {
      if (!Array.isArray(value)) return problem('is not a list')
      if (value.length > LIST_MAX) return problem(`has more than ${LIST_MAX} entries`)
      const list: Value[] = []
      for (const each of value) {
        const checked = check(each)
        if (isProblem(checked)) return problem(`has an entry that ${checked.reason}`)
        list.push(checked)
      }
      return list
    }
  }

  nested<Value>(check: Check<Value>): Check<Value> {
    return value => {
      const checked = check(value)
      return isProblem(checked) ? problem(`is not right: ${checked.reason}`) : checked
    }
  }

  /** `null` stands for "none", and anything else is checked. */
  orNull<Value>(check: Check<Value>): Check<Value | null> {
    return value => (value === null ? null : check(value))
  }
}

/** Reads an object of known fields; one that is not known is a problem, since it may be a slip of the finger. */
export function readObject<Value>(
  value: unknown,
  known: readonly string[],
  read: (reader: Reader) => Value,
): Value | Problem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return problem('this is not an object')
  const fields = value as Record<string, unknown>
  const unknown = Object.keys(fields).find(name => !known.includes(name))
  if (unknown !== undefined) return problem(`${unknown} is not known; there are ${known.join(', ')}`)
  const reader = new Reader(fields)
  const result = read(reader)
  return reader.problem ?? result
}
