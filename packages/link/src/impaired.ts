import {
  type Alarm,
  assert,
  type Clock,
  type Link,
  type LinkEvents,
  type Millis,
  NEVER,
  type Random,
  type Slot,
} from '@skyferry/engine'
import {
  DatagramPool,
  type Weather,
  type WeatherCounters,
  WeatherPath,
  type WeatherSettings,
} from '@skyferry/sim'
import { SlotPool } from './slot-pool.ts'

/** `there`: what is sent; `back`: what is received. */
export type ImpairedDirection = keyof Weather

export interface ImpairedLink<Address> extends Link<Address> {
  /** Live: read it when you need it. */
  counters(direction: ImpairedDirection): WeatherCounters
  /** Commands a direction up or down; down loses what is sent meanwhile, not what is already under way. */
  setUp(direction: ImpairedDirection, up: boolean): void
  /** Changes the weather for what is sent from now on. */
  adjust(direction: ImpairedDirection, patch: Partial<WeatherSettings>): void
}

/** Envelopes, and so the most that is sent in one turn. */
const SLOTS = 64

/**
 * A link behind bad weather, in real time: what is sent and what is received is lost, late, damaged or doubled as
 * `weather` says. Outages count from this call. The same chance and the same traffic at the same times have the same
 * fate. Datagrams under way when it closes are lost.
 *
 * A pace of `link` itself is felt only after the delay, when what was sent reaches it; give the weather the rate instead.
 */
export function impaired<Address>(
  link: Link<Address>,
  weather: Weather,
  random: Random,
  clock: Clock,
): ImpairedLink<Address> {
  return new Impaired(link, weather, random, clock)
}

/** Remembers whom each datagram is for or from, which the weather need not know: its copy is the key. */
class AddressedPool<Address> extends DatagramPool {
  /** Of the datagram that is offered next. */
  address: Address | undefined = undefined
  readonly #addresses: WeakMap<Uint8Array, { address: Address | undefined }> = new WeakMap()

  override copy(datagram: Uint8Array): ReturnType<DatagramPool['copy']> {
    const airborne = super.copy(datagram)
    const known = this.#addresses.get(airborne.bytes)
    // Copies go back to the pool and come again; so do their entries.
    if (known === undefined) this.#addresses.set(airborne.bytes, { address: this.address })
    else known.address = this.address
    return airborne
  }

  addressOf(bytes: Uint8Array): Address | undefined {
    return this.#addresses.get(bytes)?.address
  }
}

class Impaired<Address> implements ImpairedLink<Address> {
  readonly #link: Link<Address>
  readonly #clock: Clock
  readonly #began: Millis
  readonly #paths: Readonly<Record<ImpairedDirection, WeatherPath>>
  readonly #receivers: AddressedPool<Address> = new AddressedPool()
  readonly #senders: AddressedPool<Address> = new AddressedPool()
  /** Made when the link first shows the size of its slots. */
  #pool: SlotPool<Address> | undefined
  /** How many more datagrams may leave in this turn. */
  #share = SLOTS
  /** `lease` said no: a turn is owed. */
  #refused = false
  /** The link had no room for what is due; it will call. */
  #linkIsFull = false
  #events: LinkEvents<Address> | undefined
  #isClosed = false
  #alarm: Alarm | undefined
  #armed: Millis = NEVER

