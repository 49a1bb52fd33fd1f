import type { PayloadFlag, PayloadId } from '../wire/message.ts'

export interface Early {
  readonly flag: PayloadFlag
  readonly data: Uint8Array
}

/** Payloads that came before their turn (decision D12). How far ahead they may be is the caller's business. */
export class EarlyPayloads {
  readonly #kept: Map<PayloadId, Early> = new Map()
  #octets = 0

  get size(): number {
    return this.#kept.size
  }

  /** Keeps a copy, unless there is one already or it would be more than `octetsMax` in all. */
  keep(id: PayloadId, flag: PayloadFlag, data: Uint8Array, octetsMax: number): void {
    if (this.#kept.has(id) || this.#octets + data.length > octetsMax) return
    this.#kept.set(id, { flag, data: new Uint8Array(data) })
    this.#octets += data.length
  }

  take(id: PayloadId): Early | undefined {
    const found = this.#kept.get(id)
    if (found === undefined) return undefined
    this.#kept.delete(id)
    this.#octets -= found.data.length
    return found
  }

  entries(): IterableIterator<[PayloadId, Early]> {
    return this.#kept.entries()
  }
}
