import type { Millis } from '@skyferry/engine'
import type { Range } from '@skyferry/octets'
import type { RemoteSettings } from '../mib.ts'
import type { PduOf } from '../pdu/model.ts'
import type { ReceiverFacts } from '../records.ts'
import type { RoundTrip } from '../round-trip.ts'
import { Spacing } from '../spacing.ts'
import { AskLog } from './ask-log.ts'
import { NakBuilder } from './nak.ts'

/** Half a second, doubled as often, is half a minute. */
const UNANSWERED_MAX = 6

type Settings = Pick<RemoteSettings<unknown>, 'immediateNak' | 'nakLimit' | 'nakRestate' | 'nakTimeout'>

/**
 * The lost segments procedures of a receiver (section 4.6.4): what to ask for, when to ask for it again, and when to
 * stop. It reads what is held and how long the file is, and tells when the NAK timer is to fire; the timer, the state
 * and what follows from a limit are the receiver's.
 */
export class Repair {
  readonly #facts: Pick<ReceiverFacts, 'held' | 'eof'>
  readonly #settings: Settings
  readonly #roundTrip: RoundTrip
  readonly #naks: NakBuilder
  readonly #asks = new AskLog()
  /** File data that passes is noted here, with nothing in between: it comes a million times. */
  readonly spacing: Spacing = new Spacing()
  /** Expiries of the NAK timer in a row that brought nothing new. */
  #fruitless = 0
  #heldAtNak = 0
  /** Times that asks ran out before anything had measured the round trip. */
  #unansweredTimes = 0
  #moreAllowedUntil: Millis = 0 as Millis

  /** @param room octets of a NAK's directive, code and scope included */
  constructor(
    facts: Pick<ReceiverFacts, 'held' | 'eof'>,
    settings: Settings,
    roundTrip: RoundTrip,
    room: number,
    largeFile: boolean,
  ) {
    this.#facts = facts
    this.#settings = settings
    this.#roundTrip = roundTrip
    this.#naks = new NakBuilder(room, largeFile, settings.nakRestate)
  }

  // — what arrives —

  /** Octets at `offset` filled a gap. */
  filled(offset: number, now: Millis): void {
    const askedAt = this.#asks.filled(offset, now)
    if (askedAt !== undefined) this.#roundTrip.answered(askedAt, now)
  }

  /** Something came that was asked for: the NAKs are not fruitless. */
  progressed(): void {
    this.#fruitless = 0
  }

  /** The limit counts from what is held now. */
  countAfresh(): void {
    this.#fruitless = 0
    this.#heldAtNak = this.#facts.held.octets
  }

  // — what is asked for —

  /** A gap nobody knew of: from here to there nothing has arrived (section 4.6.4.3.1). */
  newGap(from: number, to: number): void {
    this.#naks.newGap(from, to)
  }

  askMetadata(): void {
    this.#naks.askMetadata()
  }

  answerPrompt(): void {
    this.#naks.answerPrompt()
  }

  /** EOF is here: ask for everything that no earlier NAK asked for (section 4.6.4.6). */
  askDeferred(size: number): void {
    const from = this.#settings.immediateNak ? this.#naks.askedUpTo : 0
    this.#naks.askAll({ from, to: size })
    this.#askTwice({ from, to: size })
  }

  /** Everything is asked for again now: what was due meanwhile must not count against the limit. */
  askEverything(size: number): void {
    this.#asks.clear()
    this.#naks.askAgain({ from: 0, to: size })
  }

  /** What was asked for is due at once: the peer was away and is back. */
  hasten(now: Millis): void {
    this.#asks.hasten(now)
  }

  clear(): void {
    this.#asks.clear()
    this.#naks.clear()
  }

  /** After EOF no later NAK makes good for a lost one: far away, where that costs a round trip, each goes twice. */
  #askTwice(range: Range): void {
    if (this.#roundTrip.isLong) this.#naks.askAgain(range)
  }

  // — when —

  /**
   * When the NAK timer is to fire; undefined when nothing is waited for.
   * @param silence milliseconds since the sender was last heard
   */
  due(now: Millis, silence: number, metadataMissing: boolean): Millis | undefined {
    if (this.#asks.size > 0) return this.#asks.due
    if (this.#facts.eof === undefined && !metadataMissing) return undefined
    return (now + this.#interval(silence)) as Millis
  }

  #interval(silence: number): number {
    const { nakTimeout } = this.#settings
    if (nakTimeout !== 'adaptive') return nakTimeout
    const patience = this.#roundTrip.patience(silence)
    const { isKnown } = this.#roundTrip
    return (isKnown ? patience : patience * 2 ** this.#unansweredTimes) + this.spacing.allowance
  }

  /**
   * Asks ran out before any answer ever came, and nobody said how long the way is. If it is longer than assumed they
   * always will, and an answer to what was asked twice measures nothing: so the next are given twice the time.
   */
  #allowMore(now: Millis, silence: number): void {
    if (this.#roundTrip.isKnown || now < this.#moreAllowedUntil) return
    this.#unansweredTimes = Math.min(UNANSWERED_MAX, this.#unansweredTimes + 1)
    this.#moreAllowedUntil = (now + this.#interval(silence)) as Millis
  }

  /**
   * The NAK timer has fired (section 4.6.4.7).
   * @param silence milliseconds since the sender was last heard
   * @returns false when the limit is reached; nothing is asked for then
   */
  expire(now: Millis, silence: number, metadataMissing: boolean): boolean {
    const { held, eof } = this.#facts
    const { nakLimit } = this.#settings
    if (eof !== undefined && nakLimit > 0) {
      this.#fruitless = held.octets > this.#heldAtNak ? 0 : this.#fruitless + 1
      this.#heldAtNak = held.octets
      if (this.#fruitless >= nakLimit) return false
    }
    const quiet = Math.max(10, this.#roundTrip.estimate / 16, this.spacing.allowance)
    const again = this.#asks.expire(now, quiet)
    if (again.length > 0) this.#allowMore(now, silence)
    for (const range of again) {
      this.#naks.askAgain(range)
      if (eof !== undefined) this.#askTwice(range)
    }
    // Nothing is on record as asked, and yet something is missing: the NAK itself may never have been sent.
    if (again.length === 0 && this.#asks.size === 0) {
      if (eof !== undefined) this.#naks.askAgain({ from: 0, to: eof.size })
      else if (metadataMissing) this.#naks.askMetadata()
    }
    return true
  }

  /** The next NAK to send now; what it asks for is on record from here on. */
  next(now: Millis, silence: number, metadataMissing: boolean): PduOf<'nak'> | undefined {
    const { held, eof } = this.#facts
    const nak = this.#naks.next(held, eof?.size ?? held.highest, metadataMissing)
    if (nak === undefined) return undefined
    if (nak.asks !== undefined) {
      const interval = this.#interval(silence)
      const grain = this.#settings.nakTimeout === 'adaptive' ? interval / 32 : 0
      this.#asks.note(nak.asks.from, nak.asks.to, nak.fresh, now, interval, grain)
    }
    return nak.pdu
  }
}
