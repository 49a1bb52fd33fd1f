/** What a journal says of the transactions it knows, as far as a command asks. Pure. */
import type { CfdpRecord, Ending } from '@skyferry/cfdp'

type RecordOf<Kind extends CfdpRecord['kind']> = Extract<CfdpRecord, { kind: Kind; role: 'sender' }>

export interface PastSender {
  readonly put: RecordOf<'put'>
  readonly cancelled: RecordOf<'cancelled'> | undefined
  readonly ended: Ending | undefined
}

/** Sending transactions by key, oldest first. */
export function sendersOf(records: readonly CfdpRecord[]): Map<string, PastSender> {
  const senders = new Map<string, PastSender>()
  for (const record of records) {
    if (record.role !== 'sender') continue
    const key = record.transaction
    const known = senders.get(key)
    if (record.kind === 'put') senders.set(key, { put: record, cancelled: undefined, ended: undefined })
    else if (record.kind === 'forgotten') senders.delete(key)
    else if (known !== undefined && record.kind === 'cancelled')
      senders.set(key, { ...known, cancelled: record })
    else if (known !== undefined && record.kind === 'ended')
      senders.set(key, { ...known, ended: record.ending })
  }
  return senders
}

/** Receiving transactions that have come to an end (Notice of Completion), by key, oldest first. */
export function endedReceptionsOf(records: readonly CfdpRecord[]): Map<string, Ending> {
  const endings = new Map<string, Ending>()
  for (const record of records) {
    if (record.role !== 'receiver') continue
    if (record.kind === 'finish' || record.kind === 'ended') endings.set(record.transaction, record.ending)
    else if (record.kind === 'forgotten') endings.delete(record.transaction)
  }
  return endings
}
