/** Buckets and the objects in them. */
import { type Problem, problem, readObject } from './validate.ts'

export interface Bucket {
  readonly name: string
  /** Octets and objects in it. */
  readonly octets: number
  readonly objects: number
  /** What it may hold; null: as much as the disk. */
  readonly maxOctets: number | null
  readonly maxObjects: number | null
}

export interface StoredObject {
  readonly bucket: string
  /** With slashes where it lies in folders. */
  readonly name: string
  readonly size: number
  /** When it was last written. */
  readonly created: string
  /** Present while it is still arriving. */
  readonly arriving?: Arriving
}

/** An object that is not whole yet. */
export interface Arriving {
  readonly transfer: string
  readonly octets: number
  /** Octets from the start without a gap. */
  readonly contiguous: number
}

/** What became of an object that was written. */
export interface WrittenObject {
  readonly bucket: string
  /** As it is stored: unsafe characters replaced, renamed where that was asked for. */
  readonly name: string
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

export interface BucketRequest {
  readonly name: string
}

const BUCKET_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/

/** Names that are folders on every file system, and nobody's own. */
export function isBucketName(name: string): boolean {
  return BUCKET_NAME.test(name) && !name.endsWith('.')
}

export function readBucketRequest(value: unknown): BucketRequest | Problem {
  const request = readObject(value, ['name'], reader => ({ name: reader.required('name', reader.text) }))
  if (!('kind' in request) && !isBucketName(request.name)) {
    return problem('name is not one for a bucket: letters, digits, _ . and -, at most 64 of them')
  }
  return request
}
