import { createHash } from 'node:crypto'
import type { StreamMessage, Transfer, TransferPage } from '@skyferry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { openStream } from '../../src/http/stream.ts'
import { openPair, stopAll, type TestStation } from './pair.ts'

afterEach(stopAll)

async function darkGround(count: number): Promise<{ ground: TestStation; sent: Transfer[] }> {
  const { ground } = await openPair()
  await ground.call('POST', '/v1/links/cfdp/down')
  await ground.object('cfdpUp', 'a.bin', '0123456789')
  const sent: Transfer[] = []
  for (let index = 0; index < count; index++) {
    sent.push(await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft', path: `p${index}` }))
  }
  return { ground, sent }
}

describe('a transfer', () => {
  it('is paused, resumed, cancelled and tried again', async () => {
    const { ground, sent } = await darkGround(1)
    const { id } = sent[0]!
    const act = async (action: string): Promise<[number, unknown]> => {
      const answer = await ground.call('POST', `/v1/transfers/${id}/${action}`)
      return [answer.status, await answer.json()]
    }
    expect(await act('pause')).toMatchObject([200, { state: 'paused', reason: 'paused by an operator' }])
    expect(await ground.get(`/v1/transfers/${id}/explanation`)).toMatchObject({
      explanation: 'It is paused by an operator; it goes on when resumed.',
    })
    expect(await act('pause')).toMatchObject([409, { code: 'conflict' }])
    expect(await act('resume')).toMatchObject([200, { state: 'waiting for contact' }])
    expect(await act('retry')).toMatchObject([422, { text: `transfer ${id} has not ended` }])
    await act('cancel')
    await ground.call('POST', '/v1/links/cfdp/up')
    await ground.ended(id)
    expect(await ground.get(`/v1/transfers/${id}`)).toMatchObject({ state: 'cancelled', reason: 'cancelled' })
    expect(await act('resume')).toMatchObject([409, { text: `transfer ${id} has ended` }])
    const [status, again] = await act('retry')
    expect(status).toBe(201)
    expect(again).toMatchObject({ remotePath: 'p0', object: 'a.bin' })
    await ground.ended((again as Transfer).id)
    expect(await ground.get(`/v1/transfers/${(again as Transfer).id}`)).toMatchObject({ state: 'completed' })
  })

  it.each([
    ['{"bucket":"cfdpUp","object":"a.bin"}', 400, 'to is missing'],
    ['{"bucket":"cfdpUp","object":"a.bin","to":"craft","dest":"x"}', 400, 'dest is not known'],
    ['{"bucket":"cfdpUp","object":"a.bin","to":"craft","class":3}', 400, 'class is none of 1, 2'],
    ['not json', 400, 'the body is not JSON'],
    ['{"bucket":"cfdpUp","object":"b.bin","to":"craft"}', 422, 'there is no object b.bin in bucket cfdpUp'],
    ['{"bucket":"other","object":"a.bin","to":"craft"}', 422, 'there is no bucket other'],
  ])('asked for as %s is answered %i', async (body, status, words) => {
    const { ground } = await darkGround(0)
    const answer = await ground.call('POST', '/v1/transfers', body)
    expect([answer.status, ((await answer.json()) as { text: string }).text]).toEqual([
      status,
      expect.stringContaining(words),
    ])
  })
})

describe('the list of transfers', () => {
  it('is paged from the newest, open and ended ones alike', async () => {
    const { ground, sent } = await darkGround(5)
    await ground.call('POST', `/v1/transfers/actions`, { action: 'cancel', ids: [sent[1]!.id, sent[3]!.id] })
    await ground.call('POST', '/v1/links/cfdp/up')
    await Promise.all(sent.map(({ id }) => ground.ended(id)))
    const ids: string[] = []
    let after: string | null = null
    do {
      const query: string = after === null ? '' : `&after=${after}`
      const page: TransferPage = await ground.get(`/v1/transfers?limit=2${query}`)
      ids.push(...page.transfers.map(({ id }) => id))
      after = page.next
    } while (after !== null)
    expect(ids).toEqual(sent.map(({ id }) => id).reverse())
    const states = await ground.transfers('?state=cancelled')
    expect(states.map(({ id }) => id)).toEqual([sent[3]!.id, sent[1]!.id])
    expect(await ground.transfers('?state=running,queued')).toEqual([])
    expect(await ground.transfers('?remote=craft&direction=upload&object=a.b')).toHaveLength(5)
    expect(await ground.transfers('?bucket=cfdpDown')).toEqual([])
  })

  it('says what is wrong with a query', async () => {
    const { ground } = await darkGround(0)
    for (const query of ['limit=0', 'state=gone', 'after=x', 'colour=red', 'since=yesterday']) {
      expect((await ground.call('GET', `/v1/transfers?${query}`)).status).toBe(400)
    }
  })

  it('is acted upon as a whole by a filter', async () => {
    const { ground, sent } = await darkGround(3)
    const answer = await ground.call('POST', '/v1/transfers/actions', {
      action: 'pause',
      filter: { direction: 'upload' },
    })
    expect([...((await answer.json()) as { done: string[] }).done].sort()).toEqual(sent.map(({ id }) => id))
    expect((await ground.transfers('?state=paused')).length).toBe(3)
  })
})

describe('access', () => {
  const sha256 = (token: string): string => createHash('sha256').update(token).digest('hex')
  const tokens = [
    { sha256: sha256('look'), role: 'viewer', name: 'a' },
    { sha256: sha256('steer'), role: 'operator', name: 'b' },
    { sha256: sha256('rule'), role: 'admin', name: 'c' },
  ] as const

  it('is by token and role', async () => {
    const { ground } = await openPair({ ground: plan => ({ ...plan, http: { ...plan.http, tokens } }) })
    const status = async (token: string | undefined, method: string, route: string, body?: unknown) =>
      (
        await ground.call(
          method,
          route,
          body,
          token === undefined ? {} : { authorization: `Bearer ${token}` },
        )
      ).status
    expect(await status(undefined, 'GET', '/v1/transfers')).toBe(401)
    expect(await status('wrong', 'GET', '/v1/transfers')).toBe(401)
    expect(await status('look', 'GET', '/v1/transfers')).toBe(200)
    expect(await status('look', 'POST', '/v1/links/cfdp/down')).toBe(403)
    expect(await status('steer', 'POST', '/v1/links/cfdp/down')).toBe(200)
    expect(await status('steer', 'POST', '/v1/buckets', { name: 'new' })).toBe(403)
    expect(await status('rule', 'POST', '/v1/buckets', { name: 'new' })).toBe(201)
    expect(await status(undefined, 'GET', '/healthz')).toBe(200)
  })

  it('is by API key or password too, as clients of the Yamcs API have it', async () => {
    const { ground } = await openPair({ ground: plan => ({ ...plan, http: { ...plan.http, tokens } }) })
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await ground.call('GET', '/api/instances', undefined, headers)).status
    expect(await ground.get('/auth')).toEqual({ requireAuthentication: true })
    expect(await status({})).toBe(401)
    expect(await status({ 'x-api-key': 'look' })).toBe(200)
    expect(await status({ 'x-api-key': 'wrong' })).toBe(401)
    const basic = (text: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(text).toString('base64')}`,
    })
    expect(await status(basic('anybody:look'))).toBe(200)
    expect(await status(basic('look:wrong'))).toBe(401)
  })

  it('without tokens is refused to pages of other sites, and under other names', async () => {
    const { ground } = await openPair()
    const foreign = await ground.call('POST', '/v1/links/cfdp/down', undefined, {
      origin: 'http://evil.example',
    })
    expect(foreign.status).toBe(403)
    const own = await ground.call('GET', '/v1/links', undefined, { origin: 'http://127.0.0.1:8090' })
    expect(own.status).toBe(200)
    const rebound = await ground.app.fetch(new Request('http://evil.example/v1/links'))
    expect(rebound.status).toBe(403)
  })
})

describe('links, services, events', () => {
  it('are shown', async () => {
    const { ground, craft } = await openPair()
    await ground.object('cfdpUp', 'a.bin', '0123456789')
    const { id } = await ground.put({ bucket: 'cfdpUp', object: 'a.bin', to: 'craft' })
    await ground.ended(id)
    expect(await ground.get('/v1/links')).toMatchObject({
      links: [{ name: 'cfdp', state: 'up', service: 'cfdp0', datagramsOut: expect.any(Number) }],
    })
    expect(await ground.get('/v1/services/cfdp0')).toMatchObject({ remotes: [{ id: '5', name: 'craft' }] })
    expect(await craft.get('/v1/entities')).toMatchObject({
      entities: [
        { kind: 'local', name: 'craft' },
        { kind: 'remote', name: 'ground' },
      ],
    })
    const { events } = await ground.get<{ events: { code: string; seq: number }[] }>('/v1/events?after=1')
    expect(events.map(({ code, seq }) => [seq, code])).toEqual([
      [2, 'transfer-started'],
      [3, 'transfer-completed'],
    ])
    const metrics = await (await ground.call('GET', '/metrics')).text()
    expect(metrics).toContain('skyferry_transfers{state="completed"} 1\n')
    expect(metrics).toContain('skyferry_link_up{link="cfdp"} 1\n')
    expect((await ground.call('PATCH', '/v1/links/cfdp', { loss: 0.5 })).status).toBe(422)
    expect((await ground.call('PATCH', '/v1/links/cfdp', { loss: 2 })).status).toBe(400)
  })

  it('are told as they happen', async () => {
    const { ground } = await darkGround(1)
    const said: StreamMessage[] = []
    const stop = openStream(ground.station, {
      backlogOctets: 0,
      send: text => said.push(JSON.parse(text) as StreamMessage),
    })
    expect(said.map(({ type }) => type)).toEqual(['hello', 'transfer', 'link'])
    await ground.call('POST', '/v1/links/cfdp/up')
    await ground.ended('1')
    const types = said.slice(3).map(({ type }) => type)
    expect(types).toContain('link')
    expect(types).toContain('event')
    const last = said.filter(message => message.type === 'transfer').at(-1)
    expect(last).toMatchObject({ transfer: { id: '1', state: 'completed' } })
    stop()
    const count = said.length
    await ground.call('POST', '/v1/links/cfdp/down')
    expect(said).toHaveLength(count)
  })

  it('leave out what a slow client cannot take, and say how much', async () => {
    const { ground } = await darkGround(0)
    const said: StreamMessage[] = []
    const socket = {
      backlogOctets: 0,
      send: (text: string) => void said.push(JSON.parse(text) as StreamMessage),
    }
    openStream(ground.station, socket)
    socket.backlogOctets = 1e9
    await ground.call('POST', '/v1/links/cfdp/up')
    const missed = said.length
    expect(missed).toBe(2)
    socket.backlogOctets = 0
    await ground.call('POST', '/v1/links/cfdp/down')
    expect(said[missed]).toMatchObject({ type: 'missed', count: 3 })
  })
})

describe('the document of the API', () => {
  it('names every route that answers, and no other', async () => {
    const { ground } = await openPair()
    const { paths } = await ground.get<{ paths: Record<string, Record<string, unknown>> }>('/v1/openapi.json')
    const documented = Object.entries(paths)
      .flatMap(([path, methods]) => Object.keys(methods).map(method => `${method} ${path}`))
      .filter(route => route !== 'get /v1/stream')
    const served = ground.app.routes
      .filter(({ path }) => path !== '/' && path !== '/v1/openapi.json' && !/^.(api|auth)/.test(path))
      .map(
        ({ method, path }) =>
          `${method.toLowerCase()} ${path.replace(/:(\w+)(\{[^}]*\}+)?/g, '{$1}').replace('/*', '/{name}')}`,
      )
    expect([...new Set(served)].sort()).toEqual([...new Set(documented)].sort())
    expect(await (await ground.call('GET', '/')).text()).toContain('<title>Skyferry</title>')
  })
})
