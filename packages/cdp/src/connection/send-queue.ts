import { assert, type Millis, NEVER } from '@skyferry/engine'
import type { Circle } from '../wire/circle.ts'
import { type PayloadFlag, type PayloadId, withAckBit } from '../wire/message.ts'

/** A numbered payload that nobody has acknowledged yet. */
export interface Sent {
  /** As first sent; a repeat changes only the immediate-ack bit (decision D15). */
  readonly flag: PayloadFlag
  readonly data: Uint8Array
  /** Of its first transmission; NEVER before it. */
  sentAt: Millis
  /** Sent more than once, or behind an expiry: its acknowledgement says nothing about the round trip (Karn). */
  isRepeated: boolean
}

/** A payload that is due, as it goes out. */
export interface Due {
  readonly id: PayloadId
  readonly flag: PayloadFlag
  readonly data: Uint8Array
  readonly entry: Sent
  readonly isRepeat: boolean
}

/**
 * The outstanding payloads of one side, oldest first (reference section 6: una, snd, queue), and which of them are due
 * to be sent: those never sent, and a range to be repeated.
 */
export class SendQueue {
  readonly #circle: Circle
  readonly #entries: Sent[]
  #first: PayloadId
  /** Entries that were transmitted at least once; the others follow them. */
  #sent: number
  /** To be repeated: entries from … to, half-open, all of them transmitted before. */
  #repeatFrom = 0
  #repeatTo = 0

  /** @param sent how many of `entries` were transmitted */
  constructor(circle: Circle, first: PayloadId, entries: Sent[] = [], sent = 0) {
    this.#circle = circle
    this.#first = first
    this.#entries = entries
    this.#sent = sent
  }

  get size(): number {
    return this.#entries.length
  }

  /** How many were transmitted. */
  get sentCount(): number {
    return this.#sent
  }

  get first(): PayloadId {
    return this.#first
  }

  get entries(): readonly Sent[] {
    return this.#entries
  }

  get oldest(): Sent | undefined {
    return this.#entries[0]
  }

  /** The newest that was transmitted. */
  get newest(): Sent | undefined {
    return this.#entries[this.#sent - 1]
  }

  get repeatsArePending(): boolean {
    return this.#repeatFrom < this.#repeatTo
  }

  push(flag: PayloadFlag, data: Uint8Array): void {
    this.#entries.push({ flag, data, sentAt: NEVER, isRepeated: false })
  }

  /** Where an id stands among those transmitted; -1 if it is not one of them. */
  indexOf(id: PayloadId): number {
    const index = this.#circle.distance(this.#first, id)
    return index < this.#sent ? index : -1
  }

  /** Is the id one of ours, transmitted or not? */
  holds(id: PayloadId): boolean {
    return this.#circle.distance(this.#first, id) < this.#entries.length
  }

  /** Takes the oldest `count` off. */
  acknowledge(count: number): Sent[] {
    assert(count <= this.#sent, 'only what was sent is acknowledged')
    this.#first = this.#circle.plus(this.#first, count)
    this.#sent -= count
    this.#repeatFrom = Math.max(0, this.#repeatFrom - count)
    this.#repeatTo = Math.max(0, this.#repeatTo - count)
    return this.#entries.splice(0, count)
  }

  /** Has the newest transmitted payload repeated, and only it (decision D13). */
  repeatNewest(): void {
    this.#repeatFrom = Math.max(0, this.#sent - 1)
    this.#repeatTo = this.#sent
  }

  /** Has everything from `index` to the newest repeated (decision D11). */
  repeatFrom(index: number): void {
    this.#repeatFrom = index
    this.#repeatTo = this.#sent
  }

  /** From now on no acknowledgement of what was sent so far is a round-trip sample. */
  markRepeated(): void {
    for (const entry of this.#entries) entry.isRepeated = true
  }

  /** The next repeat; the newest asks for an ack, the others do not. */
  nextRepeat(): Due | undefined {
    if (!this.repeatsArePending) return undefined
    return this.#due(this.#repeatFrom, this.#repeatFrom === this.#sent - 1)
  }

  /** The next payload that was never sent. */
  nextFresh(): Due | undefined {
    return this.#sent < this.#entries.length ? this.#due(this.#sent, undefined) : undefined
  }

  transmitted(due: Due, now: Millis): void {
    if (due.isRepeat) {
      due.entry.isRepeated = true
      this.#repeatFrom += 1
    } else {
      due.entry.sentAt = now
      this.#sent += 1
    }
  }

  #due(index: number, asks: boolean | undefined): Due {
    const entry = this.#entries[index]!
    return {
      id: this.#circle.plus(this.#first, index),
      flag: asks === undefined ? entry.flag : withAckBit(entry.flag, asks),
      data: entry.data,
      entry,
      isRepeat: asks !== undefined,
    }
  }
}
