/**
 * YAML as a plain tree in which everything knows its place. The library parses; what is hostile or ambiguous is refused
 * here: too long, too deep, aliases that multiply, keys that are given twice, tags.
 */
import {
  Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
} from 'yaml'
import type { Place, Problems } from './problems.ts'

interface Spot {
  readonly place: Place
  /** `links[0].rate`; empty for the whole. */
  readonly path: string
}

export interface TreeScalar extends Spot {
  readonly kind: 'scalar'
  readonly value: string | number | bigint | boolean | null
  /** As written, without quotes. */
  readonly text: string
  /** It stands in quotes, so it is text whatever it looks like. */
  readonly quoted: boolean
}
export interface TreeList extends Spot {
  readonly kind: 'list'
  readonly items: readonly Tree[]
}
export interface TreeMap extends Spot {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, TreeEntry>
}
export interface TreeEntry {
  /** Where the key stands. */
  readonly place: Place
  readonly value: Tree
}
export type Tree = TreeScalar | TreeList | TreeMap

/** What no configuration needs more of. */
const LENGTH_MAX = 1024 * 1024
const NODES_MAX = 100_000
/** The library looks for the anchor of each alias in the whole document. */
const ALIASES_MAX = 200
const DEPTH_MAX = 32

/** @returns the tree, or undefined after saying why there is none */
export function readTree(text: string, file: string, problems: Problems): Tree | undefined {
  const start: Place = { file, line: 1, column: 1 }
  const refuse = (place: Place, why: string): undefined => {
    problems.error('config-syntax', place, '', why)
    return undefined
  }
  if (text.length > LENGTH_MAX) return refuse(start, 'is longer than 1 MiB, which no configuration is')
  const deep = tooDeep(text)
  if (deep !== undefined) {
    return refuse({ file, ...deep }, `is nested deeper than ${DEPTH_MAX} levels, which no configuration is`)
  }
  const lines = new LineCounter()
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const parsed = parseYaml(text, lines)
  if (!(parsed instanceof Document)) return refuse(start, 'cannot be read as YAML')
  // What follows the first mistake is mostly its consequence.
  const mistake = parsed.errors[0] ?? parsed.warnings[0]
  if (mistake !== undefined) return refuse(placeOf(mistake.pos[0]), sentenceOf(mistake))
  const grown = new Growth(parsed, placeOf, problems).grow()
  if (grown === 'broken') return undefined
  if (grown !== 'too-much') return grown
  return refuse(start, 'says far more than a configuration can (aliases that multiply?)')
}

/** Keys are compared by us: the library would compare each with every other. */
function parseYaml(text: string, lineCounter: LineCounter): unknown {
  try {
    return parseDocument(text, { lineCounter, uniqueKeys: false, intAsBigInt: true, prettyErrors: false })
  } catch {
    return undefined
  }
}

function sentenceOf(error: YAMLError): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; YAML wants spaces'
    case 'MULTIPLE_DOCS':
      return 'a second document begins here (---); a configuration is one'
    case 'TAG_RESOLVE_FAILED':
      return 'a tag (!…) means nothing here'
    default:
      if (error.message.includes('call stack')) return 'is nested far too deeply'
      return `is not YAML: ${error.message.split('\n')[0]}`
  }
}

/**
 * A place that is nested too deeply, told from brackets and indentation alone: the library goes one call deeper per level,
 * and would run out of stack. Brackets in text count too; no sane text has that many.
 */
function tooDeep(text: string): { line: number; column: number } | undefined {
  let open = 0
  for (const [index, line] of text.split('\n').entries()) {
    const dashes = /^(?:[ \t]*[-?:][ \t]+)*/.exec(line)![0].replaceAll(/[ \t]/g, '').length
    if (dashes > DEPTH_MAX) return { line: index + 1, column: 1 }
    for (let column = 0; column < line.length; column++) {
      const letter = line[column]
      if (letter === '[' || letter === '{') open += 1
      else if ((letter === ']' || letter === '}') && open > 0) open -= 1
      if (open > DEPTH_MAX) return { line: index + 1, column: column + 1 }
    }
  }
  return undefined
}

/** Turns the library's nodes into our tree, counting as it goes: an alias costs all that it stands for. */
class Growth {
  readonly #document: Document
  readonly #placeOf: (offset: number) => Place
  readonly #problems: Problems
  #nodes = 0
  #aliases = 0
  #isBroken = false

  constructor(document: Document, placeOf: (offset: number) => Place, problems: Problems) {
    this.#document = document
    this.#placeOf = placeOf
    this.#problems = problems
  }

  /** `broken`: what is wrong has been reported, and what is left means nothing. */
  grow(): Tree | 'too-much' | 'broken' {
    const root = this.#node(this.#document.contents as Node | null, '', this.#placeOf(0), 0)
    if (this.#isBroken) return 'broken'
    return root ?? 'too-much'
  }

  #node(node: Node | null, path: string, beside: Place, depth: number): Tree | undefined {
    this.#nodes += 1
    if (this.#nodes > NODES_MAX || depth > DEPTH_MAX) return undefined
    const place = node?.range == null ? beside : this.#placeOf(node.range[0])
    if (isAlias(node)) {
      this.#aliases += 1
      if (this.#aliases > ALIASES_MAX) return undefined
      const target = node.resolve(this.#document)
      if (target !== undefined) return this.#node(target, path, place, depth + 1)
      this.#isBroken = true
      this.#problems.error(
        'config-syntax',
        place,
        path,
        `there is no &${node.source} before this *${node.source}`,
      )
    }
    if (isMap(node)) return this.#map(node.items as Pair[], path, place, depth)
    if (isCollection(node)) return this.#list(node.items as Node[], path, place, depth)
    if (!isScalar(node)) return { kind: 'scalar', value: null, text: '', quoted: false, place, path }
    const value = plainValue(node.value)
    return {
      kind: 'scalar',
      value,
      text: typeof value === 'string' ? value : (node.source ?? String(value)),
      quoted: node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE',
      place,
      path,
    }
  }

  #list(nodes: readonly Node[], path: string, place: Place, depth: number): Tree | undefined {
    const items: Tree[] = []
    for (const [index, node] of nodes.entries()) {
      const item = this.#node(node, `${path}[${index}]`, place, depth + 1)
      if (item === undefined) return undefined
      items.push(item)
    }
    return { kind: 'list', items, place, path }
  }

  #map(pairs: readonly Pair[], path: string, place: Place, depth: number): Tree | undefined {
    const entries = new Map<string, TreeEntry>()
    for (const pair of pairs) {
      const key = this.#node(pair.key as Node | null, path, place, depth + 1)
      if (key === undefined) return undefined
      if (key.kind !== 'scalar') {
        this.#problems.error('config-wrong-type', key.place, path, 'a name is wanted here, not a list or map')
        continue
      }
      const inner = path === '' ? key.text : `${path}.${key.text}`
      const value = this.#node(pair.value as Node | null, inner, key.place, depth + 1)
      if (value === undefined) return undefined
      const before = entries.get(key.text)
      if (before === undefined) {
        entries.set(key.text, { place: key.place, value })
      } else {
        const text = `is given twice; the first is in line ${before.place.line}`
        this.#problems.error('config-duplicate', key.place, inner, text)
      }
    }
    return { kind: 'map', entries, place, path }
  }
}

/** Whole numbers that a number carries are numbers. */
function plainValue(value: unknown): TreeScalar['value'] {
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return typeof value === 'bigint' ? value : null
}
