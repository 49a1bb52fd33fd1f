import fs from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { isBucketName } from '@skyferry/api'
import type { BucketPlan } from '../station/plan.ts'
import { PlanError } from '../station/plan-error.ts'
import { Bucket } from './bucket.ts'

/** The buckets of a station, by name. */
export class Buckets {
  readonly #dataDir: string
  readonly #plans: Map<string, BucketPlan>
  readonly #buckets: Map<string, Bucket> = new Map()

  constructor(dataDir: string, plans: readonly BucketPlan[]) {
    this.#dataDir = dataDir
    this.#plans = new Map(plans.map(plan => [plan.name, plan]))
    for (const plan of plans) this.create(plan.name)
    // Those that were made by command in an earlier life.
    for (const name of foldersIn(path.join(dataDir, 'buckets'))) if (isBucketName(name)) this.create(name)
  }

  get(name: string): Bucket | undefined {
    return this.#buckets.get(name)
  }

  all(): Bucket[] {
    return [...this.#buckets.values()]
  }

  /** The bucket of that name, made where it is missing. Throws for a name that is none. */
  create(name: string): Bucket {
    const existing = this.#buckets.get(name)
    if (existing !== undefined) return existing
    if (!isBucketName(name)) throw new PlanError('bad-bucket', `${name} is no name of a bucket`)
    const plan = this.#plans.get(name)
    const directory = plan?.directory ?? path.join(this.#dataDir, 'buckets', name)
    const bucket = new Bucket(name, directory, { maxOctets: plan?.maxOctets, maxObjects: plan?.maxObjects })
    this.#buckets.set(name, bucket)
    return bucket
  }

  /** Removes a bucket and every object in it. */
  async remove(name: string): Promise<void> {
    const bucket = this.#buckets.get(name)
    if (bucket === undefined) return
    this.#buckets.delete(name)
    await rm(bucket.directory, { recursive: true, force: true })
  }
}

function foldersIn(directory: string): string[] {
  if (!fs.existsSync(directory)) return []
  const entries = fs.readdirSync(directory, { withFileTypes: true })
  return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
}
