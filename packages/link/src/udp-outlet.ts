import type { Socket } from 'node:dgram'
import { type PooledSlot, type SlotPool, SlotQueue } from './slot-pool.ts'
import type { UdpAddress } from './udp-address.ts'

/** What sending needs of a socket; a test stands in for the kernel with it. */
export type SendingSocket = Pick<Socket, 'send' | 'getSendQueueCount'>

export interface OutletEvents {
  /** A datagram did not leave. */
  failed(error: Error): void
  /** Datagrams that the kernel had pushed back have left. */
  drained(): void
}

/** After an error, how many sends report back, so that a run of errors is counted one by one. */
const WATCHED_AFTER_ERROR = 1024

/**
 * Sends slots through one socket and knows when each may be used again, without a callback per datagram.
 *
 * The host sends at once unless the kernel pushes back; then it queues, and sends in order. So the datagrams
 * still to leave are the last `getSendQueueCount()` of those that were queued. Reports cost a fifth of a send,
 * so only the first send of a turn asks for one, every send while the kernel pushes back, and those that follow
 * an error.
 */
export class UdpOutlet {
  readonly #socket: SendingSocket
  readonly #isConnected: boolean
  readonly #pool: SlotPool<UdpAddress>
  readonly #underWay: SlotQueue<UdpAddress>
  readonly #events: OutletEvents
  #watched = 1

  constructor(
    socket: SendingSocket,
    options: { readonly isConnected: boolean; readonly pool: SlotPool<UdpAddress>; readonly slots: number },
    events: OutletEvents,
  ) {
    this.#socket = socket
    this.#isConnected = options.isConnected
    this.#pool = options.pool
    this.#underWay = new SlotQueue(options.slots)
    this.#events = events
  }

  /** Datagrams the kernel did not take yet. */
  get queuedCount(): number {
    if (this.#underWay.size > 0) this.#reclaim(this.#socket.getSendQueueCount())
    return this.#underWay.size
  }

  /** The next send reports how it went. */
  watch(): void {
    if (this.#watched === 0) this.#watched = 1
  }

  /** @param slot taken from the pool; goes back there by itself */
  send(slot: PooledSlot<UdpAddress>, to: UdpAddress): void {
    let report: ((error: Error | null) => void) | undefined
    if (this.#watched > 0) {
      this.#watched -= 1
      report = this.#report
    }
    const before = this.#underWay.size === 0 ? 0 : this.#socket.getSendQueueCount()
    if (this.#isConnected) this.#socket.send(slot.datagram, report)
    else this.#socket.send(slot.datagram, to.port, to.host, report)
    const after = this.#socket.getSendQueueCount()
    // Not in the queue: it has left, or it was refused on the spot. Neither needs the octets any longer.
    if (after <= before) {
      this.#pool.recycle(slot)
      return
    }
    this.#underWay.push(slot)
    this.#reclaim(after)
    this.watch()
  }

  #reclaim(queued: number): void {
    while (this.#underWay.size > queued) {
      this.#pool.recycle(this.#underWay.shift() as PooledSlot<UdpAddress>)
    }
  }

  readonly #report = (error: Error | null): void => {
    if (error !== null) {
      this.#watched = WATCHED_AFTER_ERROR
      this.#events.failed(error)
    }
    if (this.#underWay.size === 0) return
    this.#reclaim(this.#socket.getSendQueueCount())
    this.#events.drained()
  }
}
