/** The rules of the house that a reader of the sources can check: who may import whom, and who sees the host. */
import { posix } from 'node:path'
import { codeOnly, importsOf } from './source-text.ts'

/** A package imports only from lower floors; packages on one floor never import each other. */
export const FLOORS: Readonly<Record<string, number>> = {
  units: 0,
  octets: 0,
  api: 0,
  engine: 1,
  sim: 2,
  cfdp: 2,
  csp: 2,
  dtp: 2,
  cdp: 2,
  link: 3,
  worlds: 3,
  station: 4,
  cli: 5,
  console: 5,
  bench: 5,
}

/** These never see Node or a browser: floors 0 to 2, and the worlds, which must replay anywhere. */
export function isPure(room: string): boolean {
  return FLOORS[room]! <= 2 || room === 'worlds'
}

/** The one file tree of a pure package that is a program of Node's: the script that runs many worlds. */
const HOST_PROGRAMS = ['worlds/run/']

/** One source file: `room/path below src`, and its text. */
export interface Source {
  readonly room: string
  /** Relative to the package's `src`, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** What a package says about itself, as far as the floors go. */
export interface Manifest {
  readonly room: string
  /** Everything its package.json depends on at run time. */
  readonly dependencies: readonly string[]
  /** `compilerOptions` of its tsconfig. */
  readonly compiler: { readonly lib?: readonly string[]; readonly types?: readonly string[] }
}

const HOST_WORDS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Date.now', /\bDate\s*\.\s*now\b/],
  ['new Date', /\bnew\s+Date\b/],
  ['Date()', /(?<!new\s+)\bDate\s*\(/],
  ['Math.random', /\bMath\s*\.\s*random\b/],
  ['a timer', /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|clearTimeout)\b/],
  ['process', /(?<![.\w#$])process\s*[.[]/],
  ['Buffer', /(?<![.\w#$])Buffer\b/],
  ['console', /(?<![.\w#$])console\s*[.[]/],
  ['performance', /(?<![.\w#$])performance\s*[.[]/],
  ['globalThis', /\bglobalThis\b/],
]
/** Names a protocol may use for things of its own (CFDP's window); only the undeclared ones are the browser's. */
const BROWSER_WORDS = ['document', 'window'] as const

/** Everything `source` does that its floor forbids, one sentence each. */
export function violations(source: Source): string[] {
  const where = `${source.room}/${source.path}`
  const isHost = HOST_PROGRAMS.some(program => where.startsWith(program))
  const found = importsOf(source.text).flatMap(name => importViolation(source, name, isHost) ?? [])
  if (isPure(source.room) && !isHost) found.push(...hostWords(source.text))
  return found.map(what => `${where}: ${what}`)
}

/** Imports that package.json does not declare, siblings it declares from above, and compile settings that let the host in. */
export function manifestViolations(manifest: Manifest, sources: readonly Source[]): string[] {
  const found = new Set<string>()
  for (const source of sources) {
    for (const name of importsOf(source.text)) {
      const wanted = packageOf(name)
      if (wanted !== undefined && !manifest.dependencies.includes(wanted)) {
        found.add(`imports ${wanted} (${source.path}), which its package.json does not declare`)
      }
    }
  }
  for (const name of manifest.dependencies) {
    const sibling = siblingOf(name)
    if (sibling !== undefined && !isBelow(sibling, manifest.room))
      found.add(`depends on ${name}, not below it`)
    if (sibling === undefined && isPure(manifest.room)) found.add(`depends on ${name} at run time`)
  }
  const { lib = [], types = [] } = manifest.compiler
  if (isPure(manifest.room) && (lib.length > 0 || types.length > 0)) {
    found.add('its tsconfig adds the types of a host')
  }
  return [...found].map(what => `${manifest.room}: ${what}`)
}

function importViolation(source: Source, name: string, isHost: boolean): string | undefined {
  if (name.startsWith('.')) {
    const target = posix.join('src', posix.dirname(source.path), name)
    return target.startsWith('src/') ? undefined : `reaches out of its package: ${name}`
  }
  if (name.startsWith('node:')) {
    return isPure(source.room) && !isHost ? `imports ${name}` : undefined
  }
  const sibling = siblingOf(name)
  if (sibling === undefined) return isPure(source.room) ? `imports the package ${name}` : undefined
  if (name !== `@skyferry/${sibling}`) return `goes past the door of ${sibling}: ${name}`
  if (sibling === source.room) return 'imports itself by name'
  if (isBelow(sibling, source.room)) return undefined
  return `imports ${sibling} (floor ${FLOORS[sibling] ?? 'unknown'}) from floor ${FLOORS[source.room]}`
}

function hostWords(text: string): string[] {
  const code = codeOnly(text)
  const found = HOST_WORDS.filter(([, pattern]) => pattern.test(code)).map(([name]) => `uses ${name}`)
  for (const word of BROWSER_WORDS) {
    const used = new RegExp(`(?<![.\\w#$])${word}\\s*[.[(]`).test(code)
    const declared = new RegExp(`\\b(?:const|let|var)\\s+${word}\\b|[({,]\\s*${word}\\s*[:,)=}]`).test(code)
    if (used && !declared) found.push(`uses ${word}`)
  }
  return found
}

function isBelow(lower: string, upper: string): boolean {
  const [floor, limit] = [FLOORS[lower], FLOORS[upper]]
  return floor !== undefined && limit !== undefined && floor < limit
}

function siblingOf(name: string): string | undefined {
  return /^@skyferry\/([^/]+)/.exec(name)?.[1]
}

/** The package a specifier belongs to; undefined for files of our own and for Node's own modules. */
function packageOf(name: string): string | undefined {
  if (name.startsWith('.') || name.startsWith('node:')) return undefined
  return /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0]
}
