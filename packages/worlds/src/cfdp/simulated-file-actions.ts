import type { FileActions, FileCopy, FilestoreRejection } from '@skyferry/cfdp'
import type { SimulatedDisk, SimulatedFile } from '@skyferry/sim'

/** Where received files go. */
export const INBOX = 'inbox'
const DRAFTS = 'drafts'

export interface ActionEvents {
  written(file: SimulatedFile): unknown
  /** A name appeared, moved or went, or may have in a life that did not make that safe. */
  named(path: string): unknown
}

/** What filestore requests do to the received files of a disk that can lose power; directories need no making there. */
export class SimulatedFileActions implements FileActions {
  readonly #disk: SimulatedDisk
  readonly #events: ActionEvents

  constructor(disk: SimulatedDisk, events: ActionEvents) {
    this.#disk = disk
    this.#events = events
  }

  sizeOf(name: string): number | undefined {
    return this.#disk.size(at(name))
  }

  createFile(name: string): FilestoreRejection | undefined {
    this.#events.named(at(name))
    if (this.sizeOf(name) !== undefined) return rejected('already-exists')
    this.#disk.create(at(name))
    return undefined
  }

  removeFile(name: string): FilestoreRejection | undefined {
    this.#events.named(at(name))
    return this.#disk.remove(at(name)) ? undefined : rejected('does-not-exist')
  }

  renameFile(from: string, to: string): FilestoreRejection | undefined {
    this.#events.named(at(from))
    this.#events.named(at(to))
    if (this.sizeOf(from) === undefined) return rejected('does-not-exist')
    if (this.sizeOf(to) !== undefined) return rejected('already-exists')
    this.#disk.rename(at(from), at(to))
    return undefined
  }

  appendFile(target: string, addition: string, size: number): FileCopy | FilestoreRejection {
    const file = this.#disk.open(at(target))
    const added = this.#disk.read(at(addition))
    if (file === undefined || added === undefined) return rejected('does-not-exist')
    if (file.size < size || file.size > size + added.length) return rejected('changed')
    return {
      step: () => {
        file.resize(size)
        file.write(size, added)
        this.#events.written(file)
        return true
      },
    }
  }

  replaceFile(target: string, replacement: string): FileCopy | FilestoreRejection {
    const content = this.#disk.read(at(replacement))
    if (content === undefined) return rejected('does-not-exist')
    const draft = `${DRAFTS}/${target}`
    return {
      step: () => {
        const file = this.#disk.create(draft)
        file.write(0, content)
        this.#events.written(file)
        this.#disk.rename(draft, at(target))
        this.#events.named(draft)
        this.#events.named(at(target))
        return true
      },
    }
  }

  createDirectory(): FilestoreRejection {
    return rejected('not-allowed')
  }

  removeDirectory(): FilestoreRejection {
    return rejected('does-not-exist')
  }

  list(): FilestoreRejection {
    return rejected('not-allowed')
  }

  offer(): FilestoreRejection {
    return rejected('not-allowed')
  }

  withdraw(): void {}
}

function at(name: string): string {
  return `${INBOX}/${name}`
}

function rejected(code: FilestoreRejection['code']): FilestoreRejection {
  return { kind: 'rejected', code, reason: `the simulated disk says ${code}` }
}
