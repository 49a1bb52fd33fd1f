import type { Millis } from '@skyferry/engine'
import { type Range, RangeSet } from '@skyferry/octets'
import { cRounds } from '../common/pacing.ts'
import type { Interval } from '../common/packets.ts'
import type { SessionId } from '../common/request.ts'
import type { RoundFigures } from './throughput.ts'

/** Lateness that is taken for jitter; what is later belongs to the next round. */
const JITTER_MS_MAX = 5000
const GRACE_MS_MIN = 10

/** One request, and what came of it. */
export class Round {
  readonly number: number
  readonly sessionId: SessionId
  readonly intervals: readonly Interval[]
  readonly throughput: number
  readonly chunk: number
  /** How long a C server rests between two bursts at this rate. */
  readonly burstMs: number
  readonly startedAt: Millis
  /** Octets of it that are still missing. */
  readonly missing: RangeSet = new RangeSet()
  fresh = 0
  #expected = 0
  #firstAt: Millis | undefined
  #lastAt: Millis
  #octets = 0
  #highest = 0
  #jitterMs = 0

  constructor(
    about: {
      readonly number: number
      readonly sessionId: SessionId
      readonly intervals: readonly Interval[]
      readonly throughput: number
      readonly chunk: number
    },
    now: Millis,
  ) {
    this.number = about.number
    this.sessionId = about.sessionId
    this.intervals = about.intervals
    this.throughput = about.throughput
    this.chunk = about.chunk
    this.burstMs = cRounds(about.throughput, about.chunk).roundMs
    this.startedAt = now
    this.#lastAt = now
  }

  /** A question for the size, and nothing else. */
  get isProbe(): boolean {
    return this.intervals.length === 0
  }

  /** When a datagram of this transfer last came, or the round began. */
  get lastAt(): Millis {
    return this.#lastAt
  }

  get firstAt(): Millis | undefined {
    return this.#firstAt
  }

  /** States what it is to bring, once the size is known. */
  expect(ranges: Iterable<Range>): void {
    for (const { from, to } of ranges) this.missing.add(from, to)
    this.#expected = this.missing.octets
  }

  /** The server's response came: silence is counted from here. */
  answered(now: Millis): void {
    this.#lastAt = now
  }

  /** Octets arrived; `fresh` of them were new. */
  note(from: number, to: number, fresh: number, now: Millis): void {
    this.#firstAt ??= now
    this.#lastAt = now
    this.#octets += to - from
    this.fresh += fresh
    if (fresh > 0) this.missing.remove(from, to)
    if (from >= this.#highest) this.#highest = to
    else {
      const late = ((this.#highest - from) * 1000) / this.throughput
      this.#jitterMs = Math.min(JITTER_MS_MAX, Math.max(this.#jitterMs, late))
    }
  }

  /** How long data may still come after the server closed the connection, which travels at a higher priority. */
  get graceMs(): number {
    return Math.max(GRACE_MS_MIN, 2 * Math.min(this.burstMs, JITTER_MS_MAX), 2 * this.#jitterMs)
  }

  figures(): RoundFigures {
    const packets = (octets: number): number => Math.ceil(octets / this.chunk)
    const elapsed = this.#firstAt === undefined ? 0 : this.#lastAt - this.#firstAt
    return {
      asked: this.throughput,
      expected: packets(this.#expected),
      arrived: packets(this.#expected - this.missing.octets),
      lossRuns: this.missing.size,
      arrivalRate: elapsed > 0 ? (this.#octets * 1000) / elapsed : 0,
    }
  }
}
