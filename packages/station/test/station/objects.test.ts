import fs from 'node:fs'
import path from 'node:path'
import type { Transfer } from '@skyferry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { defaultPlan, upCraftPlan } from '../../src/station/plans.ts'
import { temporaryDirectory } from '../buckets/disks.ts'
import { cable, darkAfter, openPair, openStation, stopAll, type TestStation } from './pair.ts'

afterEach(stopAll)

const OBJECTS = '/v1/buckets/cfdpUp/objects'

describe('an object', () => {
  it('is written, listed, read in parts, and removed', async () => {
    const { ground } = await openPair()
    const written = await ground.call('PUT', `${OBJECTS}/images/a%20b.bin`, '0123456789')
    expect(written.status).toBe(201)
    expect(await written.json()).toEqual({
      bucket: 'cfdpUp',
      name: 'images/a b.bin',
      size: 10,
      sha256: '84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882',
    })
    expect(await ground.get(`${OBJECTS}?prefix=images/`)).toMatchObject({
      objects: [{ bucket: 'cfdpUp', name: 'images/a b.bin', size: 10 }],
    })
    expect(await ground.get(`${OBJECTS}?prefix=other`)).toEqual({ objects: [] })
    expect(await ground.get('/v1/buckets/cfdpUp')).toMatchObject({ objects: 1, octets: 10 })
    const read = async (range?: string): Promise<[number, string | null, string]> => {
      const headers = range === undefined ? {} : { range }
      const answer = await ground.call('GET', `${OBJECTS}/images/a%20b.bin`, undefined, headers)
      return [answer.status, answer.headers.get('content-range'), await answer.text()]
    }
    expect(await read()).toEqual([200, null, '0123456789'])
    expect(await read('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await read('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789'])
    expect(await read('bytes=8-99')).toEqual([206, 'bytes 8-9/10', '89'])
    expect(await read('bytes=10-')).toEqual([416, 'bytes */10', ''])
    expect((await ground.call('DELETE', `${OBJECTS}/images/a%20b.bin`)).status).toBe(204)
    expect((await ground.call('GET', `${OBJECTS}/images/a%20b.bin`)).status).toBe(404)
    expect(await ground.get('/v1/buckets/cfdpUp')).toMatchObject({ objects: 0, octets: 0 })
  })

  it('that is there already is replaced, renamed or refused, as asked', async () => {
    const { ground } = await openPair()
    await ground.object('cfdpUp', 'a.bin', 'one')
    await ground.object('cfdpUp', 'a.bin', 'two')
    expect(await (await ground.call('GET', `${OBJECTS}/a.bin`)).text()).toBe('two')
    const renamed = await ground.call('PUT', `${OBJECTS}/a.bin?onExisting=rename`, 'three')
    expect(await renamed.json()).toMatchObject({ name: 'a(1).bin' })
    const refused = await ground.call('PUT', `${OBJECTS}/a.bin`, 'four', { 'if-none-match': '*' })
    expect(refused.status).toBe(412)
    expect(await (await ground.call('GET', `${OBJECTS}/a.bin`)).text()).toBe('two')
  })

  it.each(['../secret', '..%2f..%2fsecret', '%2e%2e/secret', '/etc/passwd', 'a//b', '.skyferry/uploads/x'])(
    'called %j is none',
    async name => {
      const { ground } = await openPair()
      expect((await ground.call('GET', `${OBJECTS}/${name}`)).status).toBeGreaterThanOrEqual(400)
    },
  )

  it('whose upload ends in the middle leaves nothing, and is nobody’s mistake', async () => {
    const { ground } = await openPair()
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(1000))
        controller.error(new DOMException('gone', 'AbortError'))
      },
    })
    const request = { method: 'PUT', body, duplex: 'half' } as RequestInit
    const answer = await ground.app.fetch(new Request(`http://127.0.0.1:8090${OBJECTS}/a.bin`, request))
    expect(answer.status).toBe(400)
    expect(await ground.get(OBJECTS)).toEqual({ objects: [] })
    expect(ground.events.filter(({ code }) => code === 'internal')).toEqual([])
    const uploads = path.join(ground.station.plan.dataDir, 'buckets/cfdpUp/.skyferry/uploads')
    expect(fs.readdirSync(uploads)).toEqual([])
  })

  it('larger than allowed is refused and leaves nothing', async () => {
    const { ground } = await openPair({
      ground: plan => ({ ...plan, buckets: [{ name: 'cfdpUp', maxOctets: 5 }] }),
    })
    const answer = await ground.call('PUT', `${OBJECTS}/a.bin`, '123456')
    expect(answer.status).toBe(413)
    expect(await ground.get(OBJECTS)).toEqual({ objects: [] })
    await ground.object('cfdpUp', 'a.bin', '12345')
    expect((await ground.call('PUT', `${OBJECTS}/b.bin`, '1')).status).toBe(507)
  })
})

