/** How CFDP reads in a failure's last words. */
import {
  ConditionCode,
  conditionName,
  DeliveryCode,
  decodePdu,
  FileStatus,
  type Indication,
  type Pdu,
  type TransactionReport,
} from '@skyferry/cfdp'
import { isFault } from '@skyferry/octets'

const STATUSES: Readonly<Record<FileStatus, string>> = {
  [FileStatus.DiscardedDeliberately]: 'discarded',
  [FileStatus.DiscardedByFilestore]: 'rejected',
  [FileStatus.Retained]: 'retained',
  [FileStatus.Unreported]: 'unreported',
}

/** A datagram: `NAK 65,536–66,560`. */
export function datagramInWords(datagram: Uint8Array): string {
  const decoded = decodePdu(datagram)
  return isFault(decoded) ? `unreadable (${decoded.code})` : `${pduInWords(decoded.pdu)}`
}

function pduInWords(pdu: Pdu): string {
  switch (pdu.kind) {
    case 'metadata':
      return `Metadata ${pdu.destinationName}, ${grouped(pdu.fileSize)} octets`
    case 'file-data':
      return `File Data ${span(pdu.offset, pdu.offset + pdu.data.length)}`
    case 'eof':
      return `EOF ${grouped(pdu.fileSize)} octets${unlessFine(pdu.condition)}`
    case 'finished':
      return `Finished ${outcome(pdu)}`
    case 'ack-eof':
      return `ACK of EOF${unlessFine(pdu.condition)}, status ${pdu.status}`
    case 'ack-finished':
      return `ACK of Finished${unlessFine(pdu.condition)}, status ${pdu.status}`
    case 'nak': {
      const wanted = pdu.requests.map(({ from, to }) => span(from, to))
      if (pdu.metadataRequested) wanted.unshift('Metadata')
      const shown = wanted.slice(0, 3).join(', ')
      const more = wanted.length > 3 ? ` and ${wanted.length - 3} more` : ''
      return wanted.length === 0 ? `NAK nothing, up to ${grouped(pdu.scope.to)}` : `NAK ${shown}${more}`
    }
    case 'prompt':
      return `Prompt ${pdu.response}`
    case 'keep-alive':
      return `Keep Alive ${grouped(pdu.progress)}`
  }
}

/** What a user is told: `Transaction-Finished complete, retained`. */
export function indicationInWords(what: Indication): string {
  const about = `${what.role} ${what.transaction.source}:${what.transaction.sequence}`
  switch (what.kind) {
    case 'transaction-finished':
      return `Transaction-Finished ${outcome(what)} (${about})`
    case 'fault':
      return `Fault ${conditionName(what.condition)}: ${what.reason} (${about})`
    case 'abandoned':
    case 'suspended':
      return `${what.kind}, ${conditionName(what.condition)} (${about})`
    case 'notice':
      return `notice ${what.code} (${about})`
    default:
      return `${what.kind} (${about})`
  }
}

/** What an entity is doing: the transactions it has open, a few of them. */
export function stateInWords(reports: Iterable<TransactionReport>): string {
  const open: string[] = []
  for (const report of reports) {
    if (report.state === 'ended') continue
    const suspended = report.suspended ? ' suspended' : ''
    open.push(`${report.role} ${report.state}${suspended}`)
    if (open.length === 3) break
  }
  return open.join('; ')
}

function outcome(what: {
  readonly condition: ConditionCode
  readonly delivery: DeliveryCode
  readonly fileStatus: FileStatus
}): string {
  const delivery = what.delivery === DeliveryCode.Complete ? 'complete' : 'incomplete'
  return `${delivery}, ${STATUSES[what.fileStatus]}${unlessFine(what.condition)}`
}

function unlessFine(condition: ConditionCode): string {
  return condition === ConditionCode.NoError ? '' : `, ${conditionName(condition)}`
}

function span(from: number, to: number): string {
  return `${grouped(from)}–${grouped(to)}`
}

/** `1873` as `1,873`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
