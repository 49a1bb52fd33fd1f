import { describe, expect, it } from 'vitest'
import { isBucketName, readBucketRequest } from './buckets.ts'
import { readImpairmentPatch } from './links.ts'
import { routes } from './routes.ts'
import { readContactRequest } from './services.ts'
import { readBulkRequest, readFetchRequest, readTransferQuery, readTransferRequest } from './transfers.ts'

const reason = (value: unknown): unknown => (value as { reason?: string }).reason

describe('a request', () => {
  it.each([
    [readTransferRequest, { bucket: 'b', object: 'o', to: 'craft' }],
    [readTransferRequest, { bucket: 'b', object: 'o', to: 'craft', path: 'p/', class: 1, closure: true }],
    [readFetchRequest, { to: 'craft', path: 'tm.bin', class: 2 }],
    [readBulkRequest, { action: 'pause', ids: ['1', '2'] }],
    [readBulkRequest, { action: 'cancel', filter: { state: ['running'], direction: 'upload' } }],
    [readBucketRequest, { name: 'tm_2026' }],
    [readImpairmentPatch, { loss: 0.1, rate: null }],
    [
      readContactRequest,
      { visible: null, windows: [{ from: '2026-01-31T10:00:00Z', to: '2026-01-31T10:10:00Z' }] },
    ],
  ])('that is right is given back (%#)', (read, value) => {
    expect(read(value)).toEqual(value)
  })

  it.each([
    [readTransferRequest, undefined, 'this is not an object'],
    [readTransferRequest, [], 'this is not an object'],
    [readTransferRequest, { bucket: '', object: 'o', to: 'c' }, 'bucket is not a text'],
    [
      readTransferRequest,
      { bucket: 'b', object: 'o'.repeat(5000), to: 'c' },
      'object is longer than 4096 characters',
    ],
    [
      readTransferRequest,
      { bucket: 'b', object: 'o', to: 'c', closure: 'yes' },
      'closure is neither true nor false',
    ],
    [readFetchRequest, { to: 'craft' }, 'path is missing'],
    [readBulkRequest, { action: 'explode', ids: [] }, 'action is none of pause, resume, cancel, retry'],
    [readBulkRequest, { action: 'pause' }, 'ids or filter says which transfers are meant'],
    [
      readBulkRequest,
      { action: 'pause', filter: { state: ['odd'] } },
      /^filter is not right: state has an entry that is none of/,
    ],
    [readBucketRequest, { name: '../x' }, /^name is not one for a bucket/],
    [readImpairmentPatch, { loss: 1.5 }, 'loss is not between 0 and 1'],
    [readImpairmentPatch, { delayMs: '5' }, 'delayMs is not a number'],
    [readContactRequest, {}, 'visible or windows says what is to hold'],
  ])('that is not right is a problem that names the field (%#)', (read, value, expected) => {
    expect(reason(read(value))).toEqual(
      expected instanceof RegExp ? expect.stringMatching(expected) : expected,
    )
  })
})

describe('a query', () => {
  it('may name a state several times, or several at once', () => {
    expect(readTransferQuery({ state: ['running,paused', 'failed'], limit: ['5'], after: ['17'] })).toEqual({
      filter: { state: ['running', 'paused', 'failed'] },
      limit: 5,
      after: '17',
    })
  })
})

describe('a bucket’s name', () => {
  it.each(['a', 'cfdpUp', 'x.y-z', '_1'])('may be %s', name => expect(isBucketName(name)).toBe(true))
  it.each(['', '.', '..', '.hidden', 'a/b', 'a b', 'a.', 'ä', 'x'.repeat(65)])('may not be %j', name =>
    expect(isBucketName(name)).toBe(false),
  )
})

describe('a route', () => {
  it('encodes names, and keeps the folders of an object', () => {
    expect(routes.object('b', 'dir/x y+z?.bin')).toBe('/v1/buckets/b/objects/dir/x%20y%2Bz%3F.bin')
    expect(routes.contact('a/b')).toBe('/v1/entities/a%2Fb/contact')
  })
})
