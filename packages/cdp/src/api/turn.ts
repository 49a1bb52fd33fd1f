/** Everything one side sent from gaining control to giving it away, or to the end. */
export class Turn {
  readonly payloads: readonly Uint8Array[]
  /** How it ended: control is ours now, or the connection is closed. */
  readonly ended: 'control' | 'closed'

  constructor(payloads: readonly Uint8Array[], ended: 'control' | 'closed') {
    this.payloads = payloads
    this.ended = ended
  }

  /** The payloads one behind the other. */
  bytes(): Uint8Array {
    const whole = new Uint8Array(this.payloads.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const payload of this.payloads) {
      whole.set(payload, at)
      at += payload.length
    }
    return whole
  }

  [Symbol.iterator](): IterableIterator<Uint8Array> {
    return this.payloads[Symbol.iterator]()
  }
}
