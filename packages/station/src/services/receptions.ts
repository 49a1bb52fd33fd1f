import { type CfdpRecord, decodePdu, transactionOf } from '@skyferry/cfdp'
import { fromHex, isFault, RangeSet } from '@skyferry/octets'

/** What is known, safely, of one file that is arriving. */
export interface Reception {
  /** The receiving entity, decimal. */
  readonly destination: string
  readonly isAcknowledged: boolean
  /** Octets that are on the disk. */
  readonly held: RangeSet
  size: number | undefined
  /** Undefined until Metadata came. */
  names: { readonly source: string; readonly destination: string } | undefined
}

/**
 * The receptions of an entity, told by its records alone: a record that says "held" follows its octets to the disk, so
 * whoever reads an object that is still arriving is never promised what a power cut would take back.
 */
export class Receptions {
  readonly #known: Map<string, Reception> = new Map()
  /** Of those that are over, too: what came with them may be told only afterwards. */
  readonly #destinations: Map<string, string> = new Map()

  get(transaction: string): Reception | undefined {
    return this.#known.get(transaction)
  }

  /** The receiving entity, decimal. */
  destinationOf(transaction: string): string | undefined {
    return this.#destinations.get(transaction)
  }

  observe(record: CfdpRecord): void {
    if (record.role !== 'receiver') return
    if (record.kind === 'forgotten') this.#destinations.delete(record.transaction)
    if (record.kind === 'opened') {
      this.#destinations.set(record.transaction, record.destination)
      this.#known.set(record.transaction, {
        destination: record.destination,
        isAcknowledged: record.acknowledged,
        held: new RangeSet(),
        size: undefined,
        names: undefined,
      })
      return
    }
    const reception = this.#known.get(record.transaction)
    if (reception === undefined) return
    switch (record.kind) {
      case 'metadata':
        readMetadata(reception, record.pdu)
        return
      case 'held':
        for (let index = 0; index < record.ranges.length; index += 2) {
          reception.held.add(record.ranges[index]!, record.ranges[index + 1]!)
        }
        return
      case 'eof':
        reception.size = record.size
        return
      case 'finish':
      case 'ended':
      case 'forgotten':
        this.#known.delete(record.transaction)
    }
  }
}

function readMetadata(reception: Reception, hex: string): void {
  const octets = fromHex(hex)
  const decoded = isFault(octets) ? octets : decodePdu(octets)
  if (isFault(decoded) || decoded.pdu.kind !== 'metadata') return
  reception.size ??= decoded.pdu.fileSize
  reception.names = { source: decoded.pdu.sourceName, destination: decoded.pdu.destinationName }
}

/** The key under which an entity opens the target of a transaction. */
export function targetKeyOf(transaction: string): string {
  const { source, sequence } = transactionOf(transaction)
  return `${source}-${sequence}`
}
