/** The kinds of values that options take. */
import {
  type HostPort,
  parseDuration,
  parseHostPort,
  parsePeer,
  parseRate,
  parseSize,
  parseUnsigned,
  suggestion,
  UnitError,
  writeDuration,
  writeHostPort,
  writeRate,
  writeSize,
} from '@skyferry/units'
import type { ValueType, Writing, Written } from './option-table.ts'
import type { Problems } from './problems.ts'
import type { Tree } from './yaml-tree.ts'

export const inline = (text: string): Written => ({ kind: 'inline', text })

/** A text as YAML reads it back: bare where that is safe, else in double quotes. */
export function yamlText(text: string): string {
  if (/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)) return JSON.stringify(text)
  return PLAIN.test(text) ? text : JSON.stringify(text)
}
const PLAIN =
  /^(?:[A-Za-z_][\w./%:-]*[\w/%]|[A-Za-z_]|\.{0,2}\/[\w./-]*|\d[\d.]*:\d+|\d+(?:\.\d+)?(?:[um]?s|min|[hd%]|[kMGT]i?B|[kMG]?bit\/s))$/

/** Says that something else is wanted here. */
export function refuseType(tree: Tree, what: string, problems: Problems): undefined {
  problems.error('config-wrong-type', tree.place, tree.path, `${shown(tree)}, and ${what} is wanted`)
  return undefined
}

function shown(tree: Tree): string {
  if (tree.kind === 'list') return 'this is a list'
  if (tree.kind === 'map') return 'this is a map'
  if (tree.value === null) return 'there is no value (leave the option out for the usual one)'
  return `'${tree.text.length > 60 ? `${tree.text.slice(0, 60)}…` : tree.text}' stands here`
}

const SCALAR_MAX = 2000

/** A scalar read by a parser of the command line's units, whose complaint is the problem's text. */
export function scalar<Value>(
  what: string,
  parse: (text: string) => Value,
  write: (value: Value, style: Writing['style']) => string,
): ValueType<Value> {
  return {
    what,
    read: (tree, problems) => {
      if (tree.kind !== 'scalar' || tree.value === null || typeof tree.value === 'boolean') {
        return refuseType(tree, what, problems)
      }
      if (tree.text.length > SCALAR_MAX) {
        problems.error('config-bad-value', tree.place, tree.path, `is longer than ${SCALAR_MAX} characters`)
        return undefined
      }
      try {
        return parse(tree.text)
      } catch (error) {
        if (!(error instanceof UnitError)) throw error
        problems.error('config-bad-value', tree.place, tree.path, error.message)
        return undefined
      }
    },
    write: (value, { style }) => inline(write(value, style)),
  }
}

/** Any text of 1 to `most` printable characters; numbers are taken as they are written. */
export function text(what: string = 'a text', most: number = 255): ValueType<string> {
  return scalar(
    what,
    each => {
      if (each === '') throw new UnitError('is empty')
      if (each.length > most) throw new UnitError(`is longer than ${most} characters`)
      if (/\p{Cc}/u.test(each)) throw new UnitError('has a character that cannot be printed')
      return each
    },
    yamlText,
  )
}

/** A name that can stand in an address and be the name of a folder. */
export const NAME: ValueType<string> = scalar(
  'a name (letters, digits, . _ -)',
  each => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(each)) {
      throw new UnitError(`'${each}' is no name: letters, digits, dots, dashes and underscores, up to 128`)
    }
    return each
  },
  yamlText,
)

export const FLAG: ValueType<boolean> = {
  what: 'true or false',
  read: (tree, problems) =>
    tree.kind === 'scalar' && typeof tree.value === 'boolean'
      ? tree.value
      : refuseType(tree, 'true or false', problems),
  write: value => inline(String(value)),
}

