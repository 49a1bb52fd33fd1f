/** How many transfers are open at once, where uploads go, and what stands in their way. */
import { LOCAL_DEFAULTS, type LocalSettings } from '@skyferry/cfdp'
import { afterEach, describe, expect, it } from 'vitest'
import type { StationPlan } from '../../src/station/plan.ts'
import { openPair, stopAll } from './pair.ts'

afterEach(stopAll)

const local =
  (settings: Partial<LocalSettings>) =>
  (plan: StationPlan): StationPlan => ({
    ...plan,
    services: plan.services.map(each => ({
      ...each,
      local: { ...LOCAL_DEFAULTS, ...each.local, ...settings },
    })),
  })

describe('maxNumPendingUploads', () => {
  it('queues what is more, and begins it when there is room', async () => {
    const { ground } = await openPair({ ground: local({ maxOpenTransmissions: 1 }) })
    await ground.call('POST', '/v1/links/cfdp/down')
    await ground.object('cfdpUp', 'a.bin', 'a')
    const first = await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft', path: 'a' })
    const second = await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft', path: 'b' })
    expect(await ground.get(`/v1/transfers/${first.id}`)).toMatchObject({ state: 'waiting for contact' })
    expect(await ground.get(`/v1/transfers/${second.id}`)).toMatchObject({
      state: 'queued',
      explanation: expect.stringContaining('as many'),
    })
    await ground.call('POST', '/v1/links/cfdp/up')
    expect(await ground.ended(first.id)).toMatchObject({ code: 'transfer-completed' })
    expect(await ground.ended(second.id)).toMatchObject({ code: 'transfer-completed' })
  })
})

describe('maxNumPendingDownloads', () => {
  it('drops what would begin another, and says so', async () => {
    const { ground, craft } = await openPair({ craft: local({ maxOpenReceptions: 0 }) })
    await ground.object('cfdpUp', 'a.bin', 'a')
    await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft', class: 1 })
    await expect
      .poll(() => craft.get('/v1/services/cfdp0'))
      .toMatchObject({ dropped: { 'too-many-receptions': expect.any(Number) } })
    craft.station.sample()
    expect(craft.events.at(-1)).toMatchObject({ code: 'downloads-full', severity: 'warning' })
    expect(await craft.transfers()).toEqual([])
  })
})

describe('the remote path', () => {
  // seed('directory-terminators')
  it.each([
    ['images/', 'images/a.bin'],
    ['vol:', 'vol:a.bin'],
    ['C:\\', 'C:\\a.bin'],
    ['images', 'images'],
    [undefined, 'a.bin'],
  ])('%j is %j: a terminator of folders has the name appended', async (path, expected) => {
    const { ground } = await openPair()
    await ground.object('cfdpUp', 'deep/a.bin', 'a')
    const asked = path === undefined ? {} : { path }
    const transfer = await ground.put({ bucket: 'cfdpUp', object: 'deep/a.bin', to: 'craft', ...asked })
    expect(transfer.remotePath).toBe(expected)
  })

  // seed('concurrent-overwrites')
  it('of an upload that has not ended is nobody else’s', async () => {
    const { ground } = await openPair()
    await ground.call('POST', '/v1/links/cfdp/down')
    await ground.object('cfdpUp', 'a.bin', 'a')
    const request = { bucket: 'cfdpUp', object: 'a.bin', to: 'craft', path: 'x' }
    const { id } = await ground.put(request)
    const refused = await ground.call('POST', '/v1/transfers', request)
    expect(refused.status).toBe(422)
    expect(((await refused.json()) as { text: string }).text).toBe(
      `transfer ${id} to craft has the same destination, x`,
    )
    await ground.call('POST', '/v1/links/cfdp/up')
    await ground.ended(id)
    expect((await ground.call('POST', '/v1/transfers', request)).status).toBe(201)
  })
})
