/** The packets that wait to be sent: a bounded pool, and a queue per interface. Running out is a drop with a name. */
import { Queue } from '@skyferry/engine'

/** Room for one packet, and what its interface must know. */
export class PacketBuffer {
  readonly octets: Uint8Array
  length = 0
  /** Of the next hop on media that have one. */
  via = 0

  constructor(octets: number) {
    this.octets = new Uint8Array(octets)
  }
}

/** A bounded number of buffers, made when first needed and then used again. */
export class BufferPool {
  readonly #free: PacketBuffer[] = []
  readonly #octets: number
  readonly #capacity: number
  #made = 0

  constructor(capacity: number, octets: number) {
    this.#capacity = capacity
    this.#octets = octets
  }

  /** Buffers that can still be had: what the service `buffers` says. */
  get freeCount(): number {
    return this.#free.length + this.#capacity - this.#made
  }

  take(): PacketBuffer | undefined {
    const buffer = this.#free.pop()
    if (buffer !== undefined) return buffer
    if (this.#made === this.#capacity) return undefined
    this.#made += 1
    return new PacketBuffer(this.#octets)
  }

  give(buffer: PacketBuffer): void {
    this.#free.push(buffer)
  }
}

/** First come, first served, as in libcsp 2: a priority is for the medium. */
export class SendQueue {
  readonly #waiting: Queue<PacketBuffer> = new Queue()
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#waiting.size
  }

  get isFull(): boolean {
    return this.#waiting.size >= this.#capacity
  }

  push(buffer: PacketBuffer): void {
    this.#waiting.push(buffer)
  }

  shift(): PacketBuffer | undefined {
    return this.#waiting.shift()
  }
}
