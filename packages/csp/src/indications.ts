/** What a node tells its local user. */
import type { CspAddress, CspPort, Priority } from './packet/header.ts'
import type { RdpEnding } from './rdp/states.ts'
import type { ConnectionId, TransactionId } from './requests.ts'

/** Where a packet came from and went to. */
export interface Envelope {
  readonly from: CspAddress
  readonly sourcePort: CspPort
  /** As the packet says: an address of this node, or a broadcast. */
  readonly to: CspAddress
  readonly port: CspPort
  readonly priority: Priority
  /** A sum of `Flag`. */
  readonly flags: number
}

export type CspIndication =
  /** A packet for a port that is bound for datagrams. The payload is the user's to keep. */
  | ({ readonly kind: 'datagram'; readonly payload: Uint8Array } & Envelope)
  /** Somebody has opened a connection to a port that is bound for connections. */
  | ({
      readonly kind: 'accepted'
      readonly connection: ConnectionId
      readonly isReliable: boolean
    } & Envelope)
  /** A connection with RDP that was asked for is open. */
  | { readonly kind: 'connected'; readonly connection: ConnectionId }
  /** The next packet of a connection; with RDP in order and once. */
  | { readonly kind: 'data'; readonly connection: ConnectionId; readonly payload: Uint8Array }
  /** A whole block, put together from SFP fragments. */
  | { readonly kind: 'block'; readonly connection: ConnectionId; readonly block: Uint8Array }
  /** A write that was refused may be tried again. */
  | { readonly kind: 'room'; readonly connection: ConnectionId }
  /** The connection has ended. `undelivered` packets of ours are not known to have arrived. */
  | {
      readonly kind: 'closed'
      readonly connection: ConnectionId
      readonly ending: RdpEnding
      readonly undelivered: number
    }
  | {
      readonly kind: 'reply'
      readonly transaction: TransactionId
      readonly from: CspAddress
      readonly payload: Uint8Array
      readonly roundTripMs: number
    }
  /** A transaction's time is over. `replies`: how many came, which is none unless it collects. */
  | { readonly kind: 'timeout'; readonly transaction: TransactionId; readonly replies: number }
  /** An allowed request of the service `reboot`: whoever runs the node decides. */
  | { readonly kind: 'reboot-requested'; readonly from: CspAddress; readonly isShutdown: boolean }
  /** An allowed request of CMP to set the clock. */
  | {
      readonly kind: 'clock-requested'
      readonly from: CspAddress
      readonly seconds: number
      readonly nanoseconds: number
    }
