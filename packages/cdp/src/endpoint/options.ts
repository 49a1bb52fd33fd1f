import type { Millis } from '@skyferry/engine'
import type { Settings } from '../settings.ts'

/** Who may be sent how much (section 15): anybody anything; three times what they sent; that, until a cookie came back. */
export type Validation = 'none' | 'limit' | 'cookie'

export interface EndpointOptions<Address> {
  /** One text per peer: equal for equal addresses, different for different ones. */
  readonly keyOf: (address: Address) => string
  readonly now: Millis
  /** Of every connection. */
  readonly settings?: Partial<Settings>
  /** Takes connections from others; absent or `false`: a client, whose strangers get no answer at all. */
  readonly listens?: boolean
  /** Settings for one new peer, or `false`: it is refused with a Halt. */
  readonly accept?: (from: Address) => Partial<Settings> | false
  readonly validation?: Validation
  /** For 'cookie': eight octets that only this endpoint can make of this text. */
  readonly sign?: (text: string) => Uint8Array
  readonly connectionsMax?: number
  readonly tombstonesMax?: number
  /**
   * How long an address stays buried after it was last answered. At least the peer's giveUpAfter and twice the MDL: a
   * repeat of payload 0 that comes later would open a second connection, and be delivered twice.
   */
  readonly tombstone?: Millis
  /** May a random payload open a connection? The reference client starts with one. */
  readonly randomOpens?: boolean
  /** Answers per second to unknown or buried addresses. */
  readonly answersPerSecond?: number
}

export const ENDPOINT_DEFAULTS: {
  readonly connectionsMax: number
  readonly tombstonesMax: number
  readonly tombstone: Millis
  readonly answersPerSecond: number
} = {
  connectionsMax: 10_000,
  tombstonesMax: 65_536,
  tombstone: 31_000 as Millis,
  answersPerSecond: 100,
}
