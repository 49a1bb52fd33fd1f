/** The golden octets of `vectors/cdp.json`; its `about` says where each came from. */
import { readFileSync } from 'node:fs'

export interface Decoded {
  readonly flag?: number
  readonly type: string
  readonly id?: number
  readonly payloadLength?: number
  readonly payloadHex?: string
  readonly malformed?: string
  readonly trailingHex?: string
}

export interface Vector {
  readonly name: string
  readonly hex: string
  readonly decoded: Decoded
}

export interface ExchangeStep {
  readonly direction: 'client to server' | 'server to client'
  readonly hex?: string
  readonly decoded: Decoded
  readonly network?: string
}

export interface Exchange {
  readonly name: string
  readonly note?: string
  readonly steps: readonly ExchangeStep[]
}

const file: { readonly vectors: readonly Vector[]; readonly exchanges: readonly Exchange[] } = JSON.parse(
  readFileSync(new URL('../../../../vectors/cdp.json', import.meta.url), 'utf8'),
)

export const vectors: readonly Vector[] = file.vectors
export const exchanges: readonly Exchange[] = file.exchanges

export function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}
