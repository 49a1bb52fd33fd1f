import type { PduCounts, TransferAction, TransferState } from '@skyferry/api'
import type { TransferRow } from './transfer-row.ts'

/** How a transfer stands right now, as its service sees it. */
export interface LiveView {
  readonly state: TransferState
  readonly size: number | null
  readonly octets: number
  readonly gaps: number
  readonly reason: string | null
  /** One sentence. */
  readonly explanation: string
  readonly pdus: PduCounts
  readonly remotePath: string | null
}

/** What is missing, half-open ranges in ascending order; `count` of them in all. */
export interface Missing {
  readonly ranges: readonly (readonly [from: number, to: number])[]
  readonly count: number
}

/** An object that is still arriving: where its octets lie, and which of them are there, safely. */
export interface ArrivingPart {
  readonly path: string
  readonly size: number | null
  /** Octets from the start without a gap. */
  readonly contiguous: number
  readonly octets: number
  missingWithin(from: number, to: number): readonly (readonly [from: number, to: number])[]
}

/** Whoever carries transfers: a service of some protocol. */
export interface Carrier {
  readonly name: string
  /** Undefined when the service does not know it (any longer). */
  look(row: TransferRow): LiveView | undefined
  missing(row: TransferRow, limit: number): Missing
  arriving(row: TransferRow): ArrivingPart | undefined
  /** @returns why not; undefined when done */
  act(row: TransferRow, action: Exclude<TransferAction, 'retry'>): string | undefined
  /** Begins the transfer anew. @returns the new transfer's id, or why not */
  retry(row: TransferRow): number | string
}
