import { type Millis, NEVER, type Random } from '@skyferry/engine'
import { Backlog } from './backlog.ts'
import { flipBits } from './bit-flips.ts'
import { type Airborne, DatagramPool } from './datagram-pool.ts'
import { Flight } from './flight.ts'
import { assertSettings, CALM, type WeatherSettings } from './settings.ts'
import { Visibility } from './visibility.ts'

/**
 * What became of the datagrams of one direction. At any time
 * `offered + duplicated = delivered + lost + queueDropped + outageDropped + tooLarge +` those under way.
 */
export interface WeatherCounters {
  readonly offered: number
  /** Handed out by `take`, copies and damaged ones included. */
  readonly delivered: number
  readonly lost: number
  /** Copies made. */
  readonly duplicated: number
  /** Of those delivered, with flipped bits. */
  readonly corrupted: number
  /** No room in the queue, or too much under way. */
  readonly queueDropped: number
  readonly outageDropped: number
  readonly tooLarge: number
  /** Of those delivered, after one that was offered later. */
  readonly reordered: number
  /** Octets of the datagrams offered and delivered. */
  readonly offeredOctets: number
  readonly deliveredOctets: number
}

/**
 * One direction of a bad link, as a pure machine: datagrams and time go in, datagrams come out, later, and not all.
 * A datagram's fate is drawn when it is offered, in this order: too large, no room, outage, lost, duplicated, delayed,
 * damaged; only a command to go down (`setUp`) reaches those that still wait for the transmitter. The same settings, the
 * same chance and the same calls give the same outcome.
 *
 * Drive it: `offer` what is sent, sleep until `deadline()`, then `take` until there is no more.
 */
