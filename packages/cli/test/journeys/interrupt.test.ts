import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pairUp, startReceiver, startSender } from './pair.ts'
import { freeAddresses, Scene } from './processes.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

const SLOW = ['--rate', '1Mbit/s']

describe('Ctrl-C', () => {
  it('at the sender cancels the transaction at both ends', async () => {
    const pair = await pairUp(scene)
    const receiver = await startReceiver(scene, pair, ['--count', '1'])
    const sender = startSender(scene, pair, scene.file('a', 1_000_000).path, SLOW)
    await receiver.event('receiving')
    sender.signal('SIGINT')
    expect(await sender.result()).toMatchObject({ state: 'cancelled', reason: 'interrupted' })
    expect(await sender.exit).toBe(130)
    expect(await receiver.result()).toMatchObject({
      state: 'cancelled',
      reason: 'cancelled by the sender',
      sha256: null,
    })
    expect(await receiver.exit).toBe(1)
  })

  it('at the receiver cancels the transaction at both ends', async () => {
    const pair = await pairUp(scene)
    const receiver = await startReceiver(scene, pair)
    const sender = startSender(scene, pair, scene.file('a', 1_000_000).path, SLOW)
    await receiver.event('receiving')
    receiver.signal('SIGINT')
    expect(await receiver.result()).toMatchObject({ state: 'cancelled', reason: 'interrupted' })
    expect(await receiver.exit).toBe(130)
    expect(await sender.result()).toMatchObject({ state: 'cancelled', reason: 'cancelled by the receiver' })
    expect(await sender.exit).toBe(1)
  })

  it('at an idle receiver ends it', async () => {
    const receiver = await startReceiver(scene, await pairUp(scene))
    receiver.signal('SIGINT')
    expect(await receiver.exit).toBe(130)
  })

  it('twice ends it at once, whatever the peer says', async () => {
    const pair = await pairUp(scene)
    const sender = startSender(scene, pair, scene.file('a', 1000).path)
    await sender.event('started')
    sender.signal('SIGINT')
    await sender.event('cancelling')
    sender.signal('SIGINT')
    expect(await sender.exit).toBe(130)
    expect(sender.lines.map(line => line.type)).not.toContain('result')
  })

  it('waits five seconds for a peer that is not there', async () => {
    const pair = await pairUp(scene)
    const sender = startSender(scene, pair, scene.file('a', 1000).path)
    await sender.event('started')
    sender.signal('SIGINT')
    expect(await sender.result()).toMatchObject({ state: 'cancelled' })
    expect(await sender.exit).toBe(130)
  })

  it('at an emulated link shows its counters', async () => {
    const { link } = await pairUp(scene, ['--loss', '5%'])
    link!.signal('SIGINT')
    expect(await link!.exit).toBe(130)
    expect(link!.lines.filter(line => line.type === 'counters').map(line => line.direction)).toEqual([
      'ab',
      'ba',
    ])
  })
})

describe('a peer that is not there', () => {
  it('is given up after --give-up, as one that cannot be reached', async () => {
    const pair = await pairUp(scene)
    const sender = startSender(scene, pair, scene.file('a', 1000).path, ['--give-up', '1s'])
    expect(await sender.result()).toMatchObject({ state: 'failed' })
    expect(await sender.exit).toBe(3)
    expect(sender.stderr).toMatch(/cannot be reached/)
  })
})

describe('a port that is taken', () => {
  it('is named with its option, before any work', async () => {
    const pair = await pairUp(scene)
    await startReceiver(scene, pair)
    const listen = pair.craft[pair.craft.indexOf('--listen') + 1]!
    const [elsewhere] = await freeAddresses(1)
    const second = scene.start([
      ...['cfdp', 'receive', '--local', '5', '--dir', scene.path('other')],
      ...['--listen', listen, '--peer', elsewhere!],
    ])
    const said = await second.result()
    expect(said).toMatchObject({ type: 'error', code: 'address-in-use' })
    expect(said.text).toMatch(/^--listen: /)
    expect(await second.exit).toBe(2)
  })
})
