/** Two processes: what one asks of the other by messages (section 6), and filestore requests (section 4.9). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Pair, pairUp, startReceiver, startSender } from './pair.ts'
import { type Running, Scene, sha256 } from './processes.ts'

let scene: Scene
let pair: Pair
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

/** A receiver with `received/images/a.raw`. */
async function craft(options: readonly string[], weather?: readonly string[]): Promise<Running> {
  pair = await pairUp(scene, weather)
  mkdirSync(scene.path('received', 'images'), { recursive: true })
  scene.file('received/images/a.raw', 100_000)
  return startReceiver(scene, pair, options)
}

function ask(verb: string, ...args: string[]): Running {
  return scene.start(['cfdp', verb, ...args, ...pair.ground])
}

describe('proxy-put', () => {
  const get = (...more: string[]): Running =>
    ask('proxy-put', '5:images/a.raw', '--dir', scene.path('got'), ...more)

  it.each([
    ['class 2', []],
    ['class 1', ['--class', '1', '--closure']],
  ])('fetches a file by %s', async (_name, options) => {
    await craft(['--allow', 'proxy-put'])
    const digest = sha256(scene.path('received', 'images', 'a.raw'))
    const command = get('mine.raw', ...options)
    expect(await command.result()).toMatchObject({
      state: 'completed',
      reason: null,
      path: scene.path('got', 'mine.raw'),
      sha256: digest,
    })
    expect(await command.exit).toBe(0)
    expect(sha256(scene.path('got', 'mine.raw'))).toBe(digest)
  })

  it('fetches it over a bad link', async () => {
    await craft(['--allow', 'proxy-put'], ['--delay', '10ms', '--loss', '20%', '--seed', '3'])
    const command = get()
    expect((await command.result()).state).toBe('completed')
    expect(await command.exit).toBe(0)
    expect(sha256(scene.path('got', 'a.raw'))).toBe(sha256(scene.path('received', 'images', 'a.raw')))
  })

  it('is refused where it is not allowed, and for what is not in the folder', async () => {
    const receiver = await craft([])
    const refused = get()
    expect(await refused.result()).toMatchObject({ state: 'failed', path: null })
    expect(await refused.exit).toBe(1)
    expect((await receiver.event('refused')).text).toContain('not allowed')
    await receiver.kill()
    writeFileSync(scene.path('secret'), 'secret')
    await startReceiver(scene, pair, ['--allow', 'proxy-put'])
    const outside = ask('proxy-put', `5:${scene.path('secret')}`, '--dir', scene.path('got'))
    expect(await outside.result()).toMatchObject({ state: 'failed' })
    expect(existsSync(scene.path('got', 'secret'))).toBe(false)
  })

  it('goes on though the asked entity is killed and begins again with its state', async () => {
    const state = ['--allow', 'proxy-put', '--state', scene.path('craft'), '--rate', '500kbit/s']
    const receiver = await craft(state)
    const command = get()
    await receiver.event('asked')
    await command.line(line => line.type === 'progress' && (line.octets ?? 0) > 0)
    await receiver.kill()
    await startReceiver(scene, pair, state)
    expect((await command.result()).state).toBe('completed')
    expect(sha256(scene.path('got', 'a.raw'))).toBe(sha256(scene.path('received', 'images', 'a.raw')))
    expect(await command.exit).toBe(0)
  })
})

it('an interrupted proxy-put has the remote entity cancel', async () => {
  const receiver = await craft(['--allow', 'proxy-put', '--rate', '100kbit/s'])
  const command = ask('proxy-put', '5:images/a.raw', '--dir', scene.path('got'))
  await command.line(line => line.type === 'progress' && (line.octets ?? 0) > 0)
  command.signal('SIGINT')
  expect((await command.result()).state).toBe('cancelled')
  expect(await command.exit).toBe(130)
  const asked = receiver.lines.filter(line => line.code === 'asked')
  expect(asked.map(line => line.operation)).toEqual(['proxy-put-request', 'proxy-put-cancel'])
})