export class WeatherPath {
  readonly #counters = {
    offered: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    corrupted: 0,
    queueDropped: 0,
    outageDropped: 0,
    tooLarge: 0,
    reordered: 0,
    offeredOctets: 0,
    deliveredOctets: 0,
  }
  readonly #random: Random
  readonly #pool: DatagramPool
  readonly #flight: Flight = new Flight()
  readonly #backlog: Backlog = new Backlog()
  readonly #visibility: Visibility = new Visibility()
  #settings: WeatherSettings
  #transmitterFreeAt = -Infinity
  #flightOctets = 0
  /** When it was commanded down; NEVER while up. */
  #downSince: Millis = NEVER
  #inBurst = false
  #order = 0
  #latestDelivered = -1
  /** The datagram lent to whoever called `take` last. */
  #lent: Airborne | undefined

  /**
   * @param settings the weather; what is not given is `CALM`
   * @param random   this path's own chance
   * @param pool     buffers to share with paths that run before, after or beside this one
   */
  constructor(settings: Partial<WeatherSettings>, random: Random, pool: DatagramPool = new DatagramPool()) {
    this.#random = random
    this.#pool = pool
    this.#settings = { ...CALM, ...settings }
    this.#check()
  }

  /** Live: read it when you need it. */
  get counters(): WeatherCounters {
    return this.#counters
  }

  get settings(): WeatherSettings {
    return this.#settings
  }

  /** Is the link not commanded down? A scheduled outage does not show here. */
  get up(): boolean {
    return this.#downSince === NEVER
  }

  /** Datagrams under way, those that wait for the transmitter included. */
  get underWay(): number {
    return this.#flight.size
  }

  /** Copies `datagram` and decides what becomes of it. `now` never runs backwards. */
  offer(datagram: Uint8Array, now: Millis): void {
    const counters = this.#counters
    const settings = this.#settings
    const random = this.#random
    const octets = datagram.length
    counters.offered += 1
    counters.offeredOctets += octets
    if (octets > settings.mtuOctets) {
      counters.tooLarge += 1
      return
    }
    if (this.#flightOctets + octets > settings.flightOctets) {
      counters.queueDropped += 1
      return
    }

    let began: number = now
    let departed: number = now
    if (settings.rateBps !== Infinity) {
      const cost = octets + settings.overheadOctets
      if (this.#transmitterFreeAt > now) {
        began = this.#transmitterFreeAt
        if (!this.#joinQueue(began, cost, now)) {
          counters.queueDropped += 1
          return
        }
      }
      departed = began + (cost * 8000) / settings.rateBps
      this.#transmitterFreeAt = departed
    }
    if (this.#isDark(began, departed, now)) {
      counters.outageDropped += 1
      return
    }
    if (this.#isLost()) {
      counters.lost += 1
      return
    }

    let arrives = departed + settings.delayMs
    if (settings.jitterMs > 0) arrives += random.unit() * settings.jitterMs
    if (settings.reordering > 0 && random.chance(settings.reordering)) {
      arrives += random.unit() * settings.reorderingMs
    }
    const twice = settings.duplication > 0 && random.chance(settings.duplication)
    this.#launch(datagram, began, departed, arrives)
    if (twice) {
      counters.duplicated += 1
      if (settings.duplicationMs > 0) arrives += random.unit() * settings.duplicationMs
      this.#launch(datagram, began, departed, arrives)
    }
  }

  /** When `take` next has something to do, or NEVER. */
  deadline(): Millis {
    return this.#flight.next()
  }

  /** The next datagram that has arrived, lent until the next call of `take`; undefined when there is none. */
  take(now: Millis): Uint8Array | undefined {
    if (this.#lent !== undefined) {
      this.#pool.giveBack(this.#lent)
      this.#lent = undefined
    }
    const counters = this.#counters
    for (;;) {
      const airborne = this.#flight.land(now)
      if (airborne === undefined) return undefined
      this.#flightOctets -= airborne.bytes.length
      if (airborne.cut || airborne.departed > this.#downSince) {
        counters.outageDropped += 1
        this.#pool.giveBack(airborne)
        continue
      }
      this.#lent = airborne
      counters.delivered += 1
      counters.deliveredOctets += airborne.bytes.length
      if (airborne.corrupted) counters.corrupted += 1
      if (airborne.order < this.#latestDelivered) counters.reordered += 1
      else this.#latestDelivered = airborne.order
      return airborne.bytes
    }
  }

  /** Commands the link up or down. Down loses what the transmitter sends meanwhile, not what is already under way. */
  setUp(up: boolean, now: Millis): void {
    if (up === this.up) return
    if (up) this.#flight.cut(this.#downSince, now)
    this.#downSince = up ? NEVER : now
  }

  /** Changes the weather for what is offered from now on. */
  adjust(patch: Partial<WeatherSettings>): void {
    this.#settings = { ...this.#settings, ...patch }
    this.#check()
  }

  /** Does a datagram find room among those that wait at `now`? The one on the air has left the queue. */
  #joinQueue(begins: number, cost: number, now: Millis): boolean {
    const { queueOctets, queueDatagrams } = this.#settings
    const backlog = this.#backlog
    backlog.settle(now)
    if (backlog.count >= queueDatagrams || backlog.octets + cost > queueOctets) return false
    backlog.push(begins, cost)
    return true
  }

  /** As far as is known at `now`: one that still waits may find the link up again when its turn comes. */
  #isDark(began: number, departed: number, now: Millis): boolean {
    return (this.#downSince !== NEVER && began <= now) || this.#visibility.cuts(began, departed)
  }

  #isLost(): boolean {
    const { loss, burstStart, burstEnd, burstLoss } = this.#settings
    if (burstStart > 0) this.#inBurst = this.#random.chance(this.#inBurst ? 1 - burstEnd : burstStart)
    const chance = this.#inBurst ? burstLoss : loss
    return chance > 0 && this.#random.chance(chance)
  }

  #launch(datagram: Uint8Array, began: number, departed: number, arrives: number): void {
    const { corruption } = this.#settings
    const airborne = this.#pool.copy(datagram)
    airborne.began = began
    airborne.departed = departed
    airborne.arrives = arrives
    airborne.order = this.#order++
    airborne.cut = false
    airborne.corrupted = corruption > 0 && datagram.length > 0 && this.#random.chance(corruption)
    if (airborne.corrupted) flipBits(airborne.bytes, this.#random)
    this.#flightOctets += datagram.length
    this.#flight.add(airborne)
  }

  #check(): void {
    assertSettings(this.#settings)
    this.#visibility.schedule(this.#settings.outages)
    if (this.#settings.burstStart === 0) this.#inBurst = false
  }
}
