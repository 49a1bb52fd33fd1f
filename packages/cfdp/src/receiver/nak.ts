import type { Range, RangeSet } from '@skyferry/octets'
import type { PduOf } from '../pdu/model.ts'

/** How many of the gaps asked for of late each NAK states again: a lost NAK is made good by the next one. */
const RESTATED = 16

/** One NAK PDU, and what it asks for that is to be remembered as asked. */
export interface Nak {
  readonly pdu: PduOf<'nak'>
  /** The part of the file whose gaps count as asked for from now on; absent when none do. */
  readonly asks: Range | undefined
  /** Asked for the first time. */
  readonly fresh: boolean
}

/**
 * What is still to be said in NAKs, cut into PDUs that fit (section 4.6.4.3.2). A NAK is a complete statement about
 * its scope; several for one sequence have adjacent scopes.
 */
export class NakBuilder {
  readonly #capacity: number
  /** At most half a NAK is spent on repetition. */
  readonly #restated: number
  /** New gaps nobody has been told of: from the first to the end of the last. */
  #fresh: { from: number; to: number; readonly isContinued?: true } | undefined
  /** Parts of the file to speak about again, in order. */
  #again: Range[] = []
  /** A Prompt wants an answer even if nothing is missing. */
  #prompted = false
  /** Where the answer to a Prompt goes on, when it did not fit one PDU. */
  #answeredUpTo = 0
  /** Starts of the gaps last asked for, oldest first. */
  readonly #recent: number[] = []
  #askedUpTo = 0
  #metadataAsked = false

  readonly #onlyNewestCounts: boolean

  /**
   * @param room octets of a NAK's directive, code and scope included
   * @param onlyNewestCounts the peer forgets earlier NAKs: each is one PDU from the beginning of the file (the seed)
   */
  constructor(room: number, largeFile: boolean, onlyNewestCounts = false) {
    this.#onlyNewestCounts = onlyNewestCounts
    const field = largeFile ? 8 : 4
    this.#capacity = Math.max(1, Math.floor((room - 1 - 2 * field) / (2 * field)))
    this.#restated = Math.min(RESTATED, this.#capacity >> 1)
  }

  /** Gaps below this have been asked for by immediate NAKs. */
  get askedUpTo(): number {
    return this.#askedUpTo
  }

