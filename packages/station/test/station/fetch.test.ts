/** Files that are asked for, and directories that are listed: proxy put and directory listing, both ends. */
import fs from 'node:fs'
import path from 'node:path'
import type { RemoteDirectory, Transfer } from '@skyferry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { defaultPlan, upCraftPlan } from '../../src/station/plans.ts'
import { temporaryDirectory } from '../buckets/disks.ts'
import { cable, darkAfter, openPair, openStation, type Pair, service, stopAll } from './pair.ts'

afterEach(stopAll)

const CONTENT = Buffer.alloc(50_000, 'telemetry ')

async function fetched(pair: Pair, request: object): Promise<Transfer> {
  const answer = await pair.ground.call('POST', '/v1/downloads', request)
  if (answer.status !== 201) throw new Error(await answer.text())
  return (await answer.json()) as Transfer
}

describe('a file that is asked for', () => {
  it('is one transfer from the request to its place in the bucket that was named', async () => {
    const pair = await openPair({
      ground: plan => ({ ...plan, buckets: [...plan.buckets, { name: 'mine' }] }),
    })
    const { ground, craft } = pair
    await craft.object('cfdpUp', 'tm/today.bin', CONTENT)
    const asked = await fetched(pair, {
      to: 'craft',
      path: 'tm/today.bin',
      bucket: 'mine',
      object: 'day.bin',
    })
    expect(asked).toMatchObject({
      direction: 'download',
      remotePath: 'tm/today.bin',
      bucket: 'mine',
      octets: 0,
    })
    await ground.ended(asked.id)
    expect(await ground.transfers()).toMatchObject([
      {
        id: asked.id,
        state: 'completed',
        object: 'day.bin',
        size: 50_000,
        octets: 50_000,
        protocolId: '5:1',
      },
    ])
    const there = await ground.call('GET', '/v1/buckets/mine/objects/day.bin')
    expect(Buffer.from(await there.arrayBuffer()).equals(CONTENT)).toBe(true)
    expect(await craft.transfers()).toMatchObject([{ direction: 'upload', object: 'tm/today.bin' }])
    expect(await ground.get('/v1/buckets/cfdpDown/objects')).toEqual({ objects: [] })
  })

  it('that is not there fails with a reason, and leaves nothing', async () => {
    const pair = await openPair()
    const { id } = await fetched(pair, { to: 'craft', path: 'nothing.bin' })
    await pair.ground.ended(id)
    expect(await pair.ground.transfers()).toMatchObject([
      { state: 'failed', reason: 'the remote entity could not send it: Filestore rejection' },
    ])
    expect(pair.craft.events.map(({ code }) => code)).toContain('refused')
  })

  it.each(['../secret', '/../../secret', '.skyferry/uploads/x'])('as %s is not given out', async path => {
    const pair = await openPair()
    const { id } = await fetched(pair, { to: 'craft', path, object: 'x' })
    await pair.ground.ended(id)
    expect((await pair.ground.transfers())[0]).toMatchObject({ state: 'failed' })
  })

  it('of an entity that serves nothing fails', async () => {
    const pair = await openPair({
      craft: ({ services: [first, ...rest], ...plan }) => {
        const { servedBucket: _, ...closed } = first!
        return { ...plan, services: [closed, ...rest] }
      },
    })
    await pair.craft.object('cfdpUp', 'a.bin', CONTENT)
    const { id } = await fetched(pair, { to: 'craft', path: 'a.bin' })
    await pair.ground.ended(id)
    expect((await pair.ground.transfers())[0]).toMatchObject({ state: 'failed' })
  })

  it('is still the same transfer after both stations were stopped in the middle', async () => {
    const [left, right] = cable()
    const plans = [
      defaultPlan({ dataDir: temporaryDirectory() }),
      upCraftPlan({ dataDir: temporaryDirectory() }),
    ]
    const ground = await openStation(plans[0]!, darkAfter(40, left))
    const craft = await openStation(plans[1]!, right)
    await craft.object('cfdpUp', 'a.bin', Buffer.concat([CONTENT, CONTENT, CONTENT]))
    const { id } = await fetched({ ground, craft }, { to: 'craft', path: 'a.bin', object: 'mine.bin' })
    await expect.poll(() => ground.transfers()).toMatchObject([{ id, protocolId: '5:1' }])
    await Promise.all([ground.station.stop(), craft.station.stop()])
    const [newLeft, newRight] = cable()
    const [groundAgain, craftAgain] = await Promise.all([
      openStation(plans[0]!, newLeft),
      openStation(plans[1]!, newRight),
    ])
    await groundAgain.ended(id)
    await craftAgain.ended('1')
    expect(await groundAgain.transfers()).toMatchObject([{ id, state: 'completed', object: 'mine.bin' }])
  })

  it('is cancelled before it begins to arrive', async () => {
    const pair = await openPair()
    await pair.ground.call('POST', '/v1/links/cfdp/down')
    const { id, explanation } = await fetched(pair, { to: 'craft', path: 'a.bin' })
    expect(explanation).toBe('Waits for contact with craft: it goes on when it is commanded up.')
    expect((await pair.ground.call('POST', `/v1/transfers/${id}/pause`)).status).toBe(409)
    expect((await pair.ground.call('POST', `/v1/transfers/${id}/cancel`)).status).toBe(200)
    expect(await pair.ground.get(`/v1/transfers/${id}`)).toMatchObject({ state: 'cancelled' })
  })
})

