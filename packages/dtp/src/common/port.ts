/**
 * What DTP stands on, as a port: a datagram service and connections, both addressed by CSP node and port. Whoever
 * assembles a stack joins it to CSP; in a simulated world a stand-in does.
 */
import type { Brand, Driven, Engine, Millis } from '@skyferry/engine'

/** Of a CSP node: 5 bits in version 1 of CSP, 14 in version 2. */
export type NodeAddress = Brand<number, 'NodeAddress'>
/** A connection of this node, of whichever end opened it; never used twice in one life. */
export type ConnectionId = Brand<number, 'ConnectionId'>

/** Where a datagram goes to, or comes from. A link lends the same object for every datagram of one peer. */
export interface Endpoint {
  readonly node: NodeAddress
  readonly port: number
}

/** The ports that DTP uses (reference section 2). */
export const Port = {
  /** Meta request and response, over RDP. */
  Control: 7,
  /** Data, from port 0 of the server. */
  Data: 8,
  /** The memory service, which takes start, stop, status and alive. */
  Memory: 14,
} as const

/** Data datagrams leave from here. */
export const DATA_SOURCE_PORT = 0

/** What an engine asks of the connections below it. */
export type Call =
  /** Hear what comes to a port: before anything is asked of anybody, and until the end. */
  | { readonly kind: 'listen'; readonly port: number; readonly takes: 'datagrams' | 'connections' }
  | {
      readonly kind: 'connect'
      readonly connection: ConnectionId
      readonly to: Endpoint
      /** RDP, with its handshake and its close; otherwise bare packets from a port of our own. */
      readonly reliable: boolean
      /** CRC32 on every packet. */
      readonly crc32: boolean
    }
  /** One message. The octets belong to the call. */
  | { readonly kind: 'send'; readonly connection: ConnectionId; readonly octets: Uint8Array }
  /** After what was sent before. No event follows. */
  | { readonly kind: 'close'; readonly connection: ConnectionId }

/** How a connection ended: the peer closed or reset it, it was never made, or nothing was heard for too long. */
export type ConnectionEnd = 'by-peer' | 'unreachable' | 'lost'

/** What happens to connections. */
export type ConnectionEvent =
  | {
      readonly kind: 'accepted'
      readonly connection: ConnectionId
      readonly from: Endpoint
      /** Which of our ports it came to. */
      readonly port: number
      readonly reliable: boolean
    }
  | { readonly kind: 'connected'; readonly connection: ConnectionId }
  /** One message, whole; lent for the length of the call. */
  | { readonly kind: 'arrived'; readonly connection: ConnectionId; readonly octets: Uint8Array }
  /** It is gone: nothing more is heard of it. */
  | { readonly kind: 'closed'; readonly connection: ConnectionId; readonly how: ConnectionEnd }

/**
 * An engine over such a port. `receive` and `transmit` carry the datagrams of the data port; `call` and `happened`
 * the control. A driver drains `record`, `call`, `transmit`, `indication` after every burst.
 */
export interface DtpEngine<Request, Reply, Indication, Kept>
  extends Engine<Request, Reply, Indication, Kept, Endpoint> {
  /** The next thing to do with a connection, oldest first. */
  call(): Call | undefined
  happened(event: ConnectionEvent, now: Millis): void
}

/**
 * Runs an engine over some stack: `drive` over a CSP node, in the station's bindings; over a stand-in, in tests.
 *
 * @param indicate to be called with everything the engine tells its user
 */
export type Run<Request, Reply, Indication, Kept> = (
  engine: DtpEngine<Request, Reply, Indication, Kept>,
  indicate: (what: Indication) => void,
) => Driven<Request, Reply>
