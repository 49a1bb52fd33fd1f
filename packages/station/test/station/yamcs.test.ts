/** The Yamcs API, as calls: what its clients send, and the shapes they expect. */
import { afterEach, describe, expect, it } from 'vitest'
import { readMessage, writeMessage } from '../../src/http/yamcs/messages.ts'
import { YamcsSession } from '../../src/http/yamcs/subscriptions.ts'
import { openPair, stopAll, type TestStation } from './pair.ts'

afterEach(stopAll)

const TRANSFERS = '/api/filetransfer/ops/cfdp0/transfers'
const CREATE = {
  direction: 'UPLOAD',
  bucket: 'cfdpUp',
  objectName: 'a.bin',
  remotePath: 'in/',
  options: { reliable: true },
}

async function dark(): Promise<TestStation> {
  const { ground } = await openPair()
  await ground.object('cfdpUp', 'a.bin', '0123456789')
  await ground.call('POST', '/v1/links/cfdp/down')
  return ground
}

/** A body as far as these tests look into it. */
interface Body {
  readonly state?: string
  readonly prefixes?: readonly string[]
  readonly sources?: readonly string[]
  readonly transfers?: readonly { readonly id: string }[]
  readonly objects?: readonly object[]
  readonly event?: readonly object[]
  readonly events?: readonly { readonly message: string }[]
  readonly continuationToken?: string
}

/** A frame as far as these tests look into it. */
interface Frame {
  readonly seq?: number
  readonly data: { readonly exception?: object }
}

async function json(
  station: TestStation,
  method: string,
  route: string,
  body?: unknown,
): Promise<[number, Body]> {
  const answer = await station.call(method, route, body)
  const text = await answer.text()
  return [answer.status, text === '' ? (undefined as unknown as Body) : (JSON.parse(text) as Body)]
}

describe('answers', () => {
  it('are protobuf for who asks for it, JSON for everybody else', async () => {
    const { ground } = await openPair()
    const octets = await ground.call('GET', '/api', undefined, { accept: 'application/protobuf' })
    expect(octets.headers.get('content-type')).toBe('application/protobuf')
    const name = 'yamcs.protobuf.server.GetServerInfoResponse'
    const info = readMessage(name, new Uint8Array(await octets.arrayBuffer()))
    expect(info).toEqual({ yamcsVersion: 'skyferry test', serverId: 'ground', defaultYamcsInstance: 'ops' })
    expect(await json(ground, 'GET', '/api/')).toEqual([200, info])
    expect(await json(ground, 'GET', '/auth')).toEqual([200, { requireAuthentication: false }])
    expect(await json(ground, 'GET', '/api/instances/ops')).toMatchObject([
      200,
      {
        name: 'ops',
        state: 'RUNNING',
        missionTime: '2026-01-31T12:00:00.000Z',
        capabilities: ['file-transfer'],
      },
    ])
  })

  it('to what is not there are errors in the same form', async () => {
    const { ground } = await openPair()
    for (const route of ['/api/instances/x', '/api/services/x', '/api/filetransfer/x/services']) {
      const error = { code: 404, type: 'NotFoundException', msg: "No instance named 'x'" }
      expect(await json(ground, 'GET', route)).toEqual([404, error])
    }
    expect((await json(ground, 'GET', '/api/nothing/here'))[0]).toBe(404)
    const octets = await ground.call('GET', '/api/instances/x', undefined, { accept: 'application/protobuf' })
    expect(
      readMessage('yamcs.api.ExceptionMessage', new Uint8Array(await octets.arrayBuffer())),
    ).toMatchObject({
      code: 404,
    })
  })
})

