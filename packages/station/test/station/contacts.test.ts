import { afterEach, describe, expect, it } from 'vitest'
import { openPair, stopAll } from './pair.ts'

afterEach(stopAll)

const MINUTE = 60_000
const NOON = Date.UTC(2026, 0, 31, 12)

describe('a transfer to an entity that is out of contact', () => {
  it('waits, says until when, and goes on as the pass begins', async () => {
    const pass = { from: NOON + 10 * MINUTE, to: NOON + 20 * MINUTE }
    const { ground } = await openPair({
      ground: plan => ({ ...plan, contacts: new Map([['craft', [pass]]]) }),
    })
    expect(ground.events[0]).toMatchObject({
      code: 'contact-lost',
      text: 'craft is out of contact (plan) until 2026-01-31T12:10:00.000Z',
    })
    await ground.object('cfdpUp', 'a.bin', 'content')
    const { id } = await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft' })
    expect(await ground.get(`/v1/transfers/${id}`)).toMatchObject({
      state: 'waiting for contact',
      explanation: 'Waits for contact with craft: it goes on at 2026-01-31T12:10:00.000Z, by plan.',
      pdus: { sent: 0 },
    })
    ground.clock.nowMs = pass.from
    ground.station.sample()
    expect(await ground.ended(id)).toMatchObject({ code: 'transfer-completed' })
  })

  it('goes on by command, before any plan', async () => {
    const { ground } = await openPair({ ground: plan => ({ ...plan, contacts: new Map([['craft', []]]) }) })
    await ground.object('cfdpUp', 'a.bin', 'content')
    const { id } = await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft' })
    const answer = await ground.call('PUT', '/v1/entities/5/contact', { visible: true })
    expect(await answer.json()).toEqual({ visible: true, until: null, why: 'command' })
    expect(await ground.ended(id)).toMatchObject({ code: 'transfer-completed' })
    const planned = await ground.call('PUT', '/v1/entities/craft/contact', {
      visible: null,
      windows: [{ from: '2026-01-31T12:00:00Z', to: '2026-01-31T12:30:00Z' }],
    })
    expect(await planned.json()).toEqual({ visible: true, until: '2026-01-31T12:30:00.000Z', why: 'plan' })
  })

  it.each([
    ['mars', { visible: true }, 404],
    ['craft', {}, 400],
    ['craft', { windows: [{ from: '2026-01-31T13:00:00Z', to: '2026-01-31T12:00:00Z' }] }, 400],
    ['craft', { windows: [{ from: 'now', to: 'later' }] }, 400],
  ])('of %s, told %j, is answered %i', async (entity, body, status) => {
    const { ground } = await openPair()
    expect((await ground.call('PUT', `/v1/entities/${entity}/contact`, body)).status).toBe(status)
  })
})
