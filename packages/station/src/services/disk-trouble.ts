import type { FilestoreRejection } from '@skyferry/cfdp'
import { transactionOf } from '@skyferry/cfdp'
import type { StoreError } from '../journal/store-error.ts'
import type { Desk } from './desk.ts'
import { DiskPauses } from './disk-pauses.ts'

/** What a service does about a disk that refuses: transfers and the journal wait, and are tried again. */
export class DiskTrouble {
  readonly #desk: Desk
  readonly #pauses: DiskPauses = new DiskPauses()
  #journalFails = false

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /** A download stands still because of this. @returns whether it may be tried again */
  paused(transaction: string, rejection: FilestoreRejection, id: number | undefined): boolean {
    const isFirst = this.#pauses.get(transaction) === undefined
    if (!this.#pauses.add(transaction, rejection, this.#desk.host.nowMs())) return false
    const text = `transfer ${id ?? transaction} is paused: ${rejection.reason}; it is tried again`
    if (isFirst) this.#desk.say('paused-by-disk', text, 'error', id)
    return true
  }

  /** Whether it stands still because of the disk, or is being tried again. */
  concerns(transaction: string): boolean {
    return this.#pauses.get(transaction) !== undefined
  }

  reasonOf(transaction: string): string | undefined {
    const reason = this.#pauses.get(transaction)?.reason
    return reason === undefined ? undefined : `paused by the disk: ${reason}`
  }

  /** It is over, or paused by somebody else. */
  forget(transaction: string): void {
    this.#pauses.drop(transaction)
  }

  /** To be called about once a second. */
  tryAgain(idOf: (transaction: string) => number | undefined): void {
    const nowMs = this.#desk.host.nowMs()
    for (const transaction of this.#pauses.due(nowMs)) {
      // Before the request: a refusal that comes at once is a new pause.
      this.#pauses.tried(transaction, nowMs)
      const reply = this.#desk.request({ kind: 'resume', transaction: transactionOf(transaction) })
      if (reply.kind === 'refused') this.#pauses.drop(transaction)
    }
    for (const transaction of this.#pauses.settled(nowMs)) {
      this.#pauses.drop(transaction)
      const id = idOf(transaction)
      if (id !== undefined) this.#desk.say('suspension-ended', `transfer ${id} goes on`, 'info', id)
    }
  }

  /**
   * The journal's commits are tried again by themselves; said once, until one succeeds.
   * @param durable resolves when one has
   */
  journalFailed(error: StoreError, durable: () => Promise<void>): void {
    if (this.#journalFails) return
    this.#journalFails = true
    this.#desk.say(`store-${error.code}`, error.message, 'error')
    durable().then(
      () => {
        this.#journalFails = false
        this.#desk.say('store-well', 'the journal is written again', 'info')
      },
      () => {},
    )
  }
}
