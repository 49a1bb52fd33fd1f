import { type Millis, NEVER } from '@skyferry/engine'
import type { Range } from '@skyferry/octets'

/** A part of the file whose gaps were asked for at one time. */
interface Ask {
  from: number
  to: number
  /** When to ask again for what is still missing in it. */
  due: Millis
  readonly askedAt: Millis
  /** Asked for the first time: only then does the first answer measure a round trip. */
  readonly fresh: boolean
  answered: boolean
  /** Answers come in order of offset: what lies below the last one and is still missing was lost again. */
  mark: number
  markAt: Millis
}

/** More than this many and neighbours are merged: the log is bounded whatever a sender does. */
const CAPACITY = 256

/**
 * When each known gap was last asked for, and so when to ask again (section 4.6.4.7): not per gap, of which there may
 * be a million, but per part of the file that one NAK spoke about.
 */
export class AskLog {
  #asks: Ask[] = []
  #earliest: Millis = NEVER

  get size(): number {
    return this.#asks.length
  }

  /** When something is to be asked for again. */
  get due(): Millis {
    return this.#earliest
  }

  clear(): void {
    this.#asks = []
    this.#earliest = NEVER
  }

  /**
   * The gaps in `from…to` have just been asked for: whatever was asked of them before is no longer due. Asks never
   * overlap, or each of them would be repeated on its own.
   * @param interval milliseconds until they are asked for again
   * @param grain asks no further apart than this are one
   */
  note(from: number, to: number, fresh: boolean, now: Millis, interval: number, grain: number): void {
    if (this.#asks.some(ask => ask.from < to && from < ask.to)) this.#cutOut(from, to)
    const last = this.#asks.at(-1)
    const due = (now + interval) as Millis
    if (
      last !== undefined &&
      last.fresh === fresh &&
      !last.answered &&
      now - last.askedAt <= grain &&
      from >= last.to
    ) {
      last.to = to
      return
    }
    this.#asks.push({ from, to, due, askedAt: now, fresh, answered: false, mark: from, markAt: now })
    if (due < this.#earliest) this.#earliest = due
    while (this.#asks.length > CAPACITY) this.#mergeOldest()
  }

  /**
   * Octets at `offset` filled a gap.
   * @returns when they were asked for, where that measures a round trip
   */
  filled(offset: number, now: Millis): Millis | undefined {
    let askedAt: Millis | undefined
    for (const ask of this.#asks) {
      if (offset < ask.from || offset >= ask.to) continue
      if (ask.fresh && !ask.answered) askedAt = ask.askedAt
      ask.answered = true
      if (offset >= ask.mark) {
        ask.mark = offset + 1
        ask.markAt = now
      }
    }
    return askedAt
  }

  /**
   * Takes the parts of the file whose gaps are to be asked for again. While answers to an ask are still coming in, only
   * the part they have passed is taken; the rest is looked at again once they pause for `quiet`.
   */
  expire(now: Millis, quiet: number): Range[] {
    const expired: Range[] = []
    const kept: Ask[] = []
    let earliest: Millis = NEVER
    for (const ask of this.#asks) {
      if (ask.due <= now) {
        // Compared as it is stored: a difference may round otherwise than a sum, and the ask would be due for ever.
        const quietAt = (ask.markAt + quiet) as Millis
        const coming = ask.answered && ask.mark < ask.to && quietAt > now
        const upTo = coming ? ask.mark : ask.to
        if (upTo > ask.from) expired.push({ from: ask.from, to: upTo })
        if (!coming) continue
        ask.from = ask.mark
        ask.due = quietAt
      }
      kept.push(ask)
      if (ask.due < earliest) earliest = ask.due
    }
    this.#asks = kept
    this.#earliest = earliest
    return expired
  }

  /** Ask again now for everything asked before: the peer was away and is back. */
  hasten(now: Millis): void {
    for (const ask of this.#asks) ask.due = now
    if (this.#asks.length > 0) this.#earliest = now
  }

  #cutOut(from: number, to: number): void {
    const left: Ask[] = []
    for (const ask of this.#asks) {
      const isApart = ask.to <= from || to <= ask.from
      if (isApart) left.push(ask)
      if (!isApart && ask.from < from) left.push({ ...ask, to: from, mark: Math.min(ask.mark, from) })
      if (!isApart && to < ask.to) left.push({ ...ask, from: to, mark: Math.max(ask.mark, to) })
    }
    this.#asks = left
    this.#earliest = left.reduce((earliest, { due }) => Math.min(earliest, due), NEVER as number) as Millis
  }

  /** One ask in place of the two oldest and of whatever lies between them: asks stay apart, and get fewer. */
  #mergeOldest(): void {
    const [first, second, ...others] = this.#asks
    if (first === undefined || second === undefined) return
    const from = Math.min(first.from, second.from)
    const to = Math.max(first.to, second.to)
    const between = others.filter(ask => ask.from < to && from < ask.to)
    const due = Math.min(first.due, second.due, ...between.map(ask => ask.due)) as Millis
    const merged: Ask = { ...second, from, to, due, fresh: false, mark: from }
    this.#asks = [merged, ...others.filter(ask => ask.to <= from || to <= ask.from)]
  }
}
