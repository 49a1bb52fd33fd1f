/** How a client behaves, every default stated. Times in milliseconds. */
import { type Millis, NEVER } from '@skyferry/engine'
import type { SessionTerms } from './session-state.ts'

export interface ClientSettings {
  /** A handshake takes no longer: CSP itself gives up after 10 s. */
  readonly connectMs: number
  /** A C server serves one client at a time and reads for 10 s: silence after a handshake means busy. */
  readonly responseMs: number
  /** The first wait after a round that brought nothing; doubles with every further one. */
  readonly backOffMs: number
  readonly backOffMsMax: number
  /**
   * So often in a row the server hangs up on a request without a word: it does not have that payload. Once or twice may be
   * a server that was restarted.
   */
  readonly refusalsMax: number
  /** A session ends, to be loaded again some day, when nothing new came for so long. NEVER: it waits. */
  readonly giveUpMs: Millis
  readonly sessionsMax: number
  /** Ranges of octets that a session keeps track of; what would make more of them is dropped. */
  readonly rangesMax: number
  /** What has arrived becomes a record after so long, or so many octets. */
  readonly checkpointMs: number
  readonly checkpointOctets: number
}

export const CLIENT_DEFAULTS: ClientSettings = {
  connectMs: 15_000,
  responseMs: 15_000,
  backOffMs: 500,
  backOffMsMax: 30_000,
  refusalsMax: 5,
  giveUpMs: NEVER,
  sessionsMax: 64,
  rangesMax: 1_000_000,
  checkpointMs: 1000,
  checkpointOctets: 4 * 1024 * 1024,
}

/** What a session is like unless its user says otherwise. */
export const SESSION_DEFAULTS: Omit<SessionTerms, 'server' | 'payload' | 'sink'> = {
  // The peer that a wrong value hurts most.
  peer: 'libdtp',
  dialect: 'D2c',
  /** The C library's buffers hold 256 octets unless it was built otherwise. */
  mtuOctets: 256,
  throughput: 100_000,
  idleMs: 5000,
  wanted: [],
  crc32: null,
}
