/** Which ended transactions an operator has been told of, and by which run. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Role } from '@skyferry/cfdp'

/**
 * The journal says how a transaction ended, not whether anyone heard of it. A command killed in between, repeated
 * with the same state, must tell that end and not begin another transaction; a command run anew after one that came
 * to its own end must begin another one. So results told are noted here, and so is the end of each run.
 */
export class Ledger {
  readonly #role: Role
  readonly #append: (line: string) => void
  readonly #closed = new Set<string>()
  readonly #unfinished = new Set<string>()

  /**
   * @param role    whose results; a folder of state may serve a sender today and a receiver tomorrow
   * @param lines   what earlier runs noted, oldest first
   * @param append  makes one more line outlive the process
   */
  constructor(role: Role, lines: Iterable<string>, append: (line: string) => void) {
    this.#role = role
    this.#append = append
    for (const line of lines) {
      const [verb, who, transaction] = line.split(' ')
      if (who !== role) continue
      if (verb === 'told' && transaction !== undefined) this.#unfinished.add(transaction)
      else if (verb === 'end') this.#closeAll()
    }
  }

  /** Told by a run that came to its end: nobody need hear of it again. */
  isClosed(transaction: string): boolean {
    return this.#closed.has(transaction)
  }

  /** Told, but by a run that was killed before its end; they count for the one that repeats it. */
  get unfinished(): ReadonlySet<string> {
    return this.#unfinished
  }

  note(transaction: string): void {
    if (this.#unfinished.has(transaction)) return
    this.#unfinished.add(transaction)
    this.#append(`told ${this.#role} ${transaction}`)
  }

  /** This run comes to its end: whatever was told is closed. */
  end(): void {
    if (this.#unfinished.size === 0) return
    this.#closeAll()
    this.#append(`end ${this.#role}`)
  }

  #closeAll(): void {
    for (const transaction of this.#unfinished) this.#closed.add(transaction)
    this.#unfinished.clear()
  }
}

/**
 * The ledger of a folder of state, in told.txt; without state, one that lasts as long as the process.
 * Every append begins with a newline, so that a line torn by a crash damages no other; the torn one is a result
 * told twice, which does no harm.
 */
export function openLedger(role: Role, state: string | undefined): Ledger {
  if (state === undefined) return new Ledger(role, [], () => {})
  const file = join(state, 'told.txt')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return new Ledger(role, lines, line => {
    mkdirSync(state, { recursive: true })
    appendFileSync(file, `\n${line}\n`)
  })
}
