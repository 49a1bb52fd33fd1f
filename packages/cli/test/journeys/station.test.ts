import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pairUp } from './pair.ts'
import { Scene } from './processes.ts'
import { stationsOver } from './stations.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

describe('two stations', () => {
  it('carry a file from a folder at one to a bucket at the other', async () => {
    const { ground, craft } = stationsOver(scene, await pairUp(scene))
    const file = scene.file('image.raw', 3_000_000)
    const url = await ground.url()
    await craft.url()
    const put = scene.start(['put', file.path, 'craft:images/', '--station', url])
    expect(await put.exit).toBe(0)
    expect(await put.result()).toMatchObject({ state: 'completed', sha256: file.sha256, octets: 3_000_000 })
    await craft.completed()
    expect(digestOf(await craft.object('cfdpDown', 'images/image.raw'))).toBe(file.sha256)
    const [sent] = await ground.transfers()
    const [received] = await craft.transfers()
    expect(sent).toMatchObject({
      state: 'completed',
      direction: 'upload',
      remote: { id: '5', name: 'craft' },
      remotePath: 'images/image.raw',
      protocolId: '11:1',
    })
    expect(received).toMatchObject({
      state: 'completed',
      direction: 'download',
      bucket: 'cfdpDown',
      object: 'images/image.raw',
      protocolId: '11:1',
    })
  })

  it('finish what a kill -9 of either interrupted, by themselves', async () => {
    const weather = ['--rate', '8Mbit/s', '--delay', '5ms', '--loss', '1%', '--seed', '7']
    const { ground, craft } = stationsOver(scene, await pairUp(scene, weather))
    const file = scene.file('image.raw', 8 * 1024 * 1024)
    await craft.url()
    const put = scene.start(['put', file.path, 'craft:', '--detach', '--station', await ground.url()])
    expect(await put.exit).toBe(0)
    for (const end of [craft, ground, craft, ground]) {
      // A watcher says a line for each change: after a few, it is in the middle.
      const watcher = scene.start(['transfers', '--watch', '--station', await ground.url()])
      await watcher.saidLines(3)
      await watcher.kill()
      expect((await ground.transfers())[0]?.state).toBe('running')
      await end.killAndRestart()
    }
    await Promise.all([craft.completed(), ground.completed()])
    expect(digestOf(await craft.object('cfdpDown', 'image.raw'))).toBe(file.sha256)
    for (const station of [ground, craft]) {
      const transfers = await station.transfers()
      expect(transfers.map(({ state, protocolId }) => [state, protocolId])).toEqual([['completed', '11:1']])
    }
    const parts = scene.path('craft', 'buckets', 'cfdpDown', '.skyferry', 'incomplete')
    expect(existsSync(parts) ? readdirSync(parts) : []).toEqual([])
  }, 120_000)

  it('say with status 3 that no station is there', async () => {
    const put = scene.start(['transfers', '--station', 'http://127.0.0.1:9'])
    expect(await put.exit).toBe(3)
    expect((await put.result()).code).toBe('station-unreachable')
  })
})
