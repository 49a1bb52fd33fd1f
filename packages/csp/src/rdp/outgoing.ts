/** The sending half of an RDP connection: what waits for the window, what waits for its acknowledgement, what to resend. */
import { type Millis, NEVER, Queue } from '@skyferry/engine'
import type { Parcel } from './incoming.ts'
import { type Departure, Pipe } from './pipe.ts'
import { ResendTimeout } from './round-trip.ts'
import { nextSequence, type RdpSequence, steps } from './segment.ts'

interface Outstanding {
  readonly sequence: RdpSequence
  readonly parcel: Parcel
  sentAt: Millis
  sends: number
  /** The peer has said that it holds it, out of order. */
  isHeld: boolean
  readonly departure: Departure | undefined
}

/** Up to this window everything overdue is sent again at once, as libcsp does; above it, that would flood the link. */
const RESEND_ALL_WINDOW = 8

/** A segment is taken for lost when this many later ones have arrived; fewer may have overtaken it. */
const REORDERED_MAX = 3
/** After so many sends in vain, what the peer says that it holds is not believed any longer. */
const SENDS_BELIEVED = 3

export class Outgoing {
  readonly #window: number
  readonly #timeout: ResendTimeout
  readonly #send: (sequence: RdpSequence, parcel: Parcel, now: Millis) => void
  readonly #waiting: Queue<Parcel> = new Queue()
  #outstanding: Outstanding[] = []
  /** Of these, how many are held. */
  #heldCount = 0
  /** For long windows; a short one is on its way at once. */
  readonly #pipe: Pipe | undefined
  /** The number of the next data segment. */
  #next: RdpSequence
  #lastProgressAt: Millis = 0 as Millis
  #recoveringAt: Millis = -Infinity as Millis
  /** While its last number is not acknowledged, a loss is being repaired. */
  #recoverTo: RdpSequence | undefined
  #peerListsHeld = false

  constructor(
    first: RdpSequence,
    settings: {
      readonly windowPackets: number
      readonly packetTimeoutMs: number
      readonly connectionTimeoutMs: number
    },
    send: (sequence: RdpSequence, parcel: Parcel, now: Millis) => void,
  ) {
    this.#next = first
    this.#window = settings.windowPackets
    this.#timeout = new ResendTimeout(settings.packetTimeoutMs, settings.connectionTimeoutMs / 3)
    this.#send = send
    this.#pipe = this.#window > RESEND_ALL_WINDOW ? new Pipe(this.#window) : undefined
  }

  /** The number that the next data segment takes, and that control segments show. */
  get next(): RdpSequence {
    return this.#next
  }

  /** Payloads that the peer has not acknowledged. */
  get undelivered(): number {
    return this.#waiting.size + this.#outstanding.length
  }

  /** When the peer last acknowledged something new, or had nothing to acknowledge. */
  get lastProgressAt(): Millis {
    return this.#lastProgressAt
  }

  write(parcel: Parcel, now: Millis): void {
    if (this.undelivered === 0) this.#lastProgressAt = now
    this.#waiting.push(parcel)
  }

  /** Gives what waits to a half with other numbers, before any of it was sent. */
  moveTo(other: Outgoing): void {
    for (let parcel = this.#waiting.shift(); parcel !== undefined; parcel = this.#waiting.shift()) {
      other.#waiting.push(parcel)
    }
  }

  /** Sends what the window has room for. */
  fill(now: Millis): void {
    const pipe = this.#pipe
    while (this.#outstanding.length < this.#window) {
      const underWay = this.#outstanding.length - this.#heldCount
      if (pipe !== undefined && underWay >= pipe.limit) return
      const parcel = this.#waiting.shift()
      if (parcel === undefined) return
      const sequence = this.#next
      this.#next = nextSequence(sequence)
      const departure =
        pipe === undefined
          ? undefined
          : { sentAt: now, arrivedBefore: pipe.arrived, isFullPipe: underWay + 1 >= pipe.limit }
      this.#outstanding.push({ sequence, parcel, sentAt: now, sends: 1, isHeld: false, departure })
      this.#send(sequence, parcel, now)
    }
  }

