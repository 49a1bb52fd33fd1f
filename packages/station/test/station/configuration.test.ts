/** A station that a configuration makes. */
import path from 'node:path'
import { type EntityId, LOCAL_DEFAULTS, REMOTE_DEFAULTS } from '@skyferry/cfdp'
import { afterEach, describe, expect, it } from 'vitest'
import type { LoadedConfiguration } from '../../src/config/load.ts'
import type { EntityPlan } from '../../src/station/plan.ts'
import { planOfConfiguration } from '../../src/station/plan-of-configuration.ts'
import { defaultPlan, upCraftPlan } from '../../src/station/plans.ts'
import { temporaryDirectory } from '../buckets/disks.ts'
import { good, ONE_LINK, SEED_SERVICES } from '../config/reading.ts'
import { cable, openStation, service, stopAll } from './pair.ts'

afterEach(stopAll)

function loaded(text: string, folder: string): LoadedConfiguration {
  return { kind: 'configuration', configuration: good(text), warnings: [], folder }
}

describe('the services block of the seed, pasted unchanged', () => {
  // seed('uploads-and-downloads')
  it('starts, and a file from 7 to 12 lands in bucket3', async () => {
    const [left, right] = cable()
    const folder = temporaryDirectory()
    const plan = planOfConfiguration(loaded(ONE_LINK + SEED_SERVICES, folder))
    const ground = await openStation(plan, left)
    const targets: EntityPlan[] = [
      { id: 5n as EntityId, name: 'target1' },
      { id: 7n as EntityId, name: 'target2' },
    ]
    const grounds: EntityPlan[] = [
      { id: 11n as EntityId, name: 'id1' },
      { id: 12n as EntityId, name: 'id2' },
    ]
    const craft = await openStation(
      service({
        locals: targets,
        remotes: grounds,
        local: { ...LOCAL_DEFAULTS, ids: targets.map(({ id }) => id) },
        remoteSettings: grounds.map(({ id }) => ({ ...REMOTE_DEFAULTS.patient, id, address: undefined })),
      })(upCraftPlan({ dataDir: temporaryDirectory() })),
      right,
    )
    await craft.object('cfdpUp', 'tm/a.bin', 'telemetry')
    const { id } = await craft.put({
      bucket: 'cfdpUp',
      object: 'tm/a.bin',
      from: '7',
      to: '12',
      path: 'deep/a.bin',
    })
    await craft.ended(id)
    // Without allowRemoteProvidedSubdirectory only the last part of a received name counts.
    expect(await (await ground.call('GET', '/v1/buckets/bucket3/objects/a.bin')).text()).toBe('telemetry')
    expect(await ground.get('/api/filetransfer/ops/services')).toMatchObject({
      services: [
        {
          name: 'cfdp0',
          localEntities: [
            { name: 'id1', id: '11' },
            { name: 'id2', id: '12' },
          ],
          remoteEntities: [
            { name: 'target1', id: '5' },
            { name: 'target2', id: '7' },
          ],
          capabilities: { upload: true, download: true, fileList: true },
        },
      ],
    })
    expect(plan.dataDir).toBe(path.join(folder, 'data'))
  })
})

describe('no configuration', () => {
  it('is the default plan', () => {
    const { links, services, ...rest } = planOfConfiguration(loaded('', '/somewhere'))
    const usual = defaultPlan({ dataDir: '/somewhere/data' })
    const { links: usualLinks, services: usualServices, ...usualRest } = usual
    expect(rest).toEqual(usualRest)
    expect(services).toEqual(usualServices)
    expect(links[0]).toMatchObject({ name: 'cfdp', carrier: usualLinks[0]!.carrier })
  })
})

describe('a configuration', () => {
  it('has contacts, quotas, impairments and passes of its own', () => {
    const text = `
buckets: [{ name: small, quota: 1MiB, path: ../elsewhere }]
links:
  - { name: cfdp, type: udp, listen: 127.0.0.1:5111, peer: 127.0.0.1:5222, rate: 1Mbit/s, impairment: { loss: 5%, seed: 7, back: { loss: 0% } } }
contacts: { craft: [{ from: 2026-01-31T10:00:00Z, to: 2026-01-31T10:12:00Z }] }
services:
  - class: cfdp
    name: cfdp0
    localEntities: [{ id: 11 }]
    remoteEntities: [{ id: 5, name: craft }]
`
    const plan = planOfConfiguration(loaded(text, '/a/b'))
    expect(plan.buckets).toContainEqual({ name: 'small', directory: '/a/elsewhere', maxOctets: 1_048_576 })
    expect(plan.links).toMatchObject([
      {
        type: 'emulated',
        carrier: { type: 'udp', rateBps: 1e6 },
        seed: 7,
        weather: { there: { loss: 0.05 }, back: { loss: 0 } },
      },
    ])
    expect(plan.contacts).toEqual(
      new Map([['craft', [{ from: Date.UTC(2026, 0, 31, 10), to: Date.UTC(2026, 0, 31, 10, 12) }]]]),
    )
    expect(plan.services[0]).toMatchObject({ locals: [{ name: '11' }], remoteSettings: [{ pace: 'link' }] })
  })
})
