/** Inactivity (section 4.10): a peer from which nothing has come for too long. */
import type { Millis, Timers } from '@skyferry/engine'
import type { TimerName } from './transaction.ts'

/** A peer that repeats adaptively does so once a minute at the least, if its round trip is no longer. */
const LONGEST_PAUSE_MS = 60_000
/** So many repeats in a row are not lost on a link that is up: at 40 % loss, one in a million. */
const REPEATS = 15

/** What an operator is told of a transaction that inactivity has suspended for a while. */
export const PEER_SILENT =
  'the peer is silent: suspended, goes on by itself when it is heard or the link is up'

/**
 * How long a peer may be silent, milliseconds. Adaptive: as long as `REPEATS` of its repeats take when they are as far
 * apart as they get, each with the light time there and back; a quarter of an hour on Earth.
 */
export function silenceAllowed(settings: {
  readonly inactivityTimeout: number | 'adaptive'
  readonly lightTime: number
}): Millis {
  const { inactivityTimeout, lightTime } = settings
  if (inactivityTimeout !== 'adaptive') return inactivityTimeout as Millis
  return (REPEATS * (LONGEST_PAUSE_MS + 2 * lightTime)) as Millis
}

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
