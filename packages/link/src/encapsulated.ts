import { assert, type Link, type LinkEvents, type Slot } from '@skyferry/engine'

/** What is put around each datagram, in place. */
export interface Encapsulation {
  /** Octets in front of a payload, and behind it. */
  readonly headOctets: number
  readonly tailOctets: number
  /** Where `open` found the payload; one object, reused. */
  readonly span: { readonly from: number; readonly to: number }
  /**
   * Completes what stands at `headOctets`.
   *
   * @returns octets in all, from the front; `undefined`: a payload like this cannot travel
   */
  seal(octets: Uint8Array, payloadOctets: number): number | undefined
  /** @returns why what arrived is not for us; `undefined`: it is, and `span` says where */
  open(octets: Uint8Array): string | undefined
}

export interface EncapsulatedLink<Address> extends Link<Address> {
  /** Live: arrivals that were not opened, by reason. */
  readonly dropped: ReadonlyMap<string, number>
  /** Datagrams that could not travel in this encapsulation. */
  readonly unsendable: number
}

/** The payload's part of an envelope of the link below; made once per envelope. */
class Inset<Address> implements Slot<Address> {
  readonly bytes: Uint8Array
  readonly view: DataView
  length = 0
  to: Address | undefined = undefined
  isLent = false
  readonly owner: object
  readonly outer: Slot<Address>

  constructor(owner: object, outer: Slot<Address>, headOctets: number, tailOctets: number) {
    const { bytes } = outer
    const octets = bytes.length - headOctets - tailOctets
    this.owner = owner
    this.outer = outer
    this.bytes = bytes.subarray(headOctets, headOctets + octets)
    this.view = new DataView(bytes.buffer, bytes.byteOffset + headOctets, octets)
  }
}

/**
 * A link whose datagrams travel inside those of another. The envelopes it lends are the middle of the other's, so nothing
 * is copied and nothing is made per datagram sent; one view per datagram received. Its MTU is less by what is put around.
 */
export function encapsulated<Address>(
  link: Link<Address>,
  encapsulation: Encapsulation,
): EncapsulatedLink<Address> {
  return new WrappedLink(link, encapsulation)
}

/** What `encapsulated` makes, for links that have more to say of themselves. */
export class WrappedLink<Address> implements EncapsulatedLink<Address> {
  readonly dropped: Map<string, number> = new Map()
  readonly #link: Link<Address>
  readonly #encapsulation: Encapsulation
  /** Links lend the same few envelopes again and again. */
  readonly #insets: WeakMap<Slot<Address>, Inset<Address>> = new WeakMap()
  #unsendable = 0

  constructor(link: Link<Address>, encapsulation: Encapsulation) {
    this.#link = link
    this.#encapsulation = encapsulation
  }

  get unsendable(): number {
    return this.#unsendable
  }

  lease(): Slot<Address> | undefined {
    const outer = this.#link.lease()
    if (outer === undefined) return undefined
    let inset = this.#insets.get(outer)
    if (inset === undefined) {
      const { headOctets, tailOctets } = this.#encapsulation
      assert(outer.bytes.length > headOctets + tailOctets, 'an MTU has room for what is put around')
      inset = new Inset(this, outer, headOctets, tailOctets)
      this.#insets.set(outer, inset)
    }
    inset.length = 0
    inset.to = undefined
    inset.isLent = true
    return inset
  }

  send(slot: Slot<Address>): void {
    const inset = this.#take(slot)
    const { outer, bytes, length } = inset
    assert(length >= 0 && length <= bytes.length, 'a datagram fits its slot')
    const octets = this.#encapsulation.seal(outer.bytes, length)
    if (octets === undefined) {
      this.#unsendable += 1
      this.#link.release(outer)
      return
    }
    outer.length = octets
    outer.to = inset.to
    this.#link.send(outer)
  }

  release(slot: Slot<Address>): void {
    this.#link.release(this.#take(slot).outer)
  }

  open(events: LinkEvents<Address>): void {
    const encapsulation = this.#encapsulation
    this.#link.open({
      datagram: (octets, from) => {
        const drop = encapsulation.open(octets)
        if (drop === undefined) {
          const { span } = encapsulation
          events.datagram(octets.subarray(span.from, span.to), from)
        } else {
          this.dropped.set(drop, (this.dropped.get(drop) ?? 0) + 1)
        }
      },
      turn: () => events.turn(),
    })
  }

  close(): void {
    this.#link.close()
  }

  #take(slot: Slot<Address>): Inset<Address> {
    const inset = slot as Inset<Address>
    assert(inset.owner === this && inset.isLent, 'a slot is sent or released once, by the link that lent it')
    inset.isLent = false
    return inset
  }
}
