/** One datagram under way: a copy of its octets, and when it left and arrives. */
export class Airborne {
  /** At least as large as the datagram; the rest is of an earlier one. */
  readonly store: Uint8Array
  /** Exactly the datagram. Kept from one use to the next, because most datagrams of a flow are of one length. */
  bytes: Uint8Array
  /** When the transmitter began with it and was done. */
  began = 0
  departed = 0
  arrives = 0
  /** Its place in the order in which datagrams were offered; copies count. */
  order = 0
  corrupted = false
  /** A command to go down caught it before it had left. */
  cut = false
  /** Which of the pool's shelves it belongs on. */
  readonly shelf: number

  constructor(capacity: number, shelf: number) {
    this.shelf = shelf
    this.store = new Uint8Array(capacity)
    this.bytes = this.store
  }
}

/** Octets that idle buffers may hold; what is given back beyond is left to the garbage collector. */
const IDLE_OCTETS_MAX = 2 ** 24

/**
 * Buffers that have been used before, because a fresh array per datagram costs ten times its copy. Sizes come in
 * four classes per octave, so that at most a fifth of a buffer is idle. Worlds that run one after the other may share one.
 */
export class DatagramPool {
  readonly #shelves: (Airborne[] | undefined)[] = []
  #idleOctets = 0

  /** A buffer that holds a copy of `datagram`. */
  copy(datagram: Uint8Array): Airborne {
    const length = datagram.length
    const shift = length < 64 ? 4 : 29 - Math.clz32(length)
    const steps = (length + (1 << shift) - 1) >> shift
    const shelf = shift * 8 + steps
    const free = this.#shelves[shelf]
    let airborne: Airborne | undefined
    if (free !== undefined && free.length > 0) {
      airborne = free.pop()!
      this.#idleOctets -= airborne.store.length
    } else {
      airborne = new Airborne(steps << shift, shelf)
    }
    if (airborne.bytes.length !== length) airborne.bytes = airborne.store.subarray(0, length)
    airborne.bytes.set(datagram)
    return airborne
  }

  /** Takes a buffer back; nobody may still look at it. */
  giveBack(airborne: Airborne): void {
    const capacity = airborne.store.length
    if (this.#idleOctets + capacity > IDLE_OCTETS_MAX) return
    this.#idleOctets += capacity
    const free = this.#shelves[airborne.shelf]
    if (free === undefined) this.#shelves[airborne.shelf] = [airborne]
    else free.push(airborne)
  }
}
