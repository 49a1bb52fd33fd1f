/** What a journal says of the receptions it knows, as far as the host of an entity asks. Pure. */
import { type CfdpRecord, type TransactionId, transactionOf } from '@skyferry/cfdp'

/** Receptions whose file has no place yet, as `source:sequence`. */
export function liveReceptions(records: Iterable<CfdpRecord>): Set<string> {
  const live = new Set<string>()
  for (const record of records) {
    if (record.role !== 'receiver') continue
    if (record.kind === 'opened') live.add(record.transaction)
    else if (record.kind === 'finish' || record.kind === 'ended' || record.kind === 'forgotten') {
      live.delete(record.transaction)
    }
  }
  return live
}

/**
 * The records without what they say is held of these receptions: their files are gone, so all of it is to be asked for
 * again. Nobody should claim an octet that is not on the disk.
 */
export function withoutHeld(records: readonly CfdpRecord[], lost: ReadonlySet<string>): CfdpRecord[] {
  return records.filter(
    record =>
      record.role !== 'receiver' ||
      !lost.has(record.transaction) ||
      (record.kind !== 'held' && record.kind !== 'whole'),
  )
}

/** Receptions of which something is held, according to the records. */
export function receptionsHolding(records: Iterable<CfdpRecord>): Set<string> {
  const holding = new Set<string>()
  for (const record of records) {
    if (record.role === 'receiver' && record.kind === 'held') holding.add(record.transaction)
  }
  return holding
}

/**
 * Records of transactions that an entity was given and did not take up, since it has no settings for their remote
 * entity this time. Another run may have them, so a compacted journal keeps these as they are.
 */
export function strangers(
  records: readonly CfdpRecord[],
  isKnown: (id: TransactionId, role: CfdpRecord['role']) => boolean,
): CfdpRecord[] {
  const nameOf = (record: CfdpRecord): string => `${record.role} ${record.transaction}`
  const strange = new Set<string>()
  for (const record of records) {
    if (record.kind === 'forgotten') strange.delete(nameOf(record))
    else if (record.kind === 'put' || record.kind === 'opened') {
      if (!isKnown(transactionOf(record.transaction), record.role)) strange.add(nameOf(record))
    }
  }
  return records.filter(record => strange.has(nameOf(record)))
}
