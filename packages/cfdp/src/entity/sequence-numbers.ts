import type { EntityId, SequenceNumber } from '../pdu/model.ts'
import { transactionKey } from '../records.ts'

/** The next transaction sequence number of each local entity: never one that was used, until the circle is full. */
export class SequenceNumbers {
  readonly #first: SequenceNumber
  readonly #last: Map<bigint, bigint>

  /** @param last what the records say was used last, by source entity */
  constructor(first: SequenceNumber, last: ReadonlyMap<bigint, bigint>) {
    this.#first = first
    this.#last = new Map(last)
  }

  /**
   * The number a new transaction would get; `use` takes it.
   * @param octets of the sequence number on the wire
   * @param isKnown whether a transaction of that key is still known
   * @returns undefined when every number of that width is
   */
  next(source: EntityId, octets: number, isKnown: (key: string) => boolean): SequenceNumber | undefined {
    const circle = 1n << BigInt(8 * octets)
    const last = this.#last.get(source)
    const first = (last === undefined ? this.#first : last + 1n) % circle
    let next = first
    while (isKnown(transactionKey({ source, sequence: next as SequenceNumber }))) {
      next = (next + 1n) % circle
      if (next === first) return undefined
    }
    return next as SequenceNumber
  }

  use(source: EntityId, sequence: SequenceNumber): void {
    this.#last.set(source, sequence)
  }

  /** Source entity and the number it used last. */
  entries(): IterableIterator<[bigint, bigint]> {
    return this.#last.entries()
  }
}
