import type { Millis } from '@skyferry/engine'
import { ASSUMED_RATE_BPS, type RemoteSettings } from '../mib.ts'
import type { RoundTrip } from '../round-trip.ts'
import { Pacer } from './pacer.ts'
import { Window } from './window.ts'

/** What to tell an operator when something else sets the pace from now on. */
export interface PaceNotice {
  readonly code: 'rate-assumed' | 'window-learned'
  readonly text: string
}

const ASSUMED_MBPS = `${ASSUMED_RATE_BPS / 1e6} Mbit/s`
const LEARNED: PaceNotice = {
  code: 'window-learned',
  text: 'the peer answers Prompts: its NAKs set the pace from here',
}
const DOUBTED: PaceNotice = {
  code: 'rate-assumed',
  text: `the peer answers no Prompt and no rate is given: sending ${ASSUMED_MBPS}`,
}
/** For a class 1 sender that was to use a window. */
export const RATE_ASSUMED: PaceNotice = {
  code: 'rate-assumed',
  text: `no rate is given and class 1 cannot learn one: sending ${ASSUMED_MBPS}`,
}

/**
 * What sets the pace of file data where the link does not: a rate, or a window, for which the peer is asked by Prompt
 * what it has. A peer that answers no Prompt gets an assumed rate until it does. docs/decisions/0004.
 */
export class Pace {
  readonly #window: Window | undefined
  readonly #roundTrip: RoundTrip
  #pacer: Pacer | undefined
  #promptDue = false
  /** Since the last Prompt: how soon a NAK came that seemed too early to be its answer. */
  #earlyAnswer: number | undefined
  /** How far the first pass had come with the outstanding Prompt, and with the one before it. */
  #promptedUpTo = 0
  #promptedBefore = 0

  /** @param pduOctets of a full File Data PDU */
  constructor(
    pace: Exclude<RemoteSettings<unknown>['pace'], 'link'>,
    acknowledged: boolean,
    pduOctets: number,
    roundTrip: RoundTrip,
  ) {
    const windowed = pace === 'window' && acknowledged
    this.#roundTrip = roundTrip
    this.#window = windowed ? new Window(pduOctets) : undefined
    if (typeof pace === 'number') this.#pacer = new Pacer(pace)
    else if (!windowed) this.#pacer = new Pacer(ASSUMED_RATE_BPS)
  }

  // — what it allows —

  /** May a PDU leave, as far as the rate is concerned? */
  mayPass(now: Millis): boolean {
    return this.#pacer === undefined || this.#pacer.mayPass(now)
  }

  /** When the next may leave, as far as the rate is concerned. */
  next(): Millis {
    return this.#pacer?.next() ?? (0 as Millis)
  }

  /** As much is under way as the window allows. */
  get isFull(): boolean {
    return this.#window !== undefined && !this.#window.isDoubted && !this.#window.hasRoom
  }

  /** PDUs that may still be under way, where a window counts them. */
  get underWay(): number {
    return this.#window?.underWay ?? 0
  }

  /** The peer tells how much it has, when asked. */
  get isAnswered(): boolean {
    return this.#window?.answeredEver === true
  }

  /** A File Data PDU has left. @param sentUpTo how far the first pass has come with it */
  passed(octets: number, sentUpTo: number, now: Millis): void {
    this.#pacer?.passed(octets, now)
    this.#window?.sentOne(sentUpTo)
  }

  // — Prompts —

  /** @param idle nothing more can be sent now @returns whether a Prompt is due that was not before */
  considerPrompt(idle: boolean): boolean {
    if (this.#window === undefined || this.#promptDue || !this.#window.wantsPrompt(idle)) return false
    this.#promptDue = true
    return true
  }

  get isPromptDue(): boolean {
    return this.#promptDue
  }

  dropPrompt(): void {
    this.#promptDue = false
  }

  /** Prompts in a row that were not answered. */
  get missedInARow(): number {
    return this.#window?.missedInARow ?? 0
  }

  /** @param sentUpTo how far the first pass has come */
  prompted(sentUpTo: number, now: Millis): void {
    this.#promptedBefore = this.#promptedUpTo
    this.#promptedUpTo = sentUpTo
    this.#promptDue = false
    this.#earlyAnswer = undefined
    this.#window?.prompted(now)
  }

  /**
   * A statement from the beginning of the file has come: does it answer the outstanding Prompt?
   * @param scopeEnd how far it speaks of the file
   */
  isAnswer(scopeEnd: number, now: Millis): boolean {
    this.#window?.heardUpTo(scopeEnd)
    const promptAt = this.#window?.promptAt
    if (promptAt === undefined) return false
    // A NAK that speaks of what left just before the Prompt was made when that had arrived: it settles as much.
    const isFirstPass = this.#promptedUpTo > this.#promptedBefore
    if (isFirstPass && scopeEnd >= this.#promptedUpTo) return true
    // What left last may be lost, or be a repair; then time tells. A NAK that comes sooner was under way already.
    const least = isFirstPass ? this.#roundTrip.estimate * 0.6 : this.#roundTrip.least * 0.5
    if (now - promptAt < least) {
      this.#earlyAnswer ??= now - promptAt
      return false
    }
    return true
  }

  /**
   * The window learns from the answer.
   * @param delivered octets the peer holds by its own account
   * @param lost octets it reports missing that nobody knew about
   */
  answered(delivered: number, lost: number, now: Millis): PaceNotice | undefined {
    const promptAt = this.#window?.promptAt
    if (promptAt !== undefined) this.#roundTrip.answered(promptAt, now)
    const notice = this.#pacer === undefined ? undefined : LEARNED
    this.#pacer = undefined
    this.#window?.answered(now, delivered, lost, this.#roundTrip.least)
    return notice
  }

  /** The link was down and is up: a Prompt that may have met nobody is sent again at once. */
  upAgain(): void {
    this.#promptDue = false
    this.#earlyAnswer = undefined
    this.#window?.upAgain()
  }

  /** No answer came. */
  missed(): PaceNotice | undefined {
    const window = this.#window
    if (window === undefined) return undefined
    // What seemed too early and was followed by nothing was the answer: the way has become shorter.
    if (this.#earlyAnswer !== undefined) this.#roundTrip.sample(this.#earlyAnswer)
    window.missed()
    if (!window.isDoubted || this.#pacer !== undefined) return undefined
    this.#pacer = new Pacer(ASSUMED_RATE_BPS)
    return DOUBTED
  }
}
