import type { Sink, SinkProblem, Sinks } from '@skyferry/dtp'
import { directoryOf, type SimulatedDisk, type SimulatedFile } from '@skyferry/sim'

/** Sinks on a disk that can lose power, for one life of a node. */
export class SimulatedSinks implements Sinks {
  readonly #disk: SimulatedDisk
  readonly #open: Map<string, SimulatedSink> = new Map()

  constructor(disk: SimulatedDisk) {
    this.#disk = disk
  }

  open(name: string): Sink {
    let sink = this.#open.get(name)
    if (sink === undefined) {
      sink = new SimulatedSink(this.#disk.open(name) ?? this.#disk.create(name))
      this.#open.set(name, sink)
    }
    return sink
  }

  /** Makes durable what was written so far, as a host does before it commits records. */
  sync(): void {
    for (const [name, sink] of this.#open) {
      sink.sync()
      this.#disk.syncDirectory(directoryOf(name))
    }
  }
}

class SimulatedSink implements Sink {
  readonly #file: SimulatedFile

  constructor(file: SimulatedFile) {
    this.#file = file
  }

  get size(): number {
    return this.#file.size
  }

  write(offset: number, data: Uint8Array): SinkProblem | undefined {
    this.#file.write(offset, data)
    return undefined
  }

  read(offset: number, target: Uint8Array, at: number, length: number): SinkProblem | undefined {
    if (this.#file.read(offset, target, at, length) === length) return undefined
    return { kind: 'problem', code: 'io-error', reason: 'the file ends before that' }
  }

  close(): void {}

  sync(): void {
    this.#file.sync()
  }
}
