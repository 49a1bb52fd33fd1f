/** The states of an RDP connection, the kinds of its segments, how it ends, and what it asks of whoever owns it. */
import type { Millis } from '@skyferry/engine'
import type { Outlet, Parcel } from './incoming.ts'
import { RdpFlag, type RdpSequence, type RdpTrailer } from './segment.ts'

/** How a connection came to its end. */
export type RdpEnding =
  /** We closed it, and the peer has acknowledged everything. */
  | 'closed'
  /** We ended it without waiting. */
  | 'aborted'
  /** The peer closed it, after everything it had sent. */
  | 'closed-by-peer'
  /** The peer knows of no such connection (it was restarted), or will not have it. */
  | 'reset'
  /** The same peer has opened a new connection in its place. */
  | 'peer-restarted'
  /** Nobody answered the SYN. */
  | 'no-answer'
  /** The peer has fallen silent. */
  | 'timeout'
  /** The peer answers, but takes nothing any more. */
  | 'no-progress'

/** Whoever owns the connection: a node. */
export interface RdpHost extends Outlet {
  /** `control` segments travel at high priority. */
  send(trailer: RdpTrailer, parcel: Parcel, kind: 'control' | 'data'): void
  opened(): void
  /** The user may be told; the connection may linger to answer the peer. */
  ended(ending: RdpEnding, undelivered: number): void
  /** Nothing is left to do: forget it. */
  gone(): void
  /** The peer holds a connection of these ports from an earlier life: use another port. False when none is left. */
  changePort(): boolean
  /** A peer that was restarted opens a connection in this one's place. */
  replaced(): void
  initialSequence(): RdpSequence
}

export type RdpState =
  /** `isClosing`: the user has closed it; what was written still has to arrive. */
  | {
      readonly name: 'syn-sent'
      readonly since: Millis
      readonly resendAt: Millis
      readonly isClosing: boolean
    }
  | { readonly name: 'syn-received'; readonly since: Millis; readonly resendAt: Millis }
  | { readonly name: 'open'; readonly isClosing: boolean }
  /** Both ends' last words: ours are repeated until answered, the peer's answered as often as they come. */
  | {
      readonly name: 'close-wait'
      readonly by: 'us' | 'peer'
      readonly until: Millis
      readonly resendAt: Millis
    }
  | { readonly name: 'closed' }

export type SegmentKind = 'syn' | 'syn-ack' | 'ack' | 'eack' | 'rst-ack' | 'rst' | 'odd'

/** What a trailer's flags make of a segment. */
export function kindOf(flags: number): SegmentKind {
  switch (flags) {
    case RdpFlag.Syn:
      return 'syn'
    case RdpFlag.Syn | RdpFlag.Ack:
      return 'syn-ack'
    case RdpFlag.Ack:
      return 'ack'
    case RdpFlag.Ack | RdpFlag.Eack:
      return 'eack'
    case RdpFlag.Rst | RdpFlag.Ack:
      return 'rst-ack'
    case RdpFlag.Rst:
      return 'rst'
    default:
      return 'odd'
  }
}
