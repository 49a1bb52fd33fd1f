import { type Alarm, assert, type Clock, type Millis, NEVER } from '@skyferry/engine'

/** The host forgets a longer delay and rings at once, so a longer wait is made of several. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Rings never; what `at(NEVER)` gives. */
const SILENT: Alarm = { cancel() {} }

/**
 * The clock of this machine: milliseconds since the process began, never backwards.
 *
 * An alarm that is already due rings in this turn of the event loop (a timer of 0 ms would take 1.1 ms); any
 * other rings 0.1 to 1.3 ms late, because the host counts whole milliseconds, and never early.
 */
export function realClock(): Clock {
  return { now, at: (when, ring) => (when === NEVER ? SILENT : new RealAlarm(when, ring)) }
}

/** Milliseconds since 1970, UTC, with the fraction: the wall clock for captures. It may be set, and jump. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now()
}

function now(): Millis {
  return performance.now() as Millis
}

class RealAlarm implements Alarm {
  readonly #when: Millis
  #ring: (() => void) | undefined
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(when: Millis, ring: () => void) {
    assert(!Number.isNaN(when), 'an alarm has a time')
    this.#when = when
    this.#ring = ring
    this.#wait()
  }

  cancel(): void {
    this.#ring = undefined
    clearImmediate(this.#immediate)
    clearTimeout(this.#timer)
  }

  #wait(): void {
    const left = this.#when - performance.now()
    if (left <= 0) this.#immediate = setImmediate(this.#woken)
    else this.#timer = setTimeout(this.#woken, Math.min(Math.ceil(left), LONGEST_DELAY_MS))
  }

  /** The host starts a timer from the time it remembers, which is the past after a long turn: look again. */
  readonly #woken = (): void => {
    const ring = this.#ring
    if (ring === undefined) return
    if (performance.now() < this.#when) {
      this.#wait()
      return
    }
    this.#ring = undefined
    ring()
  }
}