describe('a remote directory', () => {
  const FILES = '/v1/entities/craft/files'

  it('is listed, directories first', async () => {
    const { ground, craft } = await openPair()
    for (const name of ['b.bin', 'A.bin', 'tm/one.bin', 'tm/deep/two.bin'])
      await craft.object('cfdpUp', name, 'x')
    expect((await ground.call('GET', FILES)).status).toBe(404)
    expect(await (await ground.call('POST', FILES)).json()).toMatchObject({ state: 'asked', files: [] })
    const listed = async (query: string): Promise<RemoteDirectory> => ground.get(`${FILES}${query}`)
    await expect
      .poll(() => listed(''))
      .toMatchObject({
        entity: 'craft',
        path: '',
        state: 'listed',
        files: [
          { name: 'tm', isDirectory: true },
          { name: 'A.bin', isDirectory: false },
          { name: 'b.bin', isDirectory: false },
        ],
      })
    await ground.call('POST', `${FILES}?path=tm/`)
    await expect
      .poll(() => listed('?path=tm'))
      .toMatchObject({
        path: 'tm',
        files: [
          { name: 'deep', isDirectory: true },
          { name: 'one.bin', isDirectory: false },
        ],
      })
    expect(await ground.transfers()).toEqual([])
    expect(await craft.transfers()).toEqual([])
    for (const { station } of [ground, craft]) {
      const folder = path.join(station.plan.dataDir, 'services/cfdp0/listings')
      const left = () => fs.readdirSync(folder).filter(name => name !== '.skyferry')
      await expect.poll(left).toEqual([])
    }
  })

  it('that is not there, or not served, is said to have failed', async () => {
    const { ground } = await openPair()
    await ground.call('POST', `${FILES}?path=nowhere`)
    await expect.poll(() => ground.get(`${FILES}?path=nowhere`)).toMatchObject({ state: 'failed' })
  })

  it('is read by clients of the Yamcs API', async () => {
    const { ground, craft } = await openPair()
    await craft.object('cfdpUp', 'tm/one.bin', 'x')
    const base = '/api/filetransfer/ops/cfdp0/files'
    expect(await ground.get(`${base}?destination=craft&remotePath=`)).toEqual({})
    expect(
      (await ground.call('POST', `${base}:sync`, { destination: 'craft', remotePath: '/' })).status,
    ).toBe(200)
    await expect
      .poll(() => ground.get(`${base}?destination=craft`))
      .toMatchObject({
        destination: 'craft',
        remotePath: '',
        listTime: '2026-01-31T12:00:00.000Z',
        files: [{ name: 'tm', isDirectory: true }],
      })
    expect((await ground.call('POST', `${base}:sync`, { destination: 'mars' })).status).toBe(400)
    const body = {
      direction: 'DOWNLOAD',
      bucket: 'cfdpDown',
      remotePath: 'tm/one.bin',
      options: { reliable: true },
    }
    const answer = await ground.call('POST', '/api/filetransfer/ops/cfdp0/transfers', body)
    expect(await answer.json()).toMatchObject({
      direction: 'DOWNLOAD',
      state: 'RUNNING',
      objectName: 'one.bin',
    })
    await ground.ended('1')
    expect(await ground.get('/api/filetransfer/ops/cfdp0/transfers/1')).toMatchObject({ state: 'COMPLETED' })
  })
})

describe('an entity that was never asked', () => {
  it('sends into its own bucket, whatever transaction it claims to answer', async () => {
    const { ground, craft } = await openPair({ craft: service({}) })
    await craft.object('cfdpUp', 'a.bin', 'x')
    const { id } = await craft.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'ground' })
    await craft.ended(id)
    expect(await ground.transfers()).toMatchObject([{ bucket: 'cfdpDown', object: 'a.bin' }])
  })
})
