/** Gathers how transactions end, whoever asks first: the indication or the one who waits for it. */
import {
  DeliveryCode,
  type Ending,
  FileStatus,
  type FilestoreResponse,
  type Indication,
  type Role,
  type TransactionReport,
  transactionKey,
} from '@skyferry/cfdp'

/** The end of a transaction as its user hears of it. */
export interface Ended {
  readonly key: string
  readonly role: Role
  readonly ending: Ending
  readonly responses: readonly FilestoreResponse[]
  /** Undefined when the transaction ended in an earlier run. */
  readonly report: TransactionReport | undefined
}

export class Endings {
  readonly #ended = new Map<string, Ended>()
  readonly #waiting = new Map<string, (ended: Ended) => void>()
  readonly #listener: (ended: Ended) => void

  /** @param listener hears of each end once */
  constructor(listener: (ended: Ended) => void = () => {}) {
    this.#listener = listener
  }

  /** Takes note of an indication; only ends matter here. */
  indicate(what: Indication): void {
    if (what.kind === 'transaction-finished') {
      const { condition, delivery, fileStatus, name, responses, report } = what
      const ending = { condition, delivery, fileStatus, ...(name === undefined ? {} : { name }) }
      this.add({ key: transactionKey(what.transaction), role: what.role, ending, responses, report })
    } else if (what.kind === 'abandoned') {
      const ending: Ending = {
        condition: what.condition,
        delivery: DeliveryCode.Incomplete,
        fileStatus: FileStatus.Unreported,
        abandoned: true,
      }
      this.add({
        key: transactionKey(what.transaction),
        role: what.role,
        ending,
        responses: [],
        report: undefined,
      })
    }
  }

  /** The first word on a transaction's end is the one that counts. */
  add(ended: Ended): void {
    const name = `${ended.role} ${ended.key}`
    if (this.#ended.has(name)) return
    this.#ended.set(name, ended)
    this.#listener(ended)
    this.#waiting.get(name)?.(ended)
  }

  get(role: Role, key: string): Ended | undefined {
    return this.#ended.get(`${role} ${key}`)
  }

  /** Resolves at the end of one transaction; one waiter per transaction. */
  of(role: Role, key: string): Promise<Ended> {
    const name = `${role} ${key}`
    const known = this.#ended.get(name)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise(resolve => this.#waiting.set(name, resolve))
  }
}
