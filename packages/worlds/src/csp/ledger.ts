/** What was written to connections and what came out of them, kept outside of every node's life. */
import type { RdpEnding } from '@skyferry/csp'
import { Random } from '@skyferry/engine'
import type { World } from '@skyferry/sim'

/** Packets of one connection, which carry its number and their own; the rest is chance that both ends can repeat. */
export class Series {
  readonly id: number
  readonly count: number
  readonly #seed: number
  readonly #octetsMax: number
  written = 0
  /** How the near end was told that it ended. */
  ending: { readonly how: RdpEnding; readonly undelivered: number } | undefined
  /** The near end has lost its memory of it. */
  isOrphan = false
  arrived = 0
  echoed = 0

  constructor(id: number, count: number, seed: number, octetsMax: number) {
    this.id = id
    this.count = count
    this.#seed = seed
    this.#octetsMax = octetsMax
  }

  packet(index: number): Uint8Array {
    const random = new Random(this.#seed * 65_536 + index)
    const octets = new Uint8Array(8 + random.whole(0, this.#octetsMax))
    random.fill(octets)
    const view = new DataView(octets.buffer)
    view.setUint32(0, this.id)
    view.setUint32(4, index)
    return octets
  }

  get isWritten(): boolean {
    return this.written === this.count
  }
}

export class Ledger {
  readonly #sky: World
  readonly #random: Random
  readonly series: Series[] = []

  constructor(sky: World) {
    this.#sky = sky
    this.#random = sky.chance('series')
  }

  begin(octetsMax: number, countMax: number): Series {
    const count = Math.ceil(countMax ** this.#random.unit())
    const series = new Series(this.series.length + 1, count, this.#random.bits(), octetsMax)
    this.series.push(series)
    return series
  }

  /** Is this packet the next one of its series? Anything else is a broken promise. */
  check(octets: Uint8Array, expected: (series: Series) => number, where: string): Series {
    const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
    const series = octets.length >= 8 ? this.series[view.getUint32(0) - 1] : undefined
    if (series === undefined)
      return this.#sky.fail('only what was written arrives', `${where}: nobody wrote this`)
    const index = view.getUint32(4)
    const due = expected(series)
    if (index !== due) {
      this.#sky.fail('packets arrive in order and once', `${where}: packet ${index} instead of ${due}`)
    }
    const written = series.packet(index)
    if (written.length !== octets.length || written.some((octet, at) => octet !== octets[at])) {
      this.#sky.fail(
        'packets arrive as they were written',
        `${where}: packet ${index} of series ${series.id}`,
      )
    }
    return series
  }
}
