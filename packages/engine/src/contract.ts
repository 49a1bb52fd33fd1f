/** What an engine is, and the four things it is given: a link, a store, a clock, and (by its own options) chance. */

declare const unit: unique symbol
declare const brand: unique symbol

/** Milliseconds on a clock that never runs backwards. Only differences mean anything. */
export type Millis = number & { readonly [unit]: 'ms' }

/** "No deadline": compares later than every real time, so `Math.min` just works. */
export const NEVER: Millis = Infinity as Millis

/** A value that looks like any other `Base` and must not be confused with one. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/** An envelope a link lends to an engine. The engine fills it, the link sends it. */
export interface Slot<Address> {
  /** Room for one datagram; `bytes.length` is the link's MTU in octets. */
  readonly bytes: Uint8Array
  /** The same octets; made once per slot, because a `DataView` per datagram costs more than the datagram. */
  readonly view: DataView
  /** Octets filled, from the front. Zero is a legal datagram (a CDP heartbeat). */
  length: number
  /** Whom it is for; `undefined` is the link's one peer. */
  to: Address | undefined
}

/**
 * A protocol as a pure state machine: requests, datagrams and time go in; datagrams, records and
 * indications come out. It reads no clock, owns no socket, throws at nothing a peer can send.
 */
export interface Engine<Request, Reply, Indication, Kept, Address> {
  /** A local user asks for something. Refusal is an answer, not an exception. */
  request(request: Request, now: Millis): Reply
  /** Bytes arrived. Nothing they hold makes it throw. Borrows `datagram` for this call only. */
  receive(datagram: Uint8Array, from: Address, now: Millis): void
  /** Time passed. Calling early, late or twice is harmless. */
  tick(now: Millis): void
  /** Fill `slot` with the next datagram, or return false if there is none to send now. */
  transmit(slot: Slot<Address>, now: Millis): boolean
  /** The next thing that must outlive a crash, oldest first. */
  record(): Kept | undefined
  /** Every record handed out so far, up to the `count`-th, is durable, and so are the octets written before it. */
  stored(count: number, now: Millis): void
  /** The next thing to tell the local user, oldest first. */
  indication(): Indication | undefined
  /** When `tick` next has work to do, or NEVER. */
  deadline(): Millis
}

/** What a link tells whoever opened it. */
export interface LinkEvents<Address> {
  /** One whole datagram; `bytes` is lent for the length of the call. */
  datagram(bytes: Uint8Array, from: Address): void
  /** Follows every burst of datagrams, and comes whenever there is room to send again: settle now. */
  turn(): void
}

/** A medium that carries whole datagrams, each intact, or lost, or late, or twice. */
export interface Link<Address> {
  /** A free envelope, or undefined while the link is full or has had its share of this turn; a `turn` follows. */
  lease(): Slot<Address> | undefined
  /** Takes a leased slot and what it holds. Never delivers anything re-entrantly. */
  send(slot: Slot<Address>): void
  /** Gives back a leased slot unused. */
  release(slot: Slot<Address>): void
  open(events: LinkEvents<Address>): void
  close(): void
}

/** Where records go to outlive a crash. */
export interface Store<Kept> {
  /** Takes records in order; calls `durable(count)` later, in order, grouped as it likes. Never blocks. */
  keep(record: Kept): void
  /** `count` is the number of records kept since `open` that are now safe, with the octets written before them. */
  open(events: { durable(count: number): void }): void
}

export interface Alarm {
  cancel(): void
}

export interface Clock {
  now(): Millis
  /** Rings once, at `when` or as soon after it as the host can. Never rings re-entrantly. */
  at(when: Millis, ring: () => void): Alarm
}
