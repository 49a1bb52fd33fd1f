import { type FilestoreRejection, isRejection, type TargetFile } from '@skyferry/cfdp'
import type { BlockHolder, BlockPool } from './block-pool.ts'
import { type DiskPort, readFully, writeFully } from './disk-port.ts'
import { reject, rejectionOf } from './disk-rejections.ts'
import type { Incoming } from './incoming.ts'
import type { Placed } from './placement.ts'
import type { Handle, Unsynced } from './unsynced.ts'

/** What a target needs of the filestore it belongs to. */
export interface TargetHost {
  readonly disk: DiskPort
  readonly pool: BlockPool
  readonly unsynced: Unsynced
  readonly incoming: Incoming
  /** Targets with octets that no file has yet. */
  readonly gathering: Set<DiskTarget>
  /** The target of this key is in nobody's hands any more. */
  closed(key: string): void
}

/**
 * A file being received. Writes that follow each other are gathered in a block and reach the file together, cut at
 * multiples of the block's size; a write elsewhere, a read, a sync or the end sends what was gathered first.
 */
export class DiskTarget implements TargetFile, BlockHolder {
  /** Whether there was anything to continue when it was opened. */
  readonly existed: boolean
  readonly #key: string
  readonly #host: TargetHost
  #handle: Handle | undefined
  #isClosed = false
  #block: Uint8Array | undefined
  /** Where in the file the block belongs, and how much of it is filled. */
  #start = 0
  #length = 0
  /** How much of it may be filled; -1 while nothing is gathered, so that not even an empty write fits. */
  #limit = -1

  constructor(host: TargetHost, key: string, existed: boolean) {
    this.#host = host
    this.#key = key
    this.existed = existed
  }

  write(offset: number, data: Uint8Array): FilestoreRejection | undefined {
    const after = this.#length + data.length
    if (offset === this.#start + this.#length && after <= this.#limit) {
      this.#block!.set(data, this.#length)
      this.#length = after
      return undefined
    }
    return this.#writeElsewhere(offset, data)
  }

  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined {
    const overlaps = this.#length > 0 && offset < this.#start + this.#length && offset + length > this.#start
    const rejection = this.#refusal() ?? (overlaps ? this.flush() : undefined)
    if (rejection !== undefined) return rejection
    const handle = this.#open()
    if (isRejection(handle)) return handle
    try {
      if (readFully(this.#host.disk, handle.fd, target, at, length, offset) === length) return undefined
    } catch (error) {
      return rejectionOf(error, `cannot read ${handle.name}`)
    }
    return reject('changed', `${handle.name} ends before octet ${offset + length}, which had been received`)
  }

  place(name: string, size: number): Placed | FilestoreRejection {
    const rejection = this.#refusal() ?? this.flush()
    if (rejection !== undefined) return rejection
    const handle = this.#open()
    if (isRejection(handle)) return handle
    try {
      if (this.#host.disk.fstatSync(handle.fd).size !== size) {
        this.#host.disk.ftruncateSync(handle.fd, size)
        this.#host.unsynced.written(handle)
      }
    } catch (error) {
      return rejectionOf(error, `cannot give ${handle.name} its ${size} octets`)
    }
    const placed = this.#host.incoming.place(this.#key, handle, name)
    if (placed.kind === 'placed') {
      this.#host.unsynced.close(handle)
      this.#end()
    }
    return placed
  }

  discard(): void {
    if (this.#isClosed) return
    if (this.#handle !== undefined) this.#host.unsynced.drop(this.#handle)
    this.#end()
    this.#host.incoming.remove(this.#key)
  }

  close(): void {
    if (this.#isClosed) return
    if (this.flush() === undefined) {
      if (this.#handle !== undefined) this.#host.unsynced.close(this.#handle)
      this.#end()
      return
    }
    // Octets said to be held are lost: nothing may continue this file, and no sync answer for it.
    if (this.#handle !== undefined) this.#host.unsynced.drop(this.#handle)
    this.#end()
    this.#host.incoming.setAside(this.#key)
  }

  /** Sends what was gathered to the file. What cannot be written stays gathered, for another try. */
  flush(): FilestoreRejection | undefined {
    if (this.#length === 0) return this.#handle?.failure
    const handle = this.#open()
    if (isRejection(handle)) return handle
    try {
      writeFully(this.#host.disk, handle.fd, this.#block!.subarray(0, this.#length), this.#start)
    } catch (error) {
      return rejectionOf(error, `cannot write ${handle.name}`)
    }
    this.#host.unsynced.written(handle)
    this.#length = 0
    this.#limit = -1
    this.#host.gathering.delete(this)
    return handle.failure
  }

  yieldBlock(): boolean {
    if (this.#length > 0) this.flush()
    if (this.#length > 0) return false
    this.#block = undefined
    return true
  }

  #writeElsewhere(offset: number, data: Uint8Array): FilestoreRejection | undefined {
    for (let done = 0; done < data.length; ) {
      const position = offset + done
      if (position !== this.#start + this.#length || this.#length >= this.#limit) {
        const rejection = this.#refusal() ?? this.flush()
        if (rejection !== undefined) return rejection
        this.#block ??= this.#host.pool.take(this)
        if (this.#block === undefined) return this.#writeNow(position, data.subarray(done))
        this.#start = position
        this.#limit = this.#block.length - (position % this.#block.length)
        this.#host.gathering.add(this)
      }
      const taken = Math.min(data.length - done, this.#limit - this.#length)
      this.#block!.set(data.subarray(done, done + taken), this.#length)
      this.#length += taken
      done += taken
    }
    return undefined
  }

  /** With all blocks stuck at other files, this one goes on without. */
  #writeNow(offset: number, data: Uint8Array): FilestoreRejection | undefined {
    const handle = this.#open()
    if (isRejection(handle)) return handle
    try {
      writeFully(this.#host.disk, handle.fd, data, offset)
    } catch (error) {
      return rejectionOf(error, `cannot write ${handle.name}`)
    }
    this.#host.unsynced.written(handle)
    return undefined
  }

  #refusal(): FilestoreRejection | undefined {
    return this.#isClosed ? reject('io-error', `the target ${this.#key} is closed`) : undefined
  }

  #open(): Handle | FilestoreRejection {
    if (this.#handle !== undefined) return this.#handle
    const handle = this.#host.incoming.open(this.#key)
    if (!isRejection(handle)) this.#handle = handle
    return handle
  }

  /** Lets go of the block, whatever is in it. */
  #end(): void {
    this.#isClosed = true
    this.#block = undefined
    this.#length = 0
    this.#limit = -1
    this.#host.pool.give(this)
    this.#host.gathering.delete(this)
    this.#host.closed(this.#key)
  }
}
