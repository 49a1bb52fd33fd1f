import {
  type Decoded,
  decodeReservedMessage,
  isReserved,
  type ReservedMessage,
  transactionKey,
} from '@skyferry/cfdp'
import { isFault } from '@skyferry/octets'

/** So many are remembered; a peer that names more than that loses the oldest. */
const ORIGINS_MAX = 10_000

/** Which transaction asked for another one, by what the Metadata of that other one says. */
export class Origins {
  readonly #origins: Map<string, string> = new Map()

  /** A PDU on its way to the entity, or a record of one. */
  note({ header, pdu }: Decoded): void {
    if (pdu.kind !== 'metadata') return
    const origin = originIn(messagesOf(pdu))
    if (origin === undefined) return
    this.#origins.set(transactionKey(header), origin)
    if (this.#origins.size > ORIGINS_MAX) this.#origins.delete(this.#origins.keys().next().value!)
  }

  of(transaction: string): string | undefined {
    return this.#origins.get(transaction)
  }

  drop(transaction: string): void {
    this.#origins.delete(transaction)
  }
}

/** The messages to user of a Metadata PDU. */
export function messagesOf(pdu: Extract<Decoded['pdu'], { kind: 'metadata' }>): Uint8Array[] {
  return pdu.options.flatMap(option => (option.tlv === 'message-to-user' ? [option.value] : []))
}

/** Those that are reserved, understood; what is not is nobody's concern. */
export function reservedIn(messages: readonly Uint8Array[]): ReservedMessage[] {
  return messages.filter(isReserved).flatMap(message => {
    const decoded = decodeReservedMessage(message)
    return decoded === undefined || isFault(decoded) ? [] : [decoded]
  })
}

/** The transaction that asked, as `source:sequence`. */
export function originIn(messages: readonly Uint8Array[]): string | undefined {
  const found = reservedIn(messages).find(({ kind }) => kind === 'originating-transaction-id')
  return found?.kind === 'originating-transaction-id' ? transactionKey(found) : undefined
}
