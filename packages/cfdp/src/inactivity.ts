/** Inactivity (section 4.10): a peer from which nothing has come for too long. */
import type { Millis, Timers } from '@skyferry/engine'
import type { TimerName } from './transaction.ts'

/** Arms the timer from now on; a timeout of Infinity watches nothing. */
export function watchForSilence(timers: Timers<TimerName>, timeout: Millis, now: Millis): void {
  if (timeout === Infinity) return
  timers.set('inactivity', (now + timeout) as Millis, now)
}

/**
 * The timer has fired: was the peer silent all that time? It only ever moves later, so it is looked at when it fires,
 * and armed again for what is left of the silence allowed.
 */
export function wasSilent(
  timers: Timers<TimerName>,
  timeout: Millis,
  lastHeard: Millis,
  now: Millis,
): boolean {
  const due = (lastHeard + timeout) as Millis
  if (due <= now) return true
  timers.set('inactivity', due, now)
  return false
}
