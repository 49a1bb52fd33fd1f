import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freeAddresses, Scene } from './processes.ts'

let scene: Scene
beforeEach(() => {
  scene = new Scene()
})
afterEach(() => scene.end())

it.each(['--listen-a', '--listen-b'])(
  'an emulated link that cannot have %s says so and ends',
  async option => {
    const [a, b, free] = (await freeAddresses(3)) as [string, string, string]
    const holder = createSocket('udp4').bind(0, '127.0.0.1')
    await once(holder, 'listening')
    const taken = `127.0.0.1:${holder.address().port}`
    const other = option === '--listen-a' ? '--listen-b' : '--listen-a'
    const link = scene.start(['link', 'emulate', '--control', '--a', a, '--b', b, option, taken, other, free])
    expect(await link.result()).toMatchObject({ type: 'error', code: 'address-in-use' })
    expect(String((await link.result()).text)).toContain(taken)
    expect(await link.exit).toBe(2)
    holder.close()
  },
)
