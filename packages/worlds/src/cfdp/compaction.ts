/** A host may put `snapshot()` in the place of all records so far: then the short journal must mean what the long one did. */
import {
  type CfdpRecord,
  Entity,
  type EntityOptions,
  type Filestore,
  isComplete,
  type TransactionReport,
  transactionKey,
} from '@skyferry/cfdp'
import type { SimulatedDisk } from '@skyferry/sim'
import { SimulatedFilestore } from './simulated-filestore.ts'

/**
 * How an entity restored from its own snapshot differs from the one it was taken of; undefined when it does not.
 * Neither of the two acts on the world: they read its files, and what they write goes nowhere.
 */
export function compactionFlaw(
  settings: Omit<EntityOptions<string>, 'filestore' | 'records'>,
  records: readonly CfdpRecord[],
  disk: SimulatedDisk,
): string | undefined {
  const long = new Entity<string>({ ...settings, filestore: onlooker(disk), records })
  const short = new Entity<string>({ ...settings, filestore: onlooker(disk), records: long.snapshot() })
  // Those that are over are told of last: which of two that end at their start are so may differ by that step.
  const before = [...long.reports()].map(gist).sort()
  const after = [...short.reports()].map(gist).sort()
  for (const [index, report] of before.entries()) {
    if (report !== after[index]) return `${report} became ${after[index] ?? 'nothing'}`
  }
  return after.length > before.length ? `${after[before.length]} came from nowhere` : undefined
}

/** What must not change. Once the outcome is decided, the rest is on its way to its end and may be a step further. */
function gist(report: TransactionReport): string {
  const { role, suspended, ending, state, octets, holes, size, names } = report
  const name = `${role} ${transactionKey(report.transaction)}`
  if (ending === undefined ? state === 'completing' : isComplete(ending.condition)) return `${name} complete`
  return `${name} ${JSON.stringify(ending ?? { suspended, state, octets, holes, size, names })}`
}

/** Files are those of the disk; what is written, placed or discarded stays as it was. */
function onlooker(disk: SimulatedDisk): Filestore {
  const files = new SimulatedFilestore(disk)
  return {
    openSource: name => files.openSource(name),
    openTarget: key => {
      const target = files.openTarget(key)
      return {
        read: (offset, octets, at, length) => target.read(offset, octets, at, length),
        write: () => undefined,
        place: name => ({ kind: 'placed', name }),
        discard: () => {},
        close: () => {},
      }
    },
  }
}
