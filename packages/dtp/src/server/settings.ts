/** How a server behaves, every default stated. Times in milliseconds. */
import type { DialectName } from '../common/dialect.ts'

export interface ServerSettings {
  /** Transfers at once; as many are made at the start, and none later. */
  readonly transfersMax: number
  /** Connections that have not sent their request yet. */
  readonly waitingMax: number
  /** Octets that a packet of ours holds: the largest mtu of a request. */
  readonly mtuMax: number
  /** A C client binds its data port only once it has read the response. */
  readonly leadMs: number
  /** How long a connection may be open without a request. */
  readonly requestMs: number
  /** Octets of payload per second that all transfers share, evenly; Infinity: each has what it asked for. */
  readonly throughputMax: number
  /** Towards C clients: at more than one per millisecond they leave before the end (C1). Others are not held back. */
  readonly packetsPerSecondToC: number
  /** Time that a sender makes up for when it was woken late. */
  readonly catchUpMs: number
  /** Send an empty datagram after the last of a payload that divides evenly: it ends a C client's wait (C4). */
  readonly terminator: boolean
  /** Of one dialect whatever the length of a request says; by node. */
  readonly dialects: ReadonlyMap<number, DialectName>
}

export const SERVER_DEFAULTS: ServerSettings = {
  transfersMax: 16,
  waitingMax: 16,
  mtuMax: 2048,
  leadMs: 20,
  requestMs: 10_000,
  throughputMax: Infinity,
  packetsPerSecondToC: 1000,
  catchUpMs: 20,
  terminator: true,
  dialects: new Map(),
}
