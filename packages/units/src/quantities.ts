/** Sizes, rates, durations, shares, addresses and ids as an operator types them. Every parser throws a `UnitError`. */

/** A text that is not what it should be; the message quotes it and says how it is written. */
export class UnitError extends Error {
  override readonly name: string = 'UnitError'
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}

const RATE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  'bit/s': 1,
  'kbit/s': 1e3,
  'Mbit/s': 1e6,
  'Gbit/s': 1e9,
  'B/s': 8,
  'kB/s': 8e3,
  'MB/s': 8e6,
  'GB/s': 8e9,
  'KiB/s': 8 * 1024,
  'MiB/s': 8 * 1024 ** 2,
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Largest value of an entity id or sequence number: eight octets. */
const MAX_ID = 2n ** 64n - 1n

/** A number and what follows it, or undefined. Signs and exponents are not numbers an operator types. */
function split(text: string): { readonly value: number; readonly unit: string } | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z/%]*)$/.exec(text.trim())
  return match === null ? undefined : { value: Number(match[1]), unit: match[2]! }
}

/** Octets: `512`, `10MiB`, `1.5kB`. The result is a whole, safe number. */
export function parseSize(text: string): number {
  const parts = split(text)
  const factor = parts === undefined ? undefined : SIZE_UNITS[parts.unit]
  if (parts === undefined || factor === undefined) {
    throw new UnitError(`'${text}' is not a size; write octets (512) or a unit (10MiB, 64kB)`)
  }
  const octets = parts.value * factor
  if (!Number.isSafeInteger(octets)) throw new UnitError(`'${text}' is not a whole number of octets`)
  return octets
}

/** Bits per second, above zero: `9600bit/s`, `9.6kbit/s`, `1Mbit/s`, `2MB/s`; a bare number is bit/s. */
export function parseRate(text: string): number {
  const parts = split(text)
  const factor = parts === undefined ? undefined : RATE_UNITS[parts.unit]
  if (parts === undefined || factor === undefined) {
    throw new UnitError(`'${text}' is not a rate; write 9600bit/s, 1Mbit/s or 2MB/s`)
  }
  const bitsPerSecond = parts.value * factor
  if (!(bitsPerSecond > 0 && Number.isFinite(bitsPerSecond))) {
    throw new UnitError(`'${text}' is not a rate above zero`)
  }
  return bitsPerSecond
}

/** Milliseconds: `250ms`, `1.3s`, `10m`, `1h30m`; a bare number is milliseconds. */
export function parseDuration(text: string): number {
  const wrong = `'${text}' is not a duration; write 250ms, 1.3s, 10m or 1h30m`
  const compact = text.trim().replaceAll(' ', '')
  if (/^\d+(?:\.\d+)?$/.test(compact)) return Number(compact)
  if (!/^(?:(?:\d+(?:\.\d+)?|\.\d+)[a-z]+)+$/.test(compact)) throw new UnitError(wrong)
  let total = 0
  for (const [, value, unit] of compact.matchAll(/(\d+(?:\.\d+)?|\.\d+)([a-z]+)/g)) {
    const factor = DURATION_UNITS[unit!]
    if (factor === undefined) throw new UnitError(wrong)
    total += Number(value) * factor
  }
  // Tenths of a microsecond are noise of binary fractions (1.1 h), not what was typed.
  return Math.round(total * 1e4) / 1e4
}

/** A share of all: `5%` or `0.05`; from 0 to 1. */
export function parseProbability(text: string): number {
  const parts = split(text)
  if (parts === undefined || (parts.unit !== '' && parts.unit !== '%')) {
    throw new UnitError(`'${text}' is not a probability; write 5% or 0.05`)
  }
  const share = parts.unit === '%' ? parts.value / 100 : parts.value
  if (share > 1) {
    const hint = parts.unit === '' && parts.value <= 100 ? `; did you mean ${parts.value}%?` : ''
    throw new UnitError(`'${text}' is more than one${hint}`)
  }
  return share
}

/** A whole number from `least` to `most`, decimal. */
export function parseCount(text: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  const value = /^-?\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new UnitError(`'${text}' is not a whole number`)
  if (value < least) throw new UnitError(`'${text}' is below ${least}`)
  if (value > most) throw new UnitError(`'${text}' is above ${most}`)
  return value
}

/** Retries: a whole number, or `unlimited`, which is −1. */
export function parseLimit(text: string): number {
  return text.trim() === 'unlimited' ? -1 : parseCount(text, -1)
}

/** Where datagrams go or come in: a host name or address, and a port. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** `localhost:5111`, `127.0.0.1:5111`, `[::1]:5111`; the port may be 0 where the system is to choose one. */
export function parseHostPort(text: string): HostPort {
  const trimmed = text.trim()
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(trimmed)
  if (match === null) {
    const bare = /^(.*:.*:.*):(\d+)$/.exec(trimmed)
    const hint =
      bare === null || trimmed.includes('[')
        ? ''
        : `; an IPv6 address goes in brackets: [${bare[1]}]:${bare[2]}`
    throw new UnitError(`'${text}' is not HOST:PORT${hint}`)
  }
  const port = Number(match[3])
  if (port > 65_535) throw new UnitError(`'${text}' has a port above 65535`)
  return { host: match[1] ?? match[2]!, port }
}

/** As `parseHostPort`, for an address to send to: the port is known. */
export function parsePeer(text: string): HostPort {
  const address = parseHostPort(text)
  if (address.port === 0) throw new UnitError(`'${text}' has port 0, and nothing can be sent to port 0`)
  return address
}

/** An unsigned number of at most eight octets, decimal or with 0x. */
export function parseUnsigned(text: string): bigint {
  const trimmed = text.trim()
  if (!/^(?:\d+|0[xX][0-9a-fA-F]+)$/.test(trimmed)) {
    throw new UnitError(`'${text}' is not an unsigned number (5, 0x1f)`)
  }
  const value = BigInt(trimmed)
  if (value > MAX_ID) throw new UnitError(`'${text}' does not fit eight octets`)
  return value
}

/** Octets an unsigned number needs, at least 1. */
export function octetsNeeded(value: bigint): number {
  return Math.max(1, Math.ceil(value.toString(16).length / 2))
}
