/** One file over one of the ten links by our own engine, in virtual time. */
import {
  type CfdpRecord,
  ChecksumType,
  Entity,
  type EntityId,
  type Indication,
  LOCAL_DEFAULTS,
  REMOTE_DEFAULTS,
  type RemoteSettings,
} from '@skyferry/cfdp'
import { type Clock, drive, type Link, type Millis, Random, type Store } from '@skyferry/engine'
import { CALM, SimulatedAir, type SimulatedLink, VirtualClock } from '@skyferry/sim'
import { fileDataOffset } from '../file-data-peek.ts'
import { lossyArrivals } from '../lossy-link.ts'
import { Fates } from './fates.ts'
import type { NakMode } from './ideal.ts'
import { SyntheticFilestore } from './synthetic-filestore.ts'
import type { LinkCase } from './ten-links.ts'

const GROUND = 11n as EntityId
const CRAFT = 5n as EntityId
/** 4 octets, two ids of 2, a sequence number of 4. */
const HEADER_OCTETS = 12

/** File octets per PDU: the header and an offset of 4 octets, or of 8 in files of 4 GiB and more, are the rest. */
export function segmentOctets(link: LinkCase): number {
  return link.pduOctets - HEADER_OCTETS - (link.fileOctets > 0xffff_ffff ? 8 : 4)
}

export interface Flight {
  /** From the Put until the receiving user is told that the file is there. */
  readonly ms: number
  /** File Data PDUs sent. */
  readonly sent: number
  /** Everything the receiver sent: NAKs, acknowledgements. */
  readonly answers: number
  readonly answerOctets: number
}

/**
 * @param returnLoss of what the receiver says; 0 shows what lost answers cost
 * @throws when the transfer ends otherwise than complete, or a virtual day passes
 */
export function fly(link: LinkCase, mode: NakMode, seed: number, returnLoss: number = link.loss): Flight {
  const random = new Random(seed)
  const clock = new VirtualClock()
  const air = new SimulatedAir(clock)
  const way = {
    ...CALM,
    rateBps: link.rateBps,
    delayMs: link.roundTripMs / 2,
    queueDatagrams: Infinity,
    flightOctets: Infinity,
  }
  // What is lost on the way there is decided by the fates that the ideal protocol meets too, at the moment of arrival.
  air.join('ground', 'craft', { there: way, back: { ...way, loss: returnLoss } }, random.fork('air'))
  const fates = new ArrivalFates(link, seed, random.fork('directives'))
  const filestore = new SyntheticFilestore(link.fileOctets)
  let delivered: number | undefined

  const open = (name: 'ground' | 'craft', port: Link<string>, indicate: (what: Indication) => void) => {
    const [id, peer] = name === 'ground' ? [GROUND, CRAFT] : [CRAFT, GROUND]
    const entity = new Entity<string>({
      local: { ...LOCAL_DEFAULTS, ids: [id] },
      remotes: [remote(link, mode, peer)],
      filestore,
      random: random.fork(name),
      now: clock.now(),
    })
    return drive(entity, { link: port, store: new VirtualStore<CfdpRecord>(clock), clock, indicate })
  }
  const linkOf = (name: string): SimulatedLink =>
    air.link(name, { mtuOctets: link.pduOctets, rateBps: link.rateBps })
  const ground = open('ground', linkOf('ground'), () => {})
  const craft = open(
    'craft',
    lossyArrivals(linkOf('craft'), datagram => fates.isLost(datagram)),
    what => {
      if (what.kind !== 'transaction-finished') return
      if (what.condition !== 0) throw new Error(`${link.name}: finished with condition ${what.condition}`)
      delivered = clock.now()
    },
  )
  const reply = ground.request({
    kind: 'put',
    destination: CRAFT,
    sourceName: 'file',
    destinationName: 'file',
  })
  if (reply.kind === 'refused') throw new Error(reply.reason)
  const limit = 86_400_000
  while (delivered === undefined) {
    if (!clock.step() || clock.now() > limit)
      throw new Error(`${link.name}, seed ${seed}: not delivered within a day`)
  }
  ground.stop()
  craft.stop()
  const back = air.path('craft', 'ground').counters
  return { ms: delivered, sent: fates.dataSent, answers: back.offered, answerOctets: back.offeredOctets }
}

function remote(link: LinkCase, mode: NakMode, id: EntityId): RemoteSettings<string> {
  return {
    ...REMOTE_DEFAULTS.patient,
    id,
    address: undefined,
    maxPduSize: link.pduOctets,
    checksumType: ChecksumType.Modular,
    lightTime: (link.roundTripMs / 2) as Millis,
    immediateNak: mode === 'immediate',
    pace: 'link',
  }
}

/** Decides about each arrival: File Data by segment and attempt, directives by chance. */
class ArrivalFates {
  dataSent = 0
  readonly #fates: Fates
  readonly #random: Random
  readonly #loss: number
  readonly #segment: number
  /** Sendings of each segment so far. */
  readonly #attempts: Uint8Array

  constructor(link: LinkCase, seed: number, random: Random) {
    this.#fates = new Fates(seed, link.loss)
    this.#random = random
    this.#loss = link.loss
    this.#segment = segmentOctets(link)
    this.#attempts = new Uint8Array(Math.ceil(link.fileOctets / this.#segment))
  }

  isLost(datagram: Uint8Array): boolean {
    const offset = fileDataOffset(datagram)
    if (offset < 0) return this.#random.chance(this.#loss)
    this.dataSent += 1
    const segment = Math.floor(offset / this.#segment)
    return this.#fates.isLost(segment, this.#attempts[segment]!++)
  }
}

/** A store on which everything is durable within the instant. */
class VirtualStore<Kept> implements Store<Kept> {
  readonly #clock: Clock
  #events: { durable(count: number): void } | undefined
  #count = 0
  #told = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  keep(_record: Kept): void {
    this.#count += 1
    if (this.#count > this.#told + 1) return
    this.#clock.at(this.#clock.now(), () => {
      this.#told = this.#count
      this.#events?.durable(this.#count)
    })
  }

  open(events: { durable(count: number): void }): void {
    this.#events = events
  }
}
