import { assert, type Millis, type Random, type Store } from '@skyferry/engine'
import type { VirtualAlarm, VirtualClock } from './virtual-clock.ts'

/** How slow a store is, in milliseconds of virtual time; each wait is drawn uniformly from 0 to its bound. */
export interface StoreSettings {
  /** From the first record of a group until the files it may speak of are synced and the group is closed. */
  readonly gatherMs: number
  /** From then until the group is durable. */
  readonly commitMs: number
}

export const STORE_DEFAULTS: StoreSettings = { gatherMs: 5, commitMs: 20 }

/** How a record is written, and read again in the next life. */
export interface RecordCodec<Kept> {
  write(record: Kept): string
  read(text: string): Kept
}

export interface StoreOptions<Kept> extends Partial<StoreSettings> {
  /** Absent: JSON, for records that are plain data. */
  readonly codec?: RecordCodec<Kept>
}

/**
 * A store of records that can lose power, for all the lives of one node. Records become durable in groups: first
 * the host makes durable what the records speak of (`beforeCommit`), then the group is written, then it is safe.
 * A crash keeps what is safe and, of the group being written, a random first part; a record that was cut is lost, and so
 * is what waits for the next group, because its octets were not synced. Records live as text, as they would on a disk.
 */
export class SimulatedStore<Kept> implements Store<Kept> {
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #codec: RecordCodec<Kept>
  readonly #settings: StoreSettings
  readonly #sync: VirtualAlarm
  readonly #done: VirtualAlarm
  /** All records that are safe, of all lives. */
  readonly #safe: string[] = []
  #writing: string[] = []
  #waiting: string[] = []
  /** Safe records of earlier lives: `durable` counts since `open`. */
  #before = 0
  #beforeCommit: () => void = () => {}
  #events: { durable(count: number): void } | undefined

  constructor(clock: VirtualClock, random: Random, settings: StoreOptions<Kept> = {}) {
    this.#clock = clock
    this.#random = random
    this.#codec = settings.codec ?? JSON_CODEC
    this.#settings = { ...STORE_DEFAULTS, ...settings }
    this.#sync = clock.alarm(() => this.#closeGroup())
    this.#done = clock.alarm(() => this.#finishGroup())
  }

  /** Records that are kept but not yet safe. */
  get unsafe(): number {
    return this.#writing.length + this.#waiting.length
  }

  /** What the owner does before a group is written: sync the files that its records may speak of. */
  beforeCommit(hook: () => void): void {
    this.#beforeCommit = hook
  }

  keep(record: Kept): void {
    this.#waiting.push(this.#codec.write(record))
    if (this.#writing.length === 0 && this.#waiting.length === 1)
      this.#wait(this.#sync, this.#settings.gatherMs)
  }

  open(events: { durable(count: number): void }): void {
    assert(this.unsafe === 0, 'a store is opened at the start of a life')
    this.#events = events
    this.#before = this.#safe.length
  }

  /** Every record that is safe, oldest first, as a new life would read it. */
  survivors(): Kept[] {
    return this.#safe.map(text => this.#codec.read(text))
  }

  /** The node dies, or its machine loses power: for the records it is the same. */
  crash(): void {
    this.#sync.cancel()
    this.#done.cancel()
    this.#events = undefined
    const survived = this.#random.whole(0, this.#writing.length + 1)
    this.#safe.push(...this.#writing.slice(0, survived))
    this.#writing = []
    this.#waiting = []
  }

  #wait(alarm: VirtualAlarm, boundMs: number): void {
    alarm.set((this.#clock.now() + this.#random.unit() * boundMs) as Millis)
  }

  #closeGroup(): void {
    this.#beforeCommit()
    this.#writing = this.#waiting
    this.#waiting = []
    this.#wait(this.#done, this.#settings.commitMs)
  }

  #finishGroup(): void {
    this.#safe.push(...this.#writing)
    this.#writing = []
    if (this.#waiting.length > 0) this.#wait(this.#sync, this.#settings.gatherMs)
    this.#events?.durable(this.#safe.length - this.#before)
  }
}

const JSON_CODEC: RecordCodec<never> = {
  write(record: unknown): string {
    const place = notPlain(record)
    assert(place === undefined, `record${place} survives JSON`)
    return JSON.stringify(record)
  },
  read: text => JSON.parse(text) as never,
}

/**
 * Where a record holds what JSON would change on the way (`Infinity`, a `bigint`, octets), which is a mistake of its
 * engine; undefined when nowhere.
 */
function notPlain(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : ''
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value !== 'object') return ''
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return ''
  for (const [name, item] of Object.entries(value)) {
    // JSON leaves out a property without a value, and reading it again gives the same undefined.
    if (item === undefined && !Array.isArray(value)) continue
    const place = notPlain(item)
    if (place !== undefined) return `.${name}${place}`
  }
  return undefined
}
