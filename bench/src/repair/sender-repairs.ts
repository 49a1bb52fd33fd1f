import { SyntheticFilestore } from '../links/synthetic-filestore.ts'
import { naksFor, replyHeader, SEGMENT_OCTETS, Solo, slotOf } from './solo.ts'

/** Gaps served per second by a sender whose peer lacks every other segment. */
export interface ServedRates {
  /** The whole list first, then everything it asks for: the deferred NAK of a bad pass. */
  readonly listed: number
  /** One NAK, what it asks for, the next NAK. */
  readonly inTurn: number
}

export class RepairingSender {
  readonly #sender: Solo
  readonly #naks: readonly Uint8Array[]
  readonly #gaps: number
  readonly #slot = slotOf(1024)

  constructor(gaps: number) {
    this.#gaps = gaps
    const fileOctets = 2 * gaps * SEGMENT_OCTETS
    this.#sender = new Solo(11n, 5n, new SyntheticFilestore(fileOctets))
    this.#sender.put()
    this.#sender.transmit(this.#slot)
    const header = replyHeader(this.#slot.bytes.subarray(0, this.#slot.length))
    this.#drain()
    const missing = Array.from({ length: gaps }, (_, index) => {
      const from = 2 * index * SEGMENT_OCTETS
      return { from, to: from + SEGMENT_OCTETS }
    })
    this.#naks = naksFor(header, missing, fileOctets)
  }

  measure(): ServedRates {
    return { listed: this.#serve(this.#naks.length), inTurn: this.#serve(1) }
  }

  /** @param together how many NAKs arrive before the sender gets to answer */
  #serve(together: number): number {
    // Long after the last round: nothing that was resent can still be under way.
    this.#sender.wait(10_000)
    let served = 0
    const started = performance.now()
    for (let first = 0; first < this.#naks.length; first += together) {
      const upTo = Math.min(this.#naks.length, first + together)
      for (let index = first; index < upTo; index++) this.#sender.receive(this.#naks[index]!)
      served += this.#drain()
    }
    const seconds = (performance.now() - started) / 1000
    if (served < this.#gaps) throw new Error(`${served} PDUs were sent for ${this.#gaps} gaps`)
    return this.#gaps / seconds
  }

  #drain(): number {
    let count = 0
    while (this.#sender.transmit(this.#slot)) count += 1
    this.#sender.settle()
    return count
  }
}
