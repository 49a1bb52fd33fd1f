/** What a node is built from; every default stated. */
import type { Millis, Random } from '@skyferry/engine'
import type { Framing } from './interfaces/zmq-layout.ts'
import type { CspAddress, CspVersion } from './packet/header.ts'
import type { Crc32Coverage } from './packet/trailers.ts'
import type { Route } from './routes.ts'
import type { HmacKey } from './security/hmac.ts'
import type { ServiceSettings } from './services/facts.ts'

/** A medium that a node is on: a subnet, with an address of the node's in it. */
export interface InterfaceSettings {
  /** 1 to 10 characters; what routes and the driver call it. `LOOP` is taken. */
  readonly name: string
  readonly address: CspAddress
  /** Leading bits that are the network's, 0 to 14 (5 in version 1); 0: no subnet, reached by routes or as a default only. */
  readonly netmask: number
  /** Packets for which there is neither a subnet nor a route go out here. */
  readonly isDefault: boolean
  /** Addresses of this node beside its own. */
  readonly aliases?: readonly CspAddress[]
  readonly framing?: Framing
}

/** What must be true of a packet to be taken; beyond it, anything goes. */
export interface Requirements {
  readonly crc32?: boolean
  readonly hmac?: boolean
  readonly rdp?: boolean
}

/** Which packets are looked at for being repeats of ones seen shortly before. */
export type Deduplication = 'off' | 'forwarded' | 'incoming' | 'all'

export interface NodeSettings {
  readonly version: CspVersion
  readonly interfaces: readonly InterfaceSettings[]
  readonly routes: readonly Route[]
  /** Two interfaces: what comes in at one and is not for this node goes out at the other, whatever the routes say. */
  readonly bridge: readonly [string, string] | undefined
  readonly hmacKey: HmacKey | undefined
  /** Of packets that this node originates. */
  readonly crc32Coverage: Crc32Coverage
  /** The payload of a packet with all its trailers, octets. 2048 as in csh; libcsp's own default is 256. */
  readonly bufferOctets: number
  /** Packets that wait to be sent, over all interfaces. */
  readonly buffers: number
  /** Of these, at one interface. */
  readonly interfaceQueue: number
  /** Packets held by RDP until earlier ones arrive, over all connections. */
  readonly heldPackets: number
  /** Ports up to this one can be bound; those above are of clients. 16 in libcsp 2, 24 in 1.6. */
  readonly portMaxBind: number
  /** Connections that others may open here. */
  readonly connectionsMax: number
  /** The largest window that a peer's SYN is granted. */
  readonly windowPacketsMax: number
  /** What connections that others open with a window of theirs get: `list` where they are libcsp 1.x or 2.0. */
  readonly extendedAcks: 'none' | 'list'
  /** Indications that wait for the user before packets are dropped. */
  readonly indicationsMax: number
  /** The largest block that SFP fragments are put together to, octets. */
  readonly blockOctetsMax: number
  readonly deduplication: Deduplication
  /** How long a packet is remembered. 100 in libcsp 2, 1000 in 1.x. */
  readonly deduplicationMs: number
  readonly services: ServiceSettings
  readonly random: Random
  readonly now: Millis
}

/** Everything but who the node is. */
export type NodeDefaults = Omit<NodeSettings, 'version' | 'interfaces' | 'random' | 'now' | 'services'>

export const NODE_DEFAULTS: NodeDefaults = {
  routes: [],
  bridge: undefined,
  hmacKey: undefined,
  crc32Coverage: 'payload',
  bufferOctets: 2048,
  buffers: 4096,
  interfaceQueue: 2048,
  heldPackets: 4096,
  portMaxBind: 16,
  connectionsMax: 64,
  windowPacketsMax: 4096,
  extendedAcks: 'none',
  indicationsMax: 8192,
  blockOctetsMax: 1 << 20,
  deduplication: 'off',
  deduplicationMs: 100,
}
