import { assert, type Millis, type Random } from '@skyferry/engine'
import { LINK_DEFAULTS, type LinkSettings, SimulatedLink } from './simulated-link.ts'
import type { VirtualAlarm, VirtualClock } from './virtual-clock.ts'
import { DatagramPool } from './weather/datagram-pool.ts'
import { cleared, type Weather, type WeatherSettings } from './weather/settings.ts'
import { WeatherPath } from './weather/weather-path.ts'

export interface AirSettings {
  /** Datagrams that arrive within this long of each other are handed over in one burst, as a busy host would. */
  readonly burstMs?: number
  /** Buffers to share with other airs of the same program. */
  readonly pool?: DatagramPool
}

/** A node's place in the air; its link comes and goes with the lives of its engine. */
interface Place {
  link: SimulatedLink | undefined
  readonly out: Map<string, Channel>
}

/** One direction between two places: a weather path, and the alarm that empties it. */
class Channel {
  readonly path: WeatherPath
  readonly #clock: VirtualClock
  readonly #from: string
  readonly #target: Place
  readonly #burstMs: number
  readonly #arrival: VirtualAlarm
  /** Arrived while nobody listened. */
  unheard = 0

  constructor(clock: VirtualClock, path: WeatherPath, from: string, target: Place, burstMs: number) {
    this.path = path
    this.#clock = clock
    this.#from = from
    this.#target = target
    this.#burstMs = burstMs
    this.#arrival = clock.alarm(() => this.#deliver())
  }

  offer(datagram: Uint8Array, now: Millis): void {
    this.path.offer(datagram, now)
    this.#arm()
  }

  #arm(): void {
    const burst = this.#burstMs
    const arrives = this.path.deadline()
    const due = burst > 0 ? ((Math.ceil(arrives / burst) * burst) as Millis) : arrives
    if (due < this.#arrival.due) this.#arrival.set(due)
  }

  #deliver(): void {
    const { path } = this
    const { link } = this.#target
    const now = this.#clock.now()
    try {
      for (let datagram = path.take(now); datagram !== undefined; datagram = path.take(now)) {
        if (link === undefined || !link.deliver(datagram, this.#from)) this.unheard += 1
      }
      link?.endBurst()
    } finally {
      // A node that dies in mid-burst must not leave the channel deaf for its next life.
      this.#arm()
    }
  }
}

/** The medium between named nodes: a weather of its own for every direction of every pair that is joined. */
export class SimulatedAir {
  readonly #clock: VirtualClock
  readonly #burstMs: number
  readonly #pool: DatagramPool
  readonly #places: Map<string, Place> = new Map()
  readonly #channels: Channel[] = []
  #unroutable = 0

  constructor(clock: VirtualClock, settings: AirSettings = {}) {
    this.#clock = clock
    this.#burstMs = settings.burstMs ?? 0
    this.#pool = settings.pool ?? new DatagramPool()
  }

  /** Datagrams sent to a name that the sender is not joined with. */
  get unroutable(): number {
    return this.#unroutable
  }

  /** Datagrams that arrived at a node while it was down. */
  get unheard(): number {
    return this.#channels.reduce((sum, channel) => sum + channel.unheard, 0)
  }

  /** Lets `one` and `other` hear each other; `weather.there` is the way from `one` to `other`. */
  join(one: string, other: string, weather: Weather, random: Random): void {
    assert(one !== other && !this.#place(one).out.has(other), 'two nodes are joined once')
    this.#channel(one, other, weather.there, random.fork(`${one} to ${other}`))
    this.#channel(other, one, weather.back, random.fork(`${other} to ${one}`))
  }

  /** A link for a new life of the node `name`; the link of its last life must be closed, and hears nothing more. */
  link(name: string, settings: Partial<LinkSettings> = {}): SimulatedLink {
    const place = this.#place(name)
    place.link?.close()
    place.link = new SimulatedLink(
      this.#clock,
      { carry: (datagram, to, now) => this.#carry(place, datagram, to, now) },
      { ...LINK_DEFAULTS, ...settings },
    )
    return place.link
  }

  /** The path from one node to another, to adjust it, command it down, or read its counters. */
  path(from: string, to: string): WeatherPath {
    const channel = this.#places.get(from)?.out.get(to)
    assert(channel !== undefined, 'the two nodes are joined')
    return channel.path
  }

  paths(): WeatherPath[] {
    return this.#channels.map(channel => channel.path)
  }

  /** Commands both directions between two nodes up or down. */
  setUp(one: string, other: string, up: boolean): void {
    this.path(one, other).setUp(up, this.#clock.now())
    this.path(other, one).setUp(up, this.#clock.now())
  }

  /** The storm is over everywhere: every path keeps its physics and loses its faults. */
  clear(): void {
    for (const path of this.paths()) {
      path.setUp(true, this.#clock.now())
      path.adjust(cleared(path.settings))
    }
  }

  #place(name: string): Place {
    let place = this.#places.get(name)
    if (place === undefined) {
      place = { link: undefined, out: new Map() }
      this.#places.set(name, place)
    }
    return place
  }

  #channel(from: string, to: string, settings: WeatherSettings, random: Random): void {
    const path = new WeatherPath(settings, random, this.#pool)
    const channel = new Channel(this.#clock, path, from, this.#place(to), this.#burstMs)
    this.#place(from).out.set(to, channel)
    this.#channels.push(channel)
  }

  #carry(place: Place, datagram: Uint8Array, to: string | undefined, now: Millis): void {
    let channel: Channel | undefined
    if (to !== undefined) channel = place.out.get(to)
    else {
      assert(place.out.size === 1, 'a link with one peer needs no address, any other does')
      for (const only of place.out.values()) channel = only
    }
    if (channel === undefined) this.#unroutable += 1
    else channel.offer(datagram, now)
  }
}
