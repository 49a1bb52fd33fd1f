import type { Millis } from '@skyferry/engine'
import { Contact } from '../contact.ts'
import type { RemoteSettings } from '../mib.ts'
import { type DecodeDialect, STANDARD_DIALECT } from '../pdu/dialect.ts'
import type { EntityId } from '../pdu/model.ts'
import { remoteEntity } from '../pdu/peek.ts'
import { RoundTrip } from '../round-trip.ts'

/** Remote entities known only from `anyRemote`. */
const STRANGERS_MAX = 1024

/** The remote entities: their settings (section 8), and what is known of the way to each, which outlives transactions. */
export class Remotes<Address> {
  readonly #settings: Map<EntityId, RemoteSettings<Address>> = new Map()
  readonly #any: RemoteSettings<Address> | undefined
  /** Strangers of an earlier life: where they are shows when they are next heard. */
  readonly #unplaced: Map<EntityId, { address: Address | undefined }> = new Map()
  /** Some peer is not read by the standard alone. */
  readonly #areDialectsSpoken: boolean
  readonly #roundTrips: Map<EntityId, RoundTrip> = new Map()
  readonly #contacts: Map<EntityId, Contact> = new Map()

  /** @param any settings for those that are not listed; absent: they are unknown */
  constructor(listed: readonly RemoteSettings<Address>[], any: RemoteSettings<Address> | undefined) {
    for (const remote of listed) this.#settings.set(remote.id, remote)
    this.#any = any
    const all = any === undefined ? listed : [...listed, any]
    this.#areDialectsSpoken = all.some(
      each => each.protocolVersion === 0 || each.pduDialect !== STANDARD_DIALECT,
    )
  }

  /** @param from where it was just heard from; undefined: not at all */
  settingsFor(id: EntityId, from?: Address): RemoteSettings<Address> | undefined {
    const known = this.#settings.get(id)
    if (known !== undefined && from !== undefined && this.#unplaced.size > 0) this.#place(id, from)
    if (known !== undefined || this.#any === undefined) return known
    if (this.#settings.size >= STRANGERS_MAX) return undefined
    const settings = { ...this.#any, id, address: this.#any.address ?? from }
    this.#settings.set(id, settings)
    if (settings.address === undefined) this.#unplaced.set(id, settings)
    return settings
  }

  /** Of some strangers nobody knows where they are. */
  get lacksAddresses(): boolean {
    return this.#unplaced.size > 0
  }

  /** In place, because its transactions have these settings already. Once: nobody else may take over its transactions. */
  #place(id: EntityId, from: Address): void {
    const unplaced = this.#unplaced.get(id)
    if (unplaced === undefined) return
    unplaced.address = from
    this.#unplaced.delete(id)
  }

  /** How to read this datagram: as the entity it comes from writes. */
  dialectOf(datagram: Uint8Array): DecodeDialect {
    if (!this.#areDialectsSpoken) return STANDARD_DIALECT
    const id = remoteEntity(datagram)
    const settings = id === undefined ? undefined : (this.#settings.get(id) ?? this.#any)
    if (settings === undefined) return STANDARD_DIALECT
    return settings.protocolVersion === 0
      ? { ...settings.pduDialect, acceptVersion0: true }
      : settings.pduDialect
  }

  contactWith(settings: RemoteSettings<Address>): Contact {
    let contact = this.#contacts.get(settings.id)
    if (contact === undefined) {
      contact = new Contact(settings.id, settings.lightTime)
      this.#contacts.set(settings.id, contact)
    }
    return contact
  }

  /** The link to that remote entity was down: times across that measure nothing. */
  upAgain(id: EntityId, now: Millis): void {
    this.#roundTrips.get(id)?.upAgain(now)
  }

  roundTripTo(settings: RemoteSettings<Address>): RoundTrip {
    let roundTrip = this.#roundTrips.get(settings.id)
    if (roundTrip === undefined) {
      roundTrip = new RoundTrip(settings.lightTime)
      this.#roundTrips.set(settings.id, roundTrip)
    }
    return roundTrip
  }
}
