/** The golden octets of `vectors/cfdp-pdus.json`; its `about` says what each list is. */
import { readFileSync } from 'node:fs'

export interface Vector {
  readonly name: string
  readonly hex: string
  readonly note?: string
  readonly decoded: Readonly<Record<string, unknown>>
}

export interface Tolerated extends Vector {
  readonly why: string
  readonly expect: string
}

export interface Malformed {
  readonly name: string
  readonly hex: string
  readonly why: string
  readonly error: string
  readonly kind: 'syntax' | 'semantic'
  readonly scope: 'pdu' | 'message'
}

export function octetsOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

interface File {
  readonly vectors: readonly Vector[]
  readonly tolerant: readonly Tolerated[]
  readonly malformed: readonly Malformed[]
}

const file: File = JSON.parse(
  readFileSync(new URL('../../../../vectors/cfdp-pdus.json', import.meta.url), 'utf8'),
)

export const vectors: readonly Vector[] = file.vectors
export const tolerant: readonly Tolerated[] = file.tolerant
export const malformed: readonly Malformed[] = file.malformed

/**
 * Three vectors carry a size of 2^64 - 1. They are well-formed, and refused all the same: our sizes are safe
 * integers (9 PB), and a peer that means it has another problem.
 */
export const beyondSafeIntegers: ReadonlySet<string> = new Set([
  'eof-large-body-uncommon',
  'eof-large-fault-body-uncommon',
  'keepalive-large-uncommon',
])

/** What we carry and can give back. */
export const ours: readonly Vector[] = vectors.filter(({ name }) => !beyondSafeIntegers.has(name))
