/** Class 2, both ends in one process, over the memory link: what an engine costs when nothing else does. */

import { crc32 } from 'node:zlib'
import {
  type CfdpRecord,
  Entity,
  type EntityId,
  type Indication,
  LOCAL_DEFAULTS,
  REMOTE_DEFAULTS,
  type RemoteSettings,
} from '@skyferry/cfdp'
import { type Driven, drive, type Link, Random } from '@skyferry/engine'
import { memoryLinkPair } from '@skyferry/link'
import { fileDataOffset } from '../file-data-peek.ts'
import { lossyArrivals } from '../lossy-link.ts'
import { SteadyFilestore } from './steady-filestore.ts'
import { InstantStore, Workbench } from './workbench.ts'

export interface Setting {
  readonly checksumType: number
  /** Of datagrams from sender to receiver and back. */
  readonly loss: number
  readonly pduOctets: number
  readonly fileOctets: number
  readonly pace: 'link' | 'window'
}

export interface Measured {
  readonly seconds: number
  /** File Data PDUs that the file needs. */
  readonly needed: number
  /** File Data PDUs that were sent. */
  readonly sent: number
}

type Request = Parameters<Entity<string>['request']>[0]
type Reply = ReturnType<Entity<string>['request']>

const GROUND = 11n as EntityId
const CRAFT = 5n as EntityId
/** 12 of header and 4 of offset. */
const OVERHEAD_OCTETS = 16

/** Two entities that stay, so that transfers after the first find warm code and open tables. */
export class Pair {
  readonly #setting: Setting
  readonly #bench: Workbench = new Workbench()
  readonly #filestore: SteadyFilestore
  readonly #random: Random
  readonly #sender: Driven<Request, Reply>
  #dataSent = 0
  #finished = 0

  constructor(setting: Setting, seed: number) {
    this.#setting = setting
    this.#random = new Random(seed)
    this.#filestore = new SteadyFilestore(setting.fileOctets)
    const [left, right] = memoryLinkPair({ defer: this.#bench.defer, mtuOctets: setting.pduOctets })
    this.#sender = this.#open(GROUND, CRAFT, this.#weather(left))
    this.#open(CRAFT, GROUND, this.#weather(right))
  }

  /** Moves the file once. @throws when it does not arrive whole */
  transfer(): Measured {
    this.#finished = 0
    this.#dataSent = 0
    const started = performance.now()
    const reply = this.#sender.request({
      kind: 'put',
      destination: CRAFT,
      sourceName: 'file',
      destinationName: 'file',
    })
    if (reply.kind === 'refused') throw new Error(reply.reason)
    this.#bench.run(() => this.#finished === 2)
    const seconds = (performance.now() - started) / 1000
    if (!this.#filestore.verify()) throw new Error('the file that arrived is not the file that was sent')
    const { fileOctets, pduOctets, loss } = this.#setting
    const needed = Math.ceil(fileOctets / (pduOctets - OVERHEAD_OCTETS))
    return { seconds, needed, sent: loss === 0 ? needed : this.#dataSent }
  }

  #open(id: EntityId, peer: EntityId, link: Link<string>): Driven<Request, Reply> {
    const entity = new Entity<string>({
      local: { ...LOCAL_DEFAULTS, ids: [id] },
      remotes: [this.#remote(peer)],
      filestore: this.#filestore,
      random: this.#random.fork(String(id)),
      crc32,
      now: this.#bench.now(),
    })
    const store = new InstantStore<CfdpRecord>(this.#bench.defer)
    return drive(entity, { link, store, clock: this.#bench, indicate: what => this.#hear(what) })
  }

  #remote(id: EntityId): RemoteSettings<string> {
    const { checksumType, pduOctets, pace } = this.#setting
    return { ...REMOTE_DEFAULTS.patient, id, address: undefined, maxPduSize: pduOctets, checksumType, pace }
  }

  /** Without loss there is nothing between engine and link, not even a look at the datagram. */
  #weather(link: Link<string>): Link<string> {
    const { loss } = this.#setting
    if (loss === 0) return link
    return lossyArrivals(link, datagram => {
      if (fileDataOffset(datagram) >= 0) this.#dataSent += 1
      return this.#random.chance(loss)
    })
  }

  #hear(what: Indication): void {
    if (what.kind !== 'transaction-finished') return
    if (what.condition !== 0) throw new Error(`finished with condition ${what.condition}`)
    this.#finished += 1
  }
}
