/** One payload over one link in virtual time: our client, and our server or a C one. */
import {
  Client,
  type ClientIndication,
  DIALECTS,
  type DtpEngine,
  dataOffset,
  MemorySinks,
  octetsPayload,
  type PeerName,
  Server,
} from '@skyferry/dtp'
import { drive, type Link, Random, type Store } from '@skyferry/engine'
import { bothWays, SimulatedAir, VirtualClock } from '@skyferry/sim'
import { CServer, CspStandIn } from '@skyferry/worlds'
import { Fates } from '../links/fates.ts'
import { lossyArrivals } from '../lossy-link.ts'

const GROUND = 10
const CRAFT = 20
const PAYLOAD_ID = 1
const ADDRESSES = new Map([
  [GROUND, 'ground'],
  [CRAFT, 'craft'],
])
/** A data frame of the stand-in ends with its kind and a CRC; 0 is data. */
const KIND_FROM_END = 5
const DAY_MS = 86_400_000

export interface Delivery {
  readonly octets: number
  readonly mtuOctets: number
  /** Octets of payload per second. */
  readonly throughput: number
  readonly roundTripMs: number
  readonly loss: number
}

export interface Flight {
  readonly ms: number
  readonly rounds: number
  readonly redundantOctets: number
}

/** @throws when it does not end complete, or a virtual day passes */
export function fly(delivery: Delivery, peer: PeerName, seed: number): Flight {
  const clock = new VirtualClock()
  const air = new SimulatedAir(clock)
  const random = new Random(seed)
  const way = { delayMs: delivery.roundTripMs / 2, queueDatagrams: Infinity, flightOctets: Infinity }
  air.join('ground', 'craft', bothWays(way), random.fork('air'))
  const payload = new Uint8Array(delivery.octets)
  random.fork('payload').fill(payload)
  const sinks = new MemorySinks()
  let ending: string | undefined

  const server =
    peer === 'libdtp'
      ? new CServer(payload, PAYLOAD_ID, random.fork('server'))
      : new Server({ payloads: { open: () => octetsPayload(payload) } })
  const over = <Request, Reply, Indication, Kept>(
    engine: DtpEngine<Request, Reply, Indication, Kept>,
    link: Link<string>,
    indicate: (what: Indication) => void,
  ) => {
    const stack = new CspStandIn(engine, ADDRESSES, random.fork('connections'), clock.now())
    return drive(stack, { link, store: instantStore<Kept>(clock), clock, indicate })
  }
  const settings = { mtuOctets: 2100 }
  over<never, unknown, unknown, never>(server as never, air.link('craft', settings), () => {})
  const client = new Client({ sinks, random: random.fork('client'), now: clock.now() })
  const losses = new DataLosses(delivery, seed)
  const driven = over(
    client,
    lossyArrivals(air.link('ground', settings), frame => losses.isLost(frame)),
    (what: ClientIndication) => {
      if (what.kind === 'ended') ending = what.outcome.ending
    },
  )
  const { mtuOctets, throughput } = delivery
  const terms = { server: CRAFT, payload: { kind: 'id', id: PAYLOAD_ID }, sink: 'out', peer } as const
  driven.request({ kind: 'get', session: 'one', terms: { ...terms, mtuOctets, throughput } })
  while (ending === undefined) {
    if (!clock.step() || clock.now() > DAY_MS) throw new Error(`seed ${seed}: not delivered within a day`)
  }
  const content = sinks.content('out')
  if (ending !== 'complete' || content?.some((octet, at) => octet !== payload[at]) !== false)
    throw new Error(`seed ${seed}: ${ending}, or not the same octets`)
  const { rounds, redundant } = client.report('one')!
  return { ms: clock.now(), rounds, redundantOctets: redundant }
}

/** Which packets are lost, by packet and attempt, so that the ideal can meet the same. */
class DataLosses {
  readonly #fates: Fates
  readonly #attempts: Map<number, number> = new Map()

  constructor({ loss }: Delivery, seed: number) {
    this.#fates = new Fates(seed, loss)
  }

  isLost(frame: Uint8Array): boolean {
    if (frame[frame.length - KIND_FROM_END] !== 0) return false
    const offset = dataOffset(frame, DIALECTS.D2c)
    const attempt = this.#attempts.get(offset) ?? 0
    this.#attempts.set(offset, attempt + 1)
    return this.#fates.isLost(offset, attempt)
  }
}

function instantStore<Kept>(clock: VirtualClock): Store<Kept> {
  let durable: (count: number) => void = () => {}
  let count = 0
  return {
    keep: () => {
      count += 1
      const upTo = count
      clock.at(clock.now(), () => durable(upTo))
    },
    open: events => {
      durable = events.durable
    },
  }
}
