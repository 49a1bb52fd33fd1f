import fs from 'node:fs'
import type { FilestoreRejection, SourceFile } from '@skyferry/cfdp'
import type { BlockHolder, BlockPool } from './block-pool.ts'
import { type DiskPort, readFully } from './disk-port.ts'
import { reject, rejectionOf } from './disk-rejections.ts'

/**
 * Opens a file to be sent. Only regular files: a directory has no octets, and opening a pipe could block for ever.
 * @param name what messages call it
 */
export function openDiskSource(
  disk: DiskPort,
  pool: BlockPool,
  path: string,
  name: string,
): SourceFile | FilestoreRejection {
  let fd: number
  try {
    // Without O_NONBLOCK a pipe would hold the whole process until somebody writes to it.
    fd = disk.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0))
  } catch (error) {
    return rejectionOf(error, `cannot open ${name}`)
  }
  try {
    const stat = disk.fstatSync(fd, { bigint: true })
    if (stat.isFile()) {
      return new DiskSource(
        disk,
        pool,
        fd,
        name,
        Number(stat.size),
        `${stat.ino}-${stat.size}-${stat.mtimeNs}`,
      )
    }
    disk.closeSync(fd)
    return reject(
      'not-allowed',
      `cannot send ${name}: it is ${stat.isDirectory() ? 'a directory' : 'not a file'}`,
    )
  } catch (error) {
    disk.closeSync(fd)
    return rejectionOf(error, `cannot open ${name}`)
  }
}

/**
 * A file being sent. Whoever reads on gets a block read ahead; a single read elsewhere (a repair) takes just what it
 * needs, so that it costs one call and leaves the block of the first pass alone.
 */
class DiskSource implements SourceFile, BlockHolder {
  readonly size: number
  readonly stamp: string
  readonly #disk: DiskPort
  readonly #pool: BlockPool
  readonly #name: string
  #fd: number | undefined
  #block: Uint8Array | undefined
  /** The octets of the file that the block holds; without a block not even the empty range at 0. */
  #from = 0
  #to = -1
  /** Where the last read outside the block ended: a read from there is the second in a row, and reads ahead. */
  #lastEnd = 0

  constructor(disk: DiskPort, pool: BlockPool, fd: number, name: string, size: number, stamp: string) {
    this.#disk = disk
    this.#pool = pool
    this.#fd = fd
    this.#name = name
    this.size = size
    this.stamp = stamp
  }

  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined {
    const start = offset - this.#from
    if (start >= 0 && offset + length <= this.#to) {
      target.set(this.#block!.subarray(start, start + length), at)
      return undefined
    }
    return this.#readOutside(offset, target, at, length)
  }

  close(): void {
    if (this.#fd === undefined) return
    this.yieldBlock()
    this.#pool.give(this)
    this.#disk.closeSync(this.#fd)
    this.#fd = undefined
  }

  yieldBlock(): boolean {
    this.#block = undefined
    this.#from = 0
    this.#to = -1
    return true
  }

  #readOutside(
    offset: number,
    target: Uint8Array,
    at: number,
    length: number,
  ): FilestoreRejection | undefined {
    if (this.#fd === undefined) return reject('io-error', `cannot read ${this.#name}: it is closed`)
    // Reading on: past the end of the block, across it, or straight after the last read elsewhere.
    const readsOn = (offset >= this.#from && offset <= this.#to) || offset === this.#lastEnd
    this.#lastEnd = offset + length
    try {
      if (readsOn && this.#readAhead(this.#fd, offset) && offset + length <= this.#to) {
        target.set(this.#block!.subarray(0, length), at)
        return undefined
      }
      if (readFully(this.#disk, this.#fd, target, at, length, offset) === length) return undefined
    } catch (error) {
      return rejectionOf(error, `cannot read ${this.#name}`)
    }
    return reject('changed', `${this.#name} became shorter than the ${this.size} octets it had`)
  }

  #readAhead(fd: number, offset: number): boolean {
    this.#block ??= this.#pool.take(this)
    if (this.#block === undefined) return false
    this.#to = this.#from
    const length = readFully(this.#disk, fd, this.#block, 0, this.#block.length, offset)
    this.#from = offset
    this.#to = offset + length
    return true
  }
}
