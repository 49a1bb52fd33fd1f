/**
 * No promise outruns the store: what a peer may rely on once it has read a datagram must be true of an entity that
 * loses power the moment after. Read from the records themselves, not by the engine's own folding.
 */
import {
  type CfdpRecord,
  ConditionCode,
  type Decoded,
  isComplete,
  type PduKind,
  sameTransaction,
  TransactionStatus,
  transactionKey,
  transactionOctets,
} from '@skyferry/cfdp'

export interface PromiseWitness {
  /** The records that would survive a crash now. */
  survivors(): readonly CfdpRecord[]
  /** How the file of a transaction falls short of being whole, in its place and safe; undefined when it does not. */
  shortcoming(key: string): string | undefined
}

/** Looks at what one entity sends, during all its lives. */
export class Promises {
  readonly #witness: PromiseWitness
  /** Transactions whose numbers are known to be safe. */
  readonly #numbered: Set<string> = new Set()
  #last: Uint8Array = new Uint8Array(0)

  constructor(witness: PromiseWitness) {
    this.#witness = witness
  }

  /** Has this sender's transaction been looked at? Spares decoding file data that follows file data. */
  isFamiliar(datagram: Uint8Array): boolean {
    return this.#last.length > 0 && sameTransaction(datagram, this.#last)
  }

  /** A transaction begins that may have the name of one long gone. */
  begins(key: string): void {
    this.#numbered.delete(key)
    this.#last = new Uint8Array(0)
  }

  /** @returns what a crash right now would belie; undefined when nothing */
  broken({ header, pdu }: Decoded, datagram: Uint8Array): string | undefined {
    const key = transactionKey(header)
    switch (pdu.kind) {
      case 'metadata':
      case 'prompt':
        return this.#unnumbered(key, pdu.kind)
      case 'file-data':
        this.#last = transactionOctets(datagram) ?? this.#last
        return this.#unnumbered(key, pdu.kind)
      case 'eof':
        if (pdu.condition === ConditionCode.NoError) return this.#unnumbered(key, pdu.kind)
        return this.#safe(key, 'sender').has('cancelled')
          ? undefined
          : `EOF (cancel) of ${key} leaves, the cancellation is not safe`
      case 'ack-eof':
        return this.#hastyAckEof(key, pdu.condition, pdu.status)
      case 'ack-finished': {
        const safe = this.#safe(key, 'sender')
        const knows = safe.has('ended') || safe.has('cancelled') || safe.has('told')
        return safe.has('put') && !knows ? `ACK of Finished of ${key} leaves, its end is not safe` : undefined
      }
      case 'finished':
        if (!this.#safe(key, 'receiver').has('finish'))
          return `Finished of ${key} leaves, its record is not safe`
        return isComplete(pdu.condition) ? this.#witness.shortcoming(key) : undefined
      case 'nak':
      case 'keep-alive':
        return undefined
    }
  }

  #unnumbered(key: string, kind: PduKind): string | undefined {
    if (this.#numbered.has(key)) return undefined
    if (!this.#safe(key, 'sender').has('put'))
      return `${kind} of ${key} leaves, the record of its Put is not safe`
    this.#numbered.add(key)
    return undefined
  }

  #hastyAckEof(key: string, condition: ConditionCode, status: TransactionStatus): string | undefined {
    const safe = this.#safe(key, 'receiver')
    if (status === TransactionStatus.Undefined && !safe.has('opened')) return undefined
    // What is known to be whole will be placed, whatever the sender wants now.
    if (safe.has('finish') || safe.has('whole') || (condition === ConditionCode.NoError && safe.has('eof')))
      return undefined
    return `ACK of EOF (condition ${condition}) of ${key} leaves, its record is not safe`
  }

  /** The kinds of records that are safe, of the transaction that has this name now. */
  #safe(key: string, role: CfdpRecord['role']): ReadonlySet<CfdpRecord['kind']> {
    const kinds = new Set<CfdpRecord['kind']>()
    for (const record of this.#witness.survivors()) {
      if (record.transaction !== key || record.role !== role) continue
      if (record.kind === 'put' || record.kind === 'opened' || record.kind === 'forgotten') kinds.clear()
      if (record.kind !== 'forgotten') kinds.add(record.kind)
    }
    return kinds
  }
}
