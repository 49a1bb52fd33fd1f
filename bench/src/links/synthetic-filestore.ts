import type { Filestore, FilestoreRejection, SourceFile, TargetFile } from '@skyferry/cfdp'
import { assert } from '@skyferry/engine'
import { RangeSet } from '@skyferry/octets'

/** A prime, so that a segment put in another's place does not look right. */
const PERIOD = 65_537
const READ_MAX = 65_536

/** The content at offset x is `TILE[x % PERIOD]`; longer than the period, so that any piece is one copy. */
const TILE = makeTile()

function makeTile(): Uint8Array {
  const tile = new Uint8Array(PERIOD + READ_MAX)
  let state = 0x2545f491
  for (let index = 0; index < PERIOD; index++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + index
    tile[index] = state >>> 11
  }
  tile.copyWithin(PERIOD, 0, READ_MAX)
  return tile
}

function contentAt(offset: number, length: number): Uint8Array {
  assert(length <= READ_MAX, 'synthetic content is asked for in pieces of 64 KiB')
  const from = offset % PERIOD
  return TILE.subarray(from, from + length)
}

/**
 * Files of any size that are nowhere: the source's content is a function of the offset; the target compares what it is
 * given with what it should be, and remembers only which octets it has.
 */
export class SyntheticFilestore implements Filestore {
  readonly #octets: number

  constructor(octets: number) {
    this.#octets = octets
  }

  openSource(_name: string): SourceFile {
    return {
      size: this.#octets,
      stamp: `synthetic ${this.#octets}`,
      read(offset, target, at, length) {
        for (let done = 0; done < length; done += READ_MAX) {
          target.set(contentAt(offset + done, Math.min(READ_MAX, length - done)), at + done)
        }
        return undefined
      },
      close() {},
    }
  }

  openTarget(_key: string): SyntheticTarget {
    return new SyntheticTarget(this.#octets)
  }
}

class SyntheticTarget implements TargetFile {
  readonly #held: RangeSet = new RangeSet()
  readonly #octets: number

  constructor(octets: number) {
    this.#octets = octets
  }

  /** Throws when an octet is not the source's: a bench has no use for a wrong file. */
  write(offset: number, data: Uint8Array): undefined {
    assert(offset + data.length <= this.#octets, 'nothing is written past the end of the file')
    assert(Buffer.compare(contentAt(offset, data.length), data) === 0, 'what arrives is what was sent')
    this.#held.add(offset, offset + data.length)
  }

  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined {
    if (this.#held.gapsWithin(offset, offset + length).length > 0) return incomplete('was never written')
    for (let done = 0; done < length; done += READ_MAX) {
      target.set(contentAt(offset + done, Math.min(READ_MAX, length - done)), at + done)
    }
    return undefined
  }

  place(name: string, size: number): { readonly kind: 'placed'; readonly name: string } | FilestoreRejection {
    if (size !== this.#octets || this.#held.octets !== size)
      return incomplete(`holds ${this.#held.octets} octets`)
    return { kind: 'placed', name }
  }

  discard(): void {}
  close(): void {}
}

function incomplete(what: string): FilestoreRejection {
  return { kind: 'rejected', code: 'io-error', reason: `the synthetic target ${what}` }
}
