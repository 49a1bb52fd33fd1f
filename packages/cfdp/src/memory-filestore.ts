import type { FileActions, Filestore, FilestoreRejection, SourceFile, TargetFile } from './filestore.ts'
import { MemoryFileActions } from './memory-file-actions.ts'

const missing = (name: string): FilestoreRejection => ({
  kind: 'rejected',
  code: 'does-not-exist',
  reason: `there is no file ${name}`,
})

/** A filestore in memory, for tests, benchmarks and a first look. */
export class MemoryFilestore implements Filestore {
  /** Whole files by name. */
  readonly files: Map<string, Uint8Array> = new Map()
  /** Directories that were made; others are there because a file's name says so. */
  readonly directories: Set<string> = new Set()
  readonly actions: FileActions = new MemoryFileActions(this.files, this.directories)
  /** Files being received, by key. */
  readonly incoming: Map<string, MemoryTarget> = new Map()
  /** Keys of files that have their place: placing one again, after a restart, changes nothing. */
  readonly placed: Set<string> = new Set()
  /** What every read, write and placement answers from now on; undefined: the disk is well. */
  failure: FilestoreRejection | undefined

  openSource(name: string): SourceFile | FilestoreRejection {
    const content = this.files.get(name)
    if (content === undefined) return missing(name)
    return new MemorySource(this, content)
  }

  openTarget(key: string): TargetFile {
    let target = this.incoming.get(key)
    if (target === undefined) {
      target = new MemoryTarget(this, key)
      this.incoming.set(key, target)
    }
    return target
  }
}

class MemorySource implements SourceFile {
  readonly size: number
  readonly stamp: string
  readonly #owner: MemoryFilestore
  readonly #content: Uint8Array

  constructor(owner: MemoryFilestore, content: Uint8Array) {
    this.#owner = owner
    this.#content = content
    this.size = content.length
    this.stamp = `memory ${content.length}`
  }

  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined {
    target.set(this.#content.subarray(offset, offset + length), at)
    return this.#owner.failure
  }

  close(): void {}
}

/** Grows by doubling; what was never written reads as zeros. */
class MemoryTarget implements TargetFile {
  #content: Uint8Array = new Uint8Array(0)
  #length = 0
  #isWritten = false
  readonly #owner: MemoryFilestore
  readonly #key: string

  constructor(owner: MemoryFilestore, key: string) {
    this.#owner = owner
    this.#key = key
  }

  write(offset: number, data: Uint8Array): FilestoreRejection | undefined {
    if (this.#owner.failure !== undefined) return this.#owner.failure
    this.#isWritten = true
    const end = offset + data.length
    if (end > this.#content.length) {
      if (end > 0x7fff_0000)
        return { kind: 'rejected', code: 'no-space', reason: 'the file outgrew the memory' }
      const grown = new Uint8Array(Math.max(end, 2 * this.#content.length, 65_536))
      grown.set(this.#content)
      this.#content = grown
    }
    if (end > this.#length) this.#length = end
    this.#content.set(data, offset)
    return undefined
  }

  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined {
    target.fill(0, at, at + length)
    target.set(this.#content.subarray(offset, Math.min(this.#length, offset + length)), at)
    return this.#owner.failure
  }

  place(name: string, size: number): { readonly kind: 'placed'; readonly name: string } | FilestoreRejection {
    if (this.#owner.failure !== undefined) return this.#owner.failure
    if (!this.#isWritten && this.#owner.placed.has(this.#key)) {
      this.discard()
      return { kind: 'placed', name }
    }
    const whole = new Uint8Array(size)
    whole.set(this.#content.subarray(0, Math.min(this.#length, size)))
    this.#owner.files.set(name, whole)
    this.#owner.placed.add(this.#key)
    this.discard()
    return { kind: 'placed', name }
  }

  discard(): void {
    this.#owner.incoming.delete(this.#key)
  }

  close(): void {}
}
