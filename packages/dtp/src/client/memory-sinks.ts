import type { Sink, SinkProblem, Sinks } from './sink.ts'

const OCTETS_MAX = 0x7fff_0000

/** Sinks in memory, for tests, examples and small payloads. */
export class MemorySinks implements Sinks {
  readonly #sinks: Map<string, MemorySink> = new Map()

  open(name: string): Sink {
    let sink = this.#sinks.get(name)
    if (sink === undefined) {
      sink = new MemorySink()
      this.#sinks.set(name, sink)
    }
    return sink
  }

  /** A copy of what a sink holds; holes are zeros. */
  content(name: string): Uint8Array | undefined {
    return this.#sinks.get(name)?.content()
  }
}

class MemorySink implements Sink {
  #octets: Uint8Array = new Uint8Array(0)
  #size = 0

  get size(): number {
    return this.#size
  }

  write(offset: number, data: Uint8Array): SinkProblem | undefined {
    const end = offset + data.length
    if (end > OCTETS_MAX)
      return { kind: 'problem', code: 'no-space', reason: 'the payload outgrew the memory' }
    if (end > this.#octets.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#octets.length, 65_536))
      grown.set(this.#octets)
      this.#octets = grown
    }
    this.#octets.set(data, offset)
    if (end > this.#size) this.#size = end
    return undefined
  }

  read(offset: number, target: Uint8Array, at: number, length: number): SinkProblem | undefined {
    if (offset + length > this.#size) return { kind: 'problem', code: 'io-error', reason: 'beyond the end' }
    target.set(this.#octets.subarray(offset, offset + length), at)
    return undefined
  }

  close(): void {}

  content(): Uint8Array {
    return this.#octets.slice(0, this.#size)
  }
}