describe('a transfer', () => {
  it('is created, in protobuf as in JSON, and is class 1 unless it says reliable', async () => {
    const ground = await dark()
    const name = 'yamcs.protobuf.filetransfer.CreateTransferRequest'
    const answer = await ground.call('POST', TRANSFERS, writeMessage(name, { ...CREATE, options: {} }), {
      'content-type': 'application/protobuf',
    })
    const octets = new Uint8Array(await answer.arrayBuffer())
    expect(readMessage('yamcs.protobuf.filetransfer.TransferInfo', octets)).toMatchObject({
      id: '1',
      state: 'RUNNING',
      direction: 'UPLOAD',
      remotePath: 'in/a.bin',
      reliable: false,
      totalSize: '10',
    })
    const [status, info] = await json(ground, 'POST', TRANSFERS, { ...CREATE, remotePath: '/b' })
    expect(status).toBe(200)
    expect(info).toEqual({
      id: '2',
      startTime: '2026-01-31T12:00:00.000Z',
      creationTime: '2026-01-31T12:00:00.000Z',
      state: 'RUNNING',
      bucket: 'cfdpUp',
      objectName: 'a.bin',
      remotePath: '/b',
      direction: 'UPLOAD',
      totalSize: '10',
      sizeTransferred: '0',
      reliable: true,
      transactionId: { sequenceNumber: 2, initiatorEntity: '11' },
      transferType: 'FILE TRANSFER',
      localEntity: { name: 'ground', id: '11' },
      remoteEntity: { name: 'craft', id: '5' },
    })
  })

  it.each([
    [{ direction: undefined }, 'direction is missing'],
    [{ bucket: 'nope' }, "No bucket named 'nope'"],
    [{ objectName: 'nope' }, "No object named 'nope' in bucket 'cfdpUp'"],
    [{ source: 'mars' }, "no entity named 'mars'"],
    [{ destination: 'mars' }, "no entity named 'mars'"],
    [{ direction: 'SIDEWAYS' }, 'direction is missing'],
    [{ bucket: 7 }, 'the body is no CreateTransferRequest'],
  ])('with %j is refused, naming it', async (change, msg) => {
    const ground = await dark()
    expect(await json(ground, 'POST', TRANSFERS, { ...CREATE, ...change })).toMatchObject([
      400,
      { code: 400, msg },
    ])
  })

  it('is paused, resumed and cancelled, and ends as failed with a reason', async () => {
    const ground = await dark()
    await json(ground, 'POST', TRANSFERS, CREATE)
    const state = async (): Promise<unknown> => (await json(ground, 'GET', `${TRANSFERS}/1`))[1].state
    for (const [action, expected] of [
      ['pause', 'PAUSED'],
      ['pause', 'PAUSED'],
      ['resume', 'RUNNING'],
      ['resume', 'RUNNING'],
    ]) {
      expect(await json(ground, 'POST', `${TRANSFERS}/1:${action}`)).toEqual([200, undefined])
      expect(await state()).toBe(expected)
    }
    await json(ground, 'POST', `${TRANSFERS}/1:cancel`)
    await ground.call('POST', '/v1/links/cfdp/up')
    await ground.ended('1')
    expect((await json(ground, 'GET', `${TRANSFERS}/1`))[1]).toMatchObject({
      state: 'FAILED',
      failureReason: 'cancelled; CANCEL_REQUEST_RECEIVED',
    })
    expect((await json(ground, 'POST', `${TRANSFERS}/1:resume`))[0]).toBe(400)
    expect(await json(ground, 'POST', `${TRANSFERS}/9:pause`)).toMatchObject([
      404,
      { msg: 'No such transfer: 9' },
    ])
  })

  it('is listed by state, direction, time and entity', async () => {
    const ground = await dark()
    for (const remotePath of ['p', 'q', 'r']) {
      await json(ground, 'POST', TRANSFERS, { ...CREATE, remotePath })
      ground.clock.nowMs += 1000
    }
    await json(ground, 'POST', `${TRANSFERS}/2:pause`)
    const ids = async (query: string): Promise<unknown> => {
      const [status, body] = await json(ground, 'GET', `${TRANSFERS}?${query}`)
      return status === 200 ? (body.transfers ?? []).map(({ id }) => id) : status
    }
    expect(await ids('')).toEqual(['3', '2', '1'])
    expect(await ids('order=asc&limit=2')).toEqual(['1', '2'])
    expect(await ids('state=PAUSED')).toEqual(['2'])
    expect(await ids('state=PAUSED,RUNNING&direction=UPLOAD')).toEqual(['3', '2', '1'])
    expect(await ids('direction=DOWNLOAD')).toEqual([])
    expect(await ids('start=2026-01-31T12:00:01Z&stop=2026-01-31T12:00:02Z')).toEqual(['2'])
    expect(await ids('remoteEntityId=5&localEntityId=11')).toEqual(['3', '2', '1'])
    expect(await ids('remoteEntityId=6')).toEqual([])
    for (const query of ['limit=1001', 'state=GONE', 'start=yesterday', 'direction=UP'])
      expect(await ids(query)).toBe(400)
  })
})

