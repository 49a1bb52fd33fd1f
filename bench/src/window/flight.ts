/** One file over a link whose rate nobody states: a transmitter with a queue, a delay, loss at random; in virtual time. */
import {
  type CfdpRecord,
  Entity,
  type EntityId,
  type Indication,
  LOCAL_DEFAULTS,
  REMOTE_DEFAULTS,
} from '@skyferry/cfdp'
import { type Clock, drive, type Millis, Random, type Store } from '@skyferry/engine'
import { CALM, SimulatedAir, VirtualClock } from '@skyferry/sim'
import { SyntheticFilestore } from '../links/synthetic-filestore.ts'

const GROUND = 11n as EntityId
const CRAFT = 5n as EntityId
const PDU_OCTETS = 1024
const OVERHEAD_OCTETS = 28
const SEGMENT_OCTETS = PDU_OCTETS - 16

export interface QueuedLink {
  readonly name: string
  readonly rateBps: number
  /** One way. */
  readonly delayMs: number
  readonly loss: number
  /** Datagrams that may wait for the transmitter. */
  readonly queue: number
  readonly fileOctets: number
}

export interface WindowFlight {
  readonly ms: number
  /** What the transmitter needs for the file once, what is lost at random sent again, and a signal's way. */
  readonly idealMs: number
  readonly sent: number
  /** Beyond the file's own PDUs. */
  readonly resent: number
  /** Lost at random, on the way there. */
  readonly lost: number
  /** Found no room in the queue. */
  readonly overflowed: number
}

/** @throws when the file does not arrive within a virtual hour */
export function flyWindowed(link: QueuedLink, seed: number): WindowFlight {
  const random = new Random(seed)
  const clock = new VirtualClock()
  const air = new SimulatedAir(clock)
  const way = {
    ...CALM,
    rateBps: link.rateBps,
    overheadOctets: OVERHEAD_OCTETS,
    delayMs: link.delayMs,
    loss: link.loss,
    queueDatagrams: link.queue,
  }
  air.join('ground', 'craft', { there: way, back: way }, random.fork('air'))
  const filestore = new SyntheticFilestore(link.fileOctets)
  let delivered: number | undefined
  let sent = 0
  const open = (name: 'ground' | 'craft', indicate: (what: Indication) => void) => {
    const [id, peer] = name === 'ground' ? [GROUND, CRAFT] : [CRAFT, GROUND]
    const entity = new Entity<string>({
      local: { ...LOCAL_DEFAULTS, ids: [id] },
      remotes: [
        { ...REMOTE_DEFAULTS.patient, id: peer, address: undefined, maxPduSize: PDU_OCTETS, pace: 'window' },
      ],
      filestore,
      random: random.fork(name),
      now: clock.now(),
    })
    const driven = drive(entity, {
      link: air.link(name, { mtuOctets: PDU_OCTETS }),
      store: new InstantStore(clock),
      clock,
      indicate,
    })
    return { entity, driven }
  }
  const ground = open('ground', () => {})
  const craft = open('craft', what => {
    if (what.kind === 'transaction-finished') delivered = clock.now()
  })
  const began = clock.now()
  const reply = ground.driven.request({
    kind: 'put',
    destination: CRAFT,
    sourceName: 'file',
    destinationName: 'file',
  })
  if (reply.kind === 'refused') throw new Error(reply.reason)
  while (delivered === undefined) {
    if (!clock.step() || clock.now() - began > 3_600_000)
      throw new Error(`${link.name}, seed ${seed}: not delivered within an hour`)
  }
  for (const report of ground.entity.reports()) sent = report.pdus.resent
  ground.driven.stop()
  craft.driven.stop()
  const { lost, queueDropped } = air.path('ground', 'craft').counters
  const needed = Math.ceil(link.fileOctets / SEGMENT_OCTETS)
  const each = ((PDU_OCTETS + OVERHEAD_OCTETS) * 8000) / link.rateBps
  return {
    ms: delivered - began,
    idealMs: (needed * each) / (1 - link.loss) + link.delayMs,
    sent: needed + sent,
    resent: sent,
    lost,
    overflowed: queueDropped,
  }
}

/** Everything is safe at once. */
class InstantStore implements Store<CfdpRecord> {
  readonly #clock: Clock
  #events: { durable(count: number): void } | undefined
  #count = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  keep(_record: CfdpRecord): void {
    this.#count += 1
    const count = this.#count
    this.#clock.at(this.#clock.now() as Millis, () => this.#events?.durable(count))
  }

  open(events: { durable(count: number): void }): void {
    this.#events = events
  }
}