/** A whole number from `least` to `most`; with words that stand for numbers. */
export function count(
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
  words: Readonly<Record<string, number>> = {},
): ValueType<number> {
  const range =
    least === Number.MIN_SAFE_INTEGER
      ? ''
      : most === Number.MAX_SAFE_INTEGER
        ? ` from ${least}`
        : ` from ${least} to ${most}`
  const others = Object.keys(words).map(word => `, or ${word}`)
  const what = `a whole number${range}${others.join('')}`
  return scalar(
    what,
    each => {
      if (Object.hasOwn(words, each)) return words[each]!
      const value = /^[-+]?\d+$/.test(each) ? Number(each) : Number.NaN
      if (!Number.isSafeInteger(value)) throw new UnitError(`'${each}' is not ${what}`)
      if (value < least || value > most) throw new UnitError(`${each} is out of range: ${what}`)
      return value
    },
    String,
  )
}

/** Retries: a whole number; negative, or `unlimited`, for no limit. */
export const LIMIT: ValueType<number> = count(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, {
  unlimited: -1,
})

/** Octets. */
export function size(
  least: number = 0,
  most: number = Number.MAX_SAFE_INTEGER,
  words: Readonly<Record<string, number>> = {},
): ValueType<number> {
  const others = Object.keys(words)
    .map(word => `, or ${word}`)
    .join('')
  const wordOf = (value: number): string | undefined =>
    Object.entries(words).find(each => each[1] === value)?.[0]
  return scalar(
    `a size (512, 10MiB; a bare number is octets)${others}`,
    each => {
      if (Object.hasOwn(words, each)) return words[each]!
      const octets = parseSize(each)
      if (octets < least) throw new UnitError(`'${each}' is below ${least} octets`)
      if (octets > most) throw new UnitError(`'${each}' is above ${most} octets`)
      return octets
    },
    (value, style) => wordOf(value) ?? (style === 'yamcs' ? String(value) : writeSize(value)),
  )
}

/** Milliseconds; with words that stand for something else. */
export function duration<Word = never>(
  least: number = 0,
  words: Readonly<Record<string, Word>> = {},
): ValueType<number | Word> {
  const others = Object.keys(words)
    .map(word => `, or ${word}`)
    .join('')
  return scalar<number | Word>(
    `a duration (250ms, 1.3s, 10min; a bare number is ms)${others}`,
    each => {
      if (Object.hasOwn(words, each)) return words[each]!
      const milliseconds = parseDuration(each)
      if (milliseconds < least) throw new UnitError(`'${each}' is below ${writeDuration(least)}`)
      if (milliseconds > DURATION_MAX) throw new UnitError(`'${each}' is more than 100 years`)
      return milliseconds
    },
    (value, style) => {
      const word = Object.entries(words).find(([, meaning]) => meaning === value)?.[0]
      if (word !== undefined) return word
      return style === 'yamcs' ? String(value) : writeDuration(value as number)
    },
  )
}
const DURATION_MAX = 100 * 366 * 86_400_000

/** Bits per second. */
export const RATE: ValueType<number> = scalar(
  'a rate (9600bit/s, 1Mbit/s, 2MB/s; a bare number is bit/s)',
  each => {
    const rate = parseRate(each)
    if (rate < 1) throw new UnitError(`'${each}' is below 1 bit/s`)
    return rate
  },
  writeRate,
)

/** Where to receive. */
export const LISTEN: ValueType<HostPort> = scalar('HOST:PORT', parseHostPort, each =>
  yamlText(writeHostPort(each)),
)
/** Where to send. */
export const PEER: ValueType<HostPort> = scalar('HOST:PORT', parsePeer, each => yamlText(writeHostPort(each)))

/** A CFDP entity id. */
export const ENTITY_ID: ValueType<bigint> = scalar(
  'an entity id, 0 to 2^64 - 1 (5, 0x1f)',
  parseUnsigned,
  value => value.toString(),
)

/** One of a few words, read whatever the case of their letters. */
export function oneOf<Name extends string>(names: readonly Name[], what: string): ValueType<Name> {
  return scalar(
    `${what}: ${names.join(', ')}`,
    each => {
      const found = names.find(name => name.toLowerCase() === each.toLowerCase())
      if (found === undefined) throw new UnitError(`'${each}' is not known: ${suggestion(each, names)}`)
      return found
    },
    yamlText,
  )
}