  newGap(from: number, to: number): void {
    if (this.#fresh === undefined) this.#fresh = { from, to }
    else this.#fresh.to = to
    this.#recent.push(from)
    if (this.#recent.length > this.#restated) this.#recent.shift()
  }

  /** What no NAK has asked for yet; `to` is the size of the file. */
  askAll(range: Range): void {
    this.#fresh = { from: Math.min(range.from, this.#fresh?.from ?? range.from), to: range.to }
    this.#metadataAsked = false
  }

  askAgain(range: Range): void {
    this.#again.push(range)
    this.#metadataAsked = false
  }

  /** Nothing but Metadata is wanted. */
  askMetadata(): void {
    this.#again.push({ from: 0, to: 0 })
    this.#metadataAsked = false
  }

  answerPrompt(): void {
    this.#prompted = true
    this.#answeredUpTo = 0
    this.#metadataAsked = false
  }

  clear(): void {
    this.#fresh = undefined
    this.#again = []
    this.#prompted = false
  }

  /**
   * The next NAK to send.
   * @param end of what can be spoken about: the file size after EOF, the reception progress before
   * @param metadataMissing ask for Metadata too, once per occasion
   */
  next(held: RangeSet, end: number, metadataMissing: boolean): Nak | undefined {
    if (this.#prompted) return this.#answer(held, end, metadataMissing)
    if (this.#onlyNewestCounts) return this.#restatement(held, end, metadataMissing)
    while (this.#fresh !== undefined) {
      const { from, to, isContinued } = this.#fresh
      this.#fresh = undefined
      // Gaps asked for a moment ago are stated again: their NAK may be lost, and costs an octet or two. They may have
      // fallen to pieces meanwhile and fill this NAK alone; then the next one goes on with what is new.
      const restated = isContinued ? undefined : this.#recent[0]
      const start = restated !== undefined && restated < from ? restated : from
      const nak = this.#state(held, start, Math.min(to, end), from, metadataMissing)
      if (nak === undefined) continue
      if (nak.pdu.scope.to < to && nak.pdu.scope.to < end)
        this.#fresh = { from: Math.max(from, nak.pdu.scope.to), to, isContinued: true }
      this.#askedUpTo = Math.max(this.#askedUpTo, nak.pdu.scope.to)
      return { ...nak, fresh: true }
    }
    while (this.#again.length > 0) {
      const range = this.#again.shift()!
      const nak = this.#state(held, range.from, Math.min(range.to, end), range.from, metadataMissing)
      if (nak === undefined) continue
      if (nak.pdu.scope.to < range.to && nak.pdu.scope.to < end) {
        this.#again.unshift({ from: nak.pdu.scope.to, to: range.to })
      }
      return nak
    }
    return undefined
  }

  /** Everything from the beginning of the file that fits one PDU, if there is anything to be said at all. */
  #restatement(held: RangeSet, end: number, metadataMissing: boolean): Nak | undefined {
    const fresh = this.#fresh
    const isNews = fresh !== undefined && !held.covers(fresh.from, Math.min(fresh.to, end))
    const isDue = isNews || this.#again.length > 0 || (fresh !== undefined && metadataMissing)
    this.#fresh = undefined
    this.#again = []
    if (!isDue) return undefined
    this.#metadataAsked = false
    const nak = this.#state(held, 0, end, 0, metadataMissing)
    if (nak !== undefined) this.#askedUpTo = Math.max(this.#askedUpTo, nak.pdu.scope.to)
    return nak
  }

  /** A complete statement from the beginning of the file; it settles what was sent before the Prompt. */
  #answer(held: RangeSet, end: number, metadataMissing: boolean): Nak {
    const from = this.#answeredUpTo
    const capacity = this.#room(metadataMissing)
    const gaps = held.gapsWithin(from, end, capacity)
    const to = gaps.length < capacity ? end : gaps[gaps.length - 1]!.to
    this.#prompted = to < end
    this.#answeredUpTo = to
    const unasked = this.#fresh ?? (this.#askedUpTo < to ? { from: this.#askedUpTo, to } : undefined)
    this.#fresh = undefined
    this.#askedUpTo = Math.max(this.#askedUpTo, to)
    const asks =
      unasked === undefined || held.covers(unasked.from, Math.min(unasked.to, to)) ? undefined : unasked
    return {
      pdu: {
        kind: 'nak',
        scope: { from, to },
        metadataRequested: this.#wantMetadata(metadataMissing),
        requests: gaps,
      },
      asks,
      fresh: true,
    }
  }

  #state(
    held: RangeSet,
    from: number,
    to: number,
    askedFrom: number,
    metadataMissing: boolean,
  ): Nak | undefined {
    const capacity = this.#room(metadataMissing)
    const gaps = from < to ? held.gapsWithin(from, to, capacity) : []
    const metadataRequested = this.#wantMetadata(metadataMissing)
    if (gaps.length === 0 && !metadataRequested) return undefined
    const scopeTo = gaps.length < capacity ? Math.max(from, to) : gaps[gaps.length - 1]!.to
    const asks = gaps.length === 0 ? undefined : { from: Math.min(askedFrom, scopeTo - 1), to: scopeTo }
    return {
      pdu: { kind: 'nak', scope: { from, to: scopeTo }, metadataRequested, requests: gaps },
      asks,
      fresh: false,
    }
  }

  /** Gaps that fit one PDU; a request for Metadata takes the place of one. */
  #room(metadataMissing: boolean): number {
    return metadataMissing ? Math.max(1, this.#capacity - 1) : this.#capacity
  }

  #wantMetadata(missing: boolean): boolean {
    if (!missing || this.#metadataAsked) return false
    this.#metadataAsked = true
    return true
  }
}
