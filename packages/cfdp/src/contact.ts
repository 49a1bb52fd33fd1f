/**
 * When a remote entity can be spoken to and heard (section 4.12, link state): by word of the owner (freeze, thaw), and
 * by a plan of contact windows. Neither is a record: after a restart the owner says it again.
 *
 * A window is a time in which the two see each other, the same for both ends. What leaves later than a light time
 * before its end arrives after it; what left the other end at its beginning arrives a light time later. So, for a
 * window from…to: transmit opportunity from…(to − light time), receive opportunity (from + light time)…to.
 */
import { type Millis, NEVER, type Scheduled } from '@skyferry/engine'
import type { EntityId } from './pdu/model.ts'

/** Half-open, on the clock whose `now` the engine is handed; `to` may be NEVER. */
export interface ContactWindow {
  readonly from: Millis
  readonly to: Millis
}

export type LinkDirection = 'transmit' | 'receive' | 'both'

/** So many windows of a plan are kept; the owner of a longer one gives the rest when these are nearly over. */
export const CONTACT_WINDOWS_MAX = 1024

export class Contact implements Scheduled {
  /** Place in the entity's schedule, which alone writes these. */
  heapIndex = -1
  heapDue: Millis = NEVER

  readonly remote: EntityId
  readonly #lightTime: number
  #transmitFrozen = false
  #receiveFrozen = false
  /** In order, apart, each longer than the light time; undefined: always in contact. */
  #windows: readonly ContactWindow[] | undefined
  /** The first window that is not over. */
  #current = 0
  #isMute = false
  #isDeaf = false
  /** Since when it is dark, and for how long it was before. */
  #darkSince: Millis | undefined
  #darkBefore = 0
  /** When the transmit opportunity ends that there is now. */
  #silentFrom: Millis = NEVER
  /** When any opportunity begins or ends next. */
  #edge: Millis = NEVER
  /** When the next transmit opportunity of the plan begins. */
  #nextFrom: Millis | undefined

  constructor(remote: EntityId, lightTime: Millis) {
    this.remote = remote
    this.#lightTime = lightTime
  }

  // — what it allows —

  /** Nothing may leave: it would not arrive. Exact, however late the edge of a window is noticed. */
  isMuteAt(now: Millis): boolean {
    return this.#isMute || now >= this.#silentFrom
  }

  /** Nothing can be answered, or no answer can be heard: timers stand still. As of the last look. */
  get isDark(): boolean {
    return this.#isMute || this.#isDeaf
  }

  /** For how long it has been dark in all, milliseconds. As of the last look. */
  darkTime(now: Millis): number {
    return this.#darkBefore + (this.#darkSince === undefined ? 0 : now - this.#darkSince)
  }

  /** No transmit opportunity, as of the last look. */
  get isMute(): boolean {
    return this.#isMute
  }

  /** When it can be spoken to next by the plan; undefined while it can be now, or while nobody knows. */
  get next(): Millis | undefined {
    return this.#isMute && !this.#transmitFrozen ? this.#nextFrom : undefined
  }

  /** When to look again. */
  deadline(): Millis {
    return this.#edge
  }

  // — what changes it —

  freeze(direction: LinkDirection): undefined {
    if (direction !== 'receive') this.#transmitFrozen = true
    if (direction !== 'transmit') this.#receiveFrozen = true
  }

  thaw(direction: LinkDirection): undefined {
    if (direction !== 'receive') this.#transmitFrozen = false
    if (direction !== 'transmit') this.#receiveFrozen = false
  }

  /**
   * Puts another plan in the place of the one there is.
   * @param windows in any order; those that touch or overlap are one. None: never in contact. Undefined: always
   * @returns why not, if not
   */
  plan(windows: readonly ContactWindow[] | undefined): string | undefined {
    if (windows !== undefined && windows.length > CONTACT_WINDOWS_MAX)
      return `a plan may have ${CONTACT_WINDOWS_MAX} contact windows, not ${windows.length}`
    const odd = windows?.find(({ from, to }) => !(Number.isFinite(from) && from < to))
    if (odd !== undefined) return `a contact window from ${odd.from} to ${odd.to} is none`
    // A window no longer than the light time brings nothing across.
    this.#windows = windows && merged(windows).filter(({ from, to }) => to - from > this.#lightTime)
    this.#current = 0
    return undefined
  }

  /** Takes note of what time it is, and of what was changed. @returns whether the peer can be spoken to since now */
  look(now: Millis): boolean {
    // Noticed late, a dark time may have come and gone.
    const wasMute = this.isMuteAt(now)
    const opportunity = this.#opportunity(now)
    this.#isMute = this.#transmitFrozen || !opportunity.transmit
    this.#isDeaf = this.#receiveFrozen || !opportunity.receive
    if (this.isDark) this.#darkSince ??= now
    else if (this.#darkSince !== undefined) {
      this.#darkBefore += now - this.#darkSince
      this.#darkSince = undefined
    }
    return wasMute && !this.#isMute
  }

  /** What the plan says of now; notes its next edge on the way. */
  #opportunity(now: Millis): { readonly transmit: boolean; readonly receive: boolean } {
    const windows = this.#windows
    this.#silentFrom = this.#edge = NEVER
    this.#nextFrom = undefined
    if (windows === undefined) return { transmit: true, receive: true }
    while (this.#current < windows.length && windows[this.#current]!.to <= now) this.#current += 1
    const window = windows[this.#current]
    if (window === undefined) return { transmit: false, receive: false }
    const lastWord = (window.to - this.#lightTime) as Millis
    const firstHeard = (window.from + this.#lightTime) as Millis
    const transmit = window.from <= now && now < lastWord
    if (transmit) this.#silentFrom = lastWord
    else this.#nextFrom = now < window.from ? window.from : windows[this.#current + 1]?.from
    const edges = [window.from, lastWord, firstHeard, window.to].filter(edge => edge > now)
    this.#edge = Math.min(...edges) as Millis
    return { transmit, receive: firstHeard <= now }
  }
}

function merged(windows: readonly ContactWindow[]): ContactWindow[] {
  const apart: ContactWindow[] = []
  for (const { from, to } of [...windows].sort((one, other) => one.from - other.from)) {
    const last = apart.at(-1)
    if (last === undefined || from > last.to) apart.push({ from, to })
    else if (to > last.to) apart[apart.length - 1] = { from: last.from, to }
  }
  return apart
}
