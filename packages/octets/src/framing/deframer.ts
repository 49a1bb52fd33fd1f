/** A stream of octets cut back into the frames it was made of. Pure: it is handed chunks and answers frames, or "not yet". */
import { type Fault, isFault } from '../fault.ts'

/** How frames stand in a stream: what their first octets say of their length. */
export interface Framing {
  /** Octets in front of each frame that are not of it (a length prefix); 0 where a frame tells its own length. */
  readonly prefixOctets: number
  /** At most this many octets are needed to know a length. */
  readonly headOctets: number
  /**
   * Octets of the frame that begins at `from`, prefix included.
   *
   * @param to  where what has arrived ends
   * @returns at least 1; `undefined` while too little has arrived to tell; a fault where no frame begins: what comes
   *          after it means nothing either
   */
  measure(octets: Uint8Array, from: number, to: number): number | undefined | Fault
  /** Writes the prefix of a frame of so many octets at `at`; absent where there is none. */
  writePrefix?(octets: Uint8Array, at: number, frameOctets: number): void
}

/**
 * Cuts a stream into frames. Frames that lie whole in a chunk are handed out as views of it; only what a chunk cuts is
 * copied, into one buffer of the largest frame: memory is bounded by that, whoever sends.
 *
 * Offer a chunk, then take frames until the answer is `undefined`: not yet. After a fault every answer is that fault: a
 * stream that lost its place cannot find it again.
 */
export class Deframer {
  readonly #framing: Framing
  readonly #mostOctets: number
  /** The beginning of a frame whose end has not arrived. */
  readonly #held: Uint8Array
  #heldOctets = 0
  #chunk: Uint8Array = NOTHING
  #at = 0
  #fault: Fault | undefined

  /** @param mostOctets of the largest frame taken, prefix included; a longer one is the fault `frame-too-long` */
  constructor(framing: Framing, mostOctets: number) {
    if (mostOctets < framing.headOctets) throw new RangeError('the largest frame has room for its own head')
    this.#framing = framing
    this.#mostOctets = mostOctets
    this.#held = new Uint8Array(mostOctets)
  }

  /** Whether a frame has begun and not ended: a stream that ends now is cut short. */
  get isWithinFrame(): boolean {
    return this.#heldOctets > 0 || this.#at < this.#chunk.length
  }

  /** Lends the next octets of the stream, until `next` has answered `undefined`; not before it has done so for the last. */
  offer(chunk: Uint8Array): void {
    if (this.#at < this.#chunk.length && this.#fault === undefined) {
      throw new RangeError('a chunk is offered when the one before is used up')
    }
    this.#chunk = chunk
    this.#at = 0
  }

  /** The next frame without its prefix, lent until the next call; `undefined`: not yet. */
  next(): Uint8Array | undefined | Fault {
    if (this.#fault !== undefined) return this.#fault
    return this.#heldOctets > 0 ? this.#nextFromHeld() : this.#nextFromChunk()
  }

  #nextFromChunk(): Uint8Array | undefined | Fault {
    const chunk = this.#chunk
    const from = this.#at
    if (from === chunk.length) return this.#usedUp()
    const length = this.#measured(chunk, from, chunk.length)
    if (isFault(length)) return length
    if (length === undefined || from + length > chunk.length) {
      this.#hold(chunk.length - from)
      return this.#usedUp()
    }
    this.#at = from + length
    return chunk.subarray(from + this.#framing.prefixOctets, from + length)
  }

  /** A frame begun earlier is completed in the buffer: first what tells its length, then the rest. */
  #nextFromHeld(): Uint8Array | undefined | Fault {
    for (;;) {
      const length = this.#measured(this.#held, 0, this.#heldOctets)
      if (isFault(length)) return length
      if (length !== undefined && this.#heldOctets === length) {
        this.#heldOctets = 0
        return this.#held.subarray(this.#framing.prefixOctets, length)
      }
      const left = this.#chunk.length - this.#at
      if (left === 0) return this.#usedUp()
      // Never more than the frame needs: what follows it is handed out from the chunk.
      this.#hold(Math.min(left, length === undefined ? 1 : length - this.#heldOctets))
    }
  }

  #measured(octets: Uint8Array, from: number, to: number): number | undefined | Fault {
    const length = this.#framing.measure(octets, from, to)
    if (isFault(length)) return this.#failed(length)
    if (length !== undefined && length > this.#mostOctets) {
      return this.#failed({ kind: 'fault', code: 'frame-too-long', offset: 0 })
    }
    return length
  }

  #hold(octets: number): void {
    this.#held.set(this.#chunk.subarray(this.#at, this.#at + octets), this.#heldOctets)
    this.#heldOctets += octets
    this.#at += octets
  }

  #usedUp(): undefined {
    this.#chunk = NOTHING
    this.#at = 0
    return undefined
  }

  #failed(fault: Fault): Fault {
    this.#fault = fault
    this.#heldOctets = 0
    this.#chunk = NOTHING
    this.#at = 0
    return fault
  }
}

const NOTHING = new Uint8Array()