describe('listing', () => {
  it.each(['names', 'details', 'nul'])('says what is there, as %s', async form => {
    await craft(['--allow', 'listing', '--listing-format', form])
    const command = ask('listing', '5')
    expect((await command.result()).state).toBe('completed')
    expect(await command.exit).toBe(0)
    expect(
      command.lines.filter(line => line.type === 'entry').map(({ name, directory }) => [name, directory]),
    ).toEqual([['images', true]])
    const inner = ask('listing', '5:images')
    await inner.result()
    const [entry] = inner.lines.filter(line => line.type === 'entry')
    expect(entry).toMatchObject({
      name: 'a.raw',
      directory: false,
      size: form === 'details' ? 100_000 : null,
    })
    await inner.exit
    const none = ask('listing', '5:none')
    expect((await none.result()).state).toBe('failed')
    expect(await none.exit).toBe(1)
  })
})

describe('status, suspend and resume', () => {
  it('are about a transaction between the two', async () => {
    const receiver = await craft(['--allow', 'remote'])
    const file = scene.file('big', 200_000)
    // A sender that is killed leaves its transaction open at the receiver.
    const sender = startSender(scene, pair, file.path, [
      '--rate',
      '400kbit/s',
      '--state',
      scene.path('ground'),
    ])
    await receiver.line(line => line.type === 'progress' && (line.octets ?? 0) > 0)
    await sender.kill()

    const suspended = ask('suspend', '5', '11:1')
    expect((await suspended.result()).state).toBe('completed')
    expect(await suspended.exit).toBe(0)
    await receiver.event('suspended')

    const status = ask('status', '5', '11:1')
    expect((await status.result()).state).toBe('completed')
    const [report] = status.lines.filter(line => line.type === 'status')
    expect(report).toMatchObject({ about: '11:1', status: 'active' })
    expect(report!.report).toContain('suspended: yes')
    await status.exit

    const resumed = ask('resume', '5', '11:1')
    expect((await resumed.result()).state).toBe('completed')
    expect(await resumed.exit).toBe(0)
    const again = startSender(scene, pair, file.path, ['--state', scene.path('ground')])
    expect((await again.result()).state).toBe('completed')
    expect(sha256(scene.path('received', 'big'))).toBe(file.sha256)

    const unknown = ask('status', '5', '99:1')
    expect((await unknown.result()).state).toBe('failed')
    expect(await unknown.exit).toBe(1)
  })
})

describe('filestore requests', () => {
  const send = (...requests: string[]): Running => {
    const file = scene.file('new.raw', 5000)
    return startSender(
      scene,
      pair,
      file.path,
      requests.flatMap(each => ['--filestore-request', each]),
    )
  }

  it('are carried out where they are allowed', async () => {
    const receiver = await craft(['--count', '1', '--allow', 'filestore'])
    const log = scene.path('received', 'log')
    writeFileSync(log, 'log')
    const sender = send(
      'mkdir:kept',
      'rename:new.raw:kept/new.raw',
      'append:log:log',
      'delete:none',
      'delete:log',
    )
    const responses = [
      'create directory kept: successful',
      'rename file new.raw, kept/new.raw: successful',
      'append file log, log: successful',
      'delete file none: file does not exist',
      'delete file log: not performed',
    ]
    expect(await sender.result()).toMatchObject({ state: 'completed', responses })
    expect(await receiver.result()).toMatchObject({ state: 'completed', responses })
    expect(sha256(scene.path('received', 'kept', 'new.raw'))).toBe(sha256(scene.path('new.raw')))
    expect(readFileSync(log, 'utf8')).toBe('loglog')
    expect(await receiver.exit).toBe(0)
  })

  it('are not performed where they are not', async () => {
    await craft(['--count', '1'])
    const sender = send('delete:images/a.raw')
    expect(await sender.result()).toMatchObject({ responses: ['delete file images/a.raw: not performed'] })
    expect(existsSync(scene.path('received', 'images', 'a.raw'))).toBe(true)
  })
})
