/** CSP packets in KISS frames, over a serial line or over TCP through any bridge of octets. */
import { appendKissCrc, type CspVersion, checkKissCrc } from '@skyferry/csp'
import { isFault, KissDeframer, kissFrameOctetsMax, writeKissFrame } from '@skyferry/octets'
import type { ByteStream } from './stream/byte-stream.ts'
import { type StreamFraming, type StreamLink, streamLink } from './stream/stream-link.ts'

export interface KissLinkOptions {
  /** Where the header ends, which the link's checksum leaves out. */
  readonly version: CspVersion
  readonly mtuOctets: number
  /** libcsp up to 2.1 always has the checksum, later ones may be built without. Default true. */
  readonly hasCrc?: boolean
}

const CRC_OCTETS = 4

/** A link that takes the stream over. */
export function kissLink(stream: ByteStream, options: KissLinkOptions): StreamLink {
  return streamLink(stream, new KissFraming(options), options)
}

class KissFraming implements StreamFraming {
  readonly #version: CspVersion
  readonly #hasCrc: boolean
  readonly #deframerOctets: number
  readonly #frame: Uint8Array
  #deframer: KissDeframer
  #badCrcs = 0

  constructor({ version, mtuOctets, hasCrc = true }: KissLinkOptions) {
    this.#version = version
    this.#hasCrc = hasCrc
    this.#deframerOctets = mtuOctets + CRC_OCTETS
    this.#frame = new Uint8Array(this.#deframerOctets)
    this.#deframer = new KissDeframer(this.#deframerOctets)
  }

  get damaged(): number {
    const { badEscapes, tooLong } = this.#deframer.counters
    return this.#badCrcs + badEscapes + tooLong
  }

  framedOctetsMax(octets: number): number {
    return kissFrameOctetsMax(octets + CRC_OCTETS)
  }

  write(datagram: Uint8Array, target: Uint8Array, at: number): number {
    if (!this.#hasCrc) return at + writeKissFrame(datagram, target.subarray(at))
    this.#frame.set(datagram)
    const octets = appendKissCrc(this.#frame, datagram.length, this.#version)
    return at + writeKissFrame(this.#frame.subarray(0, octets), target.subarray(at))
  }

  read(octets: Uint8Array, datagram: (bytes: Uint8Array) => void): void {
    this.#deframer.push(octets, frame => {
      const packet = this.#hasCrc ? checkKissCrc(frame, this.#version) : frame
      if (isFault(packet)) this.#badCrcs += 1
      else datagram(packet)
    })
  }

  reset(): void {
    this.#badCrcs = this.damaged
    this.#deframer = new KissDeframer(this.#deframerOctets)
  }
}
