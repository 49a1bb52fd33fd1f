import { type Chunk, parseSession, type Session, SessionError } from '@skyferry/dtp'
import { Random } from '@skyferry/engine'
import { isFault, toHex } from '@skyferry/octets'
import { describe, expect, it } from 'vitest'
import { CRAFT, GROUND, TwoEnds } from './two-ends.ts'

const TERMS = {
  server: CRAFT,
  payload: { kind: 'id', id: 1 },
  sink: 'image.raw',
  peer: 'skyferry',
  mtuOctets: 1008,
  throughput: 500_000,
} as const

function image(octets = 100_000): Uint8Array {
  const content = new Uint8Array(octets)
  new Random(9).fill(content)
  return content
}

function ends(weather = {}, content = image()): TwoEnds {
  const two = new TwoEnds(weather)
  two.payloads.addOctets(1, content)
  return two
}

async function all(chunks: AsyncIterable<Chunk>, into: Uint8Array): Promise<number[]> {
  const order: number[] = []
  for await (const { offset, data } of chunks) {
    into.set(data, offset)
    order.push(offset)
  }
  return order
}

describe('a session', () => {
  it('is iterated as data arrive, and brings every octet once', async () => {
    const content = image()
    const two = ends({ loss: 0.1, reordering: 0.1, reorderingMs: 20 }, content)
    const copy = new Uint8Array(content.length)
    const order = await two.settle(all(two.client.get(TERMS), copy))
    expect(toHex(copy)).toBe(toHex(content))
    // With losses, what came later was handed out before what was asked for again.
    expect(order).not.toEqual([...order].sort((one, other) => one - other))
  })

  it('hands out the part without a hole in order, as it grows', async () => {
    const content = image()
    const two = ends({ loss: 0.1 }, content)
    const copy = new Uint8Array(content.length)
    const order = await two.settle(all(two.client.get(TERMS).inOrder(), copy))
    expect(toHex(copy)).toBe(toHex(content))
    expect(order).toEqual([...order].sort((one, other) => one - other))
  })

  it('gives immediate access: ranges, what is contiguous, octets that are there and none that are not', async () => {
    const content = image()
    const two = ends({ loss: 0.05 }, content)
    const session = two.client.get(TERMS)
    await two.pass(150)
    expect(session.total).toBe(content.length)
    expect(session.outcome).toBeUndefined()
    const { ranges } = session
    expect(ranges.length).toBeGreaterThan(1)
    expect(session.contiguous).toBe(ranges[0]!.from === 0 ? ranges[0]!.to : 0)
    const { from, to } = ranges[1]!
    expect(toHex(session.read(from, to - from)!)).toBe(toHex(content.subarray(from, to)))
    expect(session.read(from - 1, 2)).toBeUndefined()
    expect((await two.settle(session.done)).ending).toBe('complete')
  })

  it('fetches ranges and nothing else', async () => {
    const content = image()
    const two = ends({}, content)
    const session = two.client.get({ ...TERMS, wanted: [500, 700, 50_000, 60_001] })
    const copy = new Uint8Array(content.length)
    await two.settle(all(session.inOrder(), copy))
    expect(toHex(copy.subarray(50_000, 60_001))).toBe(toHex(content.subarray(50_000, 60_001)))
    expect(copy.subarray(700, 50_000).every(octet => octet === 0)).toBe(true)
    expect(session.report.octets).toBeLessThan(13_000)
  })

  it('is aborted by a signal, and the server sends nothing more within one round trip', async () => {
    const two = ends()
    const abort = new AbortController()
    const session = two.client.get(TERMS, { signal: abort.signal })
    await two.pass(100)
    abort.abort()
    expect((await two.settle(session.done)).ending).toBe('cancelled')
    await two.pass(15)
    const { offered } = two.air.path('craft', 'ground').counters
    await two.pass(1000)
    expect(two.server.transfers).toBe(0)
    // What still passes is the end of the connection.
    expect(two.air.path('craft', 'ground').counters.offered - offered).toBeLessThanOrEqual(1)
  })

  it('that was aborted before it began asks nobody', async () => {
    const two = ends()
    const abort = new AbortController()
    abort.abort()
    const session = two.client.get(TERMS, { signal: abort.signal })
    expect((await two.settle(session.done)).ending).toBe('cancelled')
    expect(session.report.octets).toBe(0)
  })

  it('C13: is aborted by a data hook that says false', async () => {
    const two = ends()
    let seen = 0
    const session = two.client.get(TERMS, {
      hooks: {
        data: ({ data }) => {
          seen += data.length
          return seen < 10_000
        },
      },
    })
    expect((await two.settle(session.done)).ending).toBe('cancelled')
    expect(seen).toBeGreaterThanOrEqual(10_000)
    expect(seen).toBeLessThan(20_000)
  })

  it('tells its hooks of its size, its rounds and its end', async () => {
    const two = ends({ loss: 0.1 })
    const told: string[] = []
    const session = two.client.get(TERMS, {
      hooks: {
        sized: total => told.push(`sized ${total}`),
        round: ({ kind, round }) => told.push(`${kind} ${round}`),
        ended: ({ ending }) => told.push(ending),
      },
    })
    await two.settle(session.done)
    expect(told.slice(0, 2)).toEqual(['round 0', 'sized 100000'])
    expect(told).toContain('round-ended 1')
    expect(told.at(-1)).toBe('complete')
  })

  it('reading from one that is cancelled throws its outcome, and so is no end of file', async () => {
    const two = ends()
    const session = two.client.get(TERMS)
    const reading = two.settle(all(session, new Uint8Array(100_000)))
    await Promise.resolve()
    two.clock.at(200 as never, () => session.cancel())
    await expect(reading).rejects.toThrow(SessionError)
  })

  it('stands still while paused, and goes on', async () => {
    const two = ends()
    const session = two.client.get(TERMS)
    await two.pass(100)
    session.pause()
    const { octets } = session.report
    await two.pass(60_000)
    expect(session.report).toMatchObject({ octets, state: 'paused' })
    session.resume()
    expect((await two.settle(session.done)).ending).toBe('complete')
  })

  it('is a value: saved on one machine, it goes on at another with the same file', async () => {
    const content = image()
    const two = ends({}, content)
    const here = two.client.get(TERMS)
    await two.pass(120)
    here.pause()
    await two.pass(10)
    const saved = here.serialize()!
    const before = here.report.octets
    here.release()
    two.client.stop()

    two.records.length = 0
    const elsewhere = two.start()
    const state = parseSession(saved)
    if (isFault(state)) throw new Error(state.code)
    const session = elsewhere.load(state)
    expect(session.report.octets).toBe(before)
    await two.settle(session.done)
    expect(session.report.redundant).toBe(0)
    expect(toHex(two.sinks.content('image.raw')!)).toBe(toHex(content))
  })

  it('of an earlier life is there again, by its name', async () => {
    const content = image()
    const two = ends({}, content)
    const first = two.client.get(TERMS, { name: 'image' })
    await two.pass(1100)
    expect(first.report.octets).toBeGreaterThan(0)
    two.client.stop()
    const again: Session = two.start().session('image')!
    expect((await two.settle(again.done)).ending).toBe('complete')
    expect(toHex(two.sinks.content('image.raw')!)).toBe(toHex(content))
  })

  it('whose octets do not sum up as promised is corrupt, not complete', async () => {
    const good = ends({}, new TextEncoder().encode('123456789'))
    const sum = 0xcbf43926
    expect((await good.settle(good.client.get({ ...TERMS, crc32: sum }).done)).ending).toBe('complete')
    const bad = ends({}, new TextEncoder().encode('123456780'))
    expect((await bad.settle(bad.client.get({ ...TERMS, crc32: sum }).done)).ending).toBe('corrupt')
  })

  it('of a payload that changed its size in between ends, and says so', async () => {
    const two = ends()
    const session = two.client.get(TERMS)
    await two.pass(100)
    session.pause()
    two.payloads.addOctets(1, image(90_000))
    await two.pass(10)
    session.resume()
    expect((await two.settle(session.done)).ending).toBe('payload-changed')
  })

  it('that wants what lies beyond the payload ends, and says so', async () => {
    const two = ends()
    const session = two.client.get({ ...TERMS, wanted: [100_000, 100_001] })
    expect((await two.settle(session.done)).ending).toBe('beyond-payload')
  })
})

