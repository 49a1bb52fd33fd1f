import { type Millis, Queue } from '@skyferry/engine'

/** What the queue asks of a sender. */
export interface Startable {
  readonly isEnded: boolean
  start(now: Millis): void
}

/** Transmissions that wait for their turn, first come first served, while as many are open as may be. */
export class Transmissions<Sender extends Startable> {
  readonly #openMax: number
  readonly #queued: Queue<Sender> = new Queue()
  /** Left the queue and not ended. */
  readonly #open: Set<Sender> = new Set()

  constructor(openMax: number) {
    this.#openMax = openMax
  }

  enqueue(sender: Sender): void {
    this.#queued.push(sender)
  }

  /** One of an earlier life that had left the queue. */
  addOpen(sender: Sender): void {
    this.#open.add(sender)
  }

  ended(sender: Sender): void {
    this.#open.delete(sender)
  }

  /** Starts the next one, if another may be open. */
  startNext(now: Millis): Sender | undefined {
    while (this.#open.size < this.#openMax) {
      const sender = this.#queued.shift()
      if (sender === undefined) return undefined
      if (sender.isEnded) continue
      this.#open.add(sender)
      sender.start(now)
      return sender
    }
    return undefined
  }
}
