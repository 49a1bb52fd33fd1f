/**
 * Do the modelled C peers do what was measured of the real ones (reference 11)? On a link without loss, so that every
 * shortcoming is their own. With our end on one side, it is gone.
 */
import { octetsPayload, Server } from '@skyferry/dtp'
import { type Driven, drive, Random, type Store } from '@skyferry/engine'
import { bothWays, SimulatedAir, VirtualClock, type WeatherSettings } from '@skyferry/sim'
import { describe, expect, it } from 'vitest'
import { CClient, type CResult } from '../../../worlds/src/dtp/c-client.ts'
import { CServer } from '../../../worlds/src/dtp/c-server.ts'
import { CspStandIn } from '../../../worlds/src/dtp/csp-stand-in.ts'

const ADDRESSES = new Map([
  [10, 'ground'],
  [20, 'craft'],
])
const NOWHERE: Store<never> = { keep() {}, open() {} }

interface Fetched {
  readonly result: CResult
  readonly content: Uint8Array
  /** Packets short. */
  readonly short: number
  again(): Fetched
}

/** What a C client makes of a payload, from a C server or from ours. */
function fetchBy(
  server: 'C' | 'ours',
  about: { size: number; mtu: number; throughput: number; timeoutS?: number },
  weather: Partial<WeatherSettings> = {},
  loses: (offset: number, time: number) => boolean = () => false,
): Fetched {
  const clock = new VirtualClock()
  const air = new SimulatedAir(clock)
  air.join('ground', 'craft', bothWays({ delayMs: 0.1, queueDatagrams: 1e6, ...weather }), new Random(5))
  const payload = new Uint8Array(about.size)
  new Random(6).fill(payload)
  const content = new Uint8Array(about.size)
  const results: CResult[] = []
  const session = {
    server: 20,
    payloadId: 7,
    mtu: about.mtu,
    throughput: about.throughput,
    timeoutS: about.timeoutS ?? 5,
  }
  const times = new Map<number, number>()
  const client = new CClient(session, 1, (offset, data) => content.set(data, offset))
  const filtered = new Proxy(client, {
    get(target, name) {
      if (name === 'receive') {
        return (datagram: Uint8Array, from: never, now: never) => {
          const offset = new DataView(datagram.buffer, datagram.byteOffset).getUint32(0, true)
          const time = (times.get(offset) ?? 0) + 1
          times.set(offset, time)
          if (!loses(offset, time)) target.receive(datagram, from, now)
        }
      }
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const craft =
    server === 'C'
      ? new CServer(payload, 7, new Random(8))
      : new Server({ payloads: { open: () => octetsPayload(payload) } })
  const over = (name: string, engine: unknown, indicate: (what: never) => void): Driven<never, unknown> =>
    drive(new CspStandIn(engine as never, ADDRESSES, new Random(9), clock.now()), {
      link: air.link(name, { mtuOctets: 2100 }),
      store: NOWHERE,
      clock,
      indicate,
    })
  over('craft', craft, () => {})
  const ground = over('ground', filtered, (what: { result: CResult }) => results.push(what.result))
  const run = (): Fetched => {
    const before = results.length
    ground.request({ kind: 'fetch' } as never)
    while (results.length === before) if (!clock.step()) throw new Error('it never ends')
    const chunk = about.mtu - 8
    let short = 0
    for (let at = 0; at < about.size; at += chunk) {
      if (content.subarray(at, at + chunk).some((octet, index) => octet !== payload[at + index])) short += 1
    }
    return { result: results.at(-1)!, content, short, again: run }
  }
  return run()
}

describe('a C pair, without any loss', () => {
  it.each([
    [500_000, 208, 0],
    [500_000, 1008, 0],
    [1_000_000, 1008, 0],
  ])('at %i octets/s, mtu %i is whole', (throughput, mtu) => {
    expect(fetchBy('C', { size: 2_000_003, mtu, throughput })).toMatchObject({ result: 'ok', short: 0 })
  })

  it.each([
    [2_000_000, 208],
    [5_000_000, 208],
    [5_000_000, 1008],
    [5_000_000, 2048],
    [10_000_000, 1008],
  ])('at %i octets/s, mtu %i loses its tail (C1)', (throughput, mtu) => {
    const { result, short } = fetchBy('C', { size: 2_000_003, mtu, throughput })
    expect(result).toBe('cancelled')
    expect(short).toBeGreaterThan(0)
  })

  it('says cancelled of a whole payload that divides evenly (C4)', () => {
    expect(fetchBy('C', { size: 2000, mtu: 208, throughput: 10_000 })).toMatchObject({
      result: 'cancelled',
      short: 0,
    })
  })

  it('never gets a last packet that was lost alone (C5)', () => {
    const first = fetchBy('C', { size: 1003, mtu: 208, throughput: 10_000 }, {}, offset => offset === 1000)
    expect(first).toMatchObject({ result: 'cancelled', short: 1 })
    expect(first.again()).toMatchObject({ result: 'exhausted', short: 1 })
  })

  it('asks for eight holes of twenty (C10)', () => {
    const holes = (offset: number, time: number): boolean => time === 1 && offset % 5000 === 1000
    const first = fetchBy('C', { size: 100_003, mtu: 1008, throughput: 100_000 }, {}, holes)
    expect(first).toMatchObject({ result: 'cancelled', short: 20 })
    expect(first.again()).toMatchObject({ result: 'cancelled', short: 12 })
  })
})

describe('a C client and our server, without any loss', () => {
  it.each([208, 1008, 2048])('is whole at every rate from 0.5 to 10 MB/s, mtu %i', mtu => {
    for (const throughput of [500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000]) {
      for (const size of [300_000, 300_003, 306_000, 299_999]) {
        expect(fetchBy('ours', { size, mtu, throughput })).toMatchObject({ result: 'ok', short: 0 })
      }
    }
  })

  it('knows that a payload that divides evenly is whole (C4)', () => {
    expect(fetchBy('ours', { size: 2000, mtu: 208, throughput: 10_000 })).toMatchObject({
      result: 'ok',
      short: 0,
    })
  })
})
