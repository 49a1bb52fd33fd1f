import { type Millis, Queue, Schedule, type Slot } from '@skyferry/engine'
import type { Transaction } from '../transaction.ts'
import { Levels } from './levels.ts'

/**
 * Whose turn it is: transactions with directives to send, transactions with file data to send, transactions with a
 * deadline. Who has nothing to say stands in none of them and costs nothing. Directives go before file data, and one
 * transaction may send all of its own; file data goes by priority, and within one it goes round, a PDU each.
 */
export class Turns<Address> {
  readonly #directives: Queue<Transaction<Address>> = new Queue()
  readonly #data: Levels<Transaction<Address>> = new Levels()
  readonly #schedule: Schedule<Transaction<Address>> = new Schedule()

  wakeDirectives(transaction: Transaction<Address>): void {
    if (transaction.inDirectives) return
    transaction.inDirectives = true
    this.#directives.push(transaction)
  }

  wakeData(transaction: Transaction<Address>): void {
    if (transaction.inData) return
    transaction.inData = true
    this.#data.push(transaction, transaction.priority)
  }

  /** It had the priority `before` until now. */
  reprioritized(transaction: Transaction<Address>, before: number): void {
    if (transaction.inData) this.#data.move(transaction, before, transaction.priority)
  }

  /** Something happened to it: its deadline may have become earlier. */
  touched(transaction: Transaction<Address>): void {
    if (transaction.isForgotten) return
    if (transaction.deadline() < transaction.heapDue || transaction.heapIndex < 0)
      this.#schedule.update(transaction)
  }

  /** It is not to be called on again; where it still stands it is passed over. */
  remove(transaction: Transaction<Address>): void {
    transaction.isForgotten = true
    this.#schedule.remove(transaction)
  }

  deadline(): Millis {
    return this.#schedule.earliest()
  }

  tick(now: Millis): void {
    for (let due = this.#schedule.next(now); due !== undefined; due = this.#schedule.next(now)) {
      due.tick(now)
      // One slice of work per call: whoever set a deadline of "now" again waits for the next tick.
      if (due.deadline() <= now) break
    }
  }

  transmit(slot: Slot<Address>, now: Millis): boolean {
    // A sender that finds its window full has a Prompt to send: hence the second look at the directives.
    return (
      this.#transmitDirective(slot, now) ||
      this.#transmitData(slot, now) ||
      this.#transmitDirective(slot, now)
    )
  }

  #transmitDirective(slot: Slot<Address>, now: Millis): boolean {
    for (let next = this.#directives.peek(); next !== undefined; next = this.#directives.peek()) {
      const sent = !next.isForgotten && next.transmitDirective(slot, now)
      this.touched(next)
      if (sent) return true
      next.inDirectives = false
      this.#directives.shift()
    }
    return false
  }

  #transmitData(slot: Slot<Address>, now: Millis): boolean {
    for (let next = this.#data.peek(); next !== undefined; next = this.#data.peek()) {
      const sent = !next.isForgotten && next.transmitData(slot, now)
      this.touched(next)
      if (sent) {
        this.#data.rotate()
        return true
      }
      next.inData = false
      // On its way out it may have made room for one that goes first.
      this.#data.drop(next)
    }
    return false
  }
}
