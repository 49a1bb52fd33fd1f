/** Values made of others: lists, maps of options, maps from names. */
import {
  completed,
  type Ignored,
  type Option,
  optionsOf,
  readGiven,
  type Table,
  type ValueType,
  type Writing,
  type Written,
} from './option-table.ts'
import type { Problems } from './problems.ts'
import { inline, refuseType, yamlText } from './value-types.ts'
import type { Tree, TreeMap } from './yaml-tree.ts'

/** A list whose items are all alike; those that cannot be read are reported and left out. Nothing written is the empty list. */
export function listOf<Value>(item: ValueType<Value>, most: number = 1000): ValueType<readonly Value[]> {
  return {
    what: `a list; each item: ${item.what}`,
    read: (tree, problems) => {
      if (tree.kind === 'scalar' && tree.value === null) return []
      if (tree.kind !== 'list') return refuseType(tree, 'a list', problems)
      if (tree.items.length > most) {
        const text = `has ${tree.items.length} items, more than ${most}`
        problems.error('config-bad-value', tree.place, tree.path, text)
        return undefined
      }
      return tree.items.map(each => item.read(each, problems)).filter(each => each !== undefined)
    },
    write: (values, writing) => {
      const written = values.map(value => item.write(value, writing))
      const texts = written.map(each => (each.kind === 'inline' ? each.text : undefined))
      if (!texts.includes(undefined)) return inline(`[${texts.join(', ')}]`)
      return { kind: 'block', lines: written.flatMap(asItem) }
    },
  }
}

/** One item of a block list; comments before its first line stand before its dash. */
export function asItem(written: Written): string[] {
  if (written.kind === 'inline') return [`- ${written.text}`]
  const first = written.lines.findIndex(line => !line.startsWith('#'))
  return written.lines.map((line, index) => {
    if (index < first) return line
    return index === first ? `- ${line}` : `  ${line}`
  })
}

/** Reads a tree as a map; nothing written is the empty map. */
export function asMap(tree: Tree, what: string, problems: Problems): TreeMap | undefined {
  if (tree.kind === 'map') return tree
  if (tree.kind === 'scalar' && tree.value === null) {
    return { kind: 'map', entries: new Map(), place: tree.place, path: tree.path }
  }
  return refuseType(tree, what, problems)
}

/** A map of the options of a table. Unusable, and so undefined, when a required one is missing or wrong. */
export function fieldsOf<Values>(
  what: string,
  table: Table<Values>,
  ignored: Ignored = {},
): ValueType<Values> {
  return {
    what,
    read: (tree, problems) => {
      const map = asMap(tree, what, problems)
      if (map === undefined) return undefined
      const values = completed(readGiven(map.entries, map, table, problems, ignored), table)
      const isUsable = optionsOf(table).every(
        ([name, option]) => option.required !== true || values[name as keyof Values] !== undefined,
      )
      if (!isUsable) return undefined
      problems.cameFrom(values as object, tree.path)
      return values
    },
    write: (values, writing) => ({ kind: 'block', lines: writeFields(values, table, writing) }),
  }
}

/** A map from names that are not options (streams, say) to values that are alike. */
export function mapOf<Key extends string, Value>(
  what: string,
  readKey: (key: string) => Key | { readonly wrong: string },
  value: ValueType<Value>,
): ValueType<ReadonlyMap<Key, Value>> {
  return {
    what,
    read: (tree, problems) => {
      const map = asMap(tree, what, problems)
      if (map === undefined) return undefined
      const values = new Map<Key, Value>()
      for (const [name, entry] of map.entries) {
        const key = readKey(name)
        const read = value.read(entry.value, problems)
        if (typeof key === 'object') {
          problems.error('config-unknown-option', entry.place, entry.value.path, key.wrong)
        } else if (read !== undefined) {
          values.set(key, read)
        }
      }
      return values
    },
    write: (values, writing) => {
      if (values.size === 0) return inline('{}')
      const lines = [...values].flatMap(([key, each]) =>
        writeField(yamlText(key), value.write(each, writing)),
      )
      return { kind: 'block', lines }
    },
  }
}

/** Every option of the table that has a value, each with its comment the first time. */
export function writeFields<Values>(values: Values, table: Table<Values>, writing: Writing): string[] {
  const lines: string[] = []
  for (const [name, option] of optionsOf(table)) {
    const value = values[name as keyof Values]
    if (value === undefined) continue
    if (!writing.explained.has(option)) lines.push(...explain(option, writing))
    writing.explained.add(option)
    lines.push(...writeField(name, option.type.write(value, writing)))
  }
  return lines
}

export function writeField(name: string, written: Written): string[] {
  if (written.kind === 'inline') return [`${name}: ${written.text}`]
  return [`${name}:`, ...written.lines.map(line => `  ${line}`)]
}

/** What an option is, what it takes, its default and where that comes from, as comments. */
export function explain(option: Option<unknown>, writing: Writing): string[] {
  const usual = usualText(option, writing)
  const sentences = [
    `${option.about}.`,
    `Takes ${option.type.what}.`,
    usual === undefined || usual === AS_BELOW ? '' : `Default: ${usual}${usualSource(option)}.`,
  ]
  return wrapped(sentences.filter(each => each !== '').join(' '), COMMENT_WIDTH).map(line => `# ${line}`)
}

function usualSource({ usualFrom, origin }: Option<unknown>): string {
  if (usualFrom !== undefined) return ` (${usualFrom})`
  return origin === 'seed' ? ' (as Yamcs documents it)' : " (Skyferry's own)"
}
const COMMENT_WIDTH = 100
/** A default of several lines. */
export const AS_BELOW = 'as below'

/** What holds when nobody says, in one line; undefined where there is no such thing. */
export function usualText(option: Option<unknown>, writing: Writing): string | undefined {
  if (option.usually !== undefined) return option.usually
  if (option.usual === undefined) return undefined
  const written = option.type.write(option.usual, { ...writing, explained: new Set() })
  return written.kind === 'inline' ? written.text : AS_BELOW
}

function wrapped(sentence: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of sentence.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
