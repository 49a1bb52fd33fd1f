/** One connection of a node: who is at its other end, what its packets are sent with, and its RDP machine if it has one. */
import { type Millis, NEVER, type Scheduled } from '@skyferry/engine'
import type { CspAddress, CspPort, Priority } from './packet/header.ts'
import type { RdpMachine } from './rdp/machine.ts'
import type { ConnectionId } from './requests.ts'
import { BlockAssembly } from './sfp-blocks.ts'
import type { Socket } from './sockets.ts'

/** A connection without RDP that somebody else opened has no end on the wire: silence is its end. */
const PLAIN_SILENCE_MS = 60_000

export class Connection implements Scheduled {
  readonly id: ConnectionId
  readonly remote: CspAddress
  readonly remotePort: CspPort
  readonly priority: Priority
  /** CRC32 and HMAC, as `Flag`s: put on every packet, and required of every one. */
  readonly flags: number
  /** Who was listening; absent when we opened it. */
  readonly socket: Socket | undefined
  readonly isReliable: boolean
  /** The address it has here; undefined: that of the interface each packet leaves through. */
  readonly local: CspAddress | undefined
  localPort: CspPort
  machine: RdpMachine | undefined
  readonly blocks: BlockAssembly
  /** Counted against its socket's backlog. */
  isUnheard = false
  /** The user has heard that it is open. */
  isTold = false
  /** The user has been told of its end. */
  isEnded = false
  /** A write was refused: a `room` is owed. */
  owesRoom = false
  /** The peer's new life has asked for a connection in its place. */
  isReplaced = false
  lastHeardAt: Millis
  heapIndex = -1
  heapDue: Millis = NEVER

  constructor(
    id: ConnectionId,
    ends: {
      readonly remote: CspAddress
      readonly remotePort: CspPort
      readonly local: CspAddress | undefined
      readonly localPort: CspPort
      readonly priority: Priority
      readonly flags: number
      readonly socket: Socket | undefined
      readonly isReliable: boolean
      readonly blockOctetsMax: number
    },
    now: Millis,
  ) {
    this.id = id
    this.remote = ends.remote
    this.remotePort = ends.remotePort
    this.local = ends.local
    this.localPort = ends.localPort
    this.priority = ends.priority
    this.flags = ends.flags
    this.socket = ends.socket
    this.isReliable = ends.isReliable
    this.blocks = new BlockAssembly(ends.blockOctetsMax)
    this.lastHeardAt = now
  }

  deadline(): Millis {
    if (this.machine !== undefined) return this.machine.deadline()
    return this.socket === undefined ? NEVER : ((this.lastHeardAt + PLAIN_SILENCE_MS) as Millis)
  }
}
