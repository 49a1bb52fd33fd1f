/** Sizes, rates and times as an operator reads them. */

export { writeHostPort as formatHostPort } from '@skyferry/units'

const SIZE_STEPS = ['octets', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const RATE_STEPS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s'] as const

/** Three digits that matter: 9.54, 95.4, 954. */
function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0)
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2)
}

function stepped(value: number, factor: number, steps: readonly string[]): string {
  let step = 0
  let scaled = value
  while (scaled >= factor * 0.9995 && step < steps.length - 1) {
    scaled /= factor
    step += 1
  }
  return `${step === 0 ? String(Math.round(scaled)) : threeDigits(scaled)} ${steps[step]}`
}

/** `512 octets`, `9.54 MiB`. */
export function formatSize(octets: number): string {
  return stepped(octets, 1024, SIZE_STEPS)
}

/** `950 bit/s`, `9.54 Mbit/s`. */
export function formatRate(bitsPerSecond: number): string {
  return stepped(bitsPerSecond, 1000, RATE_STEPS)
}

/** `250 ms`, `1.3 s`, `2 m 05 s`, `3 h 04 m`; `?` for what is not known. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '?'
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 59.95) return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${twoDigits(whole % 60)} s`
  const minutes = Math.round(whole / 60)
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`
}

/** `5%`, `0.05%`. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`
}

/** `1 gap`, `2 gaps`. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

/** A text of a stranger, for a terminal: nothing in it moves the cursor, changes colours or turns the line around. */
export function formatForeign(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\uFFFD')
}