  /** May the peer acknowledge this number? Far older ones may still be under way; nothing that was never sent may. */
  isPlausible(acknowledgement: RdpSequence): boolean {
    const ahead = steps(this.#lastSent(), acknowledgement)
    return ahead <= 0 && ahead >= -this.#outstanding.length - 1 - 2 * this.#window
  }

  /** Everything up to `acknowledgement` has arrived. */
  acknowledged(acknowledgement: RdpSequence, now: Millis): void {
    let count = 0
    for (const segment of this.#outstanding) {
      if (steps(segment.sequence, acknowledgement) < 0) break
      if (segment.isHeld) this.#heldCount -= 1
      else this.#arrived(segment, now)
      count += 1
    }
    if (count === 0) return
    this.#outstanding.splice(0, count)
    this.#lastProgressAt = now
    this.#timeout.progressed()
    if (this.#recoverTo === undefined) return
    if (steps(this.#recoverTo, acknowledgement) >= 0) this.#recoverTo = undefined
    // The next hole shows itself; a peer that lists what it holds will say so better.
    else if (!this.#peerListsHeld && this.#window > RESEND_ALL_WINDOW) this.#resendOldest(now)
  }

  /** The peer lists what it holds out of order: what lies before the last of these is lost. */
  held(list: readonly RdpSequence[], now: Millis): void {
    this.#peerListsHeld = true
    if (list.length === 0) return
    const numbers = new Set(list)
    let last = -1
    for (const [index, segment] of this.#outstanding.entries()) {
      if (!numbers.has(segment.sequence)) continue
      if (!segment.isHeld) {
        this.#arrived(segment, now)
        segment.isHeld = true
        this.#heldCount += 1
      }
      last = index
    }
    const overtakers = this.#window > RESEND_ALL_WINDOW ? REORDERED_MAX : 1
    // What was sent again a moment ago cannot have been heard of.
    const settledBefore = now - this.#timeout.settledMs
    for (let index = 0; index < last; index++) {
      const segment = this.#outstanding[index]!
      if (segment.isHeld) continue
      const isLost = segment.sends === 1 ? last - index >= overtakers : segment.sentAt <= settledBefore
      if (isLost) this.#resend(segment, now)
    }
  }

  /** Sends again what is overdue. */
  tick(now: Millis): void {
    if (this.due() > now) return
    this.#timeout.waitedInVain()
    if ((this.#oldest()?.sends ?? 0) >= SENDS_BELIEVED) {
      for (const segment of this.#outstanding) segment.isHeld = false
      this.#heldCount = 0
      this.#pipe?.reset()
    }
    if (this.#window > RESEND_ALL_WINDOW) {
      this.#recoveringAt = now
      this.#recoverTo = this.#lastSent()
      this.#resendOldest(now)
      return
    }
    const overdue = now - this.#timeout.waitMs / 2
    for (const segment of this.#outstanding) {
      if (!segment.isHeld && segment.sentAt <= overdue) this.#resend(segment, now)
    }
  }

  /** When something has waited too long. */
  due(): Millis {
    const oldest = this.#oldest()
    if (oldest === undefined) return NEVER
    if (this.#window <= RESEND_ALL_WINDOW) return this.#timeout.after(oldest.sentAt)
    // In a long window each acknowledgement shows that the rest is on its way.
    const since = Math.max(oldest.sentAt, this.#recoveringAt, this.#lastProgressAt)
    return this.#timeout.after(since as Millis)
  }

  #arrived(segment: Outstanding, now: Millis): void {
    const isFresh = segment.sends === 1
    if (isFresh) this.#timeout.measured(now - segment.sentAt)
    this.#pipe?.arrival(isFresh ? segment.departure : undefined, now)
  }

  #lastSent(): RdpSequence {
    return ((this.#next + 0xffff) & 0xffff) as RdpSequence
  }

  #oldest(): Outstanding | undefined {
    return this.#outstanding.find(segment => !segment.isHeld)
  }

  #resendOldest(now: Millis): void {
    const oldest = this.#oldest()
    if (oldest !== undefined) this.#resend(oldest, now)
  }

  #resend(segment: Outstanding, now: Millis): void {
    segment.sentAt = now
    segment.sends += 1
    this.#send(segment.sequence, segment.parcel, now)
  }
}
