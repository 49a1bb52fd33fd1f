import { assert, type Link, type LinkEvents, type Millis, type Slot } from '@skyferry/engine'
import type { VirtualAlarm, VirtualClock } from './virtual-clock.ts'

/** One end's own limits; the weather between the ends is the air's. */
export interface LinkSettings {
  /** Room in a slot: the largest datagram, octets. */
  readonly mtuOctets: number
  /** Envelopes, and so the most that is sent in one turn. */
  readonly slots: number
  /** A token bucket at this end, bit/s; Infinity for none. It may go into debt by one datagram. */
  readonly rateBps: number
  /** Octets each datagram costs the bucket beyond its own. */
  readonly overheadOctets: number
}

export const LINK_DEFAULTS: LinkSettings = {
  mtuOctets: 1500,
  slots: 32,
  rateBps: Infinity,
  overheadOctets: 0,
}

/** Where a link puts what it sends: the air. Borrows `datagram` for the call, delivers nothing within it. */
export interface Outlet {
  carry(datagram: Uint8Array, to: string | undefined, now: Millis): void
}

class Envelope implements Slot<string> {
  readonly bytes: Uint8Array
  readonly view: DataView
  length = 0
  to: string | undefined = undefined
  isLeased = false

  constructor(octets: number) {
    this.bytes = new Uint8Array(octets)
    this.view = new DataView(this.bytes.buffer)
  }
}

/**
 * A node's end of the simulated air, for one life of its engine; addresses are names of nodes. It behaves like a
 * socket: a bounded ring of slots that are busy until the host's next turn, a share per turn, a bucket if it has a rate.
 */
export class SimulatedLink implements Link<string> {
  readonly #clock: VirtualClock
  readonly #outlet: Outlet
  readonly #settings: LinkSettings
  readonly #turn: VirtualAlarm
  readonly #free: Envelope[] = []
  /** Sent in the step that `#step` names; they come back in the next one. */
  readonly #sent: Envelope[] = []
  #made = 0
  #step = -1
  /** A lease was refused while all slots were in the caller's hands. */
  #owesTurn = false
  /** When the bucket is out of debt. */
  #readyAt = -Infinity
  #events: LinkEvents<string> | undefined
  #isClosed = false

  constructor(clock: VirtualClock, outlet: Outlet, settings: LinkSettings) {
    assert(settings.slots >= 1, 'a link has a slot')
    this.#clock = clock
    this.#outlet = outlet
    this.#settings = settings
    this.#turn = clock.alarm(() => this.#events?.turn())
  }

  lease(): Slot<string> | undefined {
    if (this.#isClosed) return undefined
    const now = this.#clock.now()
    if (this.#readyAt > now) {
      this.#turn.set(this.#readyAt as Millis)
      return undefined
    }
    if (this.#step !== this.#clock.steps) this.#reclaim()
    const slot = this.#free.pop() ?? this.#make()
    if (slot === undefined) {
      if (this.#sent.length > 0) this.#turn.set(now)
      else this.#owesTurn = true
      return undefined
    }
    slot.isLeased = true
    slot.length = 0
    slot.to = undefined
    return slot
  }

  send(slot: Slot<string>): void {
    const envelope = this.#take(slot)
    if (this.#isClosed) return
    const { bytes, length } = envelope
    assert(length >= 0 && length <= bytes.length, 'a datagram fits its slot')
    const now = this.#clock.now()
    const { rateBps, overheadOctets } = this.#settings
    if (rateBps !== Infinity) {
      this.#readyAt = Math.max(this.#readyAt, now) + ((length + overheadOctets) * 8000) / rateBps
    }
    if (this.#step !== this.#clock.steps) this.#reclaim()
    this.#sent.push(envelope)
    this.#outlet.carry(length === bytes.length ? bytes : bytes.subarray(0, length), envelope.to, now)
    this.#settleDebt()
  }

  release(slot: Slot<string>): void {
    this.#free.push(this.#take(slot))
    this.#settleDebt()
  }

  open(events: LinkEvents<string>): void {
    this.#events = events
  }

  close(): void {
    this.#isClosed = true
    this.#events = undefined
    this.#turn.cancel()
  }

  /** For the air: one datagram of a burst; false when nobody listens. */
  deliver(datagram: Uint8Array, from: string): boolean {
    if (this.#events === undefined) return false
    this.#events.datagram(datagram, from)
    return true
  }

  /** For the air: the burst is over. */
  endBurst(): void {
    this.#events?.turn()
  }

  #reclaim(): void {
    this.#step = this.#clock.steps
    for (const envelope of this.#sent) this.#free.push(envelope)
    this.#sent.length = 0
  }

  #make(): Envelope | undefined {
    if (this.#made === this.#settings.slots) return undefined
    this.#made += 1
    return new Envelope(this.#settings.mtuOctets)
  }

  #take(slot: Slot<string>): Envelope {
    assert(slot instanceof Envelope && slot.isLeased, 'a slot is sent or released once')
    slot.isLeased = false
    return slot
  }

  #settleDebt(): void {
    if (!this.#owesTurn) return
    this.#owesTurn = false
    this.#turn.set(this.#clock.now())
  }
}
