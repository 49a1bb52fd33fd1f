import { describe, expect, it } from 'vitest'
import { standard } from '../../../../conformance/cfdp-standard.ts'
import {
  decodeReservedMessage,
  type EntityId,
  encodeReservedMessage,
  FilestoreAction,
  isReserved,
  NOTHING_ALLOWED,
  OFFERED,
  type PutRequest,
  type SequenceNumber,
  type TransactionId,
  type UserRequest,
} from '../../src/index.ts'
import { content } from '../engine/two-entities.ts'
import { ALL, IDS, TwoUsers } from '../engine/two-users.ts'

const FILE = content(5000)
const GET: UserRequest = {
  kind: 'proxy-put',
  to: IDS.b,
  destination: IDS.a,
  sourceName: 'dir/photo.raw',
  destinationName: 'got.raw',
}
const LIST: UserRequest = {
  kind: 'directory-listing',
  to: IDS.b,
  directoryName: 'dir',
  directoryFileName: 'list',
}

function asked(users: TwoUsers, request: UserRequest): TransactionId {
  const reply = users.a.request(request)
  if (reply.kind === 'refused') throw new Error(reply.reason)
  return reply.transaction
}

function withPhoto(allow = {}, options = {}): TwoUsers {
  const users = new TwoUsers({ ...ALL, ...allow }, options)
  users.write('b', 'dir/photo.raw', FILE)
  return users
}

/** The Metadata of everything an end sent. */
function metadataOf(users: TwoUsers, name: 'a' | 'b') {
  return users.world[name].sent.flatMap(({ pdu, header }) =>
    pdu.kind === 'metadata' ? [{ ...pdu, header }] : [],
  )
}

// standard('user-operations')
describe(standard('proxy-put'), () => {
  it('a file is fetched, with the transaction that asked named in its Metadata', () => {
    const users = withPhoto()
    const request = asked(users, GET)
    expect(users.run(() => users.a.of('proxy-put-response').length > 0)).toBe(true)
    expect(users.file('a', 'got.raw')).toEqual(FILE)
    const [put] = metadataOf(users, 'b')
    const [message] = put!.options.flatMap(each => (each.tlv === 'message-to-user' ? [each.value] : []))
    expect(decodeReservedMessage(message!)).toMatchObject({ kind: 'originating-transaction-id', ...request })
    expect(users.a.of('proxied-put')).toMatchObject([{ request, name: 'got.raw', condition: 0 }])
    expect(users.a.of('proxy-put-response')).toMatchObject([
      { request, from: IDS.b, condition: 0, delivery: 0, fileStatus: 2, responses: [] },
    ])
    expect(users.b.of('carried-out')).toMatchObject([
      { operation: 'proxy-put-request', from: IDS.a, request },
    ])
  })

  it('a file that is not there is answered by filestore rejection', () => {
    const users = withPhoto()
    const request = asked(users, { ...GET, sourceName: 'none' } as UserRequest)
    expect(users.run(() => users.a.of('proxy-put-response').length > 0)).toBe(true)
    expect(users.a.of('proxy-put-response')).toMatchObject([{ request, condition: 4, delivery: 1 }])
  })

  it('the answer comes when the put has ended, not before', () => {
    const users = withPhoto()
    users.world.weather = flight => (flight.from === 'b' && flight.pdu.kind === 'eof' ? 'drop' : 'pass')
    asked(users, GET)
    users.run(undefined, 5000)
    expect(users.a.of('proxy-put-response')).toEqual([])
    users.world.weather = () => 'pass'
    expect(users.run(() => users.a.of('proxy-put-response').length > 0)).toBe(true)
  })
})

