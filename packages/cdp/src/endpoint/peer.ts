import { type Millis, NEVER, type Scheduled } from '@skyferry/engine'
import { Connection } from '../connection/connection.ts'
import type { ConnectionEvent } from '../connection/events.ts'
import type { Settings } from '../settings.ts'
import { behindCookie, challengeTo, type Sign } from './challenge.ts'
import type { ConnectionId } from './messages.ts'
import type { Validation } from './options.ts'

/** Until an address is known to be the peer's own, it is sent so many times what came from it. */
const AMPLIFICATION = 3

/** One connection of an endpoint, and what its address has proved. */
export class Peer<Address> implements Scheduled {
  readonly id: ConnectionId
  readonly address: Address
  readonly key: string
  readonly connection: Connection
  heapIndex = -1
  heapDue: Millis = NEVER
  /** It stands in the endpoint's ring of those with something to send, or to tell. */
  isSpeaking = false
  isTelling = false
  isPaused = false
  isBuried = false
  #validation: Validation
  #received = 0
  #sent = 0
  /** Under 'cookie': what the first turn brought, which is not believed yet. */
  #held: ConnectionEvent[] | undefined
  #heldOctets = 0

  constructor(
    id: ConnectionId,
    address: Address,
    key: string,
    start: 'controller' | 'handler' | Millis,
    validation: Validation,
    now: Millis,
    settings: Partial<Settings> | Settings,
  ) {
    this.id = id
    this.address = address
    this.key = key
    this.connection = new Connection(start, now, settings)
    this.#validation = validation
  }

  deadline(): Millis {
    return this.connection.nextTimeout()
  }

  /** Octets that may be sent to this address now. */
  get allowance(): number {
    return this.#validation === 'none' ? Infinity : AMPLIFICATION * this.#received - this.#sent
  }

  get isValidated(): boolean {
    return this.#validation === 'none'
  }

  validate(): void {
    this.#validation = 'none'
  }

  receive(datagram: Uint8Array, now: Millis): void {
    this.#received += datagram.length
    this.connection.receive(datagram, now)
  }

  /** @returns the length of a datagram written to `target`, -1 when there is none to send now */
  fill(target: Uint8Array, now: Millis): number {
    const length = this.connection.fill(target, now, Math.min(target.length, this.allowance))
    if (length > 0) this.#sent += length
    return length
  }

  /** The next events to tell; none while an unproven address's first turn is held back. */
  events(sign: Sign | undefined, now: Millis): ConnectionEvent[] {
    const event = this.connection.event()
    if (event === undefined) return []
    if (this.#validation !== 'cookie' || sign === undefined) return [event]
    switch (event.kind) {
      case 'payload': {
        const behind = this.#held === undefined ? behindCookie(event.data, this.key, sign, now) : undefined
        if (behind === undefined) return this.#hold(event)
        this.validate()
        // A payload that is only the cookie was put in front of the turn; more than that is its beginning.
        return behind.length === 0 ? [] : [{ ...event, data: behind }]
      }
      case 'control':
        this.#release()
        this.connection.send(challengeTo(this.key, sign, now), { give: true }, now)
        return []
      case 'close-asked':
      case 'closed':
        // There will be no other turn: what was held is all there is, and the limit still stands.
        return [...this.#release(), event]
      default:
        return [event]
    }
  }

  #hold(event: ConnectionEvent & { readonly data: Uint8Array }): ConnectionEvent[] {
    this.#held ??= []
    this.#held.push(event)
    this.#heldOctets += event.data.length
    const { inboxPayloads, inboxOctets } = this.connection.settings
    if (this.#held.length > inboxPayloads || this.#heldOctets > inboxOctets) this.connection.halt()
    return []
  }

  #release(): ConnectionEvent[] {
    const held = this.#held ?? []
    this.#held = undefined
    this.#heldOctets = 0
    return held
  }
}