describe('an object', () => {
  const form = (...parts: readonly (readonly [headers: string, content: string])[]): string =>
    `${parts.map(([headers, content]) => `--XX\r\n${headers}\r\n\r\n${content}\r\n`).join('')}--XX--\r\n`
  const type = { 'content-type': 'multipart/form-data; boundary=XX' }
  const OBJECTS = '/api/storage/buckets/cfdpUp/objects'

  it('is uploaded by a form, whatever it looks like', async () => {
    const { ground } = await openPair()
    const content = 'one\r\n--X\r\n--XY\r\n\r\ntwo\r\n'
    const body = form(
      ['Content-Disposition: form-data; name="k"', 'v'],
      ['Content-Disposition: form-data; name="f"; filename="dir/x y+z.bin"', content],
    )
    expect((await ground.call('POST', `${OBJECTS}/dir/x%20y+z.bin`, body, type)).status).toBe(200)
    for (const name of ['dir/x%20y+z.bin', 'dir%2Fx%20y%2Bz.bin']) {
      expect(await (await ground.call('GET', `${OBJECTS}/${name}`)).text()).toBe(content)
    }
    expect((await ground.call('POST', OBJECTS, body.replaceAll('dir/', 'other/'), type)).status).toBe(200)
    expect(await json(ground, 'GET', `${OBJECTS}?delimiter=/`)).toEqual([
      200,
      { prefixes: ['dir/', 'other/'] },
    ])
    expect((await json(ground, 'GET', `${OBJECTS}?prefix=other/`))[1].objects).toMatchObject([
      { name: 'other/x y+z.bin', size: String(content.length) },
    ])
    const info = await json(ground, 'GET', `/api/storage/buckets/cfdpUp/objectInfo/dir/x%20y+z.bin`)
    expect(info).toMatchObject([200, { name: 'dir/x y+z.bin' }])
    expect((await ground.call('DELETE', `${OBJECTS}/dir%2Fx%20y+z.bin`)).status).toBe(200)
    expect((await ground.call('DELETE', `${OBJECTS}/dir%2Fx%20y+z.bin`)).status).toBe(404)
  })

  it('uploaded in pieces of any size is the same', async () => {
    const { ground } = await openPair()
    const content = 'x'.repeat(100) + '\r\n--X'.repeat(20)
    const body = Buffer.from(form(['Content-Disposition: form-data; name="f"; filename="a"', content]))
    for (const step of [1, 2, 3, 7, 50]) {
      const stream = new ReadableStream({
        start(controller) {
          for (let at = 0; at < body.length; at += step)
            controller.enqueue(new Uint8Array(body.subarray(at, at + step)))
          controller.close()
        },
      })
      const request = { method: 'POST', body: stream, headers: type, duplex: 'half' } as RequestInit
      const answer = await ground.app.fetch(new Request(`http://127.0.0.1:8090${OBJECTS}/a${step}`, request))
      expect(answer.status).toBe(200)
      expect(await (await ground.call('GET', `${OBJECTS}/a${step}`)).text()).toBe(content)
    }
  })

  it.each([
    ['no file', form(['Content-Disposition: form-data; name="k"', 'v'])],
    [
      'two files',
      form(
        ['Content-Disposition: form-data; name="f"; filename="a"', '1'],
        ['Content-Disposition: form-data; name="f"; filename="b"', '2'],
      ),
    ],
    ['no end', '--XX\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nabc'],
    ['nothing', ''],
  ])('in a form with %s is refused', async (_, body) => {
    const { ground } = await openPair()
    expect((await ground.call('POST', OBJECTS, body, type)).status).toBe(400)
  })

  it.each(['..%2Fx', 'a%2F..%2Fx', '%2Fetc', 'a%00b', 'a//b'])('called %s is refused', async name => {
    const { ground } = await openPair()
    expect((await ground.call('POST', `${OBJECTS}/${name}`, 'x')).status).toBe(400)
    expect((await ground.call('GET', `${OBJECTS}/${name}`)).status).toBe(400)
  })

  it('counts in its bucket, which is made and removed', async () => {
    const { ground } = await openPair()
    const buckets = '/api/storage/buckets'
    expect(await json(ground, 'POST', buckets, { name: 'mine' })).toMatchObject([
      200,
      { name: 'mine', size: '0' },
    ])
    expect((await json(ground, 'POST', buckets, { name: 'mine' }))[0]).toBe(400)
    for (const name of ['a/b', '..', '.hidden', 'a b', '']) {
      expect((await json(ground, 'POST', buckets, { name }))[0]).toBe(400)
    }
    await ground.call('POST', `${buckets}/mine/objects/a`, '12345')
    await ground.call('POST', `${buckets}/mine/objects/a`, '123')
    expect(await json(ground, 'GET', `${buckets}/mine`)).toMatchObject([200, { numObjects: 1, size: '3' }])
    expect(await json(ground, 'DELETE', `${buckets}/mine`)).toEqual([200, undefined])
    expect((await json(ground, 'GET', `${buckets}/mine`))[0]).toBe(404)
    expect((await json(ground, 'DELETE', `${buckets}/cfdpDown`))[0]).toBe(400)
  })
})