describe('an object that is still arriving', () => {
  /** A file of which a part has arrived, the link being dark. */
  async function partly(): Promise<{
    craft: TestStation
    content: Buffer
    arriving: Transfer
    lighten(): void
  }> {
    const [left, right] = cable()
    const dark = darkAfter(60, left)
    const ground = await openStation(defaultPlan({ dataDir: temporaryDirectory() }), dark)
    const craft = await openStation(upCraftPlan({ dataDir: temporaryDirectory() }), right)
    const content = Buffer.alloc(200_000)
    for (let at = 0; at < content.length; at += 4) content.writeUInt32LE((at * 2654435761) >>> 0, at)
    await ground.object('cfdpUp', 'a.bin', content)
    await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft' })
    await expect.poll(() => craft.get(HERE)).toMatchObject({ objects: [{ arriving: {} }] })
    await expect.poll(async () => (await contiguous(craft)) > 10_000, { timeout: 5000 }).toBe(true)
    const [arriving] = await craft.transfers()
    return { craft, content, arriving: arriving!, lighten: () => dark.lighten() }
  }
  const HERE = '/v1/buckets/cfdpDown/objects'
  const contiguous = async (craft: TestStation): Promise<number> =>
    Number((await craft.call('HEAD', `${HERE}/a.bin`)).headers.get('skyferry-contiguous'))

  it('is listed with how much of it is there, and read by ranges that are', async () => {
    const { craft, content, arriving } = await partly()
    const upTo = await contiguous(craft)
    expect(await craft.get(HERE)).toMatchObject({
      objects: [{ name: 'a.bin', size: 200_000, arriving: { transfer: arriving.id, contiguous: upTo } }],
    })
    const here = await craft.call('GET', `${HERE}/a.bin`, undefined, { range: `bytes=100-${upTo - 1}` })
    expect(here.status).toBe(206)
    expect(here.headers.get('content-range')).toBe(`bytes 100-${upTo - 1}/200000`)
    expect(Buffer.from(await here.arrayBuffer()).equals(content.subarray(100, upTo))).toBe(true)
  })

  it('answers other ranges with what is missing of them', async () => {
    const { craft, arriving } = await partly()
    const upTo = await contiguous(craft)
    for (const range of [undefined, 'bytes=0-', `bytes=${upTo - 5}-199999`]) {
      const answer = await craft.call('GET', `${HERE}/a.bin`, undefined, range === undefined ? {} : { range })
      expect(answer.status).toBe(416)
      expect(await answer.json()).toMatchObject({ code: 'range-missing', missing: [[upTo, 200_000]] })
    }
    expect(await craft.get(`/v1/transfers/${arriving.id}/gaps`)).toMatchObject({
      size: 200_000,
      gaps: [[upTo, 200_000]],
      count: 1,
    })
  })

  it('is followed as it grows, to its end', async () => {
    const { craft, content, lighten } = await partly()
    const answer = await craft.call('GET', `${HERE}/a.bin?follow=1`)
    expect(answer.status).toBe(200)
    const reader = answer.body!.getReader()
    const chunks = [Buffer.from((await reader.read()).value!)]
    expect(chunks[0]!.length).toBeGreaterThan(0)
    lighten()
    for (let next = await reader.read(); !next.done; next = await reader.read())
      chunks.push(Buffer.from(next.value))
    expect(Buffer.concat(chunks).equals(content)).toBe(true)
  })
})
