/**
 * The ideal protocol of each NAK mode, exactly: a sender that learns what was lost, for nothing and
 * without fail, at the earliest moment its mode allows. It never sends a datagram that is not needed and never pauses
 * while one is. Plain retransmission: nothing is sent twice on suspicion.
 */
import type { Fates } from './fates.ts'
import type { Delivery } from './ten-links.ts'

export type NakMode = 'immediate' | 'deferred'

export interface IdealRun {
  /** From the first octet sent until the last one needed has arrived. */
  readonly ms: number
  readonly sent: number
}

export function runIdeal(mode: NakMode, delivery: Delivery, fates: Fates): IdealRun {
  return mode === 'immediate' ? runImmediate(delivery, fates) : runDeferred(delivery, fates)
}

/**
 * Rounds: the whole file, then whatever was lost of the round before. The list of a round's losses leaves the receiver
 * when the round's last datagram has arrived, or would have.
 */
function runDeferred(delivery: Delivery, fates: Fates): IdealRun {
  let round = { starts: 0, attempt: 0, lastArrival: 0, sent: 0 }
  const sendAll = (segments: Iterable<number>): number[] => {
    const lost: number[] = []
    let now = round.starts
    let { sent, lastArrival } = round
    for (const segment of segments) {
      now += durationOf(segment, delivery)
      sent += 1
      if (fates.isLost(segment, round.attempt)) lost.push(segment)
      else lastArrival = now
    }
    round = { starts: now + delivery.roundTripMs, attempt: round.attempt + 1, lastArrival, sent }
    return lost
  }
  let missing = sendAll(upTo(delivery.datagrams))
  while (missing.length > 0) missing = sendAll(missing)
  return { ms: round.lastArrival + delivery.roundTripMs / 2, sent: round.sent }
}

function* upTo(count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield index
}

function durationOf(segment: number, { datagrams, datagramMs, lastDatagramMs }: Delivery): number {
  return segment === datagrams - 1 ? lastDatagramMs : datagramMs
}

interface Loss {
  readonly segment: number
  readonly attempt: number
  /** When the sender knows; a loss nothing has arrived behind has no such time yet. */
  knownAt: number
}

/**
 * A loss shows when the next datagram arrives; the sender knows one way later, and repairs before it sends anything
 * new. Behind the last datagram before a pause something free arrives at once (an ideal EOF), so that is when it shows.
 */
function runImmediate(delivery: Delivery, fates: Fates): IdealRun {
  const { datagrams, roundTripMs } = delivery
  const losses = new LossQueue()
  let now = 0
  let fresh = 0
  let sent = 0
  let lastArrival = 0
  const send = (segment: number, attempt: number): void => {
    now += durationOf(segment, delivery)
    sent += 1
    if (fates.isLost(segment, attempt)) {
      losses.push({ segment, attempt, knownAt: Infinity })
    } else {
      lastArrival = now
      losses.reveal(now + roundTripMs)
    }
  }
  for (;;) {
    const loss = losses.takeKnown(now)
    if (loss !== undefined) send(loss.segment, loss.attempt + 1)
    else if (fresh < datagrams) send(fresh++, 0)
    else if (losses.isEmpty) return { ms: lastArrival + roundTripMs / 2, sent }
    else {
      losses.reveal(now + roundTripMs)
      now = Math.max(now, losses.nextKnownAt)
    }
  }
}

/** Losses in the order they were sent, which is the order they become known. */
class LossQueue {
  #losses: Loss[] = []
  #head = 0
  #hidden = 0

  get isEmpty(): boolean {
    return this.#head === this.#losses.length
  }

  get nextKnownAt(): number {
    return this.#losses[this.#head]?.knownAt ?? Infinity
  }

  push(loss: Loss): void {
    this.#losses.push(loss)
  }

  /** Every loss so far not yet shown becomes known at `knownAt`. */
  reveal(knownAt: number): void {
    for (; this.#hidden < this.#losses.length; this.#hidden++) this.#losses[this.#hidden]!.knownAt = knownAt
  }

  takeKnown(now: number): Loss | undefined {
    if (this.nextKnownAt > now) return undefined
    const loss = this.#losses[this.#head++]
    if (this.#head === 65_536) {
      this.#losses = this.#losses.slice(this.#head)
      this.#hidden -= this.#head
      this.#head = 0
    }
    return loss
  }
}
