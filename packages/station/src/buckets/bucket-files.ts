import {
  type CfdpRecord,
  type FilestoreRejection,
  isRejection,
  type SourceFile,
  type TargetFile,
  transactionOf,
} from '@skyferry/cfdp'
import type { DiskFilestore } from './disk-filestore.ts'
import { reject } from './disk-rejections.ts'
import type { EntityFiles } from './entity-files.ts'
import { WatchedTarget } from './watched-target.ts'

/** Two entities, and which way a file goes between them. */
export interface Route {
  readonly source: bigint
  readonly destination: bigint
}

export interface BucketFilesOptions {
  /** The folder of a bucket; undefined when there is none of that name. */
  bucket(name: string): DiskFilestore | undefined
  /** Every bucket there is. */
  buckets(): Iterable<DiskFilestore>
  /** Where a received file goes. */
  bucketFor(route: Route, key: string): string
  /** Why a bucket takes no more; undefined when it does. */
  full(bucket: string): string | undefined
  /** The route of the datagram that is being worked on. */
  routeAtHand(): Route | undefined
}

/**
 * The buckets of a station as one filestore. What is sent is named `bucket/object`; what is received goes where the
 * two entities say. An engine opens a target by the name of its transaction, which does not tell for whom the file is:
 * the record that opened the transaction does, and before that record is out, the datagram at hand does.
 */
export class BucketFiles implements EntityFiles {
  readonly #options: BucketFilesOptions
  /** Bucket of each reception that is known, by its key. */
  readonly #homes: Map<string, string> = new Map()
  readonly #rejections: Map<string, FilestoreRejection> = new Map()

  constructor(options: BucketFilesOptions) {
    this.#options = options
  }

  observe(record: CfdpRecord): void {
    if (record.role !== 'receiver') return
    const { source, sequence } = transactionOf(record.transaction)
    const key = `${source}-${sequence}`
    if (record.kind === 'opened') {
      const destination = BigInt(record.destination)
      // Its target may have been opened before this record was out.
      if (!this.#homes.has(key)) this.#homes.set(key, this.#options.bucketFor({ source, destination }, key))
    } else if (record.kind === 'forgotten') {
      this.#homes.delete(key)
      this.#rejections.delete(key)
    }
  }

  /** Which bucket a reception's file goes to. */
  homeOf(key: string): string | undefined {
    return this.#homes.get(key)
  }

  /** Where what is being received lies, and may be read as far as records say that it is held. */
  partOf(key: string): string | undefined {
    return this.#home(key)?.partOf(key)
  }

  openSource(name: string): SourceFile | FilestoreRejection {
    const slash = name.indexOf('/')
    const bucket = this.#options.bucket(name.slice(0, slash))
    if (slash < 1 || bucket === undefined) {
      return reject('does-not-exist', `cannot open ${name}: there is no such bucket`)
    }
    return bucket.openSource(name.slice(slash + 1))
  }

  openTarget(key: string): TargetFile | FilestoreRejection {
    if (!this.#homes.has(key)) {
      const route = this.#options.routeAtHand()
      if (route !== undefined) this.#homes.set(key, this.#options.bucketFor(route, key))
    }
    const name = this.#homes.get(key)
    const bucket = this.#home(key)
    if (name === undefined || bucket === undefined) {
      return reject('does-not-exist', `there is no bucket for what ${key} sends`)
    }
    const full = this.#options.full(name)
    const target = full === undefined ? bucket.openTarget(key) : reject('no-space', full)
    if (!isRejection(target)) {
      return new WatchedTarget(target, rejection => this.#rejections.set(key, rejection))
    }
    this.#rejections.set(key, target)
    return target
  }

  /** Why a file was last refused; the engine tells the words only. */
  rejectionOf(key: string): FilestoreRejection | undefined {
    return this.#rejections.get(key)
  }

  reconcile(live: Iterable<string>): string[] {
    const keys = [...live]
    return [...this.#options.buckets()].flatMap(bucket => bucket.reconcile(keys))
  }

  has(key: string): boolean {
    return this.#home(key)?.has(key) ?? false
  }

  forget(key: string): void {
    this.#home(key)?.forget(key)
  }

  setAside(key: string): string | undefined {
    return this.#home(key)?.setAside(key)
  }

  async syncDirty(): Promise<void> {
    await Promise.all([...this.#options.buckets()].map(bucket => bucket.syncDirty()))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#options.buckets()].map(bucket => bucket.close()))
  }

  #home(key: string): DiskFilestore | undefined {
    const name = this.#homes.get(key)
    return name === undefined ? undefined : this.#options.bucket(name)
  }
}
