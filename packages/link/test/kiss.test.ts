import { describe, expect, it } from 'vitest'
import { type ByteStreamEvents, kissLink } from '../src/index.ts'
import { Listener, quiet } from './listener.ts'

/** A line of which the test is the far end. */
function line() {
  const written: number[] = []
  let events!: ByteStreamEvents
  const stream = {
    name: 'line',
    isUp: true,
    queuedOctets: 0,
    closed: Promise.resolve(),
    open: (given: ByteStreamEvents) => {
      events = given
      given.up()
    },
    write: (octets: Uint8Array) => written.push(...octets),
    close: () => {},
  }
  return { stream, written, hears: (...octets: number[]) => events.octets(Uint8Array.from(octets)) }
}

const packet = [0x93, 0x88, 0x13, 0x48, 0xa5, 0x00, 0xc0, 0xdb]

describe('a KISS link', () => {
  it('puts a checksum over what follows the header, and escapes', async () => {
    const { stream, written } = line()
    const link = kissLink(stream, { version: 2, mtuOctets: 100 })
    link.open(new Listener())
    const slot = link.lease()!
    slot.bytes.set(packet)
    slot.length = packet.length
    link.send(slot)
    await quiet()
    expect(written.slice(0, 12)).toEqual([0xc0, 0, ...packet.slice(0, 6), 0xdb, 0xdc, 0xdb, 0xdd])
    expect(written.at(-1)).toBe(0xc0)
    const { stream: other, hears } = line()
    const heard = new Listener<string>()
    kissLink(other, { version: 2, mtuOctets: 100 }).open(heard)
    hears(...written)
    expect(heard.datagrams.map(({ octets }) => [...octets])).toEqual([packet])
  })

  it('goes without where the peer does, and then takes whatever is framed', () => {
    const { stream, hears } = line()
    const heard = new Listener<string>()
    kissLink(stream, { version: 2, mtuOctets: 100, hasCrc: false }).open(heard)
    hears(0xc0, 0, 1, 2, 3, 0xc0)
    expect(heard.datagrams.map(({ octets }) => [...octets])).toEqual([[1, 2, 3]])
  })

  it('counts what came in damaged, and goes on with the next frame', () => {
    const { stream, hears } = line()
    const heard = new Listener<string>()
    const link = kissLink(stream, { version: 1, mtuOctets: 20 })
    link.open(heard)
    // No octets, and the checksum of none.
    const empty = [0xc0, 0, 0, 0, 0, 0, 0xc0]
    hears(0xc0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xc0, ...empty)
    hears(0xc0, 0, 0xdb, 1, 0xc0, ...empty, 0xc0, 0, ...new Array(40).fill(7), 0xc0, ...empty)
    expect(heard.datagrams).toHaveLength(3)
    expect(link.counters()).toMatchObject({ received: 3, damaged: 3 })
  })
})
