import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Pair, pairUp, startReceiver, startSender } from './pair.ts'
import { type Line, type Running, Scene, sha256 } from './processes.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

const KIB = 1024
const at =
  (octets: number) =>
  (line: Line): boolean =>
    line.type === 'progress' && line.octets! >= octets
const stateOf = (end: string): readonly string[] => ['--state', scene.path(end)]
const receive = (pair: Pair, ...options: string[]): Promise<Running> =>
  startReceiver(scene, pair, ['--count', '1', ...stateOf('craft'), ...options])

describe('a killed command, repeated with the same state', () => {
  it('goes on as the receiver, and does not ask again for what is safe', async () => {
    const pair = await pairUp(scene, ['--rate', '16Mbit/s', '--delay', '5ms'])
    const file = scene.file('image.raw', 12_000 * KIB)
    const first = await receive(pair)
    const sender = startSender(scene, pair, file.path, stateOf('ground'))
    await first.line(at(6000 * KIB))
    await first.kill()
    const second = await receive(pair)
    const resumed = await second.event('resumed')
    expect(resumed.transaction).toBe('11:1')
    // What is forgotten is at most what arrives between two checkpoints: a second, and what commits it.
    expect(resumed.octets).toBeGreaterThan(2000 * KIB)
    const received = await second.result()
    expect(received).toMatchObject({ state: 'completed', sha256: file.sha256 })
    expect(sha256(received.path!)).toBe(file.sha256)
    expect(await sender.exit).toBe(0)
    expect(await second.exit).toBe(0)
  })

  it('goes on as the sender, with the same transaction', async () => {
    const pair = await pairUp(scene, ['--rate', '8Mbit/s', '--delay', '5ms'])
    const file = scene.file('image.raw', 3000 * KIB)
    const receiver = await receive(pair)
    const first = startSender(scene, pair, file.path, stateOf('ground'))
    await receiver.line(at(1000 * KIB))
    await first.kill()
    const second = startSender(scene, pair, file.path, stateOf('ground'))
    expect(await second.event('resumed')).toMatchObject({ transaction: '11:1' })
    expect(await second.result()).toMatchObject({
      state: 'completed',
      transaction: '11:1',
      sha256: file.sha256,
    })
    expect(await receiver.result()).toMatchObject({ state: 'completed', sha256: file.sha256 })
    expect(await second.exit).toBe(0)
    expect(await receiver.exit).toBe(0)
  })

  it('tells the end again as the receiver, when it was killed right after telling it', async () => {
    const pair = await pairUp(scene)
    const file = scene.file('image.raw', 100 * KIB)
    const first = await receive(pair)
    const sender = startSender(scene, pair, file.path, stateOf('ground'))
    const told = await first.result()
    await first.kill()
    expect(await sender.exit).toBe(0)
    // Where its ACK(Finished) came too late for the first, nobody is left to repeat it for the second.
    const second = await receive(pair, '--give-up', '2s')
    expect(await second.result()).toMatchObject({ state: 'completed', path: told.path, sha256: file.sha256 })
    expect(await second.exit).toBe(0)
  })

  it('tells the end again as the sender, and sends nothing', async () => {
    const pair = await pairUp(scene)
    const file = scene.file('image.raw', 100 * KIB)
    const receiver = await receive(pair)
    const first = startSender(scene, pair, file.path, stateOf('ground'))
    await first.result()
    await first.kill()
    const second = startSender(scene, pair, file.path, stateOf('ground'))
    expect(await second.result()).toMatchObject({
      state: 'completed',
      transaction: '11:1',
      sha256: file.sha256,
    })
    expect(await second.exit).toBe(0)
    expect(await receiver.exit).toBe(0)
  })
})

describe('a command that came to its end, given again', () => {
  it('is another transaction, with another sequence number', async () => {
    const pair = await pairUp(scene)
    const file = scene.file('image.raw', 10 * KIB)
    const receiver = await startReceiver(scene, pair, ['--count', '2', ...stateOf('craft')])
    for (const sequence of [1, 2]) {
      const sender = startSender(scene, pair, file.path, stateOf('ground'))
      expect(await sender.result()).toMatchObject({ state: 'completed', transaction: `11:${sequence}` })
      expect(await sender.exit).toBe(0)
    }
    expect(await receiver.exit).toBe(0)
    const paths = receiver.lines.filter(line => line.type === 'result').map(line => line.path)
    expect(new Set(paths).size).toBe(2)
    for (const path of paths) expect(sha256(path!)).toBe(file.sha256)
  })

  it('is another transaction after Ctrl-C too', async () => {
    const pair = await pairUp(scene)
    const file = scene.file('image.raw', 1000 * KIB)
    const receiver = await startReceiver(scene, pair, stateOf('craft'))
    const first = startSender(scene, pair, file.path, [...stateOf('ground'), '--rate', '1Mbit/s'])
    await receiver.event('receiving')
    first.signal('SIGINT')
    expect(await first.exit).toBe(130)
    const second = startSender(scene, pair, file.path, stateOf('ground'))
    expect(await second.result()).toMatchObject({ state: 'completed', transaction: '11:2' })
  })
})
