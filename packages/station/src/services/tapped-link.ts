import { type Decoded, decodePdu } from '@skyferry/cfdp'
import type { Link } from '@skyferry/engine'
import { isFault } from '@skyferry/octets'

/** A link through which a service sees what its entity is working on. */
export class TappedLink<Address> implements Link<Address> {
  readonly #link: Link<Address>
  readonly #before: (directive: Uint8Array) => void
  readonly #after: () => void
  #atHand: Uint8Array | undefined

  /**
   * @param before hears each datagram that may be a directive, before the entity does
   * @param after  is called when the entity has worked on a datagram
   */
  constructor(link: Link<Address>, before: (directive: Uint8Array) => void, after: () => void) {
    this.#link = link
    this.#before = before
    this.#after = after
  }

  /** What is being worked on right now; it is lent for this call only. */
  decodeAtHand(): Decoded | undefined {
    if (this.#atHand === undefined) return undefined
    const decoded = decodePdu(this.#atHand)
    return isFault(decoded) ? undefined : decoded
  }

  lease(): ReturnType<Link<Address>['lease']> {
    return this.#link.lease()
  }

  send(slot: Parameters<Link<Address>['send']>[0]): void {
    this.#link.send(slot)
  }

  release(slot: Parameters<Link<Address>['release']>[0]): void {
    this.#link.release(slot)
  }

  open(events: Parameters<Link<Address>['open']>[0]): void {
    this.#link.open({
      datagram: (bytes, from) => {
        this.#atHand = bytes
        // The PDU type: file data are many, and no message is in them.
        if (bytes.length > 0 && (bytes[0]! & 0x10) === 0) this.#before(bytes)
        events.datagram(bytes, from)
        this.#after()
        this.#atHand = undefined
      },
      turn: () => events.turn(),
    })
  }

  close(): void {
    this.#link.close()
  }
}
