/** A medium that carries octets in order: a TCP connection, a serial line. What it carries means is its user's matter. */

export interface ByteStreamEvents {
  /** Octets arrived; lent for the call. */
  octets(bytes: Uint8Array): void
  /** The stream works from now on; what went before it belongs to nobody. */
  up(): void
  /** It does not, until `up` comes again. */
  down(): void
  /** What was written has left. */
  drained(): void
}

export interface ByteStream {
  /** What is at its other end, for people and as an address: `tcp:127.0.0.1:6000`, `/dev/ttyUSB0`. */
  readonly name: string
  readonly isUp: boolean
  /** Octets written that have not left this process. */
  readonly queuedOctets: number
  open(events: ByteStreamEvents): void
  /** Keeps `octets` until they have left: they are not to be changed. While it is down they are lost. */
  write(octets: Uint8Array): void
  close(): void
  /** Fulfilled once nothing is held any more. */
  readonly closed: Promise<void>
}
