/** Turns the reports of one transaction into progress, and says what it waits for when the peer is silent. */
import { type TransactionReport, transactionKey } from '@skyferry/cfdp'
import { formatDuration } from '../formats.ts'
import type { Progress } from '../output/lines.ts'
import type { Output } from '../output/output.ts'
import { RateMeter } from '../output/rate-meter.ts'

/** Progress that does not change is repeated this often, so that a reader knows the process lives. */
const REPEAT_MS = 1000
/** A peer that has said nothing for so long is worth a word; then again at twice the silence. */
const SILENCE_MS = 5000

export class Watch {
  readonly #output: Output
  readonly #meter = new RateMeter()
  #shown: Progress | undefined
  #shownAt = -Infinity
  #received = 0
  #heardAt: number
  #nextWord = SILENCE_MS
  readonly startedAt: number

  constructor(output: Output, now: number) {
    this.#output = output
    this.#heardAt = now
    this.startedAt = now
  }

  /** @param now milliseconds of the clock that started it */
  observe(report: TransactionReport, now: number): void {
    this.#meter.add(report.octets, now)
    const progress: Progress = {
      transaction: transactionKey(report.transaction),
      octets: report.octets,
      size: report.size ?? null,
      gaps: report.gaps,
      rate: this.#meter.rate(),
    }
    const before = this.#shown
    const changed = before === undefined || before.octets !== progress.octets || before.gaps !== progress.gaps
    if (changed || now - this.#shownAt >= REPEAT_MS) {
      this.#output.progress(progress)
      this.#shown = progress
      this.#shownAt = now
    }
    this.#listen(report, now)
  }

  #listen(report: TransactionReport, now: number): void {
    if (report.pdus.received !== this.#received) {
      this.#received = report.pdus.received
      this.#heardAt = now
      this.#nextWord = SILENCE_MS
    }
    const silence = now - this.#heardAt
    if (silence < this.#nextWord) return
    this.#nextWord = silence * 2
    this.#output.event({
      code: 'silent',
      text: `nothing heard for ${formatDuration(silence)}: ${report.waitingFor}${nextContact(report, now)}`,
      transaction: transactionKey(report.transaction),
    })
  }
}

/** @param now of the engine's clock, as the report's times are */
function nextContact(report: TransactionReport, now: number): string {
  if (report.nextContact === undefined) return ''
  return `, next in ${formatDuration(Math.max(0, report.nextContact - now))}`
}

/** How long the peer has said nothing at all, over every transaction. */
export class Silence {
  #heard = false
  #received = 0
  #since: number

  constructor(now: number) {
    this.#since = now
  }

  /** Has any PDU of the peer ever arrived? */
  get everHeard(): boolean {
    return this.#heard
  }

  /** @returns milliseconds since the last PDU of the peer, or since the start */
  observe(reports: Iterable<TransactionReport>, now: number): number {
    let received = 0
    for (const report of reports) received += report.pdus.received
    if (received !== this.#received) {
      this.#heard ||= received > this.#received
      this.#received = received
      this.#since = now
    }
    return now - this.#since
  }
}
