/** Words for people: results on stdout, everything else on stderr. */
import picocolors from 'picocolors'
import { formatDuration, formatRate, formatSize, plural } from '../formats.ts'
import type { CommandError } from '../usage.ts'
import type { Event, Progress, Result } from './lines.ts'
import type { Output, Sink } from './output.ts'

// A pipe gets no colours, not even where CI would have them.
const pc = picocolors.createColors(picocolors.isColorSupported && process.stderr.isTTY === true)

/** Shows progress in place, or writes a line of it now and then. */
export interface ProgressView {
  show(progress: Progress): void
  /** Writes `text` (without a newline) where the view does not garble it. */
  say(text: string): void
  /** The transaction has ended: nothing more of it is shown. */
  done(transaction: string): void
  close(): void
}

export function textOutput(stdout: Sink, view: ProgressView): Output {
  return {
    event: event => view.say(describeEvent(event)),
    progress: progress => view.show(progress),
    result: result => {
      view.done(result.transaction)
      if (result.state !== 'completed')
        view.say(pc.red(`${result.state}: ${result.reason ?? 'no reason given'}`))
      stdout.write(`${describeResult(result)}\n`)
    },
    finding: finding => stdout.write(`${finding.text}\n`),
    error: error => view.say(describeError(error)),
    close: () => view.close(),
  }
}

/** `42%  4.20 MiB of 10.0 MiB  9.54 Mbit/s  3 gaps  5.1 s left` */
export function describeProgress(progress: Progress): string {
  const { octets, size, gaps, rate } = progress
  const parts = [
    size === null ? '' : `${percentOf(octets, size)}%`.padStart(4),
    size === null ? formatSize(octets) : `${formatSize(octets)} of ${formatSize(size)}`,
    formatRate(rate),
    plural(gaps, 'gap'),
    size === null || rate <= 0 ? '' : `${formatDuration(((size - octets) * 8000) / rate)} left`,
  ]
  return parts.filter(part => part !== '').join('  ')
}

/** Never 100 before the last octet; an empty file is whole. */
function percentOf(octets: number, size: number): number {
  return size === 0 ? 100 : Math.floor((100 * octets) / size)
}

export function describeResult(result: Result): string {
  const rate = result.seconds > 0 ? ` (${formatRate((result.octets * 8) / result.seconds)})` : ''
  const rows: [string, string][] = [
    [result.state, result.path ?? 'no file'],
    ['octets', `${result.octets} in ${formatDuration(result.seconds * 1000)}${rate}`],
    ['pdus', `${result.pdus.sent} sent, ${result.pdus.received} received, ${result.pdus.resent} resent`],
  ]
  if (result.sha256 !== null) rows.push(['sha256', result.sha256])
  if (result.reason !== null) rows.push(['reason', result.reason])
  for (const response of result.responses ?? []) rows.push(['filestore', response])
  rows.push(['transaction', result.transaction])
  return rows.map(([name, value]) => `${name.padEnd(12)}${value}`).join('\n')
}

function describeEvent(event: Event): string {
  return event.transaction === undefined ? event.text : `${pc.dim(`${event.transaction}  `)}${event.text}`
}

function describeError(error: CommandError): string {
  return `${pc.red('error:')} ${error.message}`
}
