/** The octets of `vectors/csp-dtp.json` that are DTP's own, and those of `vectors/dtp-constructed.json`. */
import { readFileSync } from 'node:fs'
import { fromHex, isFault } from '@skyferry/octets'

interface Captured {
  readonly name: string
  readonly hex: string
  readonly link: string
  readonly decoded: Readonly<Record<string, unknown>> & { readonly payload_hex?: string }
}

export interface Constructed {
  readonly name: string
  readonly origin: string
  readonly dialect: string
  readonly kind: 'request' | 'response' | 'data' | 'vmem'
  readonly hex: string
  readonly decoded: Readonly<Record<string, unknown>>
  readonly note: string
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../vectors/${name}`, import.meta.url), 'utf8'))

/** Everything between two running C nodes that carries DTP, less the datagrams that only move RDP along. */
export const captured: readonly Captured[] = (read('csp-dtp.json') as Captured[]).filter(({ name }) =>
  name.startsWith('dtp-'),
)

export const constructed: readonly Constructed[] = (
  read('dtp-constructed.json') as { vectors: Constructed[] }
).vectors

/** @param key which part of the decoded form makes it one of these */
export function having(key: string): { name: string; octets: Uint8Array; form: Record<string, unknown> }[] {
  return captured
    .filter(({ decoded }) => decoded[key] !== undefined)
    .map(({ name, decoded }) => ({
      name,
      octets: octets(decoded.payload_hex!),
      form: decoded[key] as Record<string, unknown>,
    }))
}

export function octets(hex: string): Uint8Array {
  const bytes = fromHex(hex)
  if (isFault(bytes)) throw new Error(`not hexadecimal: ${hex}`)
  return bytes
}

/** A number as the vectors write it. */
export const number = (value: unknown): number => Number(value)