describe('events', () => {
  const EVENTS = '/api/archive/ops/events'

  it('are said and listed, page by page', async () => {
    const { ground } = await openPair()
    for (const message of ['one', 'two', 'three']) {
      await json(ground, 'POST', EVENTS, {
        message,
        severity: 'watch',
        source: 'me',
        type: 'T',
        extra: { k: 'v' },
      })
    }
    const [, first] = await json(ground, 'GET', `${EVENTS}?source=me&limit=2`)
    expect(first.events?.map(({ message }) => message)).toEqual(['three', 'two'])
    expect(first.event).toEqual(first.events)
    expect(first.events?.[0]).toMatchObject({
      severity: 'WATCH',
      type: 'T',
      createdBy: 'guest',
      extra: { k: 'v' },
    })
    const [, second] = await json(
      ground,
      'GET',
      `${EVENTS}?source=me&limit=2&next=${first.continuationToken}`,
    )
    expect(second.events?.map(({ message }) => message)).toEqual(['one'])
    expect(second.continuationToken).toBeUndefined()
    expect((await json(ground, 'GET', `${EVENTS}?severity=warning&source=me`))[1]).toEqual({})
    expect((await json(ground, 'GET', `${EVENTS}/sources`))[1].sources).toContain('me')
    expect((await json(ground, 'POST', EVENTS, { severity: 'info' }))[0]).toBe(400)
    expect((await json(ground, 'POST', EVENTS, { message: 'm', severity: 'loud' }))[0]).toBe(400)
  })
})

describe('a subscription', () => {
  function session(station: TestStation): {
    session: YamcsSession
    said: Frame[]
    send(message: object): boolean
  } {
    const said: Frame[] = []
    const opened = new YamcsSession(station.station, 'json', {
      send: frame => said.push(JSON.parse(String(frame)) as Frame),
      backlogOctets: 0,
      drop: () => {},
    })
    return { session: opened, said, send: message => opened.receive(JSON.stringify(message)) }
  }
  const options = { instance: 'ops', serviceName: 'cfdp0' }

  it('to transfers is told first that it holds, then what there is, then what changes', async () => {
    const ground = await dark()
    await json(ground, 'POST', TRANSFERS, CREATE)
    const { said, send } = session(ground)
    send({ type: 'file-transfers', id: 7, options })
    expect(said).toMatchObject([
      { type: 'reply', call: 1, data: { '@type': '/yamcs.api.Reply', replyTo: 7 } },
      {
        type: 'file-transfers',
        call: 1,
        seq: 1,
        data: { '@type': '/yamcs.protobuf.filetransfer.TransferInfo', id: '1', state: 'RUNNING' },
      },
    ])
    await ground.call('POST', '/v1/links/cfdp/up')
    await ground.ended('1')
    expect(said.at(-1)).toMatchObject({
      data: { state: 'COMPLETED', sizeTransferred: '10', totalSize: '10' },
    })
    expect(said.slice(1).map(({ seq }) => seq)).toEqual(said.slice(1).map((_, index) => index + 1))
    const count = said.length
    send({ type: 'file-transfers', id: 8, options })
    expect(said.slice(count)).toMatchObject([{ type: 'reply', call: 2 }, { data: { state: 'COMPLETED' } }])
    send({ type: 'file-transfers', id: 9, options: { ...options, ongoingOnly: true } })
    expect(said.slice(count + 2)).toMatchObject([{ type: 'reply', call: 3 }])
  })

  it('is refused by name, and the others go on', async () => {
    const ground = await dark()
    const { said, send } = session(ground)
    send({ type: 'nonsense', id: 1 })
    send({ type: 'file-transfers', id: 2, options: { instance: 'x' } })
    send({ type: 'file-transfers', id: 3, options: { instance: 'ops', serviceName: 'x' } })
    expect(said.map(({ data }) => data.exception)).toEqual([
      { code: 404, type: 'NotFoundException', msg: "No topic 'nonsense'" },
      { code: 404, type: 'NotFoundException', msg: "No instance named 'x'" },
      { code: 404, type: 'NotFoundException', msg: "No file transfer service named 'x'" },
    ])
    send({ type: 'events', id: 4, options: { instance: 'ops' } })
    send({ type: 'time', id: 5, options: { instance: 'ops' } })
    expect(said.at(-1)).toEqual({
      type: 'time',
      call: 2,
      seq: 1,
      data: { '@type': '/google.protobuf.Timestamp', value: '2026-01-31T12:00:00.000Z' },
    })
    send({ type: 'cancel', options: { call: 2 } })
    send({ type: 'cancel', options: { call: 99 } })
    send({ type: 'state' })
    expect(said.at(-1)).toMatchObject({ type: 'state', data: { calls: [{ call: 1, type: 'events' }] } })
    await json(ground, 'POST', '/api/archive/ops/events', { message: 'hello' })
    expect(said.at(-1)).toMatchObject({
      type: 'events',
      call: 1,
      data: { message: 'hello', severity: 'INFO' },
    })
  })

  it('of a client that says no message ends', async () => {
    const ground = await dark()
    const { session: opened } = session(ground)
    expect(opened.receive('not json')).toBe(false)
    expect(opened.receive('[]')).toBe(false)
    expect(opened.receive('{"type": 7}')).toBe(false)
  })
})
