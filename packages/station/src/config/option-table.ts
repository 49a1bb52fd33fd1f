/** Options as data: one table says what a parser accepts, what a printed configuration explains and what the page lists. */
import { nearest } from '@skyferry/units'
import type { Place, Problems } from './problems.ts'
import type { Tree, TreeEntry, TreeMap } from './yaml-tree.ts'

/** A value as YAML text: on the line of its name, or below it and indented. */
export type Written =
  | { readonly kind: 'inline'; readonly text: string }
  | { readonly kind: 'block'; readonly lines: readonly string[] }

/** How values are written. */
export interface Writing {
  /** `yamcs`: durations as bare milliseconds and sizes as bare octets, as that configuration has them. */
  readonly style: 'units' | 'yamcs'
  /** The options that have had their comment: one is enough. */
  readonly explained: Set<unknown>
}

/** What values an option takes: how they are read, written and described. */
export interface ValueType<Value> {
  /** What a value is, for people: `a duration (3s; a bare number is ms)`. */
  readonly what: string
  /** @returns undefined after reporting why */
  read(tree: Tree, problems: Problems): Value | undefined
  write(value: Value, writing: Writing): Written
}

/** Where an option comes from. */
export type Origin = 'seed' | 'yamcs' | 'skyferry'

export interface Option<Value> {
  readonly type: ValueType<Value>
  /** One sentence or two, for people. */
  readonly about: string
  /** What holds when nobody says; absent: nothing does. */
  readonly usual?: Value | undefined
  /** In words, where the value alone does not say it. */
  readonly usually?: string
  /** Where that comes from, when `origin` does not say it. */
  readonly usualFrom?: string
  readonly required?: true
  readonly origin?: Origin
}

/** An option for each field of `Values`: one forgotten does not compile. */
export type Table<Values> = {
  readonly [Name in keyof Values]-?: Option<Exclude<Values[Name], undefined>>
}

/** Options that are known and do nothing here, and why. */
export type Ignored = Readonly<Record<string, string>>

/** The options of a table that were given, understood. */
export type Given<Values> = { readonly [Name in keyof Values]?: Values[Name] }

/**
 * Reads what a map says of the options of a table. What is unknown, of the wrong kind or missing is reported; the rest is
 * returned all the same, so that all problems come together.
 */
export function readGiven<Values>(
  entries: TreeMap['entries'],
  around: { readonly path: string; readonly place: Place },
  table: Table<Values>,
  problems: Problems,
  ignored: Ignored = {},
): Given<Values> {
  const given: Record<string, unknown> = {}
  for (const [name, entry] of entries) {
    if (Object.hasOwn(table, name)) {
      const option = table[name as keyof Values]
      const value = option.type.read(entry.value, problems)
      if (value !== undefined) given[name] = value
    } else if (Object.hasOwn(ignored, name)) {
      const text = `has no effect here: ${ignored[name]}`
      problems.warn('option-ignored', entry.place, entry.value.path, text)
    } else {
      reportUnknown(name, entry, [...Object.keys(table), ...Object.keys(ignored)], problems)
    }
  }
  for (const [name, option] of optionsOf(table)) {
    if (option.required === true && !entries.has(name)) {
      const path = around.path === '' ? name : `${around.path}.${name}`
      problems.error('config-missing', around.place, path, `is missing: ${option.about}`)
    }
  }
  return given as Given<Values>
}

/**
 * What holds: what was given, and the usual for the rest. Where a required option is missing the result is incomplete, and
 * nobody is to use it: that has been reported.
 */
export function completed<Values>(given: Given<Values>, table: Table<Values>): Values {
  const values: Record<string, unknown> = { ...given }
  for (const [name, option] of optionsOf(table)) {
    if (values[name] === undefined && option.usual !== undefined) values[name] = option.usual
  }
  return values as Values
}

/** The names and options of a table, in its order. */
export function optionsOf<Values>(table: Table<Values>): [string, Option<unknown>][] {
  return Object.entries(table) as [string, Option<unknown>][]
}

export function reportUnknown(
  name: string,
  entry: TreeEntry,
  names: readonly string[],
  problems: Problems,
): void {
  const near = nearest(name, names)
  const hint = near === undefined ? `known here: ${names.join(', ')}` : `did you mean '${near}'?`
  problems.error('config-unknown-option', entry.place, entry.value.path, `is not an option: ${hint}`)
}
