/** The receiving half of an RDP connection: in order, once; what comes early is held. */
import { nextSequence, type RdpSequence, steps } from './segment.ts'

/** What a data segment turned out to be. */
export type Arrival = 'in-order' | 'early' | 'repeated' | 'outside' | 'no-room'

/** What one data segment carries for the user. */
export interface Parcel {
  readonly octets: Uint8Array
  /** The flag FRAG of its packet: it ends in an SFP trailer. */
  readonly isFragment: boolean
}

/** What the connection delivers to, and whether there is room there. */
export interface Outlet {
  hasRoom(): boolean
  deliver(parcel: Parcel): void
}

/** Packets that may be held early, over all connections of a node. */
export interface HoldBudget {
  left: number
}

export class Incoming {
  readonly #window: number
  readonly #outlet: Outlet
  readonly #budget: HoldBudget
  readonly #early: Map<RdpSequence, Parcel> = new Map()
  #last: RdpSequence

  /** @param last the peer's initial number */
  constructor(last: RdpSequence, windowPackets: number, outlet: Outlet, budget: HoldBudget) {
    this.#last = last
    this.#window = windowPackets
    this.#outlet = outlet
    this.#budget = budget
  }

  /** The last number received in order: what acknowledgements say. */
  get last(): RdpSequence {
    return this.#last
  }

  get heldCount(): number {
    return this.#early.size
  }

  /** Is this number one that the peer may use now, for data or for control? */
  isWithin(sequence: RdpSequence): boolean {
    const ahead = steps(this.#last, sequence)
    return ahead > 0 && ahead <= 2 * this.#window
  }

  /** Takes a data segment; borrows its octets. */
  take(sequence: RdpSequence, parcel: Parcel): Arrival {
    const ahead = steps(this.#last, sequence)
    if (ahead <= 0) return ahead > -2 * this.#window - 1 ? 'repeated' : 'outside'
    if (ahead > 2 * this.#window) return 'outside'
    if (this.#early.has(sequence)) return 'repeated'
    if (ahead > 1) {
      if (this.#budget.left === 0) return 'no-room'
      this.#budget.left -= 1
      this.#early.set(sequence, kept(parcel))
      return 'early'
    }
    if (!this.#outlet.hasRoom()) return 'no-room'
    this.#advance(sequence, kept(parcel))
    this.deliverEarly()
    return 'in-order'
  }

  /** Delivers what is held and has its turn. */
  deliverEarly(): void {
    for (let next = nextSequence(this.#last); this.#outlet.hasRoom(); next = nextSequence(next)) {
      const parcel = this.#early.get(next)
      if (parcel === undefined) return
      this.#early.delete(next)
      this.#budget.left += 1
      this.#advance(next, parcel)
    }
  }

  /** Numbers held early, nearest first, at most `most`. */
  heldNumbers(most: number): RdpSequence[] {
    const numbers = [...this.#early.keys()]
    return numbers.sort((one, other) => steps(other, one)).slice(0, most)
  }

  /** Gives back what it holds. */
  discard(): void {
    this.#budget.left += this.#early.size
    this.#early.clear()
  }

  #advance(sequence: RdpSequence, parcel: Parcel): void {
    this.#last = sequence
    this.#outlet.deliver(parcel)
  }
}

/** What arrives is lent; not `slice`, because a Buffer's is a view. */
function kept({ octets, isFragment }: Parcel): Parcel {
  return { octets: new Uint8Array(octets), isFragment }
}
