import type { PduOf } from '../pdu/model.ts'

/** How much of the file the peer holds, by its own account: NAKs and Keep Alive say so. Octets; it only grows. */
export class PeerProgress {
  #delivered = 0

  get delivered(): number {
    return this.#delivered
  }

  /** A Keep Alive. @param sentUpTo nobody holds what was not sent, whatever is claimed */
  keepAlive(progress: number, sentUpTo: number): void {
    this.#learn(Math.min(progress, sentUpTo))
  }

  /** A NAK that speaks about the file from its beginning. @param missing octets it asks for, of those that were sent */
  nak(scope: PduOf<'nak'>['scope'], missing: number, sentUpTo: number): void {
    if (scope.from === 0) this.#learn(Math.min(scope.to, sentUpTo) - missing)
  }

  /** Finished says that the file is whole. */
  whole(size: number): void {
    this.#delivered = size
  }

  #learn(octets: number): void {
    if (octets > this.#delivered) this.#delivered = octets
  }
}
