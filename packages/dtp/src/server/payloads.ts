/**
 * What a server may send, as a port: synchronous, one bounded read per call, problems as values. A payload is whatever
 * can be addressed by offset: a file, an object, memory.
 */
import { PAYLOAD_OCTETS_MAX } from '../common/packets.ts'

export interface Payload {
  /** Octets, for as long as it is open. */
  readonly size: number
  /** Reads exactly `length` octets at `offset` to `target[at…]`; false when they cannot be had. */
  read(offset: number, target: Uint8Array, at: number, length: number): boolean
  close(): void
}

export interface Payloads {
  /** The payload of that id as it is now; undefined when there is none. Asked once per request. */
  open(id: number): Payload | undefined
  /** A stretch of memory for the vmem variant; undefined when not all of it can be read. */
  openMemory?(address: bigint, size: number): Payload | undefined
}

/** A registry of payloads by id, 0 to 255; adding an id again replaces what it named. */
export class PayloadRegistry implements Payloads {
  readonly #openers: Map<number, () => Payload | undefined> = new Map()

  /** @param open called for every request, so that a file is sent as it is then */
  add(id: number, open: () => Payload | undefined): void {
    this.#openers.set(id, open)
  }

  addOctets(id: number, octets: Uint8Array): void {
    this.add(id, () => octetsPayload(octets))
  }

  remove(id: number): void {
    this.#openers.delete(id)
  }

  open(id: number): Payload | undefined {
    return this.#openers.get(id)?.()
  }
}

/** A payload in memory. */
export function octetsPayload(octets: Uint8Array): Payload {
  return {
    size: octets.length,
    read(offset, target, at, length) {
      if (offset + length > octets.length) return false
      // An element at a time is cheaper than a view of so few; a view is an object per datagram.
      if (length < 64)
        for (let index = 0; index < length; index++) target[at + index] = octets[offset + index]!
      else target.set(octets.subarray(offset, offset + length), at)
      return true
    },
    close() {},
  }
}

/** Part of a payload as one of its own: how what is 4 GiB or larger is offered at all (S12). */
export function windowOf(payload: Payload, from: number, octets: number = PAYLOAD_OCTETS_MAX): Payload {
  const size = Math.max(0, Math.min(octets, payload.size - from))
  return {
    size,
    read: (offset, target, at, length) =>
      offset + length <= size && payload.read(from + offset, target, at, length),
    close: () => payload.close(),
  }
}
