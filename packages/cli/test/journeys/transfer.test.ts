import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pairUp, startReceiver, startSender } from './pair.ts'
import { Scene, sha256 } from './processes.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

const MIB = 1024 * 1024
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  'class 1': ['--class', '1', '--rate', '200Mbit/s'],
  'class 1 with closure': ['--class', '1', '--closure', '--rate', '200Mbit/s'],
  'class 2': [],
}

/** Sends one file, and checks what both ends say of it. */
async function ferry(options: {
  readonly octets: number
  readonly weather?: readonly string[]
  readonly send?: readonly string[]
  readonly receive?: readonly string[]
}): Promise<void> {
  const pair = await pairUp(scene, options.weather)
  const file = scene.file('image.raw', options.octets)
  const receiver = await startReceiver(scene, pair, ['--count', '1', ...(options.receive ?? [])])
  const sender = startSender(scene, pair, file.path, options.send)
  const [sent, received] = await Promise.all([sender.result(), receiver.result()])
  expect(sent).toMatchObject({
    type: 'result',
    state: 'completed',
    reason: null,
    octets: options.octets,
    sha256: file.sha256,
  })
  expect(received).toMatchObject({ state: 'completed', octets: options.octets, sha256: file.sha256 })
  expect(sha256(received.path!)).toBe(file.sha256)
  expect(await sender.exit).toBe(0)
  expect(await receiver.exit).toBe(0)
}

describe.each(Object.entries(CLASSES))('a file by %s', (_name, send) => {
  it.each([0, 1, 511, 512, 513])('of %d octets arrives, in PDUs of 512', async octets => {
    await ferry({ octets, send: [...send, '--pdu-size', '512'] })
  })

  it('of 10 MiB arrives', async () => {
    await ferry({ octets: 10 * MIB, send })
  })
})

describe('what class 1 says of itself', () => {
  it('is that nobody acknowledges it', async () => {
    const pair = await pairUp(scene)
    const sender = startSender(scene, pair, scene.file('a', 10_000).path, ['--class', '1'])
    expect((await sender.result()).state).toBe('completed')
    const codes = sender.lines.map(line => line.code)
    expect(codes).toContain('unacknowledged')
    expect(codes).toContain('rate-assumed')
    expect(await sender.exit).toBe(0)
  })
})

describe('over a bad link', () => {
  const delay = ['--delay', '10ms', '--seed', '7']

  it.each(['5%', '20%', '40%'])('that loses %s, a file arrives by class 2', async loss => {
    await ferry({ octets: MIB, weather: [...delay, '--rate', '50Mbit/s', '--loss', loss] })
  })

  it('that duplicates 5 %', async () => {
    await ferry({ octets: MIB, weather: [...delay, '--duplicate', '5%:50ms'] })
  })

  it('that reorders by 50 ms of jitter', async () => {
    await ferry({ octets: MIB, weather: [...delay, '--jitter', '50ms', '--loss', '2%'] })
  })

  it('that corrupts 1 %, with a CRC', async () => {
    await ferry({
      octets: MIB,
      weather: [...delay, '--corrupt', '1%'],
      send: ['--crc', '--checksum', 'crc32'],
      receive: ['--crc'],
    })
  })

  it('that loses 5 % in bursts and carries a little', async () => {
    await ferry({
      octets: 100_000,
      weather: [...delay, '--rate', '1Mbit/s', '--burst', '0.5%:10'],
      send: ['--rate', '900kbit/s'],
    })
  })

  it('that loses 1 %, 1 GiB arrives by class 2', async () => {
    await ferry({ octets: 1024 * MIB, weather: ['--loss', '1%'] })
  }, 400_000)

  it('that goes dark for ten seconds', async () => {
    await ferry({ octets: 4 * MIB, weather: [...delay, '--rate', '10Mbit/s', '--outage', '2s-12s'] })
  }, 120_000)
})

describe('many files', () => {
  it('arrive one after the other at one receiver, each under its own name', async () => {
    const pair = await pairUp(scene)
    const receiver = await startReceiver(scene, pair, ['--count', '3'])
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      const file = scene.file(name, 1000 * index)
      const sender = scene.start(['cfdp', 'send', file.path, '--to', '5', ...pair.ground])
      const { transaction } = await sender.result()
      await sender.exit
      const received = await receiver.line(line => line.type === 'result' && line.transaction === transaction)
      expect(received).toMatchObject({ path: scene.path('received', name), sha256: file.sha256 })
    }
    expect(await receiver.exit).toBe(0)
  })

  it('keep their place under the folder, wherever their names point', async () => {
    const pair = await pairUp(scene)
    const receiver = await startReceiver(scene, pair, ['--count', '1'])
    const file = scene.file('secret', 100)
    const sender = scene.start(['cfdp', 'send', file.path, '--to', '5:../../escaped', ...pair.ground])
    await sender.exit
    const received = await receiver.result()
    expect(existsSync(scene.path('..', 'escaped'))).toBe(false)
    if (received.state === 'completed') expect(received.path).toContain(scene.path('received'))
    await receiver.exit
  })
})
