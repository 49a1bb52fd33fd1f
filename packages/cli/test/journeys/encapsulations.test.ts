import { readFileSync } from 'node:fs'
import { readPcap } from '@skyferry/link'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freeAddresses, type Running, Scene, sha256 } from './processes.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

interface Ends {
  readonly ground: readonly string[]
  readonly craft: readonly string[]
}

/** By name: the options of both ends. The craft listens first. */
const ENCAPSULATIONS: Readonly<Record<string, (ground: string, craft: string) => Ends>> = {
  udp: (ground, craft) => ({
    ground: ['--encapsulation', 'udp', '--listen', ground, '--peer', craft],
    craft: ['--encapsulation', 'udp', '--listen', craft, '--peer', ground],
  }),
  tcp: (_ground, craft) => ({
    ground: ['--encapsulation', 'tcp', '--peer', craft],
    craft: ['--encapsulation', 'tcp-listen', '--listen', craft],
  }),
  'space packets over UDP, as Yamcs has them': (ground, craft) => ({
    ground: ['--encapsulation', 'space-packet', '--listen', ground, '--peer', craft],
    craft: ['--encapsulation', 'space-packet', '--listen', craft, '--peer', ground],
  }),
  'space packets over UDP, as cFS has them': (ground, craft) => ({
    ground: [
      ...['--encapsulation', 'space-packet', '--listen', ground, '--peer', craft],
      ...['--apid', '0xc8:0xc2', '--packet-header', 'cfs'],
    ],
    craft: [
      ...['--encapsulation', 'space-packet', '--listen', craft, '--peer', ground],
      ...['--apid', '0xc2:0xc8', '--packet-header', 'cfs', '--packet-type', 'telemetry'],
    ],
  }),
  'space packets over TCP, with a header and a CRC': (_ground, craft) => ({
    ground: [
      ...['--encapsulation', 'space-packet-tcp', '--peer', craft],
      ...['--packet-header', '0a0b0c', '--packet-crc'],
    ],
    craft: [
      ...['--encapsulation', 'space-packet-tcp-listen', '--listen', craft],
      ...['--packet-header', '0a0b0c', '--packet-crc'],
    ],
  }),
}

function receive(craft: readonly string[], ...more: readonly string[]): Running {
  return scene.start([
    ...[
      'cfdp',
      'receive',
      '--local',
      '5',
      '--dir',
      scene.path('received'),
      '--count',
      '1',
      ...craft,
      ...more,
    ],
  ])
}

function send(file: string, ground: readonly string[], ...more: readonly string[]): Running {
  return scene.start(['cfdp', 'send', file, '--local', '11', '--to', '5', ...ground, ...more])
}

describe.each(Object.entries(ENCAPSULATIONS))('a file by %s', (_name, endsOf) => {
  it.each(['1', '2'])('arrives by class %s, and both captures hold every PDU', async transmissionClass => {
    const [ground, craft] = (await freeAddresses(2)) as [string, string]
    const ends = endsOf(ground, craft)
    const file = scene.file('image.raw', 1_000_000)
    const receiver = receive(ends.craft, '--capture', scene.path('craft.pcap'))
    await receiver.event('listening')
    const sender = send(
      file.path,
      ends.ground,
      ...['--class', transmissionClass, '--rate', '200Mbit/s', '--capture', scene.path('ground.pcap')],
    )
    const [sent, received] = await Promise.all([sender.result(), receiver.result()])
    expect(sent).toMatchObject({ state: 'completed', octets: 1_000_000 })
    expect(received).toMatchObject({ state: 'completed', sha256: file.sha256 })
    expect(sha256(received.path!)).toBe(file.sha256)
    expect(await Promise.all([sender.exit, receiver.exit])).toEqual([0, 0])
    for (const name of ['ground.pcap', 'craft.pcap']) {
      const captured = [...readPcap(readFileSync(scene.path(name)))]
      expect(captured.length).toBeGreaterThanOrEqual(1_000_000 / 1024)
      // What a capture holds, `decode` reads.
      const decode = scene.start(['decode', 'cfdp', scene.path(name)])
      expect(await decode.exit).toBe(0)
      expect(decode.lines.filter(line => line.type === 'pdu')).toHaveLength(captured.length)
    }
  })
})

describe('a stream', () => {
  it('may be called before anybody is there: the sender waits, says so, and sends', async () => {
    const [, craft] = (await freeAddresses(2)) as [string, string]
    const file = scene.file('image.raw', 100_000)
    const sender = send(file.path, ['--encapsulation', 'tcp', '--peer', craft])
    await sender.event('link-waiting')
    const receiver = receive(['--encapsulation', 'tcp-listen', '--listen', craft])
    expect(await receiver.result()).toMatchObject({ state: 'completed', sha256: file.sha256 })
    await receiver.event('link-connected')
    expect(await sender.exit).toBe(0)
  })

  it('that breaks in the middle is made again, and the file arrives', async () => {
    const [, craft] = (await freeAddresses(2)) as [string, string]
    const file = scene.file('image.raw', 2_000_000)
    const ends = { encapsulation: ['--encapsulation', 'tcp-listen', '--listen', craft] }
    const first = receive(ends.encapsulation, '--state', scene.path('craft'))
    await first.event('listening')
    const sender = send(file.path, ['--encapsulation', 'tcp', '--peer', craft], '--rate', '8Mbit/s')
    await first.line(line => line.type === 'progress' && (line.octets ?? 0) > 0)
    await first.kill()
    await sender.event('link-lost')
    const second = receive(ends.encapsulation, '--state', scene.path('craft'))
    expect(await second.result()).toMatchObject({ state: 'completed', sha256: file.sha256 })
    expect(await sender.exit).toBe(0)
    await second.exit
  }, 60_000)
})

describe('packets that the other end does not take', () => {
  it('are said to be dropped, and why', async () => {
    const [ground, craft] = (await freeAddresses(2)) as [string, string]
    const receiver = receive(['--encapsulation', 'space-packet', '--listen', craft, '--peer', ground])
    await receiver.event('listening')
    send(scene.file('a', 100).path, [
      ...['--encapsulation', 'space-packet', '--listen', ground, '--peer', craft, '--apid', '100'],
    ])
    expect(await receiver.event('dropped')).toMatchObject({ reason: 'other-apid' })
  })
})
