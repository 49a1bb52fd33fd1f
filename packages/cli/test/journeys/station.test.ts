import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { pairUp } from './pair.ts'
import { freeAddresses, Scene } from './processes.ts'
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

  it('stop gracefully at SIGTERM, and go on at the next start', async () => {
    const weather = ['--rate', '4Mbit/s', '--delay', '5ms', '--seed', '7']
    const { ground, craft } = stationsOver(scene, await pairUp(scene, weather))
    const file = scene.file('image.raw', 3 * 1024 * 1024)
    await craft.url()
    const put = scene.start(['put', file.path, 'craft:', '--detach', '--station', await ground.url()])
    expect(await put.exit).toBe(0)
    for (const station of [ground, craft]) expect(await station.stopAndRestart()).toBe(0)
    await Promise.all([craft.completed(), ground.completed()])
    expect(digestOf(await craft.object('cfdpDown', 'image.raw'))).toBe(file.sha256)
  }, 60_000)

  it('tell over a WebSocket what happens, and refuse a second process their directory', async () => {
    const { ground } = stationsOver(scene, await pairUp(scene))
    const url = await ground.url()
    const socket = new WebSocket(url.replace('http', 'ws') + '/v1/stream')
    const said: { readonly type: string; readonly link?: { readonly state: string } }[] = []
    const isDown = new Promise<void>(resolve => {
      socket.on('message', data => {
        said.push(JSON.parse(String(data)))
        if (said.at(-1)?.link?.state === 'down') resolve()
      })
    })
    await new Promise(resolve => socket.once('open', resolve))
    const down = scene.start(['link', 'down', 'cfdp', '--station', url])
    expect(await down.exit).toBe(0)
    await isDown
    expect(said[0]?.type).toBe('hello')
    const [port] = await freeAddresses(1)
    const second = scene.start([
      'serve',
      '--data-dir',
      scene.path('ground'),
      '--listen',
      port!,
      '--http',
      '127.0.0.1:0',
    ])
    expect((await second.result())['code']).toBe('state-in-use')
    expect(await second.exit).toBe(1)
    const gone = new Promise(resolve => socket.once('close', resolve))
    ground.running.signal('SIGTERM')
    await gone
    expect(await ground.running.exit).toBe(0)
  })

  it('start from a configuration, which says what is wrong with it, and shows itself', async () => {
    const file = scene.path('sky.yaml')
    const [listen, peer] = await freeAddresses(2)
    const text = (extra: string): string => `
station: { name: dish, dataDir: ./dish }
http: { listen: 127.0.0.1:0 }
links: [{ name: cfdp, type: udp, listen: ${listen}, peer: ${peer} }]
services:
  - class: cfdp
    name: down0
    localEntities: [{ id: 21, name: dish, bucket: tm }]
    remoteEntities: [{ id: 9, name: probe }]
${extra}`
    writeFileSync(file, text('    maxPduSise: 1KiB\n'))
    const wrong = scene.start(['serve', '--config', file])
    expect(await wrong.result()).toMatchObject({ type: 'error', text: expect.stringContaining('maxPduSize') })
    expect(await wrong.exit).toBe(2)
    writeFileSync(file, text(''))
    const dish = scene.start(['serve', '--config', file])
    const url = String((await dish.event('listening'))['url'])
    const services = await (await fetch(`${url}/v1/services`)).json()
    expect(services).toMatchObject({
      services: [{ name: 'down0', locals: [{ name: 'dish', bucket: 'tm' }] }],
    })
    expect(existsSync(scene.path('dish', 'buckets', 'tm'))).toBe(true)
  })

  it('carry a file over a TCP link of configurations, which is captured by command', async () => {
    const [listen] = await freeAddresses(1)
    const start = (name: string, own: number, other: number, link: string) => {
      const file = scene.path(`${name}.yaml`)
      writeFileSync(
        file,
        `
station: { name: ${name}, dataDir: ./${name} }
http: { listen: 127.0.0.1:0 }
links: [{ name: tcp0, ${link} }]
services: [{ class: cfdp, name: s, localEntities: [{ id: ${own} }], remoteEntities: [{ id: ${other}, name: peer }] }]
`,
      )
      return scene.start(['serve', '--config', file])
    }
    const craft = start('craft', 5, 11, `type: tcp-listen, listen: ${listen}`)
    await craft.event('listening')
    const ground = start('ground', 11, 5, `type: tcp, peer: ${listen}`)
    const url = String((await ground.event('listening'))['url'])
    await ground.event('link-connected')
    const capture = (...args: string[]) => scene.start(['link', 'capture', 'tcp0', ...args, '--station', url])
    expect(await capture().exit).toBe(2)
    expect(await capture('a.pcap', '--stop').exit).toBe(2)
    expect(await capture('a.pcap').exit).toBe(0)
    const file = scene.file('image.raw', 50_000)
    expect(await scene.start(['put', file.path, 'peer:', '--station', url]).exit).toBe(0)
    const stop = capture('--stop')
    expect(await stop.exit).toBe(0)
    const decode = scene.start(['decode', scene.path('ground', 'captures', 'a.pcap')])
    expect(await decode.exit).toBe(0)
    expect(readFileSync(scene.path('ground', 'captures', 'a.pcap')).length).toBeGreaterThan(50_000)
  }, 60_000)

  it('say with status 3 that no station is there', async () => {
    const put = scene.start(['transfers', '--station', 'http://127.0.0.1:9'])
    expect(await put.exit).toBe(3)
    expect((await put.result()).code).toBe('station-unreachable')
  })
})
