/** What an endpoint is asked, answers and tells (the engine's `Request`, `Reply` and `Indication`). */
import type { Brand, Millis } from '@skyferry/engine'
import type { SendOptions } from '../connection/connection.ts'
import { type ConnectionEvent, REFUSALS, type RefusalReason } from '../connection/events.ts'
import type { Settings } from '../settings.ts'
import type { PayloadId } from '../wire/message.ts'

/** A connection of one endpoint; never used again by the same one. */
export type ConnectionId = Brand<number, 'ConnectionId'>

export type Request<Address> =
  /** A client: the first controller. Nothing is sent yet, but with `resetMs` a Halt and then silence (section 5.3). */
  | {
      readonly kind: 'connect'
      readonly to: Address
      readonly settings?: Partial<Settings>
      readonly resetMs?: Millis
    }
  | ({ readonly kind: 'send'; readonly connection: ConnectionId; readonly data: Uint8Array } & SendOptions)
  | { readonly kind: 'send-random'; readonly connection: ConnectionId; readonly data: Uint8Array }
  | { readonly kind: 'close'; readonly connection: ConnectionId; readonly data?: Uint8Array }
  | { readonly kind: 'answer-close'; readonly connection: ConnectionId; readonly how: 'ack' | 'halt' }
  | { readonly kind: 'halt'; readonly connection: ConnectionId; readonly data?: Uint8Array }
  | { readonly kind: 'check'; readonly connection: ConnectionId }
  /** The application vouches for the peer's address: no amplification limit any more (section 15). */
  | { readonly kind: 'validate'; readonly connection: ConnectionId }
  /** Nothing is told of this connection until `resume`: what arrives fills its inbox (section 9.6). */
  | { readonly kind: 'pause' | 'resume'; readonly connection: ConnectionId }
  /** Halts every connection and takes no more. */
  | { readonly kind: 'shut' }

/** Why an endpoint does not do what it is asked, beyond what a connection refuses. */
export const ENDPOINT_REFUSALS = {
  unknown: 'there is no such connection',
  'address-in-use': 'there is a connection with this address, or its tombstone',
  'too-many': 'there are as many connections as may be',
  shut: 'the endpoint takes no more connections',
} as const

export type EndpointRefusal = RefusalReason | keyof typeof ENDPOINT_REFUSALS

/** A refusal in words. */
export function refusalText(reason: EndpointRefusal): string {
  return reason in REFUSALS
    ? REFUSALS[reason as RefusalReason]
    : ENDPOINT_REFUSALS[reason as keyof typeof ENDPOINT_REFUSALS]
}

export type Reply =
  | { readonly kind: 'connected'; readonly connection: ConnectionId }
  | { readonly kind: 'sent'; readonly id: PayloadId }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly reason: EndpointRefusal }

export type Indication<Address> =
  /** A peer opened a connection; it is controller. */
  | { readonly kind: 'opened'; readonly connection: ConnectionId; readonly from: Address }
  | (ConnectionEvent & { readonly connection: ConnectionId })
  /** Datagrams from addresses without a connection, heartbeats above all (the draft's HeartbeatFromUnknown). */
  | { readonly kind: 'stranger'; readonly from: Address; readonly what: string }
