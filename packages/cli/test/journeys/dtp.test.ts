import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freeAddresses, type Running, Scene, sha256 } from './processes.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

/** A server at node 20 and a client's way to it, over UDP with a bad link between. */
async function network(
  file: string,
  weather: readonly string[] = [],
): Promise<{
  readonly serve: readonly string[]
  readonly server: Running
  readonly link: readonly string[]
}> {
  const [ground, craft, toCraft, toGround] = (await freeAddresses(4)) as [string, string, string, string]
  const air = scene.start([
    ...['link', 'emulate', '--a', ground, '--b', craft, '--listen-a', toCraft, '--listen-b', toGround],
    ...weather,
  ])
  await air.line(line => line.type === 'event')
  const serve = [
    'dtp',
    'serve',
    '--payload',
    `1=${file}`,
    '--address',
    '20',
    '--link',
    `udp:${craft},${toGround}`,
  ]
  const server = scene.start(serve)
  await server.event('listening')
  return { serve, server, link: ['--server', '20', '--link', `udp:${ground},${toCraft}`] }
}

describe('dtp', () => {
  it('gets a payload whole over a bad link, and says how large it is', async () => {
    const file = scene.file('image.raw', 500_000)
    const { link } = await network(file.path, ['--loss', '5%', '--delay', '5ms', '--seed', '3'])
    const info = await scene.start(['dtp', 'info', '1', ...link]).line(line => line.type === 'payload')
    expect(info.octets).toBe(500_000)
    const out = scene.path('out.raw')
    const get = scene.start([
      ...['dtp', 'get', '1', '-o', out, '--mtu', '1008', '--throughput', '1MB/s', '--peer', 'skyferry'],
      ...link,
    ])
    expect(await get.result()).toMatchObject({ state: 'completed', sha256: file.sha256, path: out })
    expect(await get.exit).toBe(0)
    expect(sha256(out)).toBe(file.sha256)
  })

  it('goes on after kill -9 of the client and of the server', async () => {
    const file = scene.file('image.raw', 2_000_000)
    const net = await network(file.path, ['--loss', '1%', '--delay', '5ms', '--seed', '4'])
    const out = scene.path('out.raw')
    const command = [
      ...[
        'dtp',
        'get',
        '1',
        '-o',
        out,
        '--mtu',
        '1008',
        '--throughput',
        '400kB/s',
        '--idle',
        '1s',
        '--peer',
        'skyferry',
      ],
      ...net.link,
    ]
    const beyond = (octets: number) => (line: { readonly type: string; readonly octets?: number }) =>
      line.type === 'progress' && (line.octets ?? 0) > octets
    const first = scene.start(command)
    await first.line(beyond(700_000))
    await first.kill()
    const second = scene.start(command)
    const resumed = await second.event('resumed')
    expect(resumed.text).toMatch(/goes on with [1-9]\d+ octets/)
    await second.line(beyond(1_200_000))
    await net.server.kill()
    await scene.start(net.serve).event('listening')
    expect(await second.result()).toMatchObject({ state: 'completed', sha256: file.sha256 })
  })

  it('goes on from a C session, interrupted from ours, and leaves nothing beside a whole file', async () => {
    const file = scene.file('image.raw', 1_000_000)
    const { link } = await network(file.path)
    const out = scene.path('out.raw')
    const get = scene.start([
      ...['dtp', 'get', '1', '-o', out, '--mtu', '1008', '--throughput', '300kB/s'],
      ...link,
    ])
    await get.line(line => line.type === 'progress' && (line.octets ?? 0) > 400_000)
    get.signal('SIGINT')
    expect(await get.exit).toBe(130)
    expect(await get.result()).toMatchObject({ state: 'cancelled' })
    // What only the C library's file knows is enough.
    const { rmSync, existsSync } = await import('node:fs')
    rmSync(`${out}.session`)
    const resume = scene.start(['dtp', 'resume', `${out}.meta`, '--throughput', '2MB/s', ...link.slice(2)])
    expect((await resume.event('resumed')).text).toMatch(/goes on with [1-9]\d+ octets/)
    expect(await resume.result()).toMatchObject({ state: 'completed', sha256: file.sha256 })
    expect([existsSync(`${out}.session`), existsSync(`${out}.meta`)]).toEqual([false, false])
  })

  it('leaves nothing of a longer file that stood there, and does not mix two payloads', async () => {
    const file = scene.file('image.raw', 50_000)
    const { link } = await network(file.path)
    const out = scene.path('out.raw')
    writeFileSync(out, Buffer.alloc(200_000, 7))
    const get = scene.start(['dtp', 'get', '1', '-o', out, '--mtu', '1008', '--throughput', '1MB/s', ...link])
    expect(await get.result()).toMatchObject({ state: 'completed', sha256: file.sha256 })
    expect(sha256(out)).toBe(file.sha256)
    const slow = scene.start(['dtp', 'get', '1', '-o', out, '--throughput', '5kB/s', ...link])
    await slow.line(line => line.type === 'progress' && (line.octets ?? 0) > 5000)
    slow.signal('SIGINT')
    expect(await slow.exit).toBe(130)
    const other = scene.start(['dtp', 'get', '2', '-o', out, ...link])
    expect(await other.result()).toMatchObject({ type: 'error', code: 'bad-session' })
  })

  it('refuses a damaged session, and a payload that there is not, in words', async () => {
    const file = scene.file('image.raw', 1000)
    const { link } = await network(file.path)
    const out = scene.path('out.raw')
    writeFileSync(`${out}.session`, 'SFS1 and then nonsense')
    const resume = scene.start(['dtp', 'resume', out, ...link.slice(2)])
    expect(await resume.result()).toMatchObject({ type: 'error', code: 'bad-session' })
    expect(await resume.exit).toBe(2)
    const get = scene.start(['dtp', 'get', '9', '-o', scene.path('nine'), ...link])
    expect(await get.result()).toMatchObject({ state: 'failed', octets: 0 })
    expect(await get.exit).toBe(1)
  })
})
