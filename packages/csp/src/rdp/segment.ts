/** The RDP trailer: 5 octets at the end of the payload, before HMAC and CRC. */
import type { Brand } from '@skyferry/engine'
import { serial } from '@skyferry/octets'
import { type CspFault, cspFault } from '../packet/faults.ts'

/** A number of a segment, on a circle of 16 bits. */
export type RdpSequence = Brand<number, 'RdpSequence'>

/** Octets of the trailer. */
export const RDP_OCTETS = 5
/** Octets of the options that a SYN carries as its payload. */
export const SYN_OPTIONS_OCTETS = 24

export const RdpFlag = { Syn: 0x08, Ack: 0x04, Eack: 0x02, Rst: 0x01 } as const

const circle = serial(16)

export function nextSequence(number: RdpSequence): RdpSequence {
  return circle.next(number) as RdpSequence
}

/** How many steps lead from `from` to `to`, backwards if that is shorter: -32768 to 32767. */
export function steps(from: RdpSequence, to: RdpSequence): number {
  const ahead = circle.distance(from, to)
  return ahead < 0x8000 ? ahead : ahead - 0x10000
}

export interface RdpTrailer {
  /** A sum of `RdpFlag`. */
  readonly flags: number
  /**
   * The high nibble: libcsp 2 counts control segments in it, so that a router that drops duplicates lets a repeated
   * acknowledgement through. Means nothing else.
   */
  readonly counter: number
  readonly sequence: RdpSequence
  /** The last number received in order (not the next one expected). */
  readonly acknowledgement: RdpSequence
}

/** What the active side of a connection asks for in its SYN; the passive side takes all of it over. */
export interface SynOptions {
  /** Segments that may be unacknowledged at once. */
  readonly windowPackets: number
  readonly connectionTimeoutMs: number
  readonly packetTimeoutMs: number
  readonly delayedAcks: boolean
  readonly ackTimeoutMs: number
  /** So many segments may wait for their acknowledgement; one more triggers it. */
  readonly ackDelayCount: number
}

/** Writes the trailer at `at`. */
export function encodeTrailer(trailer: RdpTrailer, target: Uint8Array, at: number): void {
  target[at] = (trailer.counter << 4) | trailer.flags
  target[at + 1] = trailer.sequence >> 8
  target[at + 2] = trailer.sequence
  target[at + 3] = trailer.acknowledgement >> 8
  target[at + 4] = trailer.acknowledgement
}

/** The last 5 octets of `bytes[from…to)`. */
export function decodeTrailer(bytes: Uint8Array, from: number, to: number): RdpTrailer | CspFault {
  const at = to - RDP_OCTETS
  if (at < from) return cspFault('truncated', to)
  return {
    flags: bytes[at]! & 0x0f,
    counter: bytes[at]! >> 4,
    sequence: ((bytes[at + 1]! << 8) | bytes[at + 2]!) as RdpSequence,
    acknowledgement: ((bytes[at + 3]! << 8) | bytes[at + 4]!) as RdpSequence,
  }
}

export function encodeSynOptions(options: SynOptions): Uint8Array {
  const octets = new Uint8Array(SYN_OPTIONS_OCTETS)
  const view = new DataView(octets.buffer)
  view.setUint32(0, options.windowPackets)
  view.setUint32(4, options.connectionTimeoutMs)
  view.setUint32(8, options.packetTimeoutMs)
  view.setUint32(12, options.delayedAcks ? 1 : 0)
  view.setUint32(16, options.ackTimeoutMs)
  view.setUint32(20, options.ackDelayCount)
  return octets
}

/** Any numbers are taken here; what a node makes of absurd ones is `bounded`'s matter. */
export function decodeSynOptions(payload: Uint8Array): SynOptions | CspFault {
  if (payload.length !== SYN_OPTIONS_OCTETS) return cspFault('bad-syn-options', payload.length)
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  return {
    windowPackets: view.getUint32(0),
    connectionTimeoutMs: view.getUint32(4),
    packetTimeoutMs: view.getUint32(8),
    delayedAcks: view.getUint32(12) !== 0,
    ackTimeoutMs: view.getUint32(16),
    ackDelayCount: view.getUint32(20),
  }
}

/** What an extended acknowledgement lists: numbers held out of order. An odd octet at the end is not one. */
export function decodeEackList(payload: Uint8Array): RdpSequence[] {
  const list: RdpSequence[] = []
  for (let at = 0; at + 1 < payload.length; at += 2) {
    list.push(((payload[at]! << 8) | payload[at + 1]!) as RdpSequence)
  }
  return list
}

/** Numbers in ascending order as the first and last of each run: how two of ours say the same in a long window. */
export function encodeRuns(numbers: readonly RdpSequence[]): Uint8Array {
  const ends: RdpSequence[] = []
  for (const number of numbers) {
    const last = ends.at(-1)
    if (last !== undefined && nextSequence(last) === number) ends[ends.length - 1] = number
    else ends.push(number, number)
  }
  return encodeEackList(ends)
}

/** @param numbersMax what comes after so many numbers is left out */
export function decodeRuns(payload: Uint8Array, numbersMax: number): RdpSequence[] {
  const ends = decodeEackList(payload)
  const numbers: RdpSequence[] = []
  for (let index = 0; index + 1 < ends.length; index += 2) {
    const last = ends[index + 1]!
    for (let number = ends[index]!; numbers.length < numbersMax; number = nextSequence(number)) {
      numbers.push(number)
      if (number === last) break
    }
  }
  return numbers
}

export function encodeEackList(list: readonly RdpSequence[]): Uint8Array {
  const octets = new Uint8Array(list.length * 2)
  for (const [index, number] of list.entries()) {
    octets[index * 2] = number >> 8
    octets[index * 2 + 1] = number
  }
  return octets
}
