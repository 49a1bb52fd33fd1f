import { sameTransaction } from '../pdu/peek.ts'

/** What the index asks of a reception. */
export interface Indexed {
  /** `source:sequence`, decimal. */
  readonly key: string
}

/**
 * Receptions by name, and by the header octets that datagrams name them with: the short way in finds the one that was
 * spoken of last by comparing octets, and makes nothing.
 */
export class ReceptionIndex<Receiver extends Indexed> {
  readonly #byKey: Map<string, Receiver> = new Map()
  readonly #hashes: Map<Receiver, number> = new Map()
  readonly #byOctets: Map<number, { readonly octets: Uint8Array; readonly receiver: Receiver }[]> = new Map()
  #lastOctets: Uint8Array = new Uint8Array(0)
  #last: Receiver | undefined

  get(key: string): Receiver | undefined {
    return this.#byKey.get(key)
  }

  values(): IterableIterator<Receiver> {
    return this.#byKey.values()
  }

  /** @param octets from `transactionOctets`; undefined: not to be found by octets */
  add(receiver: Receiver, octets: Uint8Array | undefined): void {
    this.#byKey.set(receiver.key, receiver)
    if (octets === undefined) return
    const hash = hashOfOctets(octets)
    this.#hashes.set(receiver, hash)
    const bucket = this.#byOctets.get(hash)
    if (bucket === undefined) this.#byOctets.set(hash, [{ octets, receiver }])
    else bucket.push({ octets, receiver })
  }

  /** The reception whose header octets this datagram, a whole File Data PDU, carries. */
  of(datagram: Uint8Array): Receiver | undefined {
    if (sameTransaction(datagram, this.#lastOctets)) return this.#last
    const candidates = this.#byOctets.get(hashOf(datagram))
    if (candidates === undefined) return undefined
    for (const candidate of candidates) {
      if (sameTransaction(datagram, candidate.octets)) {
        this.#lastOctets = candidate.octets
        this.#last = candidate.receiver
        return candidate.receiver
      }
    }
    return undefined
  }

  remove(receiver: Receiver): void {
    this.#byKey.delete(receiver.key)
    if (this.#last === receiver) {
      this.#lastOctets = new Uint8Array(0)
      this.#last = undefined
    }
    const hash = this.#hashes.get(receiver)
    if (hash === undefined) return
    this.#hashes.delete(receiver)
    const left = this.#byOctets.get(hash)?.filter(entry => entry.receiver !== receiver) ?? []
    if (left.length === 0) this.#byOctets.delete(hash)
    else this.#byOctets.set(hash, left)
  }
}

/** FNV-1a over the octets that name a transaction in a datagram. */
function hashOf(datagram: Uint8Array): number {
  const widths = datagram[3]! & 0x77
  const end = 7 + 2 * (widths >> 4) + (widths & 7)
  let hash = Math.imul(0x811c9dc5 ^ widths, 0x01000193)
  for (let index = 4; index < end; index++) hash = Math.imul(hash ^ datagram[index]!, 0x01000193)
  return hash
}

function hashOfOctets(octets: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < octets.length; index++) hash = Math.imul(hash ^ octets[index]!, 0x01000193)
  return hash
}
