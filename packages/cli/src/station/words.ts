/** Transfers as lines for people. */
import type { Transfer } from '@skyferry/api'
import { formatDuration, formatRate, formatSize, plural } from '../formats.ts'

/** `17  running  upload  craft:image.raw  42%  9.54 Mbit/s`, one line. */
export function describeTransfer(transfer: Transfer): string {
  const { id, state, direction, remote, remotePath, object } = transfer
  const name = remotePath ?? object ?? transfer.protocolId
  const parts = [
    id.padStart(5),
    state.padEnd(9),
    direction === 'upload' ? '→' : '←',
    `${remote.name ?? remote.id}:${name}`,
    progressWords(transfer),
  ]
  return parts.join('  ')
}

function progressWords({ state, octets, size, gaps, rate, reason }: Transfer): string {
  if (state === 'completed') return formatSize(size ?? octets)
  if (reason !== null && state !== 'paused') return reason
  const share = size === null ? '' : `${size === 0 ? 100 : Math.floor((100 * octets) / size)}%`
  const amount = size === null ? formatSize(octets) : `${formatSize(octets)} of ${formatSize(size)}`
  const moving = rate > 0 ? formatRate(rate) : ''
  return [share, amount, moving, gaps > 0 ? plural(gaps, 'gap') : '', reason ?? ''].filter(Boolean).join('  ')
}

/** Everything about one transfer, a row each. */
export function describeWhole(transfer: Transfer): string {
  const { local, remote, pdus, start, end } = transfer
  const nameOf = ({ id, name }: Transfer['local']): string => (name === null ? id : `${name} (${id})`)
  const from = transfer.direction === 'upload' ? local : remote
  const to = transfer.direction === 'upload' ? remote : local
  const took = start === null || end === null ? null : Date.parse(end) - Date.parse(start)
  const rows: [string, string | null][] = [
    ['transfer', transfer.id],
    ['state', transfer.state],
    ['waits for', transfer.explanation],
    ['reason', transfer.reason],
    ['from', nameOf(from)],
    ['to', nameOf(to)],
    ['object', transfer.object === null ? null : `${transfer.bucket}/${transfer.object}`],
    ['remote path', transfer.remotePath],
    ['octets', transfer.size === null ? `${transfer.octets}` : `${transfer.octets} of ${transfer.size}`],
    ['gaps', String(transfer.gaps)],
    ['rate', formatRate(transfer.rate)],
    ['pdus', `${pdus.sent} sent, ${pdus.received} received, ${pdus.resent} resent`],
    ['created', transfer.created],
    ['start', start],
    ['end', end],
    ['took', took === null ? null : formatDuration(took)],
    ['service', `${transfer.service}, class ${transfer.class}`],
    ['transaction', transfer.protocolId],
  ]
  return rows
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(13)}${value}`)
    .join('\n')
}
