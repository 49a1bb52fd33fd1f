import { type Alarm, type Clock, type Millis, NEVER, Random } from '@skyferry/engine'
import { type WeatherCounters, WeatherPath, type WeatherSettings } from '@skyferry/sim'
import { type UdpLink, udpLink } from './udp.ts'
import type { UdpAddress } from './udp-address.ts'

/** `ab`: what A sends, on its way to B. */
export type EmulatedDirection = 'ab' | 'ba'

export interface EmulatorOptions {
  /** Where the two ends listen. */
  readonly a: UdpAddress
  readonly b: UdpAddress
  /** Where each end is to send to; port 0 lets the host choose, see `listenA`, `listenB`. */
  readonly listenA: UdpAddress
  readonly listenB: UdpAddress
  /** Outages count from the start. */
  readonly weather: Readonly<Record<EmulatedDirection, Partial<WeatherSettings>>>
  readonly seed: number
  readonly clock: Clock
}

/** A bad link at work between two ends that do not know of each other. */
export interface Emulator {
  readonly listenA: UdpAddress
  readonly listenB: UdpAddress
  readonly warnings: readonly string[]
  setUp(direction: EmulatedDirection, up: boolean): void
  adjust(direction: EmulatedDirection, patch: Partial<WeatherSettings>): void
  counters(direction: EmulatedDirection): WeatherCounters
  close(): Promise<void>
}

/** Larger than any datagram UDP can carry is never offered. */
const MTU_OCTETS = 65_507

/**
 * Joins two ends by a bad link: each sends to a port of its own here and hears from it what the other sent, through
 * the weather of that direction. The same seed and the same traffic have the same fate.
 *
 * @throws LinkError when a port cannot be had
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { clock, weather, seed } = options
  const sideA = await udpLink({ listen: options.listenA, peer: options.a, mtuOctets: MTU_OCTETS, clock })
  let sideB: UdpLink
  try {
    sideB = await udpLink({ listen: options.listenB, peer: options.b, mtuOctets: MTU_OCTETS, clock })
  } catch (error) {
    sideA.close()
    throw error
  }
  const began = clock.now()
  const chance = new Random(seed)
  const ab = new EmulatedPath(new WeatherPath(weather.ab, chance.fork('ab')), sideB, clock, began)
  const ba = new EmulatedPath(new WeatherPath(weather.ba, chance.fork('ba')), sideA, clock, began)
  sideA.open({ datagram: bytes => ab.offer(bytes), turn: () => settle(ab, ba) })
  sideB.open({ datagram: bytes => ba.offer(bytes), turn: () => settle(ab, ba) })
  const paths = { ab, ba }
  return {
    listenA: sideA.local,
    listenB: sideB.local,
    warnings: [...sideA.warnings, ...sideB.warnings],
    setUp: (direction, up) => paths[direction].setUp(up),
    adjust: (direction, patch) => paths[direction].adjust(patch),
    counters: direction => paths[direction].counters,
    close: async () => {
      ab.close()
      ba.close()
      sideA.close()
      sideB.close()
      await Promise.all([sideA.closed, sideB.closed])
    },
  }
}

function settle(...paths: readonly EmulatedPath[]): void {
  for (const path of paths) path.deliver()
}

/** One direction: what is offered waits in the weather until it is due, then for room at the outlet. */
class EmulatedPath {
  readonly #weather: WeatherPath
  readonly #outlet: UdpLink
  readonly #clock: Clock
  /** The weather's time begins with the emulator, so that outages do. */
  readonly #began: number
  #alarm: Alarm | undefined
  #armed: Millis = NEVER
  #closed = false

  constructor(weather: WeatherPath, outlet: UdpLink, clock: Clock, began: number) {
    this.#weather = weather
    this.#outlet = outlet
    this.#clock = clock
    this.#began = began
  }

  get counters(): WeatherCounters {
    return this.#weather.counters
  }

  offer(bytes: Uint8Array): void {
    this.#weather.offer(bytes, this.#now())
  }

  setUp(up: boolean): void {
    this.#weather.setUp(up, this.#now())
    this.deliver()
  }

  adjust(patch: Partial<WeatherSettings>): void {
    this.#weather.adjust(patch)
    this.deliver()
  }

  /** Sends what is due as far as the outlet has room; a turn of the outlet brings us back for the rest. */
  deliver(): void {
    if (this.#closed) return
    const now = this.#now()
    while (this.#weather.deadline() <= now) {
      const slot = this.#outlet.lease()
      if (slot === undefined) return
      const datagram = this.#weather.take(now)
      if (datagram === undefined) {
        this.#outlet.release(slot)
        break
      }
      slot.bytes.set(datagram)
      slot.length = datagram.length
      slot.to = undefined
      this.#outlet.send(slot)
    }
    this.#arm(this.#weather.deadline())
  }

  close(): void {
    this.#closed = true
    this.#alarm?.cancel()
  }

  #arm(due: Millis): void {
    if (due >= this.#armed) return
    this.#alarm?.cancel()
    this.#armed = due
    this.#alarm = this.#clock.at((due + this.#began) as Millis, () => {
      this.#armed = NEVER
      this.deliver()
    })
  }

  #now(): Millis {
    return (this.#clock.now() - this.#began) as Millis
  }
}