describe(standard('proxy-put-options'), () => {
  it('all of them', () => {
    const users = withPhoto({}, { a: { allow: { ...NOTHING_ALLOWED, filestore: true } } })
    const hello = new TextEncoder().encode('hello')
    asked(users, {
      ...GET,
      mode: 'unacknowledged',
      closureRequested: true,
      messages: [hello],
      filestoreRequests: [
        { action: FilestoreAction.RenameFile, firstName: 'got.raw', secondName: 'kept.raw' },
      ],
      faultHandlerOverrides: [{ condition: 8, handler: 3 }],
      flowLabel: Uint8Array.of(7),
    } as UserRequest)
    expect(users.run(() => users.a.of('proxy-put-response').length > 0)).toBe(true)
    const [put] = metadataOf(users, 'b')
    expect(put).toMatchObject({ closureRequested: true, header: { mode: 'unacknowledged' } })
    expect(put!.options).toEqual([
      { tlv: 'fault-handler-override', condition: 8, handler: 3 },
      { tlv: 'message-to-user', value: expect.any(Uint8Array) },
      { tlv: 'message-to-user', value: hello },
      { tlv: 'filestore-request', action: 2, firstName: 'got.raw', secondName: 'kept.raw' },
      { tlv: 'flow-label', value: Uint8Array.of(7) },
    ])
    expect(users.file('a', 'kept.raw')).toEqual(FILE)
    expect(users.a.of('proxy-put-response')[0]?.responses).toMatchObject([{ action: 2, status: 0 }])
  })

  it('but for record boundaries, which our files have none of: that is refused', () => {
    const users = withPhoto()
    asked(users, { ...GET, segmentationControl: true } as UserRequest)
    expect(users.run(() => users.a.of('proxy-put-response').length > 0)).toBe(true)
    expect(users.a.of('proxy-put-response')).toMatchObject([{ condition: 4, delivery: 1 }])
    expect(users.b.of('refused')[0]?.text).toContain('record boundaries')
  })

  it('messages only, without a file', () => {
    const users = withPhoto()
    const hello = new TextEncoder().encode('hello')
    asked(users, { ...GET, sourceName: '', destinationName: '', messages: [hello] } as UserRequest)
    expect(users.run(() => users.a.of('proxy-put-response').length > 0)).toBe(true)
    expect(users.a.of('proxy-put-response')).toMatchObject([{ condition: 0, fileStatus: 3 }])
  })
})

describe(standard('proxy-put-cancel'), () => {
  function slowPut(): { readonly users: TwoUsers; readonly request: TransactionId } {
    const users = withPhoto()
    // The first transaction of b cannot end well.
    users.world.weather = ({ from, pdu, header }) =>
      from === 'b' && header.sequence === 1n && pdu.kind === 'eof' && pdu.condition === 0 ? 'drop' : 'pass'
    const request = asked(users, GET)
    users.run(undefined, 2000)
    return { users, request }
  }

  it('ends it, and the end is answered', () => {
    const { users, request } = slowPut()
    asked(users, { kind: 'proxy-put-cancel', to: IDS.b, request })
    expect(users.run(() => users.a.of('proxy-put-response').length > 0)).toBe(true)
    expect(users.a.of('proxy-put-response')).toMatchObject([{ request, condition: 15 }])
  })

  it('of what somebody else asked for changes nothing', () => {
    const { users } = slowPut()
    const theirs = { source: 7n as EntityId, sequence: 1n as SequenceNumber }
    asked(users, { kind: 'proxy-put-cancel', to: IDS.b, request: theirs })
    users.run(undefined, 2000)
    expect(users.b.of('refused')).toMatchObject([{ operation: 'proxy-put-cancel' }])
    users.world.weather = () => 'pass'
    expect(users.run(() => users.a.of('proxy-put-response').length > 0)).toBe(true)
    expect(users.file('a', 'got.raw')).toEqual(FILE)
  })
})

describe(standard('directory-listing'), () => {
  it.each(['names', 'details', 'nul'] as const)('as %s', listingFormat => {
    const users = withPhoto({}, { b: { listingFormat } })
    users.write('b', 'dir/sub/inner', FILE)
    const request = asked(users, LIST)
    expect(users.run(() => users.a.of('directory-listing').length > 0)).toBe(true)
    const [listing] = users.a.of('directory-listing')
    expect(listing).toMatchObject({ request, succeeded: true, name: 'list' })
    expect(listing!.entries.map(({ name, isDirectory }) => [name, isDirectory])).toEqual([
      ['photo.raw', false],
      ['sub', true],
    ])
    users.run(undefined, 10_000)
    expect([...users.world.b.filestore.files.keys()].some(name => name.startsWith(OFFERED))).toBe(false)
  })

  it('of a directory that is not there fails', () => {
    const users = withPhoto()
    asked(users, { ...LIST, directoryName: 'none' } as UserRequest)
    expect(users.run(() => users.a.of('directory-listing').length > 0)).toBe(true)
    expect(users.a.of('directory-listing')).toMatchObject([{ succeeded: false, entries: [] }])
  })
})

