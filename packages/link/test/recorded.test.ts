import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Link, LinkEvents, Slot } from '@skyferry/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RecordedLink, readPcap, recorded, type UdpAddress } from '../src/index.ts'
import { SlotPool } from '../src/slot-pool.ts'
import { Listener } from './listener.ts'

const LOCAL: UdpAddress = { host: '192.0.2.1', port: 5111 }
const PEER: UdpAddress = { host: '192.0.2.2', port: 5222 }
const OTHER: UdpAddress = { host: '192.0.2.3', port: 5333 }

/** A link whose other side is the test. */
class Loose implements Link<UdpAddress> {
  readonly #pool: SlotPool<UdpAddress> = new SlotPool(4, 1000)
  readonly sent: Uint8Array[] = []
  events: LinkEvents<UdpAddress> | undefined
  isClosed = false

  lease(): Slot<UdpAddress> | undefined {
    return this.#pool.lease()
  }

  send(slot: Slot<UdpAddress>): void {
    const taken = this.#pool.take(slot)
    this.sent.push(taken.datagram.slice())
    this.#pool.recycle(taken)
  }

  release(slot: Slot<UdpAddress>): void {
    this.#pool.release(slot)
  }

  open(events: LinkEvents<UdpAddress>): void {
    this.events = events
  }

  close(): void {
    this.isClosed = true
  }
}

let folder: string
let file: string
let inner: Loose
let link: RecordedLink
let listener: Listener<UdpAddress>
let wallClock: number

function record(path: string): void {
  inner = new Loose()
  link = recorded(inner, { file: path, local: LOCAL, peer: PEER, wallClockMs: () => wallClock })
  listener = new Listener()
  link.open(listener)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyferry-recorded-'))
  file = join(folder, 'capture.pcap')
  wallClock = 1_700_000_000_000
  record(file)
})
afterEach(() => {
  link.close()
  rmSync(folder, { recursive: true })
})

function send(octets: readonly number[], to?: UdpAddress): void {
  const slot = link.lease()
  if (slot === undefined) throw new Error('there is a free slot')
  slot.bytes.set(octets)
  slot.length = octets.length
  slot.to = to
  link.send(slot)
}

const captured = () =>
  [...readPcap(readFileSync(file))].map(({ timeMs, from, to, payload }) => [timeMs, from, to, [...payload]])

describe('a recorded link', () => {
  it('writes down what goes out and what comes in, with addresses and times', () => {
    send([1, 2, 3])
    wallClock += 0.25
    inner.events?.datagram(Uint8Array.of(4), PEER)
    wallClock += 1
    send([5], OTHER)
    send([])
    link.close()
    expect(captured()).toEqual([
      [1_700_000_000_000, LOCAL, PEER, [1, 2, 3]],
      [1_700_000_000_000.25, PEER, LOCAL, [4]],
      [1_700_000_000_001.25, LOCAL, OTHER, [5]],
      [1_700_000_000_001.25, LOCAL, PEER, []],
    ])
    expect(link.recorded).toBe(4)
    expect(inner.sent.map(octets => [...octets])).toEqual([[1, 2, 3], [5], []])
    expect(listener.datagrams).toEqual([{ octets: Uint8Array.of(4), from: PEER }])
  })

  it('writes nothing down of a slot that is given back', () => {
    const slot = link.lease()!
    slot.length = 5
    link.release(slot)
    link.close()
    expect(captured()).toEqual([])
  })

  it('keeps the file no more than a second of traffic behind, and up to date when asked', () => {
    send([1])
    send([2])
    wallClock += 1001
    send([3])
    expect(captured().length).toBe(3)
    send([4])
    expect(captured().length).toBe(3)
    link.flush()
    expect(captured().length).toBe(4)
  })

  it('closes the link and completes the file', () => {
    send([1])
    send([2])
    link.close()
    expect(inner.isClosed).toBe(true)
    expect(captured().length).toBe(2)
    inner.events?.datagram(Uint8Array.of(3), PEER)
    inner.events?.turn()
    expect(listener.heard).toEqual([])
    expect(captured().length).toBe(2)
  })

  it('is refused when the file cannot be made', () => {
    const missing = join(folder, 'no', 'such.pcap')
    const options = { file: missing, local: LOCAL, peer: PEER, wallClockMs: () => wallClock }
    expect(() => recorded(new Loose(), options)).toThrow(
      expect.objectContaining({
        name: 'LinkError',
        code: 'capture-failed',
        message: expect.stringContaining(missing),
        cause: expect.objectContaining({ code: 'ENOENT' }),
      }),
    )
  })

  it.skipIf(!existsSync('/dev/full'))(
    'goes on without the capture when the disk is full, and says so',
    () => {
      link.close()
      record('/dev/full')
      send([1])
      expect(link.failure).toMatchObject({ code: 'capture-failed', cause: { code: 'ENOSPC' } })
      send([2])
      inner.events?.datagram(Uint8Array.of(3), PEER)
      expect(inner.sent.length).toBe(2)
      expect(listener.datagrams.length).toBe(1)
    },
  )

  it('begins and ends captures while it works, and counts on', () => {
    send([1])
    link.stopRecording()
    expect(link.recording).toBe(undefined)
    send([2])
    const second = join(folder, 'second.pcap')
    link.record(second)
    expect(link.recording).toBe(second)
    send([3])
    link.record(join(folder, 'third.pcap'))
    send([4])
    link.close()
    const payloads = (path: string) => [...readPcap(readFileSync(path))].map(({ payload }) => [...payload])
    expect(payloads(file)).toEqual([[1]])
    expect(payloads(second)).toEqual([[3]])
    expect(payloads(join(folder, 'third.pcap'))).toEqual([[4]])
    expect(inner.sent).toHaveLength(4)
    expect(link.recorded).toBe(3)
  })

  it('begins the same file anew', () => {
    send([1])
    link.record(file)
    send([2])
    link.close()
    expect(captured().map(([, , , payload]) => payload)).toEqual([[2]])
  })

  it('goes on with its capture when another cannot be begun', () => {
    send([1])
    expect(() => link.record(join(folder, 'no', 'such.pcap'))).toThrow(/ENOENT/)
    send([2])
    link.close()
    expect(captured()).toHaveLength(2)
  })

  it('writes upper PDUs with their dissector, addresses as they are when it writes', () => {
    link.close()
    let peer: UdpAddress | undefined = PEER
    const upper = recorded(new Loose(), {
      file,
      form: { dissector: 'cfdp', over: 'tcp' },
      local: LOCAL,
      get peer() {
        return peer
      },
      wallClockMs: () => wallClock,
    })
    const sendUpper = (octet: number): void => {
      const slot = upper.lease()!
      slot.bytes[0] = octet
      slot.length = 1
      upper.send(slot)
    }
    sendUpper(1)
    peer = { host: '2001:db8::1', port: 7 }
    sendUpper(2)
    peer = undefined
    sendUpper(3)
    upper.close()
    const found = [...readPcap(readFileSync(file))]
    expect(found.map(({ dissector, from, to, payload }) => [dissector, from, to, [...payload]])).toEqual([
      ['cfdp', LOCAL, PEER, [1]],
      ['cfdp', { host: '::ffff:192.0.2.1', port: 5111 }, { host: '2001:db8::1', port: 7 }, [2]],
    ])
  })
})
