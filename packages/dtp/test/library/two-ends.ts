/** A client and a server as libraries, over a simulated link in virtual time. */
import {
  Client,
  type ClientRecord,
  DtpClient,
  type DtpEngine,
  DtpServer,
  MemorySinks,
  PayloadRegistry,
  type Run,
  Server,
  type ServerHooks,
} from '@skyferry/dtp'
import { drive, type Millis, Random, type Store } from '@skyferry/engine'
import { bothWays, SimulatedAir, VirtualClock, type WeatherSettings } from '@skyferry/sim'
import { CspStandIn } from '../../../worlds/src/dtp/csp-stand-in.ts'

export const GROUND = 10
export const CRAFT = 20
const ADDRESSES = new Map([
  [GROUND, 'ground'],
  [CRAFT, 'craft'],
])

export class TwoEnds {
  readonly clock: VirtualClock = new VirtualClock()
  readonly air: SimulatedAir = new SimulatedAir(this.clock)
  readonly payloads: PayloadRegistry = new PayloadRegistry()
  readonly sinks: MemorySinks = new MemorySinks()
  readonly records: ClientRecord[] = []
  client: DtpClient
  readonly server: DtpServer
  #lives = 0

  constructor(weather: Partial<WeatherSettings> = {}, hooks: ServerHooks = {}) {
    this.air.join('ground', 'craft', bothWays({ delayMs: 5, ...weather }), new Random(3))
    this.server = new DtpServer(new Server({ payloads: this.payloads }), this.#over('craft'), hooks)
    this.client = this.start()
  }

  /** A new life of the client, which knows what its records say. */
  start(): DtpClient {
    this.#lives += 1
    const random = new Random(100 + this.#lives)
    const engine = new Client({
      sinks: this.sinks,
      random,
      now: this.clock.now(),
      records: [...this.records],
    })
    this.client = new DtpClient(engine, this.#over('ground'))
    return this.client
  }

  /** Lets virtual time run until a promise settles. */
  async settle<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => {})
    for (let steps = 0; !isSettled; steps++) {
      for (let turns = 0; turns < 20; turns++) await Promise.resolve()
      if (isSettled) break
      if (!this.clock.step() || steps > 1_000_000) throw new Error('nothing happens any longer')
    }
    return settled
  }

  /** Lets so much virtual time pass. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.now() + ms
    while (this.clock.next <= until) {
      this.clock.step()
      for (let turns = 0; turns < 20; turns++) await Promise.resolve()
    }
    this.clock.rest(until as Millis)
  }

  #over<Request, Reply, Indication, Kept>(name: string): Run<Request, Reply, Indication, Kept> {
    return (engine: DtpEngine<Request, Reply, Indication, Kept>, indicate) => {
      const stack = new CspStandIn(engine, ADDRESSES, new Random(this.#lives + 7), this.clock.now())
      const link = this.air.link(name, { mtuOctets: 2100 })
      return drive(stack, { link, store: this.#store(), clock: this.clock, indicate })
    }
  }

  #store<Kept>(): Store<Kept> {
    let count = 0
    let durable: (count: number) => void = () => {}
    return {
      keep: record => {
        this.records.push(record as ClientRecord)
        count += 1
        const upTo = count
        this.clock.at(this.clock.now(), () => durable(upTo))
      },
      open: events => {
        durable = events.durable
      },
    }
  }
}
