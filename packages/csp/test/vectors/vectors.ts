import { readFileSync } from 'node:fs'
import { fromHex, isFault } from '@skyferry/octets'

export interface VectorHeader {
  readonly pri: number
  readonly dst: number
  readonly src: number
  readonly dport: number
  readonly sport: number
  readonly flags: number
}

export interface Vector {
  readonly name: string
  readonly link: 'zmq' | 'udp' | 'kiss' | 'csp-packet' | 'can' | 'i2c' | 'eth' | 'file'
  readonly csp_version: 1 | 2
  readonly hex: string
  readonly decoded: {
    readonly header?: VectorHeader
    readonly header_byte_order?: 'big-endian' | 'little-endian'
    readonly zmq_prefix_byte?: number
    readonly payload_hex?: string
    readonly crc32?: { readonly value: string; readonly over: 'data' | 'header+data' }
    readonly hmac?: { readonly value: string }
    readonly rdp?: {
      readonly flags_byte: number
      readonly seq: number
      readonly ack: number
      readonly syn_options?: Readonly<Record<string, number>>
    }
    readonly sfp?: { readonly offset: number; readonly total_size: number; readonly fragment_length: number }
    readonly kiss?: object
    readonly xtea?: object
    readonly all?: readonly string[]
  }
}

/** Octets of hexadecimal text that is known to be good. */
export function octets(hex: string): Uint8Array {
  const bytes = fromHex(hex)
  if (isFault(bytes)) throw new Error(`not hex: ${hex}`)
  return bytes
}

/** Captured between C nodes, or computed by C code. */
export const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../../../vectors/csp-dtp.json', import.meta.url), 'utf8'),
)

/** The vectors that hold a CSP packet in a medium that we speak. */
export const PACKETS: readonly Vector[] = VECTORS.filter(
  ({ link, decoded }) => decoded.header !== undefined && link !== 'eth',
)
