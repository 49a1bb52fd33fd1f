/** Two stations that configurations make, joined by what their links say; loopback only. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { LinkStatus } from '@skyferry/api'
import { readPcap } from '@skyferry/link'
import { afterEach, expect, it } from 'vitest'
import { planOfConfiguration } from '../../src/station/plan-of-configuration.ts'
import { temporaryDirectory } from '../buckets/disks.ts'
import { good } from '../config/reading.ts'
import { openStation, stopAll, type TestStation } from './pair.ts'

afterEach(stopAll)

/** A station with its real media; `link` is what stands in braces after its name. */
function station(name: 'ground' | 'craft', link: string): Promise<TestStation> {
  const [own, other] = name === 'ground' ? ['{ id: 11 }', '{ id: 5 }'] : ['{ id: 5 }', '{ id: 11 }']
  const text = `
station: { name: ${name} }
links: [{ name: cfdp, ${link} }]
services: [{ class: cfdp, name: cfdp0, localEntities: [${own}], remoteEntities: [${other}] }]
`
  const folder = temporaryDirectory()
  return openStation(
    planOfConfiguration({ kind: 'configuration', configuration: good(text), warnings: [], folder }),
  )
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

const linkOf = (at: TestStation): Promise<LinkStatus> => at.get('/v1/links/cfdp')

async function send(from: TestStation, to: TestStation, entity: string): Promise<void> {
  const content = Buffer.alloc(20_000, `from ${from.station.info.name} `)
  const object = `${entity}.bin`
  await from.object('cfdpUp', object, content)
  const { id } = await from.put({ bucket: 'cfdpUp', object, to: entity, path: object })
  expect((await from.ended(id)).code).toBe('transfer-completed')
  const got = await to.call('GET', `/v1/buckets/cfdpDown/objects/${object}`)
  expect(Buffer.from(await got.arrayBuffer())).toEqual(content)
}

it.each([
  ['tcp', 'tcp', ''],
  ['space-packet-tcp', 'space-packet-tcp', ''],
  ['tcp', 'emulated', ', impairment: { delay: 2ms, loss: 5%, seed: 7 }'],
])('a file goes each way over %s, %s', async (type, shown, more) => {
  const craft = await station('craft', `type: ${type}-listen, listen: 127.0.0.1:0`)
  const { listen, connected } = await linkOf(craft)
  expect(connected).toBe(false)
  const ground = await station('ground', `type: ${type}, peer: '${listen}'${more}`)
  await ground.event(({ code, source }) => code === 'link-connected' && source === 'cfdp')
  expect(await linkOf(ground)).toMatchObject({ type: shown, connected: true, peer: listen })
  expect(await (await ground.call('GET', '/metrics')).text()).toContain(
    'skyferry_link_connected{link="cfdp"} 1\n',
  )
  await send(ground, craft, '5')
  await send(craft, ground, '11')
  const seenByYamcs = (): Promise<unknown> => ground.get('/api/links/ops')
  expect(await seenByYamcs()).toMatchObject({ links: [{ name: 'cfdp', status: 'OK' }] })
  await craft.station.stop()
  const lost = await ground.event(({ code }) => code === 'link-lost')
  expect(lost).toMatchObject({ severity: 'warning', source: 'cfdp' })
  await ground.event(({ code }) => code === 'link-waiting')
  expect(await linkOf(ground)).toMatchObject({ connected: false, peer: null, listen: null })
  expect(await seenByYamcs()).toMatchObject({ links: [{ status: 'UNAVAIL' }] })
})

it('a file goes each way in space packets over UDP, as the example of Yamcs embeds them, and is captured', async () => {
  const [one, other] = [await freePort(), await freePort()]
  const link = (listen: number, peer: number): string =>
    `type: space-packet, listen: '127.0.0.1:${listen}', peer: '127.0.0.1:${peer}'`
  const ground = await station('ground', link(one, other))
  const craft = await station('craft', link(other, one))
  const capture = async (file: string | null): Promise<unknown> =>
    (await ground.call('POST', '/v1/links/cfdp/capture', { file })).json()
  const file = path.join(ground.station.plan.dataDir, 'captures', 'pass.pcap')
  expect(await capture('pass.pcap')).toMatchObject({ type: 'space-packet', connected: null, capture: file })
  await send(ground, craft, '5')
  await send(craft, ground, '11')
  expect(await capture(null)).toMatchObject({ capture: null, dropped: {} })
  const packets = [...readPcap(readFileSync(file))].map(({ payload }) => Buffer.from(payload))
  expect(packets.length).toBeGreaterThan(20)
  // Telecommand, APID 0x7fd, unsegmented, the first of its sequence; behind the primary header a PDU of version 1.
  expect(packets[0]!.subarray(0, 4).toString('hex')).toBe('17fdc000')
  for (const packet of packets) expect([packet[0], packet[1], packet[6]! >> 5]).toEqual([0x17, 0xfd, 1])
})

it('what is no packet of ours is counted, and said', async () => {
  const [one, other] = [await freePort(), await freePort()]
  const link = (apid: string, listen: number, peer: number): string =>
    `type: space-packet, apid: ${apid}, listen: '127.0.0.1:${listen}', peer: '127.0.0.1:${peer}'`
  const ground = await station('ground', link('0x10:0x11', one, other))
  const craft = await station('craft', link('0x12', other, one))
  await ground.object('cfdpUp', 'a.bin', 'a')
  await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: '5' })
  const dropped = await craft.event(({ code }) => code === 'packets-dropped')
  expect(dropped).toMatchObject({ severity: 'warning', text: expect.stringContaining('other-apid') })
  expect((await linkOf(craft)).dropped['other-apid']).toBeGreaterThan(0)
  expect(await (await craft.call('GET', '/metrics')).text()).toMatch(
    /skyferry_link_dropped_total\{link="cfdp",reason="other-apid"\} [1-9]/,
  )
})

it('a capture is asked for by a name, and a second end is refused', async () => {
  const craft = await station('craft', 'type: tcp-listen, listen: 127.0.0.1:0')
  const status = async (body: unknown): Promise<number> =>
    (await craft.call('POST', '/v1/links/cfdp/capture', body)).status
  for (const file of ['../a.pcap', '/tmp/a.pcap', '..', '', 7]) expect(await status({ file })).toBe(400)
  expect(await status({})).toBe(400)
  expect(await status({ file: null })).toBe(422)
  expect(await status({ file: 'a.pcap' })).toBe(200)
  expect(await status({ file: null })).toBe(200)
  const codes = craft.events.map(({ code }) => code)
  expect(codes).toEqual(['station-ready', 'capture-started', 'capture-ended'])
  expect((await craft.call('POST', '/v1/links/none/capture', { file: 'a.pcap' })).status).toBe(404)
})
