import { describe, expect, it } from 'vitest'
import { LinkError, listenTcp, realClock, startZmqHub, type ZmqHubOptions, zmqLink } from '../src/index.ts'
import { eventually, Listener, quiet } from './listener.ts'

const anywhere = { host: '127.0.0.1', port: 0 }
const clock = realClock()

async function hubWith(options: Partial<ZmqHubOptions>, topics: readonly number[][]) {
  const hub = await startZmqHub({ publish: anywhere, subscribe: anywhere, clock, ...options })
  const nodes = await Promise.all(
    topics.map(async topic => {
      const { publish, subscribe } = hub
      const link = await zmqLink({ publish, subscribe, topics: [Uint8Array.from(topic)], mtuOctets: 100 })
      const heard = new Listener<string>()
      link.open(heard)
      const send = (...octets: number[]): void => {
        const slot = link.lease()!
        slot.bytes.set(octets)
        slot.length = octets.length
        link.send(slot)
      }
      return { link, heard, send }
    }),
  )
  const close = async (): Promise<void> => {
    for (const { link } of nodes) link.close()
    await Promise.all(nodes.map(({ link }) => link.closed))
    await hub.close()
  }
  return { hub, nodes, close }
}

describe('a ZeroMQ hub', () => {
  it('gives each subscriber what begins as it asked, the publisher itself included', async () => {
    const heardAtHub: number[] = []
    const { nodes, hub, close } = await hubWith({ heard: message => heardAtHub.push(message[0]!) }, [
      [1],
      [2],
      [],
    ])
    const [one, two, all] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]]
    one.send(2, 20)
    one.send(1, 10)
    one.send(3, 30)
    await all.heard.received(3)
    await quiet()
    const octets = (node: (typeof nodes)[0]) => node.heard.datagrams.map(({ octets: [, second] }) => second)
    expect([octets(one), octets(two), octets(all)]).toEqual([[10], [20], [20, 10, 30]])
    expect(heardAtHub).toEqual([2, 1, 3])
    expect(hub.counters()).toMatchObject({ publishers: 3, subscribers: 3, received: 3, sent: 5, dropped: 0 })
    await close()
  })

  it('is a bad link when it is told to be', async () => {
    const { nodes, hub, close } = await hubWith({ weather: { loss: 0.5 }, seed: 7 }, [[]])
    for (let index = 0; index < 40; index++) nodes[0]!.send(index)
    await eventually(() => hub.counters().received === 40)
    await quiet()
    expect(hub.counters().sent).toBeLessThan(40)
    expect(hub.counters().sent).toBeGreaterThan(5)
    expect(hub.weather().offered).toBe(40)
    hub.setUp(false)
    nodes[0]!.send(1)
    await eventually(() => hub.counters().received === 41)
    hub.setUp(true)
    hub.adjust({ loss: 0 })
    const before = hub.counters().sent
    nodes[0]!.send(99)
    await eventually(() => hub.counters().sent === before + 1)
    await close()
  })

  it('is not there: said at once; something else is there: said too', async () => {
    const nobody = await startZmqHub({ publish: anywhere, subscribe: anywhere, clock })
    const { publish, subscribe } = nobody
    await nobody.close()
    const options = { topics: [], mtuOctets: 100 }
    await expect(zmqLink({ publish, subscribe, ...options })).rejects.toMatchObject({ code: 'unreachable' })
    const other = await listenTcp(anywhere)
    other.open({
      octets: () => other.write(new TextEncoder().encode('SSH-2.0-what\r\n')),
      up: () => {},
      down: () => {},
      drained: () => {},
    })
    const attempt = zmqLink({ publish: other.local, subscribe: other.local, ...options })
    await expect(attempt).rejects.toBeInstanceOf(LinkError)
    await expect(attempt).rejects.toMatchObject({ code: 'handshake-failed' })
    other.close()
    await other.closed
  })

  it('is found again when it comes back at the same place', async () => {
    const { nodes, hub, close } = await hubWith({}, [[]])
    const { publish, subscribe } = hub
    await hub.close()
    await eventually(() => !nodes[0]!.link.isUp)
    nodes[0]!.send(1)
    expect(nodes[0]!.link.counters().lost).toBe(1)
    const again = await startZmqHub({ publish, subscribe, clock })
    await eventually(() => nodes[0]!.link.isUp && again.counters().subscribers === 1)
    await eventually(() => {
      nodes[0]!.send(2)
      return nodes[0]!.heard.datagrams.length > 0
    })
    nodes[0]!.link.close()
    await again.close()
    await close()
  })
})
