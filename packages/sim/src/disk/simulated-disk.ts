import { assert, type Random } from '@skyferry/engine'
import { Directories } from './directories.ts'
import { FileContent } from './file-content.ts'

/** An open file. It follows the file through renames and removal; a crash of the disk makes it useless. */
export interface SimulatedFile {
  readonly size: number
  write(offset: number, data: Uint8Array): void
  /** Reads up to `length` octets at `offset` to `target[at…]`; answers how many there were. */
  read(offset: number, target: Uint8Array, at: number, length: number): number
  /** Cuts the file, or extends it with zeros. */
  resize(size: number): void
  /** Makes its octets and size durable; its name is its directory's business. */
  sync(): void
}

class OpenFile implements SimulatedFile {
  readonly #disk: SimulatedDisk
  readonly #content: FileContent
  readonly #crashes: number

  constructor(disk: SimulatedDisk, content: FileContent) {
    this.#disk = disk
    this.#content = content
    this.#crashes = disk.crashes
  }

  get size(): number {
    return this.#live().size
  }

  write(offset: number, data: Uint8Array): void {
    this.#live().write(offset, data)
  }

  read(offset: number, target: Uint8Array, at: number, length: number): number {
    return this.#live().read(offset, target, at, length)
  }

  resize(size: number): void {
    this.#live().resize(size)
  }

  sync(): void {
    this.#live().sync()
  }

  #live(): FileContent {
    assert(this.#disk.crashes === this.#crashes, 'nobody uses a file that was opened before the crash')
    return this.#content
  }
}

/**
 * A disk that can lose power. What is written can be read at once; what survives a crash is what was synced, and of
 * the rest, any part: octets by 512-octet blocks, names (create, rename, remove) by whole changes. A file whose name was
 * never synced may be gone although its octets were; a file renamed before its octets were synced may be torn.
 * Directories need no making. Paths are compared as they are: `a/b` and `a//b` are two.
 */
export class SimulatedDisk {
  readonly #directories: Directories = new Directories()
  #crashes = 0

  /** How often it lost power. */
  get crashes(): number {
    return this.#crashes
  }

  /** An existing file, or undefined. */
  open(path: string): SimulatedFile | undefined {
    const content = this.#directories.find(path)
    return content === undefined ? undefined : new OpenFile(this, content)
  }

  /** A new, empty file, in the place of any that had this name. */
  create(path: string): SimulatedFile {
    const content = new FileContent()
    this.#directories.create(path, content)
    return new OpenFile(this, content)
  }

  /** Octets of the file, or undefined when there is none. */
  size(path: string): number | undefined {
    return this.#directories.find(path)?.size
  }

  /** Writes into a file, made if need be. */
  write(path: string, offset: number, data: Uint8Array): void {
    let content = this.#directories.find(path)
    if (content === undefined) {
      content = new FileContent()
      this.#directories.create(path, content)
    }
    content.write(offset, data)
  }

  /** A copy of the whole file, or undefined when there is none. */
  read(path: string): Uint8Array | undefined {
    const content = this.#directories.find(path)
    if (content === undefined) return undefined
    const octets = new Uint8Array(content.size)
    content.read(0, octets, 0, octets.length)
    return octets
  }

  /** Moves a file, replacing any at `to`, in one step; false when there is no file at `from`. */
  rename(from: string, to: string): boolean {
    const content = this.#directories.find(from)
    if (content === undefined) return false
    if (from !== to) this.#directories.rename(from, to, content)
    return true
  }

  /** False when there is no such file. */
  remove(path: string): boolean {
    const content = this.#directories.find(path)
    if (content === undefined) return false
    this.#directories.remove(path, content)
    return true
  }

  /** Every path that begins with `prefix`, in order. */
  list(prefix = ''): string[] {
    return this.#directories.paths().filter(path => path.startsWith(prefix))
  }

  /** Makes a file's octets and size durable; false when there is no such file. Its name needs `syncDirectory`. */
  sync(path: string): boolean {
    const content = this.#directories.find(path)
    content?.sync()
    return content !== undefined
  }

  /** Makes durable which names exist in one directory (`''` for names without one). */
  syncDirectory(directory: string): void {
    this.#directories.sync(directory)
  }

  /** The power fails. Afterwards everything that is left is durable. */
  crash(random: Random): void {
    this.#crashes += 1
    this.#directories.crash(random)
    for (const path of this.#directories.paths()) this.#directories.find(path)!.crash(random)
  }
}
