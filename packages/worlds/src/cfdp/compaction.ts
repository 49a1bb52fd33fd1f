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
  const before = gists(long)
  const after = gists(short)
  for (const [name, report] of before) {
    if (report !== after.get(name)) return `${name} ${report} became ${after.get(name) ?? 'nothing'}`
  }
  const more = [...after.keys()].find(name => !before.has(name))
  return more === undefined ? undefined : `${more} came from nowhere`
}

/** By role and transaction: in which order they are reported says nothing. */
function gists(entity: Entity<string>): Map<string, string> {
  return new Map(
    [...entity.reports()].map(report => [
      `${report.role} ${transactionKey(report.transaction)}`,
      gist(report),
    ]),
  )
}

/** What must not change. Once the outcome is decided, the rest is on its way to its end and may be a step further. */
function gist(report: TransactionReport): string {
  const { suspended, ending, state, octets, holes, size, names } = report
  if (ending === undefined ? state === 'completing' : isComplete(ending.condition)) return 'complete'
  return JSON.stringify(ending ?? { suspended, state, octets, holes, size, names })
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