describe('a client', () => {
  it('asks for sizes', async () => {
    const two = ends()
    expect(await two.settle(two.client.info(CRAFT, 1))).toBe(100_000)
    await expect(two.settle(two.client.info(CRAFT, 2))).rejects.toThrow('refused')
    await expect(two.settle(two.client.info(21, 1))).rejects.toThrow('no-connection')
  })

  it('refuses what makes no sense, in words', () => {
    const two = ends()
    expect(() => two.client.get({ ...TERMS, mtuOctets: 8 })).toThrow('no room for data')
    expect(() => two.client.get({ ...TERMS, throughput: 0 })).toThrow('at least 1 octet')
    expect(() => two.client.get({ ...TERMS, wanted: [5, 5] })).toThrow('ranges')
    expect(() => two.client.get({ ...TERMS, payload: { kind: 'id', id: 256 } })).toThrow('0 to 255')
  })

  it('runs the sessions of one server one after the other, since its node has one data port', async () => {
    const two = ends()
    two.payloads.addOctets(2, image(5000))
    const first = two.client.get(TERMS)
    const second = two.client.get({ ...TERMS, payload: { kind: 'id', id: 2 }, sink: 'other' })
    await two.pass(100)
    expect([first.report.state, second.report.state]).toEqual(['receiving', 'queued'])
    await two.settle(Promise.all([first.done, second.done]))
    expect(two.sinks.content('other')!.length).toBe(5000)
  })
})

it('a server can be told to leave a node alone', async () => {
  const two = ends()
  two.client.get(TERMS)
  await two.pass(100)
  expect(two.server.stopSending(GROUND)).toBe(true)
  expect(two.server.transfers).toBe(0)
  expect(two.server.stopSending(GROUND)).toBe(false)
})
