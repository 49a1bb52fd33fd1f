/** Hosts at one table: a simulated air, a clock that jumps, and promises that are given time to settle. */
import { type Millis, Random } from '@skyferry/engine'
import { bothWays, SimulatedAir, VirtualClock, type Weather } from '@skyferry/sim'
import { Host, type HostOptions } from '../../src/index.ts'

export class Table {
  readonly clock: VirtualClock = new VirtualClock()
  readonly #air = new SimulatedAir(this.clock, {})
  readonly #hosts: Host<string>[] = []

  constructor(weather: Weather = bothWays(), guests: readonly [string, string] = ['client', 'server']) {
    this.#air.join(guests[0], guests[1], weather, new Random(7))
  }

  host(name: string, options: Partial<HostOptions<string>> = {}): Host<string> {
    const host = new Host<string>({
      link: this.#air.link(name),
      clock: this.clock,
      keyOf: address => address,
      ...options,
    })
    this.#hosts.push(host)
    return host
  }

  /** Lets time pass until a promise is settled. */
  async play<Result>(promise: Promise<Result>, limitMs = 1_000_000): Promise<Result> {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    const until = this.clock.now() + limitMs
    while (!isSettled) {
      await new Promise(resolve => setImmediate(resolve))
      if (isSettled) break
      if (this.clock.now() > until) throw new Error('it takes too long')
      if (!this.clock.step()) throw new Error('nothing is going to happen any more')
    }
    return await promise
  }

  /** Lets so much time pass. */
  async wait(ms: number): Promise<void> {
    const until = (this.clock.now() + ms) as Millis
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      if (this.clock.next > until) break
      this.clock.step()
    }
    this.clock.rest(until)
  }
}
