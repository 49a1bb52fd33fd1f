/** Files that worlds send. */
import type { FilestoreRequest } from '@skyferry/cfdp'
import { Random } from '@skyferry/engine'
import { spread } from './terms.ts'

/** A file to be sent, and what became of it. */
export interface Parcel {
  /** Its name at both ends. */
  readonly name: string
  readonly content: Uint8Array
  readonly mode: 'acknowledged' | 'unacknowledged'
  readonly closure: boolean
  /** What the receiver is to do once it has it. */
  readonly requests?: readonly FilestoreRequest[]
}

const OCTETS_MAX = 1_000_000
/** A world's cost is its PDUs. */
const PDUS_MAX = 1500

/** Octets without a pattern, made once: every file is a part of it. */
let noise: Uint8Array | undefined

/** @param segment octets of the file in one PDU, about: sizes at its edges are common */
export function sizeFrom(random: Random, segment: number): number {
  if (random.chance(0.2)) return random.pick([0, 1, segment - 1, segment, segment + 1, 4 * segment])
  return Math.floor(spread(random, 1, Math.min(OCTETS_MAX, segment * PDUS_MAX)))
}

/** Random octets. Not to be written to. */
export function contentFrom(random: Random, size: number): Uint8Array {
  if (noise === undefined) {
    noise = new Uint8Array(2 * OCTETS_MAX)
    new Random(1).fill(noise)
  }
  const from = random.whole(0, noise.length - size + 1)
  return noise.subarray(from, from + size)
}

/** How what was received differs from what was sent; undefined when it does not. */
export function difference(sent: Uint8Array, received: Uint8Array | undefined): string | undefined {
  if (received === undefined) return 'there is no such file'
  if (received.length !== sent.length) return `${received.length} octets instead of ${sent.length}`
  let differing = 0
  let first = -1
  for (let index = 0; index < sent.length; index++) {
    if (sent[index] === received[index]) continue
    if (differing === 0) first = index
    differing += 1
  }
  return differing === 0 ? undefined : `${differing} octets differ, first at ${first}`
}