  constructor(link: Link<Address>, weather: Weather, random: Random, clock: Clock) {
    this.#link = link
    this.#clock = clock
    this.#began = clock.now()
    this.#paths = {
      there: new WeatherPath(this.#timed(weather.there), random.fork('there'), this.#receivers),
      back: new WeatherPath(this.#timed(weather.back), random.fork('back'), this.#senders),
    }
  }

  counters(direction: ImpairedDirection): WeatherCounters {
    return this.#paths[direction].counters
  }

  setUp(direction: ImpairedDirection, up: boolean): void {
    this.#paths[direction].setUp(up, this.#clock.now())
  }

  adjust(direction: ImpairedDirection, patch: Partial<WeatherSettings>): void {
    this.#paths[direction].adjust(this.#timed(patch))
  }

  lease(): Slot<Address> | undefined {
    if (this.#isClosed) return undefined
    if (this.#linkIsFull) {
      this.#refused = true
      return undefined
    }
    this.#pool ??= this.#poolLikeTheLinks()
    const pool = this.#pool
    const slot = pool !== undefined && pool.leasedCount < this.#share ? pool.lease() : undefined
    if (slot === undefined) {
      this.#refused = true
      // Slots still out call when they come back; without a pool the link itself said no, and calls.
      if (this.#share === 0) this.#wakeAt(this.#clock.now())
    }
    return slot
  }

  send(slot: Slot<Address>): void {
    const pool = this.#pool
    assert(pool !== undefined, 'a slot comes from the link it goes to')
    const taken = pool.take(slot)
    if (!this.#isClosed) {
      this.#share -= 1
      this.#receivers.address = taken.to
      this.#paths.there.offer(taken.datagram, this.#clock.now())
    }
    pool.recycle(taken)
    this.#forward()
    this.#settle()
  }

  release(slot: Slot<Address>): void {
    assert(this.#pool !== undefined, 'a slot comes from the link it goes to')
    this.#pool.release(slot)
    this.#settle()
  }

  open(events: LinkEvents<Address>): void {
    assert(this.#events === undefined, 'a link is opened once')
    this.#events = events
    this.#link.open({
      datagram: (bytes, from) => {
        if (this.#isClosed) return
        this.#senders.address = from
        this.#paths.back.offer(bytes, this.#clock.now())
      },
      turn: () => {
        this.#linkIsFull = false
        this.#turn()
      },
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#alarm?.cancel()
    this.#link.close()
  }

  /** All that falls due, and what is owed. Only the link and the clock call this, never the user. */
  readonly #turn = (): void => {
    if (this.#isClosed) return
    this.#share = SLOTS
    this.#forward()
    const heard = this.#deliver()
    if (heard || (this.#refused && !this.#linkIsFull)) {
      this.#refused = false
      if (!this.#isClosed) this.#events?.turn()
    }
    this.#arm()
  }

  /** Hands the link what is due. An envelope comes first: a datagram once taken cannot wait. */
  #forward(): void {
    const path = this.#paths.there
    const now = this.#clock.now()
    while (!this.#isClosed && !this.#linkIsFull && path.deadline() <= now) {
      const slot = this.#link.lease()
      if (slot === undefined) {
        this.#linkIsFull = true
        return
      }
      const datagram = path.take(now)
      if (datagram === undefined) {
        this.#link.release(slot)
        return
      }
      slot.bytes.set(datagram)
      slot.length = datagram.length
      slot.to = this.#receivers.addressOf(datagram)
      this.#link.send(slot)
    }
  }

  #deliver(): boolean {
    const path = this.#paths.back
    const now = this.#clock.now()
    let heard = false
    while (!this.#isClosed) {
      const datagram = path.take(now)
      if (datagram === undefined) break
      heard = true
      this.#events?.datagram(datagram, this.#senders.addressOf(datagram) as Address)
    }
    return heard
  }

  /** After the user's own doing: whoever was refused may come again, but not from within. */
  #settle(): void {
    if (this.#isClosed) return
    if (this.#refused && !this.#linkIsFull) this.#wakeAt(this.#clock.now())
    else this.#arm()
  }

  #arm(): void {
    if (this.#isClosed) return
    const { there, back } = this.#paths
    // While the link is full, its own turn brings us back to what is due.
    this.#wakeAt(Math.min(this.#linkIsFull ? NEVER : there.deadline(), back.deadline()) as Millis)
  }

  /** Only an earlier time is worth a new alarm: one that rings early finds nothing due and arms again. */
  #wakeAt(due: Millis): void {
    if (due >= this.#armed) return
    this.#alarm?.cancel()
    this.#armed = due
    this.#alarm = this.#clock.at(due, this.#woken)
  }

  readonly #woken = (): void => {
    this.#armed = NEVER
    this.#turn()
  }

  /** Outages as times of the clock. */
  #timed(settings: Partial<WeatherSettings>): Partial<WeatherSettings> {
    const { outages } = settings
    if (outages === undefined) return settings
    const later = (when: Millis): Millis => (when + this.#began) as Millis
    return { ...settings, outages: outages.map(({ from, to }) => ({ from: later(from), to: later(to) })) }
  }

  #poolLikeTheLinks(): SlotPool<Address> | undefined {
    const example = this.#link.lease()
    if (example === undefined) return undefined
    const octets = example.bytes.length
    this.#link.release(example)
    return new SlotPool(SLOTS, octets)
  }
}
