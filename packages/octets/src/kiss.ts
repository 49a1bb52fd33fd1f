/**
 * KISS framing of an octet stream: `C0 command escaped-octets C0`. What the octets mean, and whether a checksum stands
 * among them, is the user's.
 */

const FEND = 0xc0
const FESC = 0xdb
const TFEND = 0xdc
const TFESC = 0xdd
/** Command 0, port 0: data. */
const DATA = 0x00

/** The most octets that a frame of so many can take on the line: all of them escaped. */
export function kissFrameOctetsMax(octets: number): number {
  return 2 * octets + 3
}

/** Writes one frame to the front of `target`, which has room for it, with a delimiter at either end. */
export function writeKissFrame(octets: Uint8Array, target: Uint8Array): number {
  let at = 0
  target[at++] = FEND
  target[at++] = DATA
  for (let index = 0; index < octets.length; index++) {
    const octet = octets[index]!
    if (octet === FEND || octet === FESC) {
      target[at++] = FESC
      target[at++] = octet === FEND ? TFEND : TFESC
    } else target[at++] = octet
  }
  target[at++] = FEND
  return at
}

/** What a deframer met that was no frame. */
export interface KissCounters {
  readonly frames: number
  /** An escape was followed by something that is never escaped. */
  readonly badEscapes: number
  /** Longer than the deframer's limit. */
  readonly tooLong: number
}

/**
 * Cuts an octet stream into frames. A delimiter that ends a frame may begin the next, empty frames are nothing, and
 * after damage the next delimiter begins anew; so noise costs at most the frame it falls into.
 */
export class KissDeframer {
  readonly #frame: Uint8Array
  readonly #counters = { frames: 0, badEscapes: 0, tooLong: 0 }
  #length = 0
  #state: 'lost' | 'command' | 'data' | 'escape' = 'lost'

  /** @param octetsMax of the longest frame, delimiters, command and escapes not counted */
  constructor(octetsMax: number) {
    this.#frame = new Uint8Array(octetsMax)
  }

  get counters(): KissCounters {
    return this.#counters
  }

  /** Takes the next octets of the stream; `frame` is called for each frame they end, with octets lent for the call. */
  push(octets: Uint8Array, frame: (octets: Uint8Array) => void): void {
    for (let index = 0; index < octets.length; index++) {
      const octet = octets[index]!
      if (octet === FEND) this.#delimiter(frame)
      else if (this.#state === 'command') this.#state = 'data'
      else if (this.#state === 'escape') this.#escaped(octet)
      else if (this.#state === 'data') {
        if (octet === FESC) this.#state = 'escape'
        else this.#add(octet)
      }
    }
  }

  #delimiter(frame: (octets: Uint8Array) => void): void {
    const isWhole = this.#state === 'data'
    if (this.#state === 'escape') this.#counters.badEscapes += 1
    this.#state = 'command'
    const length = this.#length
    this.#length = 0
    if (!isWhole || length === 0) return
    this.#counters.frames += 1
    frame(this.#frame.subarray(0, length))
  }

  #escaped(octet: number): void {
    this.#state = 'data'
    if (octet === TFEND) this.#add(FEND)
    else if (octet === TFESC) this.#add(FESC)
    else {
      this.#counters.badEscapes += 1
      this.#state = 'lost'
      this.#length = 0
    }
  }

  #add(octet: number): void {
    if (this.#length < this.#frame.length) {
      this.#frame[this.#length++] = octet
      return
    }
    this.#counters.tooLong += 1
    this.#state = 'lost'
    this.#length = 0
  }
}
