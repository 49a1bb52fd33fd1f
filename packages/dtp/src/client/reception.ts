/** What of a payload is here: checks every datagram, puts it into the sink, and keeps count of what is held and missing. */
import { type Range, RangeSet } from '@skyferry/octets'
import { dataOffset } from '../common/data.ts'
import type { Dialect } from '../common/dialect.ts'
import { chunkOf, type Interval, octetsOf, PAYLOAD_OCTETS_MAX } from '../common/packets.ts'
import { holesOf } from './intervals.ts'
import type { SessionTerms } from './session-state.ts'
import { isProblem, type Sink, type SinkProblem, type Sinks } from './sink.ts'

/** What became of a datagram: octets that were new or were not, the empty one behind the last, or nothing. */
export type Verdict = 'new' | 'redundant' | 'terminator' | 'rejected' | SinkProblem

export class Reception {
  /** Octets that have arrived: the only truth about what has. */
  readonly held: RangeSet
  readonly chunk: number
  /** Datagrams that were not believed, by reason. */
  readonly rejected: Map<string, number> = new Map()
  datagrams = 0
  redundantDatagrams = 0
  redundantOctets = 0
  /** The octets of the last datagram that was taken, and how many of them were new. */
  from = 0
  to = 0
  fresh = 0
  readonly #terms: SessionTerms
  readonly #dialect: Dialect
  readonly #sinks: Sinks
  readonly #rangesMax: number
  #sink: Sink | undefined
  #total: number | undefined
  #missing: RangeSet | undefined
  /** Held since the last record of it. */
  readonly #unrecorded: RangeSet = new RangeSet()

  /** @param held octets that are in the sink, as far as anybody knows */
  constructor(terms: SessionTerms, dialect: Dialect, held: RangeSet, sinks: Sinks, rangesMax: number) {
    this.#terms = terms
    this.#dialect = dialect
    this.#sinks = sinks
    this.#rangesMax = rangesMax
    this.chunk = chunkOf(terms.mtuOctets, dialect)
    this.held = RangeSet.fromFlat(held.toFlat())
  }

  /** Octets of the payload, once a server said so. */
  get total(): number | undefined {
    return this.#total
  }

  /** Wanted and not held; undefined until the size is known. */
  get missing(): RangeSet | undefined {
    return this.#missing
  }

  get isWhole(): boolean {
    return this.#missing?.octets === 0
  }

  /** Octets that are held and in no record yet. */
  get unrecordedOctets(): number {
    return this.#unrecorded.octets
  }

  /**
   * Opens the sink. What a session says of its sink is believed only as far as that is long.
   *
   * @returns from where on what was held is lost, if any of it is
   */
  open(): number | undefined | SinkProblem {
    if (this.#sink !== undefined) return undefined
    const sink = this.#sinks.open(this.#terms.sink)
    if (isProblem(sink)) return sink
    this.#sink = sink
    if (sink.size >= this.held.highest) return undefined
    this.held.remove(sink.size, PAYLOAD_OCTETS_MAX)
    return sink.size
  }

  /** Whoever reads from it later opens it again: what is closed may be somebody else's by then. */
  close(): void {
    this.#sink?.close()
    this.#sink = undefined
  }

  /** The size of the payload is known. */
  learn(total: number): void {
    this.#total = total
    this.#missing = new RangeSet()
    for (const { from, to } of this.#wanted(total)) {
      for (const gap of this.held.gapsWithin(from, to)) this.#missing.add(gap.from, gap.to)
    }
  }

  /** Takes a datagram of one of this session's rounds; what it was is in `from`, `to`, `fresh`. */
  take(datagram: Uint8Array): Verdict {
    const { chunk, held } = this
    const total = this.#total
    if (total === undefined) return this.reject('before-response')
    const header = this.#dialect.dataHeaderOctets
    const from = dataOffset(datagram, this.#dialect)
    const length = datagram.length - header
    const to = from + length
    this.from = from
    this.to = to
    this.fresh = 0
    if (length === 0 && from === total) return 'terminator'
    if (length < 1 || length > chunk || (length < chunk && to !== total)) return this.reject('bad-length')
    if (from % chunk !== 0 || to > total) return this.reject('bad-offset')
    this.datagrams += 1
    if (held.covers(from, to)) {
      this.redundantOctets += length
      this.redundantDatagrams += 1
      return 'redundant'
    }
    if (held.size >= this.#rangesMax && !held.has(to) && (from === 0 || !held.has(from - 1)))
      return this.reject('too-many-ranges')
    const problem = this.#sink!.write(from, datagram.subarray(header))
    if (problem !== undefined) return problem
    this.fresh = held.add(from, to)
    this.redundantOctets += length - this.fresh
    this.#missing!.remove(from, to)
    this.#unrecorded.add(from, to)
    return 'new'
  }

  reject(why: string): 'rejected' {
    this.rejected.set(why, (this.rejected.get(why) ?? 0) + 1)
    return 'rejected'
  }

  /** What is held and in no record yet, as from, to, from, to …; it counts as recorded now. */
  record(): number[] {
    const ranges = this.#unrecorded.toFlat()
    this.#unrecorded.clear()
    return ranges
  }

  /** The packets to ask for, as far as one request needs to know; only once the size is known. */
  holes(): Interval[] {
    return holesOf(this.held, this.#wanted(this.#total!), this.chunk)
  }

  /** The missing octets of some packets. */
  missingIn(intervals: readonly Interval[]): Range[] {
    return intervals.flatMap(interval => {
      const { from, to } = octetsOf(interval, this.chunk, this.#total!)
      return this.#missing!.rangesWithin(from, to)
    })
  }

  /** Reads octets that have arrived; false when they have not all, or cannot be had. */
  read(offset: number, target: Uint8Array, at: number, length: number): boolean {
    if (!this.held.covers(offset, offset + length) || isProblem(this.open())) return false
    return this.#sink!.read(offset, target, at, length) === undefined
  }

  #wanted(total: number): Range[] {
    const { wanted } = this.#terms
    if (wanted.length === 0) return [{ from: 0, to: total }]
    const ranges: Range[] = []
    for (let index = 0; index < wanted.length; index += 2) {
      const from = wanted[index]!
      if (from < total) ranges.push({ from, to: Math.min(total, wanted[index + 1]!) })
    }
    return ranges
  }
}
