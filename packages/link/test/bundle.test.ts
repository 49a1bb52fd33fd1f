import { InvariantError } from '@skyferry/engine'
import { describe, expect, it } from 'vitest'
import { bundle, memoryLinkPair } from '../src/index.ts'
import { Listener } from './listener.ts'

function bundled(slots = 2) {
  const waiting = new Set<string>()
  const [radio, atRadio] = memoryLinkPair({ defer: queueMicrotask, slots, mtuOctets: 100 })
  const [hub, atHub] = memoryLinkPair({ defer: queueMicrotask, slots, mtuOctets: 200 })
  const ends = { radio: new Listener<string>(), hub: new Listener<string>() }
  atRadio.open(ends.radio)
  atHub.open(ends.hub)
  const link = bundle(
    [
      { name: 'RADIO', link: radio as never },
      { name: 'HUB', link: hub as never },
    ],
    name => waiting.has(name),
  )
  const heard = new Listener<string>()
  link.open(heard)
  return { link, waiting, ends, heard, atRadio, atHub }
}

describe('a bundle of links', () => {
  it('lends slots of the members that something waits for, and names them', async () => {
    const { link, waiting, ends } = bundled()
    expect(link.lease()).toBe(undefined)
    waiting.add('HUB')
    const slot = link.lease()!
    expect([slot.to, slot.bytes.length]).toEqual(['HUB', 200])
    slot.bytes[0] = 5
    slot.length = 1
    link.send(slot)
    expect(await ends.hub.received(1)).toEqual([Uint8Array.of(5)])
  })

  it('goes round, and a full member holds nobody up', () => {
    const { link, waiting } = bundled(2)
    waiting.add('HUB').add('RADIO')
    const names = [1, 2, 3, 4].map(() => link.lease()!.to)
    expect(names.sort()).toEqual(['HUB', 'HUB', 'RADIO', 'RADIO'])
    expect(link.lease()).toBe(undefined)
  })

  it('takes a slot back once, and says where a datagram came in', async () => {
    const { link, waiting, heard, atRadio } = bundled()
    waiting.add('HUB')
    const slot = link.lease()!
    link.release(slot)
    expect(() => link.release(slot)).toThrow(InvariantError)
    const sent = atRadio.lease()!
    sent.length = 3
    atRadio.send(sent)
    await heard.received(1)
    expect(heard.datagrams[0]!.from).toBe('RADIO')
  })
})
