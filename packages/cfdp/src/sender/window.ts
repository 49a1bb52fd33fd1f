import { type Millis, Queue } from '@skyferry/engine'

const FLOOR = 32
const START = 64
const MARK_PDUS = 8
/** As many as a full window and its repairs make; a peer that never speaks from the beginning of the file settles none. */
const MARKS_MAX = 512
/** More than this many datagrams, or octets, overflow a peer's receive buffer (4 MiB with us) on its first stall. */
const CEILING_PDUS = 1024
const CEILING_OCTETS = 2 * 1024 * 1024
/** Loss that comes on top of what the link always loses, as a share of a round, is taken for an overflow. */
const SUDDEN_LOSS = 0.05
/** Times what the link carries in a round trip: answers come a round trip late, and growth needs room to show. */
const GAIN = 4
/** What two busy hosts add to a round trip, milliseconds. */
const HOST_MS = 5
const PROMPTS_BEFORE_DOUBT = 3

/**
 * How much may be under way towards a peer when nobody states a rate: a selective acknowledgement made of standard
 * parts. Every so many PDUs the sender adds a Prompt(NAK); the answer settles everything sent before that Prompt,
 * arrived or lost. Counted in PDUs, because that is what a receive buffer holds. docs/decisions/0004 has the reasons.
 */
export class Window {
  readonly #ceiling: number
  readonly #pduOctets: number
  #size: number
  /** How far the first pass had come at every so many PDUs; of those not settled yet. */
  readonly #marks: Queue<{ readonly sentUpTo: number; readonly sent: number }> = new Queue()
  #answeredFor = 0
  #sent = 0
  #settled = 0
  #lastPrompt = 0
  #promptAt: Millis | undefined
  #promptCovers = 0
  #unanswered = 0
  /** The last Prompt or its answer was lost: prompt again at once. */
  #again = false
  #answeredEver = false
  #slowStart = true
  /** Losses are weighed once per window: not again before everything sent up to here has been settled. */
  #recoverUntil = 0
  /** The next answer tells what was lost in the dark. */
  #isAfterDark = false
  #answeredAt = 0
  #deliveredAt = 0
  /** Octets per millisecond, the best of late. */
  #bestRate = 0
  /** Share of PDUs lost, smoothed over rounds. */
  #usualLoss = 0

  /** @param pduOctets of a full File Data PDU */
  constructor(pduOctets: number) {
    this.#pduOctets = pduOctets
    this.#ceiling = Math.max(FLOOR, Math.min(CEILING_PDUS, Math.floor(CEILING_OCTETS / pduOctets)))
    this.#size = Math.min(START, this.#ceiling)
  }

  /** PDUs that may be under way. */
  get size(): number {
    return this.#size
  }

  get underWay(): number {
    return this.#sent - this.#settled
  }

  get hasRoom(): boolean {
    return this.#sent - this.#settled < this.#size
  }

  /** The peer does not answer Prompts, or has not yet: pace by a rate instead. */
  get isDoubted(): boolean {
    return !this.#answeredEver && this.#unanswered >= PROMPTS_BEFORE_DOUBT
  }

  get answeredEver(): boolean {
    return this.#answeredEver
  }

  /** Prompts in a row that were not answered. */
  get missedInARow(): number {
    return this.#unanswered
  }

  /** When the outstanding Prompt was sent. */
  get promptAt(): Millis | undefined {
    return this.#promptAt
  }

