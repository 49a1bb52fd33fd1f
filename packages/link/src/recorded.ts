import { assert, type Link, type LinkEvents, type Slot } from '@skyferry/engine'
import { LinkError, linkErrorFrom } from './link-error.ts'
import { PcapWriter } from './pcap-writer.ts'
import type { UdpAddress } from './udp-address.ts'

export interface RecordingOptions {
  /** The capture file to write; replaced if it exists. */
  readonly file: string
  /** What stands in the capture for this end: a UDP link's `local`. */
  readonly local: UdpAddress
  /** Whom `to: undefined` means. */
  readonly peer?: UdpAddress | undefined
  /** Milliseconds since 1970, with the fraction. */
  wallClockMs(): number
}

export interface RecordedLink extends Link<UdpAddress> {
  /** Datagrams recorded, both ways. */
  readonly recorded: number
  /** Why recording stopped. The link itself goes on: a full disk must not end a pass. */
  readonly failure: LinkError | undefined
  /** Writes out what is buffered, for whoever reads the file while the link is open. */
  flush(): void
}

/**
 * A link whose datagrams, in and out, are also written to a capture file. Sent ones are recorded before the link
 * takes their slot, received ones before they are handed on; what never left the link's queue is in the file too.
 * `close` completes the file.
 *
 * @throws LinkError `capture-failed` when the file cannot be created
 */
export function recorded(link: Link<UdpAddress>, options: RecordingOptions): RecordedLink {
  return new Recorder(link, options)
}

/** What a capture may lack when the process is killed, as long as there is traffic. */
const FLUSH_MS = 1000

class Recorder implements RecordedLink {
  readonly #link: Link<UdpAddress>
  readonly #local: UdpAddress
  readonly #peer: UdpAddress | undefined
  readonly #wallClockMs: () => number
  readonly #capture: PcapWriter
  #events: LinkEvents<UdpAddress> | undefined
  #isClosed = false
  #recorded = 0
  #flushedAt = 0
  #failure: LinkError | undefined

  constructor(link: Link<UdpAddress>, options: RecordingOptions) {
    this.#link = link
    this.#local = options.local
    this.#peer = options.peer
    this.#wallClockMs = options.wallClockMs
    try {
      this.#capture = new PcapWriter(options.file)
    } catch (thrown) {
      throw captureFailed(thrown)
    }
  }

  get recorded(): number {
    return this.#recorded
  }

  get failure(): LinkError | undefined {
    return this.#failure
  }

  flush(): void {
    this.#attempt(() => this.#capture.flush())
  }

  lease(): Slot<UdpAddress> | undefined {
    return this.#link.lease()
  }

  send(slot: Slot<UdpAddress>): void {
    const to = slot.to ?? this.#peer
    // Checked here too: a datagram that the link will refuse as a bug has no place in a capture.
    assert(slot.length >= 0 && slot.length <= slot.bytes.length, 'a datagram fits its slot')
    // What nobody is to get never becomes a datagram on the wire.
    if (!this.#isClosed && to !== undefined) this.#record(this.#local, to, slot.bytes, slot.length)
    this.#link.send(slot)
  }

  release(slot: Slot<UdpAddress>): void {
    this.#link.release(slot)
  }

  open(events: LinkEvents<UdpAddress>): void {
    assert(this.#events === undefined, 'a link is opened once')
    this.#events = events
    this.#link.open({
      datagram: (bytes, from) => {
        if (this.#isClosed) return
        this.#record(from, this.#local, bytes, bytes.length)
        events.datagram(bytes, from)
      },
      turn: () => {
        if (!this.#isClosed) events.turn()
      },
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#link.close()
    this.#attempt(() => this.#capture.close())
  }

  #record(from: UdpAddress, to: UdpAddress, bytes: Uint8Array, length: number): void {
    if (this.#failure !== undefined) return
    try {
      const now = this.#wallClockMs()
      this.#capture.write(from, to, bytes, length, now)
      this.#recorded += 1
      // A clock that is set back is no reason to wait for it.
      if (Math.abs(now - this.#flushedAt) < FLUSH_MS) return
      this.#flushedAt = now
      this.#capture.flush()
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #attempt(act: () => void): void {
    if (this.#failure !== undefined) return
    try {
      act()
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #fail(thrown: unknown): void {
    // A broken claim is a bug of ours, not a full disk.
    if (!(thrown instanceof LinkError)) throw thrown
    this.#failure = captureFailed(thrown)
    try {
      this.#capture.close()
    } catch {
      // The first reason is the one worth telling.
    }
  }
}

function captureFailed(thrown: unknown): LinkError {
  const { message, cause } = linkErrorFrom(thrown, 'record')
  return new LinkError('capture-failed', message, cause)
}
