import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { open, readdir, realpath, rmdir, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { StoredObject, WrittenObject } from '@skyferry/api'
import { type FilestoreRejection, isRejection } from '@skyferry/cfdp'
import { type DiskPort, realDisk } from './disk-port.ts'
import { systemCode } from './disk-rejections.ts'
import type { OnExisting } from './placement.ts'
import { numbered, OWN_DIRECTORY, safeName } from './safe-name.ts'
import { Sandbox } from './sandbox.ts'
import { SyncError, Unsynced } from './unsynced.ts'

/** How many names with a number are tried where one is taken. */
const NAMES_MAX = 1000
/** Folders below each other that a listing follows. */
const DEPTH_MAX = 32

/** Why a bucket does not take, give or remove an object. */
export class BucketError extends Error {
  override readonly name = 'BucketError'
  readonly code:
    | 'not-found'
    | 'exists'
    | 'bad-name'
    | 'too-large'
    | 'no-space'
    | 'not-allowed'
    | 'interrupted'
    | 'io-error'

  constructor(code: BucketError['code'], text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** What the words of a filestore mean here. */
const CODES: Readonly<Record<FilestoreRejection['code'], BucketError['code']>> = {
  'does-not-exist': 'not-found',
  'not-allowed': 'not-allowed',
  'already-exists': 'exists',
  'no-space': 'no-space',
  changed: 'io-error',
  'io-error': 'io-error',
}

export interface Quota {
  readonly maxOctets: number | undefined
  readonly maxObjects: number | undefined
}

/** A whole object, as it lies on the disk. */
export interface FoundObject {
  readonly path: string
  readonly size: number
  readonly modified: Date
}

/** A folder of objects. Their names are paths in it; names from outside never lead out of it. */
export class Bucket {
  readonly name: string
  readonly directory: string
  readonly quota: Quota
  readonly created: Date
  readonly #disk: DiskPort
  readonly #unsynced: Unsynced
  readonly #sandbox: Sandbox
  #usage: { octets: number; objects: number } = { octets: 0, objects: 0 }

  constructor(name: string, directory: string, quota: Quota, disk: DiskPort = realDisk) {
    this.name = name
    this.directory = path.resolve(directory)
    this.quota = quota
    this.#disk = disk
    this.#unsynced = new Unsynced(disk)
    this.#sandbox = new Sandbox(disk, this.#unsynced, this.directory)
    fs.mkdirSync(this.directory, { recursive: true })
    const { birthtimeMs, ctime, birthtime } = fs.statSync(this.directory)
    // Not every file system knows.
    this.created = birthtimeMs > 0 ? birthtime : ctime
  }

  /** As it was when last counted, what has been written here since included. */
  get usage(): { readonly octets: number; readonly objects: number } {
    return this.#usage
  }

  /** Why it takes no more; undefined when it does. */
  get full(): string | undefined {
    const { maxOctets = Infinity, maxObjects = Infinity } = this.quota
    if (this.#usage.octets >= maxOctets)
      return `bucket ${this.name} holds the ${maxOctets} octets it may hold`
    if (this.#usage.objects >= maxObjects)
      return `bucket ${this.name} holds the ${maxObjects} objects it may hold`
    return undefined
  }

  /** Counts what is in it. */
  async count(): Promise<void> {
    const objects = await this.list('')
    this.#usage = { octets: objects.reduce((sum, { size }) => sum + size, 0), objects: objects.length }
  }

  /** Something arrived other than by `write`. */
  grew(octets: number): void {
    this.#usage = { octets: this.#usage.octets + octets, objects: this.#usage.objects + 1 }
  }

  /** Objects whose name begins with `prefix`, by name. */
  async list(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = []
    await this.#listInto(found, '', prefix, 0)
    return found.sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  async find(name: string): Promise<FoundObject | undefined> {
    try {
      const root = await realpath(this.directory)
      const real = await realpath(path.join(root, ...this.#parts(name)))
      const inside = real.startsWith(root + path.sep) && !real.startsWith(path.join(root, OWN_DIRECTORY))
      const found = await stat(real)
      if (!inside || !found.isFile()) return undefined
      return { path: real, size: found.size, modified: found.mtime }
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(systemCode(error) ?? '')) return undefined
      throw bucketErrorOf(error, `cannot open ${this.name}/${name}`)
    }
  }

  /**
   * Writes an object, which appears under its name whole and durable, or not at all.
   * @param maxOctets more than that is refused before it fills the disk
   */
  async write(
    name: string,
    body: AsyncIterable<Uint8Array>,
    onExisting: OnExisting,
    maxOctets: number,
  ): Promise<WrittenObject> {
    const parts = safeName(name, { subdirectories: 'keep', windows: process.platform === 'win32' })
    if (this.full !== undefined) throw new BucketError('no-space', this.full)
    const room = Math.min(maxOctets, (this.quota.maxOctets ?? Infinity) - this.#usage.octets)
    const staging = path.join(this.directory, OWN_DIRECTORY, 'uploads')
    const part = path.join(staging, randomUUID())
    try {
      fs.mkdirSync(staging, { recursive: true })
      const { size, sha256 } = await writeSynced(part, body, room)
      const before = onExisting === 'overwrite' ? await this.find(parts.join('/')) : undefined
      const stored = await this.#place(part, parts, onExisting)
      this.grew(size)
      if (before !== undefined) this.#shrank(before.size)
      return { bucket: this.name, name: stored, size, sha256 }
    } catch (error) {
      throw bucketErrorOf(error, `cannot write ${this.name}/${name}`)
    } finally {
      fs.rmSync(part, { force: true })
    }
  }

  /** @returns whether there was such an object */
  async remove(name: string): Promise<boolean> {
    const found = await this.find(name)
    if (found === undefined) return false
    try {
      await unlink(found.path)
      this.#unsynced.renamed(path.dirname(found.path))
      await this.#unsynced.sync()
    } catch (error) {
      throw bucketErrorOf(error, `cannot remove ${this.name}/${name}`)
    }
    this.#shrank(found.size)
    await this.#removeEmpty(path.dirname(found.path))
    return true
  }

  #shrank(octets: number): void {
    this.#usage = {
      octets: Math.max(0, this.#usage.octets - octets),
      objects: Math.max(0, this.#usage.objects - 1),
    }
  }

  /** The folders of an object go with the last one in them, as nobody made them on purpose. */
  async #removeEmpty(directory: string): Promise<void> {
    const root = await realpath(this.directory)
    for (let each = directory; each !== root && each.startsWith(root); each = path.dirname(each)) {
      try {
        await rmdir(each)
      } catch {
        return
      }
    }
  }

  async #place(part: string, parts: readonly string[], onExisting: OnExisting): Promise<string> {
    const directory = this.#sandbox.enter(parts.slice(0, -1))
    if (isRejection(directory)) throw new BucketError(CODES[directory.code], directory.reason)
    const file = this.#name(part, directory, parts.at(-1)!, onExisting)
    const name = [...parts.slice(0, -1), file ?? parts.at(-1)].join('/')
    if (file === undefined) throw new BucketError('exists', `${this.name}/${name} exists already`)
    this.#unsynced.renamed(directory)
    await this.#unsynced.sync()
    return name
  }

  /** @returns the name it got; undefined when that is taken */
  #name(part: string, directory: string, last: string, onExisting: OnExisting): string | undefined {
    if (onExisting === 'overwrite') {
      this.#disk.renameSync(part, path.join(directory, last))
      return last
    }
    const count = onExisting === 'rename' ? NAMES_MAX : 1
    for (let index = 0; index < count; index++) {
      const file = numbered(last, index)
      try {
        this.#disk.linkSync(part, path.join(directory, file))
        return file
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error
      }
    }
    return undefined
  }

  #parts(name: string): string[] {
    const parts = name.split('/')
    const isPlain = parts.every(part => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part))
    if (!isPlain) throw new BucketError('bad-name', `${name} is no name of an object`)
    return parts
  }

  async #listInto(found: StoredObject[], folder: string, prefix: string, depth: number): Promise<void> {
    if (depth > DEPTH_MAX) return
    const entries = await readdir(path.join(this.directory, folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (name === OWN_DIRECTORY) continue
      if (entry.isDirectory()) {
        // A folder that no such name lies in need not be read.
        if (prefix.startsWith(`${name}/`) || `${name}/`.startsWith(prefix)) {
          await this.#listInto(found, name, prefix, depth + 1)
        }
      } else if (entry.isFile() && name.startsWith(prefix)) {
        const known = await stat(path.join(this.directory, name)).catch(() => undefined)
        if (known === undefined) continue
        found.push({ bucket: this.name, name, size: known.size, created: known.mtime.toISOString() })
      }
    }
  }
}

async function writeSynced(
  file: string,
  body: AsyncIterable<Uint8Array>,
  room: number,
): Promise<{ size: number; sha256: string }> {
  const handle = await open(file, 'wx')
  const hash = createHash('sha256')
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > room)
        throw new BucketError('too-large', `the object has more than the ${room} octets allowed`)
      hash.update(chunk)
      await handle.writeFile(chunk)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { size, sha256: hash.digest('hex') }
}

/** Whoever sent the octets went away, or the connection did. */
function isInterruption(error: unknown): boolean {
  const { name } = error as Error
  const gone = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR']
  return name === 'AbortError' || gone.includes(systemCode(error) ?? '')
}

function bucketErrorOf(error: unknown, doing: string): BucketError {
  if (error instanceof BucketError) return error
  if (error instanceof SyncError) return new BucketError(CODES[error.code], error.message, error)
  const code = systemCode(error)
  const say = (as: BucketError['code'], why: string): BucketError =>
    new BucketError(as, `${doing}: ${why}`, error)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return say('no-space', 'no space left')
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return say('not-allowed', 'not permitted')
  if (code === 'EISDIR' || code === 'ENOTDIR' || code === 'EEXIST')
    return say('exists', 'a folder is in the way')
  if (isInterruption(error)) return say('interrupted', 'the upload ended in the middle')
  if (code === undefined) throw error
  return say('io-error', code)
}
