/** Where options stand, so that what is found out later about them can be said with a line. */
import type { ConfigErrorCode, ConfigWarningCode, Place, Problems } from './problems.ts'
import type { Tree } from './yaml-tree.ts'

export class Places {
  readonly #places: Map<string, Place> = new Map()
  readonly #problems: Problems
  readonly #warned: Set<string> = new Set()

  constructor(problems: Problems, tree: Tree) {
    this.#problems = problems
    this.#places.set('', { file: tree.place.file, line: 1, column: 1 })
    this.#add(tree)
  }

  error(code: ConfigErrorCode, options: readonly string[], text: string): void {
    const { option, place } = this.#find(options)
    this.#problems.error(code, place, option, text)
  }

  /** Once: several entities may share the option at fault. */
  warn(code: ConfigWarningCode, options: readonly string[], text: string): void {
    const { option, place } = this.#find(options)
    if (this.#warned.has(`${code} ${option}`)) return
    this.#warned.add(`${code} ${option}`)
    this.#problems.warn(code, place, option, text)
  }

  lineOf(option: string): number {
    return this.#find([option]).place.line
  }

  /** The option that `value` was read from. */
  pathOf(value: object): string {
    return this.#problems.originOf(value)
  }

  /** Whether anything within this section was wrong, so that nothing can be concluded from what is left of it. */
  isDamaged(option: string): boolean {
    return this.#problems.hasErrorWithin(option)
  }

  /** The first of these options that is written; else the last one, in what it would stand in. */
  #find(options: readonly string[]): { option: string; place: Place } {
    const written = options.find(option => this.#places.has(option))
    const option = written ?? options.at(-1)!
    let around = option
    while (!this.#places.has(around)) {
      around = around.slice(0, Math.max(0, around.lastIndexOf('.'), around.lastIndexOf('[')))
    }
    return { option, place: this.#places.get(around)! }
  }

  #add(tree: Tree): void {
    if (!this.#places.has(tree.path)) this.#places.set(tree.path, tree.place)
    if (tree.kind === 'list') for (const item of tree.items) this.#add(item)
    if (tree.kind === 'map') for (const { value } of tree.entries.values()) this.#add(value)
  }
}
