import {
  type ConditionCode,
  type DeliveryCode,
  type Indication,
  isComplete,
  type Role,
  type TransactionId,
  transactionKey,
} from '@skyferry/cfdp'
import type { World } from '@skyferry/sim'
import type { Parcel } from './parcel.ts'
import type { Party } from './party.ts'

/** One Put that was accepted, until its sender forgets it in a crash. */
export interface Consignment {
  readonly key: string
  readonly id: TransactionId
  readonly parcel: Parcel
  readonly from: Party
  readonly to: Party
  /** Has anybody been told that the file is whole, in its place? From then on it must be there. */
  isPromised: boolean
}

interface Ending {
  readonly condition: ConditionCode
  readonly delivery: DeliveryCode
}

/**
 * What was asked of the entities of a world, and what they said: that complete means identical, that an end is told
 * once in a life and never otherwise in another, that a sequence number means one file for ever.
 */
export class Ledger {
  readonly #sky: World
  /** By transaction; a Put whose record was lost leaves its number to the next. */
  readonly #consignments: Map<string, Consignment> = new Map()
  /** Ends that were told, by role and transaction: in this life of their entity, and ever. */
  readonly #told: Map<string, { readonly ending: Ending; readonly life: number }> = new Map()
  /** What a sequence number stood for when it was first seen on the wire. */
  readonly #onTheWire: Map<string, string> = new Map()

  constructor(sky: World) {
    this.#sky = sky
  }

  get consignments(): IterableIterator<Consignment> {
    return this.#consignments.values()
  }

  of(key: string): Consignment | undefined {
    return this.#consignments.get(key)
  }

  accepted(id: TransactionId, parcel: Parcel, from: Party, to: Party): Consignment {
    const key = transactionKey(id)
    const consignment = { key, id, parcel, from, to, isPromised: false }
    this.#consignments.set(key, consignment)
    this.#told.delete(`sender ${key}`)
    return consignment
  }

  /** The Metadata of a transaction leaves its sender. */
  named(key: string, name: string): void {
    const before = this.#onTheWire.get(key)
    if (before === undefined) this.#onTheWire.set(key, name)
    else if (before !== name) {
      this.#sky.fail('a sequence number is used once', `${key} was ${before} and is ${name} now`)
    }
  }

  told(who: Party, what: Indication): void {
    if (what.kind !== 'transaction-finished') return
    const key = transactionKey(what.transaction)
    const consignment = this.#consignments.get(key)
    if (consignment === undefined) {
      this.#sky.fail('every transaction was asked for', `${who.name} ends ${key}`)
    }
    this.#endsOnce(who, what.role, key, what)
    if (!isComplete(what.condition)) return
    const isBlind = consignment.parcel.mode === 'unacknowledged' && !consignment.parcel.closure
    if (what.role === 'sender' && isBlind) return
    this.promised(consignment, `${who.name} says so`)
  }

  /** Somebody says that a file is complete. */
  promised(consignment: Consignment, who: string): void {
    const flaw = consignment.to.flaw(consignment.parcel)
    if (flaw !== undefined)
      this.#sky.fail('complete means identical', `${who}, of ${consignment.parcel.name}: ${flaw}`)
    consignment.isPromised = true
  }

  /** A node starts again: what was promised must be there. */
  started(party: Party): void {
    for (const consignment of this.#consignments.values()) {
      if (consignment.to === party && consignment.isPromised) {
        this.promised(consignment, `promised before ${party.name} fell`)
      }
    }
  }

  wasTold(role: Role, key: string): boolean {
    return this.#told.has(`${role} ${key}`)
  }

  #endsOnce(who: Party, role: Role, key: string, ending: Ending): void {
    const name = `${role} ${key}`
    const before = this.#told.get(name)
    const { life } = who
    this.#told.set(name, { ending, life })
    if (before === undefined) return
    // A sender may be frozen for longer than a receiver remembers that it gave up: then it is a transaction nobody knew.
    if (who.journal(key, role).some(record => record.kind === 'forgotten')) return
    if (before.life === life)
      this.#sky.fail('each transaction ends once', `${who.name} told the end of ${name} twice`)
    if (before.ending.condition !== ending.condition || before.ending.delivery !== ending.delivery) {
      const was = `condition ${before.ending.condition}, then ${ending.condition}`
      this.#sky.fail('each transaction ends once', `${who.name} told two ends of ${name}: ${was}`)
    }
  }
}
