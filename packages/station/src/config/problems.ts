/** What is wrong with a configuration, and what is unwise: plain values with a place, all of them together. */

/** Where something stands; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Why a configuration is refused. */
export const CONFIG_ERROR_CODES = [
  'config-unreadable',
  'config-syntax',
  'config-unknown-option',
  'config-wrong-type',
  'config-bad-value',
  'config-missing',
  'config-duplicate',
  'config-unknown-reference',
  'config-not-yet',
  'config-public-without-token',
] as const
export type ConfigErrorCode = (typeof CONFIG_ERROR_CODES)[number]

/** What a station accepts, and an operator had better not. */
export const CONFIG_WARNING_CODES = [
  'option-ignored',
  'overwrite-check',
  'short-timer',
  'pdu-over-mtu',
  'slow-link',
  'two-paces',
  'no-pace',
  'unrepaired-loss',
  'unchecked-data',
  'id-too-wide',
  'long-outage',
  'past-contacts',
  'unlisted-stream',
  'unused-stream',
  'unused-link',
  'nak-limit-zero',
  'forgets-early',
  'beyond-peer',
  'plain-token',
  'weak-token',
  'no-service',
] as const
export type ConfigWarningCode = (typeof CONFIG_WARNING_CODES)[number]

export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly code: ConfigErrorCode | ConfigWarningCode
  readonly place: Place
  /** The option, from the outside in: `services[0].args.eofAckTimeout`; empty for the file as a whole. */
  readonly option: string
  /** One sentence. */
  readonly text: string
}

/** Gathers problems, past a hundred of a kind no more, and remembers where what was read stands. */
export class Problems {
  readonly #found: Problem[] = []
  readonly #origins: WeakMap<object, string> = new WeakMap()

  /** Says that `value` was read from the option `path`. */
  cameFrom(value: object, path: string): void {
    this.#origins.set(value, path)
  }

  /** The option that `value` was read from; empty when it was not written. */
  originOf(value: object): string {
    return this.#origins.get(value) ?? ''
  }

  error(code: ConfigErrorCode, place: Place, option: string, text: string): void {
    this.#add({ severity: 'error', code, place, option, text })
  }

  warn(code: ConfigWarningCode, place: Place, option: string, text: string): void {
    this.#add({ severity: 'warning', code, place, option, text })
  }

  /** By place; the errors of a file before its warnings. */
  get list(): readonly Problem[] {
    return [...this.#found].sort(
      (one, other) =>
        one.severity.localeCompare(other.severity) ||
        one.place.file.localeCompare(other.place.file) ||
        one.place.line - other.place.line ||
        one.place.column - other.place.column,
    )
  }

  /** Whether anything within this option is wrong, so that conclusions from it are not worth drawing. */
  hasErrorWithin(option: string): boolean {
    return this.#found.some(
      each =>
        each.severity === 'error' &&
        (each.option === option ||
          (/^[.[]/.test(each.option.slice(option.length)) && each.option.startsWith(option))),
    )
  }

  get hasErrors(): boolean {
    return this.#found.some(problem => problem.severity === 'error')
  }

  #add(problem: Problem): void {
    const alike = this.#found.filter(each => each.severity === problem.severity)
    if (alike.length >= PROBLEMS_MAX) return
    const { option, text } = problem
    this.#found.push({ ...problem, option: shown(option, OPTION_MAX), text: shown(text, TEXT_MAX) })
  }
}
const OPTION_MAX = 200
const TEXT_MAX = 600

/** What a file says goes to a terminal: without what moves a cursor, and no longer than one reads. */
function shown(text: string, most: number): string {
  const printable = text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\u{fffd}')
  return printable.length > most ? `${printable.slice(0, most)}…` : printable
}
const PROBLEMS_MAX = 100

/** `skyferry.yaml:5:11: services[0].args.nakLimit: 'many' is not a whole number`. */
export function describeProblem({ place, option, text }: Problem): string {
  return `${place.file}:${place.line}:${place.column}: ${option === '' ? '' : `${option}: `}${text}`
}
