/** Entities and buckets, as the service description of the seed has them. */
import type { EntityId, RemoteSettings } from '@skyferry/cfdp'
import { LOCAL_DEFAULTS, REMOTE_DEFAULTS } from '@skyferry/cfdp'
import type { UdpAddress } from '@skyferry/link'
import { afterEach, describe, expect, it } from 'vitest'
import type { CfdpServicePlan, EntityPlan } from '../../src/station/plan.ts'
import { openPair, type Pair, service, stopAll } from './pair.ts'

afterEach(stopAll)

const entity = (id: bigint, name: string, bucket?: string): EntityPlan => ({
  id: id as EntityId,
  name,
  ...(bucket === undefined ? {} : { bucket }),
})
const remoteSettings = (entities: readonly EntityPlan[]): RemoteSettings<UdpAddress>[] =>
  entities.map(({ id }) => ({ ...REMOTE_DEFAULTS.patient, id, address: undefined }))

function entities(locals: readonly EntityPlan[], remotes: readonly EntityPlan[]): Partial<CfdpServicePlan> {
  return {
    locals,
    remotes,
    local: { ...LOCAL_DEFAULTS, ids: locals.map(({ id }) => id) },
    remoteSettings: remoteSettings(remotes),
  }
}

/** The example of the seed: id1 (11) has bucket1, target2 (7) has bucket3, all else goes to cfdpDown. */
const SEED = entities(
  [entity(11n, 'id1', 'bucket1'), entity(12n, 'id2')],
  [entity(5n, 'target1'), entity(7n, 'target2', 'bucket3')],
)
const TARGETS = entities(
  [entity(5n, 'target1'), entity(7n, 'target2')],
  [entity(11n, 'id1'), entity(12n, 'id2'), entity(13n, 'nobody')],
)

async function seedPair(): Promise<Pair> {
  const pair = await openPair({ ground: service(SEED), craft: service(TARGETS) })
  await pair.craft.object('cfdpUp', 'tm.bin', 'telemetry')
  return pair
}

describe('the bucket of what is received', () => {
  // seed('incoming-bucket') seed('local-bucket-optional') seed('remote-bucket')
  it.each([
    ['target2', 'id2', 'bucket3', 'the remote entity has one, the local entity has none'],
    ['target2', 'id1', 'bucket1', "the local entity's goes first"],
    ['target1', 'id1', 'bucket1', 'the local entity has one'],
    ['target1', 'id2', 'cfdpDown', 'neither has one: incomingBucket'],
  ])('from %s to %s is %s: %s', async (from, to, bucket) => {
    const { ground, craft } = await seedPair()
    const { id } = await craft.put({ bucket: 'cfdpUp', object: 'tm.bin', from, to })
    await craft.ended(id)
    expect(await (await ground.call('GET', `/v1/buckets/${bucket}/objects/tm.bin`)).text()).toBe('telemetry')
    const [received] = await ground.transfers()
    expect(received).toMatchObject({ bucket, object: 'tm.bin', local: { name: to }, remote: { name: from } })
  })
})

describe('an entity that is not listed', () => {
  it('is dropped, counted, and reported once a minute', async () => {
    const { ground, craft } = await seedPair()
    await craft.put({ bucket: 'cfdpUp', object: 'tm.bin', to: 'nobody', class: 1 })
    const dropped = async (): Promise<Record<string, number>> =>
      (await ground.get<{ dropped: Record<string, number> }>('/v1/services/cfdp0')).dropped
    const told = () => ground.events.filter(({ code }) => code === 'unlisted-entity')
    await expect.poll(dropped).toMatchObject({ 'not-our-entity': 3 })
    ground.station.sample()
    expect(told()).toMatchObject([{ severity: 'warning', text: expect.stringContaining('5 → 13') }])
    expect(told()[0]?.text).toMatch(/^3 PDUs were dropped/)
    await craft.put({ bucket: 'cfdpUp', object: 'tm.bin', to: 'nobody', class: 1, path: 'again' })
    await expect.poll(dropped).toMatchObject({ 'not-our-entity': 6 })
    ground.station.sample()
    expect(told()).toHaveLength(1)
    ground.clock.nowMs += 60_000
    ground.station.sample()
    expect(told()).toHaveLength(2)
    expect(await ground.transfers()).toEqual([])
  })
})

describe('entities in a request', () => {
  // seed('local-entity-names') seed('remote-entity-names')
  it('are meant by name or id', async () => {
    const { craft } = await seedPair()
    const named = await craft.put({ bucket: 'cfdpUp', object: 'tm.bin', from: 'target2', to: 'id2' })
    expect(named).toMatchObject({ local: { id: '7', name: 'target2' }, remote: { id: '12', name: 'id2' } })
    const numbered = await craft.put({ bucket: 'cfdpUp', object: 'tm.bin', from: '5', to: '11' })
    expect(numbered).toMatchObject({ local: { name: 'target1' }, remote: { name: 'id1' } })
  })

  it('that nobody knows are refused by name', async () => {
    const { craft } = await seedPair()
    const answer = await craft.call('POST', '/v1/transfers', {
      bucket: 'cfdpUp',
      object: 'tm.bin',
      to: 'mars',
    })
    expect(answer.status).toBe(422)
    expect(await answer.json()).toEqual({ code: 'refused', text: 'no service knows an entity mars' })
  })
})
