import { Random } from '@skyferry/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotPool } from './slot-pool.ts'
import type { UdpAddress } from './udp-address.ts'
import { type SendingSocket, UdpOutlet } from './udp-outlet.ts'

const PEER: UdpAddress = { host: '192.0.2.1', port: 5111 }

type Report = (error: Error | null, octets: number) => void

/**
 * Sends as the host does: at once while nothing waits and the kernel takes it, else in order, later, from the
 * same octets.
 */
class FakeSocket {
  /** What the kernel took: the octets as they were at that moment. */
  readonly left: number[] = []
  readonly addresses: unknown[][] = []
  takes: () => boolean = () => true
  fails: Error | undefined
  readonly #queue: { readonly octets: Uint8Array; readonly report: Report | undefined }[] = []
  reports = 0

  readonly send = (octets: Uint8Array, ...rest: unknown[]): void => {
    const report = rest.pop() as Report | undefined
    if (report !== undefined) this.reports += 1
    this.addresses.push(rest)
    if (this.fails !== undefined) {
      report?.(this.fails, 0)
      return
    }
    if (this.#queue.length > 0 || !this.takes()) {
      this.#queue.push({ octets, report })
      return
    }
    this.left.push(numberIn(octets))
    report?.(null, octets.length)
  }

  readonly getSendQueueCount = (): number => this.#queue.length

  /** The kernel has room for `count` more. */
  drain(count: number): void {
    for (const { octets, report } of this.#queue.splice(0, count)) {
      this.left.push(numberIn(octets))
      report?.(null, octets.length)
    }
  }
}

const numberIn = (octets: Uint8Array): number =>
  new DataView(octets.buffer, octets.byteOffset, octets.byteLength).getUint32(0)

function rig(slots: number, isConnected = true) {
  const socket = new FakeSocket()
  const pool = new SlotPool<UdpAddress>(slots, 8)
  const failures: Error[] = []
  let drained = 0
  const outlet = new UdpOutlet(
    socket as SendingSocket,
    { isConnected, pool, slots },
    {
      failed: error => failures.push(error),
      drained: () => {
        drained += 1
      },
    },
  )
  let next = 0
  /** Sends the next number, unless every slot is still needed. */
  const send = (): boolean => {
    const slot = pool.lease()
    if (slot === undefined) return false
    slot.view.setUint32(0, next++)
    slot.length = 4
    outlet.send(pool.take(slot), PEER)
    return true
  }
  return { socket, pool, outlet, send, failures, sent: () => next, drained: () => drained }
}

describe('a UDP outlet', () => {
  it('never lends a slot again before its octets have left, whenever the kernel pushes back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(), (slots: number, seed: number): void => {
        const random = new Random(seed)
        const { socket, outlet, send, sent } = rig(slots)
        const room = random.unit()
        socket.takes = () => random.chance(room)
        for (let step = 0; step < 300; step++) {
          if (random.chance(0.7)) send()
          else socket.drain(random.whole(1, 4))
          expect(outlet.queuedCount).toBe(socket.getSendQueueCount())
        }
        socket.drain(Infinity)
        expect(socket.left).toEqual(Array.from({ length: sent() }, (_, index) => index))
      }),
    )
  })

  it('has every slot again once all has left', () => {
    const { socket, outlet, send, pool } = rig(4)
    socket.takes = () => false
    for (let count = 0; count < 4; count++) expect(send()).toBe(true)
    expect(send()).toBe(false)
    socket.drain(4)
    expect(outlet.queuedCount).toBe(0)
    expect([pool.lease(), pool.lease(), pool.lease(), pool.lease()].every(slot => slot !== undefined)).toBe(
      true,
    )
  })

  it('keeps what is queued when a later datagram is refused on the spot', () => {
    const { socket, send } = rig(3)
    socket.takes = () => false
    send()
    socket.fails = new Error('no such route')
    send()
    send()
    socket.fails = undefined
    send()
    expect(socket.getSendQueueCount()).toBe(2)
    socket.drain(2)
    expect(socket.left).toEqual([0, 3])
  })

  it('tells when what was pushed back has left', () => {
    const { socket, send, drained } = rig(4)
    send()
    socket.takes = () => false
    send()
    send()
    expect(drained()).toBe(0)
    socket.drain(2)
    expect(drained()).toBeGreaterThan(0)
  })

  it('asks for one report in a turn while all goes well', () => {
    const { socket, outlet, send } = rig(4)
    for (let turn = 0; turn < 3; turn++) {
      outlet.watch()
      for (let count = 0; count < 64; count++) send()
    }
    expect(socket.reports).toBe(3)
  })

  it('tells of every failure in a run of them', () => {
    const { socket, send, failures } = rig(4)
    socket.fails = new Error('refused')
    for (let count = 0; count < 10; count++) send()
    expect(failures.length).toBe(10)
  })

  it('names the address on an unconnected socket only', () => {
    const connected = rig(1)
    connected.send()
    expect(connected.socket.addresses).toEqual([[]])
    const unconnected = rig(1, false)
    unconnected.send()
    expect(unconnected.socket.addresses).toEqual([[PEER.port, PEER.host]])
  })
})