  /** @param sentUpTo how far the first pass has come with it */
  sentOne(sentUpTo: number): void {
    this.#sent += 1
    if (this.#sent % MARK_PDUS !== 0) return
    this.#marks.push({ sentUpTo, sent: this.#sent })
    // Whatever the oldest would settle a later one settles too.
    if (this.#marks.size > MARKS_MAX) this.#marks.shift()
  }

  /** Marks not settled yet; bounded. */
  get marks(): number {
    return this.#marks.size
  }

  /**
   * The peer speaks of the file from its beginning up to `scopeEnd`, asked or not: what left before that has arrived or is
   * among what it misses. It makes room, and nothing is learned from it.
   */
  heardUpTo(scopeEnd: number): void {
    for (let mark = this.#marks.peek(); mark !== undefined; mark = this.#marks.peek()) {
      // A repair leaves no trace in the scope: only what was followed by later octets of the first pass counts.
      if (mark.sentUpTo >= scopeEnd && mark.sent > this.#settled) return
      this.#marks.shift()
      this.#settled = Math.max(this.#settled, mark.sent)
    }
  }

  /** @param idle nothing more can be sent now */
  wantsPrompt(idle: boolean): boolean {
    if (this.#promptAt !== undefined) return false
    if (this.#again) return true
    const news = this.#sent - this.#lastPrompt
    return news >= Math.max(8, this.#size >> 2) || (news > 0 && idle)
  }

  prompted(now: Millis): void {
    this.#promptAt = now
    this.#again = false
    this.#promptCovers = this.#sent
    this.#lastPrompt = this.#sent
  }

  /**
   * The link was down and is up: nothing is under way any more, and the answer that tells what came of it is no measure
   * of the link. The count of Prompts missed stays as it was.
   */
  upAgain(): void {
    this.#promptAt = undefined
    this.#again ||= this.#sent > this.#settled
    this.#settled = this.#sent
    this.#answeredAt = 0
    this.#bestRate = 0
    this.#isAfterDark = true
  }

  /** No answer in time: ask again. What is under way stays under way, since nobody said otherwise. */
  missed(): void {
    this.#promptAt = undefined
    this.#unanswered += 1
    this.#again = true
    if (this.#unanswered < 2) return
    // The link was dark: what it carried before says nothing about what it carries now.
    this.#slowStart = true
    this.#bestRate = 0
    this.#answeredAt = 0
    this.#size = Math.min(this.#size, START)
    // A peer that NAKs by itself and knows no Prompt may have looked as if it answered: a little goes out all the same.
    if (this.#unanswered >= PROMPTS_BEFORE_DOUBT) this.#settled = Math.min(this.#sent, this.#settled + FLOOR)
  }

  /**
   * The answer to the outstanding Prompt.
   * @param delivered octets the peer holds by its own account
   * @param lost octets it reports missing that nobody knew about
   * @param leastRoundTrip milliseconds, the least seen: a mean would count the queue that a large window makes
   */
  answered(now: Millis, delivered: number, lost: number, leastRoundTrip: number): void {
    const settled = this.#promptCovers - this.#answeredFor
    this.#answeredFor = this.#promptCovers
    this.#settled = Math.max(this.#settled, this.#promptCovers)
    this.#promptAt = undefined
    this.#unanswered = 0
    this.#answeredEver = true

    const elapsed = Math.max(now - this.#answeredAt, 0.1)
    const rate = this.#answeredAt === 0 ? 0 : Math.max(0, delivered - this.#deliveredAt) / elapsed
    this.#answeredAt = now
    this.#deliveredAt = delivered
    if (this.#isAfterDark) {
      this.#isAfterDark = false
      return
    }
    const rateFell = rate < 0.7 * this.#bestRate
    this.#bestRate = Math.max(rate, this.#bestRate * 0.97)

    const share = Math.min(1, lost / (Math.max(1, settled) * this.#pduOctets))
    const isSudden = share > 2 * this.#usualLoss + SUDDEN_LOSS
    this.#usualLoss += (share - this.#usualLoss) / 8
    if (lost > 0) this.#slowStart = false
    if (lost > 0 && (rateFell || isSudden)) {
      if (this.#settled < this.#recoverUntil) return
      this.#size = Math.max(FLOOR, Math.floor(this.#size * 0.7))
      this.#recoverUntil = this.#sent
      return
    }
    const grown = this.#size + (this.#slowStart ? settled : Math.max(1, settled >> 3))
    const useful = Math.max(START, (GAIN * this.#bestRate * (leastRoundTrip + HOST_MS)) / this.#pduOctets)
    const bound = Math.max(useful, this.#size * 0.9)
    this.#size = Math.max(FLOOR, Math.min(this.#ceiling, grown, Math.floor(bound)))
  }
}
