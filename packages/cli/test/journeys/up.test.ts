import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Running, Scene, sha256 } from './processes.ts'

const UP = fileURLToPath(new URL('../../../../scripts/up.mjs', import.meta.url))

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

describe('npm run up', () => {
  it('-- --once brings a file through an outage and a killed receiver, and exits 0', async () => {
    const file = scene.file('image.raw', 2 * 1024 * 1024)
    const up = scene.watch(new Running(['--once', '--file', file.path], UP))
    const result = await up.result()
    expect(result).toMatchObject({ state: 'completed', octets: 2 * 1024 * 1024, sha256: file.sha256 })
    const codes = up.lines.filter(line => line.type === 'event').map(line => line.code)
    expect(codes).toEqual(['link', 'send', 'dark', 'killed', 'light'])
    expect(await up.exit).toBe(0)
  })

  it('stays up for files of your own, both ways, by the commands that it shows, until Ctrl-C', async () => {
    const up = scene.watch(new Running(['--any-port', '--file', scene.file('first', 1000).path], UP))
    const { text, get } = await up.event('ready')
    const own = scene.file('own', 50_000)
    const [, , ...args] = text!.replace('FILE', own.path).split(' ')
    const sender = scene.start(args)
    expect(await sender.result()).toMatchObject({ state: 'completed', sha256: own.sha256 })
    expect(await sender.exit).toBe(0)
    await up.event('arrived')
    const [, , verb, from, ...rest] = String(get).split(' ')
    const fetched = scene.path('housekeeping.csv')
    const getter = scene.start([verb!, from!, fetched, ...rest])
    expect(await getter.result()).toMatchObject({ state: 'completed', sha256: sha256(fetched) })
    up.signal('SIGINT')
    expect(await up.exit).toBe(130)
  })
})
