/** Quantities written so that the parsers read exactly the same again, with the largest unit that needs no fraction. */
import type { HostPort } from './quantities.ts'

const DURATIONS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]
const SIZES: readonly (readonly [number, string])[] = [
  [1024 ** 4, 'TiB'],
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
]
const RATES: readonly (readonly [number, string])[] = [
  [1e9, 'Gbit/s'],
  [1e6, 'Mbit/s'],
  [1e3, 'kbit/s'],
]

/** `3s`, `1300ms`. */
export function writeDuration(milliseconds: number): string {
  return written(milliseconds, DURATIONS, 'ms')
}

/** `10MiB`, `512`. */
export function writeSize(octets: number): string {
  return written(octets, SIZES, '')
}

/** `1Mbit/s`, `9600bit/s`. */
export function writeRate(bitsPerSecond: number): string {
  return written(bitsPerSecond, RATES, 'bit/s')
}

/** `127.0.0.1:5111`, `[::1]:5111`. */
export function writeHostPort(address: HostPort): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

function written(value: number, steps: readonly (readonly [number, string])[], plain: string): string {
  const step = value === 0 ? undefined : steps.find(([factor]) => value % factor === 0)
  return step === undefined ? `${decimal(value)}${plain}` : `${decimal(value / step[0])}${step[1]}`
}

/** Never with an exponent, which nobody here reads. */
function decimal(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString()
  const text = String(value)
  return text.includes('e') ? value.toFixed(12).replace(/0+$/, '') : text
}
