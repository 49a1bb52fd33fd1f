/** The `result` line of a transaction. */
import {
  actionName,
  type FilestoreResponse,
  responseStatusName,
  type TransactionReport,
} from '@skyferry/cfdp'
import type { Result } from '../output/lines.ts'
import type { Outcome } from './outcome.ts'

/**
 * @param report as the transaction ended; undefined when it ended in an earlier run and is forgotten
 * @param file   the file at this end; null without one
 */
export function resultOf(
  transaction: string,
  outcome: Outcome,
  report: TransactionReport | undefined,
  responses: readonly FilestoreResponse[],
  seconds: number,
  file: { readonly path: string | null; readonly sha256: string | null },
): Result {
  return {
    transaction,
    state: outcome.state,
    reason: outcome.reason,
    octets:
      report === undefined
        ? 0
        : outcome.state === 'completed'
          ? (report.size ?? report.octets)
          : report.octets,
    seconds,
    sha256: file.sha256,
    path: file.path,
    pdus: report?.pdus ?? { sent: 0, received: 0, resent: 0 },
    ...(responses.length === 0 ? {} : { responses: responses.map(describeResponse) }),
  }
}

/** `delete file old.txt: successful` */
function describeResponse(response: FilestoreResponse): string {
  const names = [response.firstName, response.secondName].filter(name => name !== undefined && name !== '')
  const note = response.message === '' ? '' : ` (${response.message})`
  const status = responseStatusName(response.action, response.status)
  return `${actionName(response.action)} ${names.join(', ')}: ${status}${note}`
}
