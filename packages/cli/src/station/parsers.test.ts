import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultPlan } from '@skyferry/station'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseServe } from '../serve/plan.ts'
import { UsageError } from '../usage.ts'
import { StationClient } from './client.ts'
import { parsePut, parseRemote } from './put.ts'
import { planOf } from './station-commands.ts'

let folder = ''
const at = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyferry-put-'))
  for (const name of ['a.bin', 'b.bin']) writeFileSync(at(name), name)
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('put', () => {
  it('takes files, and where they go last', () => {
    expect(parsePut([at('a.bin'), 'craft:x/y'], {})).toMatchObject({
      to: 'craft',
      path: 'x/y',
      bucket: 'cfdpUp',
    })
    expect(parsePut([at('a.bin'), 'craft:'], { class: '1', bucket: 'b' })).toMatchObject({
      path: undefined,
      class: 1,
      bucket: 'b',
    })
    expect(parsePut([at('a.bin'), at('b.bin'), 'craft:dir/'], {}).files).toHaveLength(2)
  })

  it.each([
    [['craft:x'], {}, 'FILE: name at least one file'],
    [['a.bin', 'craft'], {}, 'ENTITY:PATH'],
    [['nothing.bin', 'craft:'], {}, 'there is no'],
    [['.', 'craft:'], {}, 'not a regular file'],
    [['a.bin', 'b.bin', 'craft:one'], {}, 'several files go to a folder'],
    [['a.bin', 'craft:'], { class: '3' }, '--class'],
  ])('%j with %j is refused', (operands, raw, words) => {
    const places = operands.map(each => (each.includes(':') || each === 'craft' ? each : at(each)))
    expect(() => parsePut(places, raw)).toThrow(UsageError)
    expect(() => parsePut(places, raw)).toThrow(words)
  })

  it('reads an entity and a path, which may have colons of its own', () => {
    expect(parseRemote('craft:vol:a/b')).toEqual({ entity: 'craft', path: 'vol:a/b' })
    expect(() => parseRemote(':x')).toThrow(UsageError)
  })
})

describe('link plan', () => {
  it('reads windows and words', () => {
    expect(planOf(['2026-01-31T10:00:00Z/2026-01-31T10:12:00Z'])).toEqual({
      windows: [{ from: '2026-01-31T10:00:00.000Z', to: '2026-01-31T10:12:00.000Z' }],
    })
    expect(planOf(['always'])).toEqual({ windows: null })
    expect(planOf(['never'])).toEqual({ windows: [] })
    expect(planOf(['down'])).toEqual({ visible: false })
    expect(planOf(['auto'])).toEqual({ visible: null })
    for (const words of [
      ['soon'],
      ['a/b'],
      ['2026-01-31T10:00:00Z/2026-01-31T10:12:00Z/x'],
      ['always', 'never'],
    ]) {
      expect(() => planOf(words)).toThrow(UsageError)
    }
  })
})

describe('serve', () => {
  it('starts either end of the default pair, moved as its options say', () => {
    const ground = parseServe(
      { as: 'ground', http: '127.0.0.1:0', listen: '127.0.0.1:1111', peer: '127.0.0.1:2222', dataDir: 'd' },
      defaultPlan(),
    )
    expect(ground).toMatchObject({ name: 'ground', dataDir: 'd', http: { listen: { port: 0 } } })
    expect(ground.links).toMatchObject([
      { type: 'udp', carrier: { listen: { port: 1111 }, peer: { port: 2222 } } },
    ])
    expect(parseServe({ as: 'craft', impaired: true }, defaultPlan())).toMatchObject({
      name: 'craft',
      links: [{ type: 'emulated', impairment: { loss: 0.02 } }],
    })
    const role = { kind: 'client', connect: { host: 'h', port: 1 } } as const
    const plan = defaultPlan()
    const stream = {
      ...plan,
      links: plan.links.map(each => ({ ...each, carrier: { type: 'tcp', role } as const })),
    }
    expect(parseServe({ dataDir: 'd' }, stream)).toMatchObject({ links: [{ carrier: { role } }] })
    expect(() => parseServe({ peer: '127.0.0.1:2222' }, stream)).toThrow(
      '--listen, --peer: the link is a stream',
    )
    expect(() => parseServe({ as: 'moon' }, defaultPlan())).toThrow(UsageError)
    expect(() => parseServe({ as: 'ground', http: 'nowhere' }, defaultPlan())).toThrow('--http')
  })
})

describe('the client', () => {
  const client = (answer: Response | Error): StationClient =>
    new StationClient({
      url: 'http://127.0.0.1:8090',
      fetch: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
    })
  const error = (status: number): Response => Response.json({ code: 'refused', text: 'no' }, { status })

  it.each([
    [new Error('fetch failed'), 3, 'station-unreachable'],
    [error(400), 2, 'refused'],
    [error(401), 2, 'refused'],
    [error(409), 1, 'refused'],
    [error(500), 1, 'refused'],
    [new Response('gateway', { status: 502 }), 1, 'refused'],
  ])('ends with the status for what it met (%#)', async (answer, exit, code) => {
    await expect(client(answer).get('/v1/transfers')).rejects.toMatchObject({ exit, code })
  })

  it('wants a URL', () => {
    expect(() => new StationClient({ url: 'not a url' })).toThrow(UsageError)
  })
})
