/** The CSP commands as processes: a hub, a bridge that is also a node, and tools that ask it. */
import { readFileSync } from 'node:fs'
import { readPcap } from '@skyferry/link'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freeAddresses, type Running, Scene } from './processes.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

const start = (...args: string[]): Running => scene.start(['csp', ...args])

const listening = (one: Running) => one.line(({ code }) => code === 'listening')

describe('a CSP network', () => {
  it('of a hub and a node answers the tools; a capture holds what passed', async () => {
    const capture = scene.path('hub.pcap')
    const hub = start('hub', '--publish', '127.0.0.1:0', '--subscribe', '127.0.0.1:0', '--capture', capture)
    const { publish, subscribe } = await listening(hub)
    const link = `zmq:127.0.0.1:${portOf(publish)},${portOf(subscribe)}`
    const [near, far] = await freeAddresses(2)
    const udp = (one: string, other: string) => `udp:${one},${other}`
    await listening(start('bridge', '--address', '20', '--link', link, '--link', udp(near!, far!)))

    const ping = start('ping', '20', '--link', link, '--count', '2', '--interval', '1ms')
    expect(await ping.exit).toBe(0)
    expect(ping.lines.at(-1)).toMatchObject({ type: 'pings', sent: 2, answered: 2 })
    const ident = start('ident', '16383', '--link', link)
    expect(await ident.exit).toBe(0)
    expect(ident.lines).toMatchObject([{ type: 'ident', node: 20, model: 'Skyferry' }])
    // Through the bridge, from UDP to the hub's own side: the bridge answers there too.
    const across = start('scan', '19-21', '--link', udp(far!, near!), '--address', '11', '--timeout', '500ms')
    expect(await across.exit).toBe(0)
    expect(across.lines.at(-1)).toMatchObject({ type: 'scan', found: 1 })
    const nobody = start('uptime', '33', '--link', link, '--timeout', '200ms')
    expect(await nobody.exit).toBe(3)
    expect(nobody.lines).toMatchObject([{ type: 'error', code: 'no-answer' }])

    hub.signal('SIGINT')
    expect(await hub.exit).toBe(130)
    const packets = [...readPcap(readFileSync(capture))]
    expect(packets.length).toBe(hub.lines.at(-1)!.received)
  })

  it('that is not there is status 3, and a link that is none status 2', async () => {
    const [one, other] = (await freeAddresses(2)).map(portOf)
    const absent = start('ping', '20', '--link', `zmq:127.0.0.1:${one},${other}`)
    expect(await absent.exit).toBe(3)
    expect(absent.lines).toMatchObject([{ type: 'error', code: 'unreachable' }])
    const wrong = start('ping', '20', '--link', 'kiss:/dev/null')
    expect(await wrong.exit).toBe(2)
    expect(wrong.lines).toMatchObject([{ type: 'error', code: 'not-a-terminal' }])
  })
})

const portOf = (address: unknown): string => String(address).split(':').at(-1)!
