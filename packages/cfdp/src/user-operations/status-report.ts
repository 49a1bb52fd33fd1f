/** The file of a remote status report (section 6.4); the standard leaves its form open: one `name: value` a line. */
import type { TransactionReport } from '../indications.ts'
import { TransactionStatus } from '../pdu/model.ts'
import { octetsFrom } from '../pdu/names.ts'
import { conditionName } from '../pdu/words.ts'
import { transactionKey } from '../records.ts'

export function statusOf(report: TransactionReport | undefined): TransactionStatus {
  // We remember a transaction for a while after its end, and cannot tell one we forgot from one that never was.
  if (report === undefined) return TransactionStatus.Undefined
  return report.state === 'ended' ? TransactionStatus.Terminated : TransactionStatus.Active
}

export function writeStatusReport(report: TransactionReport): Uint8Array {
  const { ending } = report
  const facts: readonly (readonly [string, string | number])[] = [
    ['transaction', transactionKey(report.transaction)],
    ['role', report.role],
    ['mode', report.mode],
    ['state', report.state],
    ['suspended', report.suspended ? 'yes' : 'no'],
    ['size', report.size ?? 'unknown'],
    ['octets', report.octets],
    ['gaps', report.gaps],
    ['condition', ending === undefined ? 'none' : conditionName(ending.condition)],
    ['waiting for', report.waitingFor],
  ]
  return octetsFrom(facts.map(([name, value]) => `${name}: ${value}\n`).join(''))
}
