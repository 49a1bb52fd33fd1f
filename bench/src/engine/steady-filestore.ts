import { randomFillSync } from 'node:crypto'
import type { Filestore, SourceFile, TargetFile } from '@skyferry/cfdp'

/**
 * One file to send and room for one to receive, in memory that exists already: what grows or is copied at the end
 * (`MemoryFilestore` does both) costs as much as the transfer itself and would be measured with it.
 */
export class SteadyFilestore implements Filestore {
  readonly #source: Uint8Array
  readonly #target: Uint8Array
  #placed = 0

  constructor(octets: number) {
    this.#source = randomFillSync(new Uint8Array(octets))
    this.#target = new Uint8Array(octets)
  }

  /** How many times a file was placed. */
  get placed(): number {
    return this.#placed
  }

  /** Is what was received what was sent? Forgets it, so that the next transfer proves itself again. */
  verify(): boolean {
    const isSame = Buffer.compare(this.#source, this.#target) === 0
    this.#target.fill(0)
    return isSame
  }

  openSource(_name: string): SourceFile {
    const source = this.#source
    return {
      size: source.length,
      stamp: 'steady',
      read(offset, target, at, length) {
        target.set(source.subarray(offset, offset + length), at)
        return undefined
      },
      close() {},
    }
  }

  openTarget(_key: string): TargetFile {
    const content = this.#target
    return {
      write(offset, data) {
        content.set(data, offset)
        return undefined
      },
      read(offset, target, at, length) {
        target.set(content.subarray(offset, offset + length), at)
        return undefined
      },
      place: name => {
        this.#placed += 1
        return { kind: 'placed', name }
      },
      discard() {},
      close() {},
    }
  }
}
