import {
  type DirectoryEntry,
  type FileActions,
  type FileCopy,
  type FilestoreRejection,
  OFFERED,
} from './filestore.ts'

type Code = FilestoreRejection['code']

function reject(code: Code, reason: string): FilestoreRejection {
  return { kind: 'rejected', code, reason }
}

/** What filestore requests do to files in memory. Names with slashes lie in directories; any such directory is there. */
export class MemoryFileActions implements FileActions {
  readonly #files: Map<string, Uint8Array>
  readonly #directories: Set<string>

  constructor(files: Map<string, Uint8Array>, directories: Set<string>) {
    this.#files = files
    this.#directories = directories
  }

  sizeOf(name: string): number | 'directory' | undefined {
    return this.#files.get(name)?.length ?? (this.#isDirectory(name) ? 'directory' : undefined)
  }

  createFile(name: string): FilestoreRejection | undefined {
    if (name === '') return reject('not-allowed', 'a file needs a name')
    if (this.sizeOf(name) !== undefined) return reject('already-exists', `${name} exists already`)
    this.#files.set(name, new Uint8Array(0))
    return undefined
  }

  removeFile(name: string): FilestoreRejection | undefined {
    if (this.#files.delete(name)) return undefined
    if (this.#isDirectory(name)) return reject('not-allowed', `${name} is a directory`)
    return reject('does-not-exist', `there is no file ${name}`)
  }

  renameFile(from: string, to: string): FilestoreRejection | undefined {
    const content = this.#files.get(from)
    if (content === undefined) return reject('does-not-exist', `there is no file ${from}`)
    if (this.sizeOf(to) !== undefined) return reject('already-exists', `${to} exists already`)
    this.#files.delete(from)
    this.#files.set(to, content)
    return undefined
  }

  appendFile(target: string, addition: string, size: number): FileCopy | FilestoreRejection {
    const content = this.#files.get(target)
    const added = this.#files.get(addition)
    if (content === undefined || added === undefined) return reject('does-not-exist', 'there is no such file')
    if (content.length < size || content.length > size + added.length)
      return reject('changed', `${target} has changed meanwhile`)
    return once(() => {
      const joined = new Uint8Array(size + added.length)
      joined.set(content.subarray(0, size))
      joined.set(added, size)
      this.#files.set(target, joined)
    })
  }

  replaceFile(target: string, replacement: string): FileCopy | FilestoreRejection {
    const content = this.#files.get(replacement)
    if (content === undefined) return reject('does-not-exist', `there is no file ${replacement}`)
    return once(() => this.#files.set(target, content.slice()))
  }

  createDirectory(name: string): FilestoreRejection | undefined {
    if (this.sizeOf(name) !== undefined) return reject('already-exists', `${name} exists already`)
    this.#directories.add(bare(name))
    return undefined
  }

  removeDirectory(name: string): FilestoreRejection | undefined {
    if (this.#files.has(name)) return reject('not-allowed', `${name} is a file`)
    if (!this.#isDirectory(name)) return reject('does-not-exist', `there is no directory ${name}`)
    if (bare(name) === '') return reject('not-allowed', 'the root stays')
    if (this.#names(name).size > 0) return reject('already-exists', `${name} is not empty`)
    this.#directories.delete(bare(name))
    return undefined
  }

  list(name: string, limit: number): { entries: DirectoryEntry[]; isCut: boolean } | FilestoreRejection {
    if (!this.#isDirectory(name)) return reject('does-not-exist', `there is no directory ${name}`)
    const names = [...this.#names(name)].sort()
    const prefix = bare(name) === '' ? '' : `${bare(name)}/`
    const entries = names.slice(0, limit).map(each => {
      const size = this.sizeOf(prefix + each)
      return typeof size === 'number'
        ? { name: each, isDirectory: false, size }
        : { name: each, isDirectory: true }
    })
    return { entries, isCut: names.length > limit }
  }

  offer(key: string, content: Uint8Array): string {
    this.#files.set(OFFERED + key, content.slice())
    return OFFERED + key
  }

  withdraw(name: string): void {
    if (name.startsWith(OFFERED)) this.#files.delete(name)
  }

  #isDirectory(name: string): boolean {
    return bare(name) === '' || this.#directories.has(bare(name)) || this.#names(name).size > 0
  }

  /** Of what lies right below a directory. */
  #names(directory: string): Set<string> {
    const prefix = bare(directory) === '' ? '' : `${bare(directory)}/`
    const below = new Set<string>()
    for (const path of [...this.#files.keys(), ...this.#directories]) {
      if (path.startsWith(prefix) && !path.startsWith(OFFERED))
        below.add(path.slice(prefix.length).split('/')[0]!)
    }
    return below
  }
}

/** Without slashes at either end. */
function bare(name: string): string {
  return name.replace(/^\/+|\/+$/g, '')
}

function once(act: () => void): FileCopy {
  return {
    step: () => {
      act()
      return true
    },
  }
}
