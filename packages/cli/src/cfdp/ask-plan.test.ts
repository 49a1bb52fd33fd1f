import { NOTHING_ALLOWED } from '@skyferry/cfdp'
import { describe, expect, it } from 'vitest'
import { parseAbout, parseListing, parseProxyPut } from './ask-plan.ts'
import { parseReceive } from './receive-plan.ts'

const RAW = { local: '11', listen: '127.0.0.1:5111', peer: '127.0.0.1:5222' }

describe('what is asked', () => {
  it('of proxy-put: a file to ourselves, under its own name, into this folder', () => {
    const { request, dir, awaitsFile, engine } = parseProxyPut('5:a/b.raw', undefined, RAW, 1_000_000)
    expect(request).toMatchObject({
      to: 5n,
      destination: 11n,
      sourceName: 'a/b.raw',
      destinationName: 'b.raw',
    })
    expect(request).not.toHaveProperty('mode')
    expect([dir, awaitsFile, engine.remote.allow]).toEqual(['.', true, NOTHING_ALLOWED])
    expect(engine.local.firstSequence).toBe(10_000n)
  })

  it('of proxy-put with everything', () => {
    const raw = {
      ...RAW,
      class: '1',
      closure: true,
      message: ['hi'],
      filestoreRequest: ['delete:x'],
      dir: 'd',
    }
    const { request, engine } = parseProxyPut('5:a', 'b', raw, 0)
    expect(request).toMatchObject({ mode: 'unacknowledged', closureRequested: true, destinationName: 'b' })
    expect(request).toMatchObject({ filestoreRequests: [{ action: 1, firstName: 'x' }] })
    expect(engine.remote.allow).toEqual({ ...NOTHING_ALLOWED, filestore: true })
  })

  it('to a third entity, nothing is done to our files', () => {
    const raw = { ...RAW, destination: '7', filestoreRequest: ['delete:x'] }
    const { request, engine, awaitsFile } = parseProxyPut('5:a', undefined, raw, 0)
    expect(request).toMatchObject({ destination: 7n })
    expect([awaitsFile, engine.remote.allow]).toEqual([false, NOTHING_ALLOWED])
  })

  it('of listing: the root, or a directory', () => {
    expect(parseListing('5', RAW, 0).request).toMatchObject({ to: 5n, directoryName: '' })
    expect(parseListing('5:a/b', RAW, 0).request).toMatchObject({ directoryName: 'a/b' })
  })

  it('of status, suspend and resume', () => {
    const about = { source: 11n, sequence: 3n }
    expect(parseAbout('status', '5', '11:3', RAW, 0).request).toMatchObject({
      kind: 'remote-status-report',
      about,
    })
    expect(parseAbout('suspend', '5', '11:3', RAW, 0).request).toMatchObject({
      kind: 'remote-suspend',
      about,
    })
    expect(parseAbout('resume', '5', '11:3', RAW, 0).request).toMatchObject({ kind: 'remote-resume', about })
  })

  it.each([
    [() => parseProxyPut('5', undefined, RAW, 0), /which file/],
    [() => parseProxyPut('5:a', 'x'.repeat(300), RAW, 0), /longer than 255/],
    [() => parseAbout('status', '5', '11', RAW, 0), /SOURCE:SEQUENCE/],
    [() => parseAbout('status', '5', '11:1:2', RAW, 0), /SOURCE:SEQUENCE/],
    [() => parseListing('x:y', RAW, 0), /ID:PATH/],
  ])('or what is wrong with it (%#)', (parse, words) => {
    expect(parse).toThrow(words)
  })
})

describe('what a receiver allows', () => {
  const allow = (...texts: string[]): object =>
    parseReceive({ ...RAW, dir: 'd', allow: texts }).engine.remote.allow

  it('is nothing, with any profile', () => {
    expect(allow()).toEqual(NOTHING_ALLOWED)
    expect(parseReceive({ ...RAW, dir: 'd', profile: 'yamcs' }).engine.remote.allow).toEqual(NOTHING_ALLOWED)
  })

  it('is what was named, and no other', () => {
    expect(allow('filestore,listing', 'remote')).toEqual({
      ...NOTHING_ALLOWED,
      filestore: true,
      listing: true,
      remote: true,
    })
    expect(() => allow('proxyput')).toThrow(/--allow: .*proxy-put/)
  })
})
