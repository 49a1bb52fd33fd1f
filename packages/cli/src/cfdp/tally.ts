/** The ends of receptions, told one after the other and counted. */
import { join } from 'node:path'
import { FileStatus } from '@skyferry/cfdp'
import type { Ended } from './endings.ts'
import type { Ledger } from './ledger.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { CfdpPorts } from './ports.ts'
import { resultOf } from './result.ts'
import type { Session } from './session.ts'

export class Tally {
  readonly #dir: string
  readonly #count: number
  readonly #ports: CfdpPorts
  readonly #ledger: Ledger
  /** Ended in this run, or in the killed one that it repeats. */
  readonly #keys: Set<string>
  #telling: Promise<void> = Promise.resolve()
  #anyFailed = false
  readonly #resolve: () => void
  /** Resolves once as many transactions as were asked for have ended and been told. */
  readonly reached: Promise<void>

  /** @param count how many ends are enough; undefined: never enough */
  constructor(dir: string, count: number | undefined, ports: CfdpPorts, ledger: Ledger) {
    this.#dir = dir
    this.#count = count ?? Infinity
    this.#ports = ports
    this.#ledger = ledger
    this.#keys = new Set(ledger.unfinished)
    let resolve = (): void => {}
    this.reached = new Promise(settle => {
      resolve = settle
    })
    this.#resolve = resolve
    this.#look()
  }

  get keys(): ReadonlySet<string> {
    return this.#keys
  }

  get anyFailed(): boolean {
    return this.#anyFailed
  }

  /** Everything added so far has been told. */
  get told(): Promise<void> {
    return this.#telling
  }

  /** Tells an end, after those added before it. */
  add(ended: Ended, session: Session, cancelled: 'by-us' | 'by-peer'): void {
    this.#telling = this.#telling.then(() =>
      this.#tell(ended, outcomeOf('receiver', ended.ending, cancelled), session),
    )
  }

  async #tell(ended: Ended, outcome: Outcome, session: Session): Promise<void> {
    const { key, ending } = ended
    session.lookBack(ended)
    const seconds = session.secondsOf(key)
    const isKept =
      ending.fileStatus === FileStatus.Retained && ending.name !== undefined && ending.name !== ''
    const path = isKept ? join(this.#dir, ending.name) : null
    const sha256 = path !== null && outcome.state === 'completed' ? await this.#ports.digest(path) : null
    const report = ended.report ?? session.host.report(key, 'receiver')
    this.#ports.output.result(resultOf(key, outcome, report, ended.responses, seconds, { path, sha256 }))
    this.#anyFailed ||= outcome.state !== 'completed'
    this.#keys.add(key)
    this.#ledger.note(key)
    // Nobody counts: a run that is repeated need not tell it again.
    if (this.#count === Infinity) this.#ledger.end()
    this.#look()
  }

  #look(): void {
    if (this.#keys.size >= this.#count) this.#resolve()
  }
}