describe('about a transaction between the two', () => {
  /** A file from `a` to `b` that cannot end yet. */
  function stuck(allow = {}): { readonly users: TwoUsers; readonly about: TransactionId } {
    const users = withPhoto(allow)
    users.world.weather = flight => (flight.pdu.kind === 'file-data' ? 'drop' : 'pass')
    const about = users.world.put(FILE)
    users.run(undefined, 1000)
    return { users, about }
  }

  it(standard('remote-status'), () => {
    const { users, about } = stuck()
    users.world.weather = flight => (flight.from === 'a' && flight.pdu.kind === 'file-data' ? 'drop' : 'pass')
    asked(users, { kind: 'remote-status-report', to: IDS.b, about, reportFileName: 'report' })
    expect(users.run(() => users.a.of('remote-status-report').length > 0)).toBe(true)
    const [report] = users.a.of('remote-status-report')
    expect(report).toMatchObject({ about, succeeded: true, status: 1, name: 'report' })
    expect(report!.text).toContain(`transaction: 1:${about.sequence}\n`)
    expect(report!.text).toContain('state: awaiting-missing-data\n')
  })

  it('a transaction nobody knows, or of others, has an undefined status', () => {
    const { users } = stuck()
    const about = { source: 9n as EntityId, sequence: 1n as SequenceNumber }
    asked(users, { kind: 'remote-status-report', to: IDS.b, about, reportFileName: 'report' })
    expect(users.run(() => users.a.of('remote-status-report').length > 0)).toBe(true)
    expect(users.a.of('remote-status-report')).toMatchObject([{ about, succeeded: false, status: 0 }])
  })

  it(standard('remote-suspend'), () => {
    const { users, about } = stuck()
    asked(users, { kind: 'remote-suspend', to: IDS.b, about })
    expect(users.run(() => users.a.of('remote-suspend').length > 0)).toBe(true)
    expect(users.a.of('remote-suspend')).toMatchObject([{ about, suspended: true, status: 1 }])
    expect(users.world.b.entity.report(about, 'receiver')?.suspended).toBe(true)
    asked(users, { kind: 'remote-resume', to: IDS.b, about })
    expect(users.run(() => users.a.of('remote-resume').length > 0)).toBe(true)
    expect(users.a.of('remote-resume')).toMatchObject([{ about, suspended: false, status: 1 }])
    users.world.weather = () => 'pass'
    expect(users.run(() => users.file('b', 'file.bin') !== undefined)).toBe(true)
  })
})

describe(standard('user-refusals'), () => {
  const about = { source: 1n as EntityId, sequence: 1n as SequenceNumber }
  it.each<[string, UserRequest, object]>([
    ['proxy-put-response', GET, { condition: 4, delivery: 1 }],
    ['directory-listing', LIST, { succeeded: false }],
    [
      'remote-status-report',
      { kind: 'remote-status-report', to: IDS.b, about, reportFileName: 'r' },
      { succeeded: false, status: 0 },
    ],
    ['remote-suspend', { kind: 'remote-suspend', to: IDS.b, about }, { suspended: false, status: 0 }],
    ['remote-resume', { kind: 'remote-resume', to: IDS.b, about }, { suspended: false, status: 0 }],
  ])('%s', (kind, request, answer) => {
    const users = withPhoto(NOTHING_ALLOWED)
    asked(users, request)
    expect(users.run(() => users.a.told.length > 0)).toBe(true)
    expect(users.a.told).toMatchObject([{ kind, ...answer }])
    expect(users.b.of('refused')).toHaveLength(1)
    expect(metadataOf(users, 'b').every(({ sourceName }) => sourceName === '')).toBe(true)
  })
})

describe(standard('user-restart'), () => {
  it.each(['a', 'b'] as const)('a file is fetched though %s dies after any of its records', name => {
    const once = withPhoto()
    asked(once, GET)
    expect(once.run(() => once.a.of('proxy-put-response').length > 0)).toBe(true)
    once.run(undefined, 5000)
    const count = once.world[name].journal.length
    for (let kept = name === 'a' ? 1 : 0; kept <= count; kept++) {
      const users = withPhoto()
      asked(users, GET)
      users.world[name].storesUpTo = kept
      users.run(undefined, 1000)
      users[name].restart()
      const when = `${name} keeps ${kept} records`
      expect(
        users.run(() => users.a.of('proxy-put-response').length > 0),
        when,
      ).toBe(true)
      users.run(undefined, 30_000)
      expect(users.file('a', 'got.raw'), when).toEqual(FILE)
      const puts = new Set(
        metadataOf(users, 'b')
          .filter(each => each.sourceName !== '')
          .map(each => each.header.sequence),
      )
      expect(puts.size, when).toBe(1)
    }
  })

  it('a listing is answered once though b dies after any of its records', () => {
    for (let kept = 0; kept <= 12; kept++) {
      const users = withPhoto()
      asked(users, LIST)
      users.world.b.storesUpTo = kept
      users.run(undefined, 1000)
      users.b.restart()
      expect(
        users.run(() => users.a.of('directory-listing').length > 0),
        `${kept}`,
      ).toBe(true)
      expect(users.a.of('directory-listing')[0]).toMatchObject({ succeeded: true })
    }
  })
})

