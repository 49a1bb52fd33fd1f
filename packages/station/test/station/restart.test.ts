/** Stations that stop and start again, and disks that refuse for a while. */
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Bucket } from '../../src/buckets/bucket.ts'
import type { StationPlan } from '../../src/station/plan.ts'
import { defaultPlan, upCraftPlan } from '../../src/station/plans.ts'
import { temporaryDirectory } from '../buckets/disks.ts'
import { cable, darkAfter, openStation, stopAll, type TestStation } from './pair.ts'

afterEach(stopAll)

const CONTENT = Buffer.alloc(200_000, 'skyferry ')

async function restarted(station: TestStation, link: ReturnType<typeof cable>[0]): Promise<TestStation> {
  const { plan } = station.station
  await station.station.stop()
  return openStation(plan, link)
}

describe('a station that was stopped', () => {
  it('goes on with its transfers, and knows the ended ones', async () => {
    const [left, right] = cable()
    const ground = await openStation(defaultPlan({ dataDir: temporaryDirectory() }), darkAfter(60, left))
    const craft = await openStation(upCraftPlan({ dataDir: temporaryDirectory() }), right)
    await ground.object('cfdpUp', 'a.bin', CONTENT)
    const { id } = await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft', path: 'x/a.bin' })
    await expect.poll(() => craft.transfers()).toMatchObject([{ state: 'running', object: 'x/a.bin' }])
    const [newLeft, newRight] = cable()
    const [groundAgain, craftAgain] = await Promise.all([
      restarted(ground, newLeft),
      restarted(craft, newRight),
    ])
    expect(groundAgain.events.map(({ code }) => code)).toContain('resumed')
    await groundAgain.ended(id)
    await craftAgain.ended('1')
    for (const station of [groundAgain, craftAgain]) {
      expect(await station.transfers()).toMatchObject([{ id: '1', state: 'completed', octets: 200_000 }])
    }
    const there = await craftAgain.call('GET', '/v1/buckets/cfdpDown/objects/x/a.bin')
    expect(Buffer.from(await there.arrayBuffer()).equals(CONTENT)).toBe(true)
    const later = await restarted(craftAgain, cable()[0])
    expect(await later.transfers()).toMatchObject([{ id: '1', state: 'completed', object: 'x/a.bin' }])
  })

  it('and lost the list of its transfers makes it anew from its journal', async () => {
    const [left, right] = cable()
    const ground = await openStation(defaultPlan({ dataDir: temporaryDirectory() }), darkAfter(60, left))
    const craft = await openStation(upCraftPlan({ dataDir: temporaryDirectory() }), right)
    await ground.object('cfdpUp', 'a.bin', CONTENT)
    await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft', path: 'x/a.bin' })
    await expect.poll(() => craft.transfers()).toMatchObject([{ object: 'x/a.bin' }])
    const plans: StationPlan[] = []
    for (const { station } of [ground, craft]) {
      await station.stop()
      fs.writeFileSync(path.join(station.plan.dataDir, 'transfers.db'), 'not a database at all, by any means')
      for (const suffix of ['-wal', '-shm'])
        fs.rmSync(path.join(station.plan.dataDir, `transfers.db${suffix}`), { force: true })
      plans.push(station.plan)
    }
    const [newLeft, newRight] = cable()
    const craftAgain = await openStation(plans[1]!, newRight)
    const groundAgain = await openStation(plans[0]!, newLeft)
    expect(groundAgain.events[0]).toMatchObject({ code: 'history-set-aside', severity: 'warning' })
    await Promise.all([groundAgain.ended('1'), craftAgain.ended('1')])
    expect(await groundAgain.transfers()).toMatchObject([
      { direction: 'upload', remotePath: 'x/a.bin', bucket: 'cfdpUp', object: 'a.bin', state: 'completed' },
    ])
    expect(await craftAgain.transfers()).toMatchObject([
      { direction: 'download', object: 'x/a.bin', remotePath: 'a.bin', state: 'completed' },
    ])
  })

  it('and lost its journal says so of what it cannot continue', async () => {
    const [left] = cable()
    const ground = await openStation(defaultPlan({ dataDir: temporaryDirectory() }), darkAfter(5, left))
    await ground.object('cfdpUp', 'a.bin', CONTENT)
    await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft' })
    const { plan } = ground.station
    await ground.station.stop()
    fs.rmSync(path.join(plan.dataDir, 'services'), { recursive: true })
    const again = await openStation(plan, cable()[0])
    expect(await again.transfers()).toMatchObject([
      { state: 'failed', reason: 'the journal knows nothing of it any more' },
    ])
  })
})

describe('a bucket that is full', () => {
  it('pauses what arrives, with the reason, and lets it go on when there is room', async () => {
    const [left, right] = cable()
    const ground = await openStation(defaultPlan({ dataDir: temporaryDirectory() }), left)
    const plan = upCraftPlan({ dataDir: temporaryDirectory() })
    const craft = await openStation({ ...plan, buckets: [{ name: 'cfdpDown', maxObjects: 1 }] }, right)
    await craft.object('cfdpDown', 'old.bin', 'old')
    await ground.object('cfdpUp', 'a.bin', CONTENT)
    const { id } = await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft' })
    const paused = await craft.event(({ code }) => code === 'paused-by-disk')
    expect(paused).toMatchObject({ severity: 'error', transfer: '1' })
    const reason = 'paused by the disk: bucket cfdpDown holds the 1 objects it may hold'
    expect(await craft.transfers()).toMatchObject([{ state: 'paused', reason }])
    craft.clock.nowMs += 5000
    craft.station.sample()
    await expect.poll(() => craft.transfers()).toMatchObject([{ state: 'paused', reason }])
    expect(craft.events.filter(({ code }) => code === 'paused-by-disk')).toHaveLength(1)
    await craft.call('DELETE', '/v1/buckets/cfdpDown/objects/old.bin')
    craft.clock.nowMs += 60_000
    craft.station.sample()
    await Promise.all([ground.ended(id), craft.ended('1')])
    const bucket = craft.station.buckets.get('cfdpDown') as Bucket
    expect((await bucket.list('')).map(({ name, size }) => [name, size])).toEqual([['a.bin', 200_000]])
  })
})
