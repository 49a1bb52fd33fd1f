import { type Millis, Queue } from '@skyferry/engine'
import type { EntityId } from '../pdu/model.ts'
import { Levels } from './levels.ts'

/** What the queue asks of a sender. */
export interface Startable {
  readonly isEnded: boolean
  /** Higher starts first. */
  readonly priority: number
  /** The peer that takes nothing else meanwhile; undefined when it takes many at a time. */
  readonly soleOf: EntityId | undefined
  start(now: Millis): void
}

/** Transmissions that wait for their turn, by priority and first come first served, while as many are open as may be. */
export class Transmissions<Sender extends Startable> {
  readonly #openMax: number
  readonly #queued: Levels<Sender> = new Levels()
  /** Left the queue and not ended. */
  readonly #open: Set<Sender> = new Set()

  /** Peers that take one at a time and have one. */
  readonly #busy: Set<EntityId> = new Set()
  /** Those that wait for such a peer, and those that need not any longer. */
  readonly #held: Map<EntityId, Levels<Sender>> = new Map()
  readonly #released: Queue<Sender> = new Queue()

  constructor(openMax: number) {
    this.#openMax = openMax
  }

  enqueue(sender: Sender): void {
    this.#queued.push(sender, sender.priority)
  }

  /** It had the priority `before` until now. */
  reprioritized(sender: Sender, before: number): void {
    const held = sender.soleOf === undefined ? undefined : this.#held.get(sender.soleOf)
    for (const levels of [this.#queued, held]) levels?.move(sender, before, sender.priority)
  }

  /** One of an earlier life that had left the queue. */
  addOpen(sender: Sender): void {
    this.#open.add(sender)
    if (sender.soleOf !== undefined) this.#busy.add(sender.soleOf)
  }

  ended(sender: Sender): void {
    if (!this.#open.delete(sender) || sender.soleOf === undefined) return
    this.#busy.delete(sender.soleOf)
    this.#release(sender.soleOf)
  }

  /** Starts the next one, if another may be open. */
  startNext(now: Millis): Sender | undefined {
    while (this.#open.size < this.#openMax) {
      const sender = this.#released.shift() ?? this.#queued.shift()
      if (sender === undefined) return undefined
      const peer = sender.soleOf
      if (peer !== undefined && this.#busy.has(peer)) {
        this.#hold(sender, peer)
        continue
      }
      if (sender.isEnded) {
        if (peer !== undefined) this.#release(peer)
        continue
      }
      this.addOpen(sender)
      sender.start(now)
      return sender
    }
    return undefined
  }

  #hold(sender: Sender, peer: EntityId): void {
    const held: Levels<Sender> = this.#held.get(peer) ?? new Levels()
    held.push(sender, sender.priority)
    this.#held.set(peer, held)
  }

  #release(peer: EntityId): void {
    const next = this.#held.get(peer)?.shift()
    if (next === undefined) this.#held.delete(peer)
    else this.#released.push(next)
  }
}
