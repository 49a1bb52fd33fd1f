import type { Direction, EntityRef, PduCounts, TransferFilter, TransferState } from '@skyferry/api'

/** What is kept of a transfer, open or ended. Times are milliseconds of the wall clock. */
export interface TransferRow {
  readonly id: number
  readonly service: string
  readonly protocol: 'cfdp'
  readonly direction: Direction
  readonly protocolId: string
  readonly local: EntityRef
  readonly remote: EntityRef
  readonly bucket: string | null
  readonly object: string | null
  readonly remotePath: string | null
  readonly class: 1 | 2
  readonly closure: boolean
  /** Of an open transfer: as it was when last written, which is not often. */
  readonly state: TransferState
  readonly size: number | null
  readonly octets: number
  readonly created: number
  readonly started: number | null
  readonly ended: number | null
  readonly reason: string | null
  readonly pdus: PduCounts
}

/** A row before it has its id. */
export type NewTransfer = Omit<TransferRow, 'id'>

/** What may change while a transfer is open, and at its end. */
export type TransferChange = Partial<
  Pick<
    TransferRow,
    | 'protocolId'
    | 'bucket'
    | 'object'
    | 'remotePath'
    | 'state'
    | 'size'
    | 'octets'
    | 'started'
    | 'ended'
    | 'reason'
    | 'pdus'
  >
>

/** Which rows a query means; `before`: only ids below it. */
export interface RowQuery {
  readonly filter: TransferFilter
  readonly before: number | undefined
  readonly limit: number
}

export const NO_PDUS: PduCounts = { sent: 0, received: 0, resent: 0 }

/** Whether a row, or what it looks like now, is one that a filter means. */
export function matches(row: TransferRow, filter: TransferFilter): boolean {
  const { state, direction, service, remote, bucket, object, since, until } = filter
  return (
    (state === undefined || state.includes(row.state)) &&
    (direction === undefined || row.direction === direction) &&
    (service === undefined || row.service === service) &&
    (remote === undefined || row.remote.id === remote || row.remote.name === remote) &&
    (bucket === undefined || row.bucket === bucket) &&
    (object === undefined || (row.object ?? '').includes(object)) &&
    (since === undefined || row.created >= Date.parse(since)) &&
    (until === undefined || row.created < Date.parse(until))
  )
}