describe(standard('user-hostile'), () => {
  /** A put of `a` with these messages, whatever its user thinks of it. */
  function send(users: TwoUsers, messages: readonly Uint8Array[], more: Partial<PutRequest> = {}): void {
    const reply = users.world.a.entity.request(
      { kind: 'put', destination: IDS.b, messages, ...more },
      users.world.now,
    )
    expect(reply.kind).toBe('accepted')
    users.run(undefined, 5000)
  }

  it('a proxy put to the asked entity itself is refused', () => {
    const users = withPhoto()
    asked(users, { ...GET, destination: IDS.b } as UserRequest)
    users.run(undefined, 5000)
    expect(users.a.of('proxy-put-response')).toMatchObject([{ condition: 4 }])
  })

  it('requests are not passed on, so none can go in a circle', () => {
    const users = withPhoto()
    const inner = encodeReservedMessage({
      kind: 'proxy-put-request',
      destination: IDS.b,
      sourceName: 'x',
      destinationName: 'y',
    })!
    expect(isReserved(inner)).toBe(true)
    asked(users, { ...GET, messages: [inner] } as UserRequest)
    users.run(undefined, 5000)
    expect(users.a.of('proxy-put-response')).toMatchObject([{ condition: 4 }])
    expect(metadataOf(users, 'b').every(({ sourceName }) => sourceName === '')).toBe(true)
  })

  it('a file offered to another cannot be asked for', () => {
    const users = withPhoto()
    users.world.b.filestore.actions.offer('listing-9-1.txt', FILE)
    asked(users, { ...GET, sourceName: `${OFFERED}listing-9-1.txt` } as UserRequest)
    users.run(undefined, 5000)
    expect(users.a.of('proxy-put-response')).toMatchObject([{ condition: 4 }])
    expect(users.file('a', 'got.raw')).toBeUndefined()
  })

  it('an answer nobody asked for, or for another, is not told as one of ours', () => {
    const users = withPhoto()
    const strange = encodeReservedMessage({
      kind: 'proxy-put-response',
      condition: 0,
      delivery: 0,
      fileStatus: 2,
    })!
    const origin = encodeReservedMessage({
      kind: 'originating-transaction-id',
      source: 9n as EntityId,
      sequence: 1n as SequenceNumber,
    })!
    send(users, [strange, origin])
    expect(users.b.told).toEqual([])
    expect(users.world.b.sent.some(({ pdu }) => pdu.kind === 'metadata')).toBe(false)
  })

  it('a transaction that is cancelled asks for nothing', () => {
    const users = withPhoto()
    users.world.weather = flight =>
      flight.from === 'a' && flight.pdu.kind === 'eof' && flight.pdu.condition === 0 ? 'drop' : 'pass'
    const request = asked(users, GET)
    users.run(undefined, 100)
    users.world.ask('a', 'cancel', request)
    users.run(undefined, 5000)
    expect(users.b.told).toEqual([])
    expect(users.a.of('unasked')).toMatchObject([{ request, condition: 15 }])
  })

  it('of a flood of puts, a hundred are under way', () => {
    const users = withPhoto({}, { local: { maxOpenTransmissions: 200, maxOpenReceptions: 1000 } })
    users.world.weather = flight => (flight.from === 'b' && flight.pdu.kind === 'eof' ? 'drop' : 'pass')
    for (let count = 0; count < 110; count++) asked(users, { ...GET, mode: 'acknowledged' } as UserRequest)
    users.run(() => users.b.of('refused').length >= 10, 20_000)
    expect(users.b.of('carried-out')).toHaveLength(100)
    expect(users.b.of('refused')[0]?.text).toContain('100 puts')
  })

  it('messages that cannot be read spoil nothing', () => {
    const users = withPhoto()
    send(users, [
      new Uint8Array(0),
      Uint8Array.of(0x63, 0x66, 0x64, 0x70),
      Uint8Array.of(0x63, 0x66, 0x64, 0x70, 0, 9),
    ])
    expect(users.b.told).toEqual([])
  })
})
