/** What a local user asks of a node, and what it answers at once. */
import type { Brand } from '@skyferry/engine'
import type { CspAddress, CspPort, Priority } from './packet/header.ts'
import type { RdpOptions } from './rdp/options.ts'
import type { Requirements } from './settings.ts'

export type ConnectionId = Brand<number, 'ConnectionId'>
export type TransactionId = Brand<number, 'TransactionId'>

/** What a packet is sent with. */
export interface SendOptions {
  /** 2, normal, if not given. */
  readonly priority?: Priority
  readonly crc32?: boolean
  readonly hmac?: boolean
}

export interface Bind {
  readonly kind: 'bind'
  /** `any`: what is not bound on its own. */
  readonly port: CspPort | 'any'
  /** `datagrams`: packets whole, each on its own. `connections`: the first packet, or an RDP handshake, opens one. */
  readonly accept: 'datagrams' | 'connections'
  readonly requires?: Requirements
  /** Connections opened by others that the user has not heard of yet; one more is dropped. 15 if not given. */
  readonly backlog?: number
}

export interface Send extends SendOptions {
  readonly kind: 'send'
  readonly to: CspAddress
  readonly port: CspPort
  readonly sourcePort: CspPort
  /** An address of this node's own; if not given, that of the interface it leaves through. */
  readonly from?: CspAddress
  readonly payload: Uint8Array
  /** Sets the flag FRAG: the payload ends in an SFP trailer. */
  readonly isFragment?: boolean
}

/** One packet there, one packet back. */
export interface Transact extends SendOptions {
  readonly kind: 'transact'
  readonly to: CspAddress
  readonly port: CspPort
  readonly payload: Uint8Array
  readonly timeoutMs: number
  /** Answers of another length are not the answer; absent: any. */
  readonly replyOctets?: number
  /** Goes on listening until the time is over: several nodes may answer a broadcast, and libcsp 1.6 in several packets. */
  readonly collects?: boolean
}

export interface Connect extends SendOptions {
  readonly kind: 'connect'
  readonly to: CspAddress
  readonly port: CspPort
  /** Absent: a connection without RDP, which exists at this end only; it is open at once. */
  readonly rdp?: RdpOptions
}

export type CspRequest =
  | Bind
  | { readonly kind: 'unbind'; readonly port: CspPort | 'any' }
  | Send
  | Transact
  | Connect
  | { readonly kind: 'write'; readonly connection: ConnectionId; readonly payload: Uint8Array }
  /** A block in SFP fragments of at most so many octets of data each. */
  | {
      readonly kind: 'write-block'
      readonly connection: ConnectionId
      readonly block: Uint8Array
      readonly fragmentOctets?: number
    }
  | { readonly kind: 'close'; readonly connection: ConnectionId }
  /** Ends a connection without waiting for what is under way. */
  | { readonly kind: 'abort'; readonly connection: ConnectionId }
  /** A whole new table in its text form. */
  | { readonly kind: 'set-routes'; readonly text: string }

export const CSP_REFUSALS = {
  'port-out-of-range':
    'this port cannot be bound: it is above the limit for servers, or a service of this node has it',
  'port-in-use': 'somebody has bound this port already',
  'not-bound': 'nobody has bound this port',
  'no-route': 'no interface leads to this address',
  'not-our-address': 'the source is no address of this node',
  'no-hmac-key': 'an HMAC was asked for, and this node has no key',
  'too-long': 'does not fit one packet with its trailers',
  empty: 'RDP carries no empty packet: it would be a bare acknowledgement',
  'queue-full':
    'as much waits to be sent as there is room for; an RDP connection says `room` when there is some again',
  'no-free-port': 'every port for clients is in use',
  'unknown-connection': 'there is no such connection, or it has ended',
  'bad-options': 'an RDP option is out of its range',
  'bad-routes': 'the routing table does not read',
} as const

export type CspRefusal = keyof typeof CSP_REFUSALS

export type CspReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'connecting'; readonly connection: ConnectionId }
  | { readonly kind: 'transacting'; readonly transaction: TransactionId }
  | { readonly kind: 'refused'; readonly reason: CspRefusal; readonly detail?: string }
