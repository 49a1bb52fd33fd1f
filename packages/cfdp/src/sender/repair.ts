import type { Millis } from '@skyferry/engine'
import type { Range } from '@skyferry/octets'
import type { PduOf } from '../pdu/model.ts'
import type { RoundTrip } from '../round-trip.ts'
import { Spacing } from '../spacing.ts'
import type { FirstPass } from './first-pass.ts'
import { Retransmission } from './retransmission.ts'

/** Without a light time, nothing is on its way for longer than this. */
const SETTLING_MAX_MS = 30_000

/** What one NAK came to, octets of what has been sent. */
export interface Served {
  /** Asked for. */
  readonly missing: number
  /** Asked for and not known to be lost before. */
  readonly lost: number
}

/** The sender's side of the lost segments procedures (section 4.6.4.2): takes NAKs, hands out what is to be resent. */
export class Repair {
  readonly #firstPass: FirstPass
  readonly #roundTrip: RoundTrip
  readonly #lightTime: number
  readonly #resend = new Retransmission()
  /** File data that passes is noted here, with nothing in between: it comes a million times. */
  readonly spacing: Spacing = new Spacing()
  /** Gaps below this have been reported; only what is above measures a round trip. */
  #reportedUpTo = 0

  constructor(firstPass: FirstPass, roundTrip: RoundTrip, lightTime: Millis) {
    this.#firstPass = firstPass
    this.#roundTrip = roundTrip
    this.#lightTime = lightTime
  }

  /** Octets still to be resent. */
  get octets(): number {
    return this.#resend.octets
  }

  /** Ranges still to be resent. */
  get gaps(): number {
    return this.#resend.gaps
  }

  /** What is to be resent, for an operator's eyes. */
  holes(limit: number): Range[] {
    return this.#resend.holes(limit)
  }

  /**
   * A new gap in the first pass, reported for the first time: the segment after it left one round trip ago. (Once EOF
   * is out, a gap may be reported long after it showed.)
   */
  measure(nak: PduOf<'nak'>, isFirstPass: boolean, now: Millis): void {
    const last = nak.requests.at(-1)
    if (last === undefined || last.to <= this.#reportedUpTo) return
    const isFresh = last.from >= this.#reportedUpTo && isFirstPass
    this.#reportedUpTo = last.to
    const sentAt = isFresh ? this.#firstPass.sentAfter(last.to) : undefined
    if (sentAt !== undefined) this.#roundTrip.answered(sentAt, now)
  }

  /** Notes what is asked for, as far as it was sent. */
  serve(nak: PduOf<'nak'>, now: Millis): Served {
    const settling = this.settlingTime
    let missing = 0
    let lost = 0
    for (const request of nak.requests) {
      const to = Math.min(request.to, this.#firstPass.next)
      if (request.from >= to) continue
      missing += to - request.from
      lost += this.#resend.request(request.from, to, now, settling)
    }
    return { missing, lost }
  }

  /**
   * How long after it was resent an octet may still be on its way, milliseconds: the least round trip ever seen, or most
   * of a mean that has grown. Not the mean, which counts queues: whoever asks a little later than that must be heard.
   * Bounded, whatever was measured: a peer that goes on asking is right in the end.
   */
  get settlingTime(): number {
    const { least, estimate } = this.#roundTrip
    const measured = Math.min(estimate, Math.max(least, 0.9 * estimate)) + this.spacing.allowance
    return Math.min(measured, 2.5 * this.#lightTime + SETTLING_MAX_MS)
  }

  /** The next octets to resend, at most a segment of them. */
  take(segment: number, now: Millis): Range | undefined {
    return this.#resend.take(segment, now, this.settlingTime)
  }

  clear(): void {
    this.#resend.clear()
  }
}
