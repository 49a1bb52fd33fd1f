/** The address challenge of reference section 19.1, both ends: `7E` and a cookie, answered by `7F` and the same cookie. */
import type { Millis } from '@skyferry/engine'

export const COOKIE_OCTETS = 8
const CHALLENGE = 0x7e
const ANSWER = 0x7f
const MINUTE_MS = 60_000

export type Sign = (text: string) => Uint8Array

/** The turn that asks an address to prove itself: nine octets, so that it never amplifies. */
export function challengeTo(key: string, sign: Sign, now: Millis): Uint8Array {
  return prefixed(CHALLENGE, cookieOf(key, sign, minuteOf(now)))
}

/** Is this turn of one payload a challenge? Then this is what the turn it answers is to be preceded by. */
export function answerTo(payloads: readonly Uint8Array[]): Uint8Array | undefined {
  const [challenge] = payloads
  if (challenge === undefined || payloads.length !== 1) return undefined
  if (challenge.length !== 1 + COOKIE_OCTETS || challenge[0] !== CHALLENGE) return undefined
  return prefixed(ANSWER, challenge.subarray(1))
}

/** What follows a cookie of ours, of this minute or the last; undefined if there is none in front. */
export function behindCookie(
  payload: Uint8Array,
  key: string,
  sign: Sign,
  now: Millis,
): Uint8Array | undefined {
  if (payload.length < 1 + COOKIE_OCTETS || payload[0] !== ANSWER) return undefined
  const given = payload.subarray(1, 1 + COOKIE_OCTETS)
  const minute = minuteOf(now)
  const isOurs = [minute, minute - 1].some(each => equal(given, cookieOf(key, sign, each)))
  return isOurs ? payload.subarray(1 + COOKIE_OCTETS) : undefined
}

function minuteOf(now: Millis): number {
  return Math.floor(now / MINUTE_MS)
}

function cookieOf(key: string, sign: Sign, minute: number): Uint8Array {
  return sign(`${key} ${minute}`).subarray(0, COOKIE_OCTETS)
}

function prefixed(first: number, cookie: Uint8Array): Uint8Array {
  const octets = new Uint8Array(1 + COOKIE_OCTETS)
  octets[0] = first
  octets.set(cookie, 1)
  return octets
}

/** In a time that does not depend on where they differ. */
function equal(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length
  for (let index = 0; index < one.length; index++) difference |= one[index]! ^ (other[index] ?? 0)
  return difference === 0
}
