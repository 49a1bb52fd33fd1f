import { Queue } from '@skyferry/engine'
import type { Indication } from '../indications.ts'
import type { CfdpRecord } from '../records.ts'

/**
 * Records and indications on their way out, in order, and who waits for which record to be stored: no promise outruns
 * the store.
 */
export class Outbox<Waiting> {
  readonly #records: Queue<CfdpRecord> = new Queue()
  readonly #indications: Queue<{ readonly what: Indication; readonly count: number }> = new Queue()
  readonly #waiting: Queue<{ readonly count: number; readonly who: Waiting }> = new Queue()
  #kept = 0
  #stored = 0

  /** @returns the record's number */
  keep(record: CfdpRecord): number {
    this.#records.push(record)
    this.#kept += 1
    return this.#kept
  }

  record(): CfdpRecord | undefined {
    return this.#records.shift()
  }

  isStored(count: number): boolean {
    return count <= this.#stored
  }

  /** Told once `count` records are stored. */
  indicate(what: Indication, count: number): void {
    this.#indications.push({ what, count })
  }

  indication(): Indication | undefined {
    const head = this.#indications.peek()
    if (head === undefined || head.count > this.#stored) return undefined
    this.#indications.shift()
    return head.what
  }

  /** `who` waits until `count` records are stored; nobody waits for what is. */
  wait(who: Waiting, count: number): void {
    if (count > this.#stored) this.#waiting.push({ count, who })
  }

  /** @returns whether more is stored than was before */
  stored(count: number): boolean {
    if (count <= this.#stored) return false
    this.#stored = count
    return true
  }

  /** The next of those whose records are stored by now, the first to have asked first. */
  settled(): Waiting | undefined {
    const head = this.#waiting.peek()
    if (head === undefined || head.count > this.#stored) return undefined
    this.#waiting.shift()
    return head.who
  }
}
