import type { Millis } from '@skyferry/engine'

/** One thing that happened, in the words of whom it happened to. */
interface Line {
  readonly at: Millis
  /** `craft → earth`, or `craft` alone. */
  readonly who: string
  readonly what: string
  /** What the teller thought of it: an engine's state, say. */
  readonly state: string
}

/** The last things that happened in a world, for whoever must understand how it failed. */
export class LastWords {
  readonly #capacity: number
  readonly #lines: Line[] = []
  #next = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(at: Millis, who: string, what: string, state = ''): void {
    this.#lines[this.#next] = { at, who, what, state }
    this.#next = (this.#next + 1) % this.#capacity
  }

  /** The lines, oldest first, in columns. */
  lines(): string[] {
    const lines = [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)]
    const times = lines.map(line => inSeconds(line.at))
    const time = widest(times, 6)
    const who = widest(
      lines.map(line => line.who),
      14,
    )
    const what = widest(
      lines.map(line => line.what),
      20,
    )
    return lines.map((line, index) =>
      [times[index]!.padStart(time), line.who.padEnd(who), line.what.padEnd(what), line.state]
        .join('  ')
        .trimEnd(),
    )
  }
}

function widest(texts: readonly string[], least: number): number {
  return texts.reduce((width, text) => Math.max(width, text.length), least)
}

/** Virtual time as it is read: seconds with three decimals. */
export function inSeconds(at: number): string {
  return (at / 1000).toFixed(3)
}

/** `1873` as `1,873`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
