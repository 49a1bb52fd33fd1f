/**
 * Octets and packets. A payload is cut into packets of `chunk` octets, numbered from 0; the last may be shorter. The wire
 * counts packets, inclusive at both ends; everything of ours counts octets, half-open.
 */
import type { Range } from '@skyferry/octets'
import type { Dialect } from './dialect.ts'

/** An interval of packets as the wire has it: both ends inclusive, `TO_THE_END` for all that follow. */
export interface Interval {
  readonly start: number
  readonly end: number
}

export const TO_THE_END = 0xffff_ffff
/** Offsets have 32 bits: what is longer needs windows, or several payload ids. */
export const PAYLOAD_OCTETS_MAX = 0xffff_ffff

/** Data per packet, octets. */
export function chunkOf(mtuOctets: number, dialect: Dialect): number {
  return mtuOctets - dialect.dataHeaderOctets
}

/** How many packets a payload of so many octets takes: ⌈size / chunk⌉, also where it divides evenly. */
export function packetCount(size: number, chunk: number): number {
  return Math.ceil(size / chunk)
}

/** The packets that any of these octets lie in; `undefined` for no octets. */
export function intervalOf({ from, to }: Range, chunk: number): Interval | undefined {
  if (to <= from) return undefined
  return { start: Math.floor(from / chunk), end: Math.ceil(to / chunk) - 1 }
}

/** The octets of an interval of a payload of `size`; empty when it begins beyond. */
export function octetsOf({ start, end }: Interval, chunk: number, size: number): Range {
  const from = Math.min(size, start * chunk)
  return { from, to: end === TO_THE_END ? size : Math.max(from, Math.min(size, (end + 1) * chunk)) }
}
