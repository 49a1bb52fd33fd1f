import type { FileActions, Filestore, FilestoreRejection, SourceFile, TargetFile } from '@skyferry/cfdp'
import { directoryOf, type SimulatedDisk, type SimulatedFile } from '@skyferry/sim'
import { INBOX, SimulatedFileActions } from './simulated-file-actions.ts'

/** Where files to be sent lie, where received ones go, and where they grow until they are whole. */
export { INBOX }
export const OUTBOX = 'outbox'
const INCOMING = 'incoming'

export interface SimulatedFilestoreOptions {
  /** Octets of contiguous writes that wait in memory for one large write; 0: every write goes to the disk. */
  readonly gatherOctets?: number
}

/**
 * A filestore on a disk that can lose power, for one life of an entity: files grow under `incoming/<key>`, and are
 * cut to size and renamed when placed. `sync` makes durable what was written so far, as a host does before it commits
 * records.
 */
export class SimulatedFilestore implements Filestore {
  readonly #disk: SimulatedDisk
  readonly #gatherOctets: number
  readonly #unsynced: Set<SimulatedFile> = new Set()
  readonly #unsyncedDirectories: Set<string> = new Set()
  readonly #targets: Set<SimulatedTarget> = new Set()
  /** Names placed since the last sync. */
  readonly #unsyncedNames: Set<string> = new Set()

  readonly actions: FileActions

  constructor(disk: SimulatedDisk, { gatherOctets = 0 }: SimulatedFilestoreOptions = {}) {
    this.#disk = disk
    this.#gatherOctets = gatherOctets
    this.actions = new SimulatedFileActions(disk, {
      written: file => this.#unsynced.add(file),
      named: path => this.#unsyncedDirectories.add(directoryOf(path)),
    })
  }

  openSource(name: string): SourceFile | FilestoreRejection {
    const file = this.#disk.open(`${OUTBOX}/${name}`)
    if (file === undefined) return rejected('does-not-exist', `there is no file ${name}`)
    return new SimulatedSource(file, name)
  }

  openTarget(key: string): TargetFile {
    const target = new SimulatedTarget(this.#disk, `${INCOMING}/${key}`, this.#gatherOctets, {
      written: file => this.#unsynced.add(file),
      named: path => {
        this.#unsyncedDirectories.add(directoryOf(path))
        this.#unsyncedNames.add(path)
      },
      closed: () => this.#targets.delete(target),
    })
    this.#targets.add(target)
    return target
  }

  /** Makes every octet and every name durable that was written or given before this call. */
  sync(): void {
    for (const target of this.#targets) target.flush()
    for (const file of this.#unsynced) file.sync()
    // Names last: a name should not become durable before what it stands for.
    for (const directory of this.#unsyncedDirectories) this.#disk.syncDirectory(directory)
    this.#unsynced.clear()
    this.#unsyncedDirectories.clear()
    this.#unsyncedNames.clear()
  }

  /** Would a received file keep its name if the power failed now? */
  isDurable(name: string): boolean {
    return !this.#unsyncedNames.has(`${INBOX}/${name}`)
  }
}

class SimulatedSource implements SourceFile {
  readonly size: number
  readonly stamp: string
  readonly #file: SimulatedFile
  readonly #name: string

  constructor(file: SimulatedFile, name: string) {
    this.#file = file
    this.#name = name
    this.size = file.size
    this.stamp = `${name} ${file.size}`
  }

  read(offset: number, target: Uint8Array, at: number, length: number): FilestoreRejection | undefined {
    if (this.#file.read(offset, target, at, length) === length) return undefined
    return rejected('changed', `${this.#name} has become shorter`)
  }

  close(): void {}
}

interface TargetEvents {
  written(file: SimulatedFile): void
  /** A name appeared, moved or went. */
  named(path: string): void
  closed(): void
}

class SimulatedTarget implements TargetFile {
  readonly #disk: SimulatedDisk
  readonly #path: string
  readonly #events: TargetEvents
  /** Made at the first write, so that a target that was placed in an earlier life is not made anew. */
  #file: SimulatedFile | undefined
  readonly #gathered: Uint8Array
  #gatheredFrom = 0
  #gatheredOctets = 0

  constructor(disk: SimulatedDisk, path: string, gatherOctets: number, events: TargetEvents) {
    this.#disk = disk
    this.#path = path
    this.#events = events
    this.#file = disk.open(path)
    // Perhaps made by a life that was killed before this name was safe.
    if (this.#file !== undefined) this.#events.named(path)
    this.#gathered = new Uint8Array(gatherOctets)
  }

  write(offset: number, data: Uint8Array): undefined {
    const continues = offset === this.#gatheredFrom + this.#gatheredOctets
    const fits = this.#gatheredOctets + data.length <= this.#gathered.length
    if (!continues || !fits) this.flush()
    if (data.length > this.#gathered.length) {
      this.#put(offset, data)
      return
    }
    if (this.#gatheredOctets === 0) this.#gatheredFrom = offset
    this.#gathered.set(data, this.#gatheredOctets)
    this.#gatheredOctets += data.length
  }

  read(offset: number, target: Uint8Array, at: number, length: number): undefined {
    this.flush()
    const count = this.#file?.read(offset, target, at, length) ?? 0
    target.fill(0, at + count, at + length)
  }

  place(name: string, size: number): { readonly kind: 'placed'; readonly name: string } | FilestoreRejection {
    this.flush()
    const path = `${INBOX}/${name}`
    if (this.#file === undefined && size === 0) this.#file = this.#create()
    if (this.#file === undefined) {
      // Placed by an earlier life that was killed before its record, or the name, was safe.
      const placed = this.#disk.open(path)
      if (placed?.size === size) {
        this.#events.written(placed)
        this.#events.named(path)
        return { kind: 'placed', name }
      }
      return rejected('io-error', `nothing was received that could become ${name}`)
    }
    this.#file.resize(size)
    this.#events.written(this.#file)
    this.#disk.rename(this.#path, path)
    this.#events.named(path)
    this.close()
    return { kind: 'placed', name }
  }

  discard(): void {
    this.#gatheredOctets = 0
    if (this.#disk.remove(this.#path)) this.#events.named(this.#path)
    this.close()
  }

  close(): void {
    this.flush()
    this.#events.closed()
  }

  flush(): void {
    if (this.#gatheredOctets === 0) return
    this.#put(this.#gatheredFrom, this.#gathered.subarray(0, this.#gatheredOctets))
    this.#gatheredOctets = 0
  }

  #put(offset: number, data: Uint8Array): void {
    this.#file ??= this.#create()
    this.#file.write(offset, data)
    this.#events.written(this.#file)
  }

  #create(): SimulatedFile {
    this.#events.named(this.#path)
    return this.#disk.create(this.#path)
  }
}

function rejected(code: FilestoreRejection['code'], reason: string): FilestoreRejection {
  return { kind: 'rejected', code, reason }
}
