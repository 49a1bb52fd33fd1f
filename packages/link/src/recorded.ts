import { assert, type Link, type LinkEvents, type Slot } from '@skyferry/engine'
import { LinkError, linkErrorFrom } from './link-error.ts'
import { type CaptureForm, PcapWriter } from './pcap-writer.ts'
import type { UdpAddress } from './udp-address.ts'

export interface RecordingOptions {
  /** The capture file to write; replaced if it exists. Absent: nothing is recorded until `record` says where. */
  readonly file?: string | undefined
  /** How it stands there; default `udp`. */
  readonly form?: CaptureForm
  /** What stands in the capture for this end: a UDP link's `local`. Read each time: a stream's ends change. */
  readonly local: UdpAddress
  /** Whom `to: undefined` means. Read each time. */
  readonly peer?: UdpAddress | undefined
  /** Milliseconds since 1970, with the fraction. */
  wallClockMs(): number
}

export interface RecordedLink extends Link<UdpAddress> {
  /** Datagrams recorded, both ways, since this link was made. */
  readonly recorded: number
  /** The file that is being written. */
  readonly recording: string | undefined
  /**
   * Begins a capture, and ends the one before, if any.
   *
   * @throws LinkError `capture-failed` when the file cannot be created; the capture before goes on then
   */
  record(file: string): void
  /** Completes the file. The link goes on. */
  stopRecording(): void
  /** Why recording stopped. The link itself goes on: a full disk must not end a pass. */
  readonly failure: LinkError | undefined
  /** Writes out what is buffered, for whoever reads the file while the link is open. */
  flush(): void
}

/**
 * A link whose datagrams, in and out, are also written to a capture file. Sent ones are recorded before the link
 * takes their slot, received ones before they are handed on; what never left the link's queue is in the file too.
 * `close` completes the file. Captures begin and end while the link works: `record`, `stopRecording`.
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
  readonly #options: RecordingOptions
  #capture: PcapWriter | undefined
  #events: LinkEvents<UdpAddress> | undefined
  #isClosed = false
  #recorded = 0
  #flushedAt = 0
  #failure: LinkError | undefined

  constructor(link: Link<UdpAddress>, options: RecordingOptions) {
    this.#link = link
    this.#options = options
    if (options.file !== undefined) this.record(options.file)
  }

  record(file: string): void {
    // The same file again begins anew: what the capture before still holds must not be written into it.
    if (file === this.recording) this.stopRecording()
    let capture: PcapWriter
    try {
      capture = new PcapWriter(file, this.#options.form)
    } catch (thrown) {
      throw captureFailed(thrown)
    }
    this.stopRecording()
    this.#capture = capture
    this.#failure = undefined
  }

  stopRecording(): void {
    this.#attempt(capture => capture.close())
    this.#capture = undefined
  }

  get recording(): string | undefined {
    return this.#failure === undefined ? this.#capture?.path : undefined
  }

  get recorded(): number {
    return this.#recorded
  }

  get failure(): LinkError | undefined {
    return this.#failure
  }

  flush(): void {
    this.#attempt(capture => capture.flush())
  }

  lease(): Slot<UdpAddress> | undefined {
    return this.#link.lease()
  }

  send(slot: Slot<UdpAddress>): void {
    const { local, peer } = this.#options
    const to = slot.to ?? peer
    // Checked here too: a datagram that the link will refuse as a bug has no place in a capture.
    assert(slot.length >= 0 && slot.length <= slot.bytes.length, 'a datagram fits its slot')
    // What nobody is to get never becomes a datagram on the wire.
    if (!this.#isClosed && to !== undefined) this.#note(local, to, slot.bytes, slot.length)
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
        this.#note(from, this.#options.local, bytes, bytes.length)
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
    this.stopRecording()
  }

  #note(from: UdpAddress, to: UdpAddress, bytes: Uint8Array, length: number): void {
    const capture = this.#capture
    if (capture === undefined || this.#failure !== undefined) return
    try {
      const now = this.#options.wallClockMs()
      capture.write(from, to, bytes, length, now)
      this.#recorded += 1
      // A clock that is set back is no reason to wait for it.
      if (Math.abs(now - this.#flushedAt) < FLUSH_MS) return
      this.#flushedAt = now
      capture.flush()
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #attempt(act: (capture: PcapWriter) => void): void {
    const capture = this.#capture
    if (capture === undefined || this.#failure !== undefined) return
    try {
      act(capture)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #fail(thrown: unknown): void {
    // A broken claim is a bug of ours, not a full disk.
    if (!(thrown instanceof LinkError)) throw thrown
    this.#failure = captureFailed(thrown)
    try {
      this.#capture?.close()
    } catch {
      // The first reason is the one worth telling.
    }
  }
}

function captureFailed(thrown: unknown): LinkError {
  const { message, cause } = linkErrorFrom(thrown, 'record')
  return new LinkError('capture-failed', message, cause)
}
