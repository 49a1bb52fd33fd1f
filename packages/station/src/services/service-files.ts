import path from 'node:path'
import { BucketFiles, type Route } from '../buckets/bucket-files.ts'
import { DiskFilestore } from '../buckets/disk-filestore.ts'
import { safeName } from '../buckets/safe-name.ts'
import type { CfdpServicePlan } from '../station/plan.ts'
import type { Desk } from './desk.ts'

/** In the place of a bucket: what is sent and received for its own sake, and not as anybody's object. */
export const LISTINGS = '.listings'

/** The files of a service: every bucket of the station, and a folder for directory listings. */
export class ServiceFiles {
  readonly listingsDirectory: string
  readonly #desk: Desk
  readonly #owner: string
  readonly #stores: Map<string, DiskFilestore> = new Map()

  /** @param owner who keeps the records about what is being received */
  constructor(desk: Desk, owner: string) {
    this.#desk = desk
    this.#owner = owner
    this.listingsDirectory = path.join(desk.host.stateDir, 'listings')
  }

  /**
   * @param asked the bucket that somebody named for this reception
   * @param atHand the route of the datagram that is being worked on
   */
  open(
    asked: (key: string, route: Route) => string | undefined,
    atHand: () => Route | undefined,
  ): BucketFiles {
    const { buckets } = this.#desk.host
    for (const { name } of buckets.all()) this.#store(name)
    this.#store(LISTINGS)
    return new BucketFiles({
      bucket: name => this.#store(name),
      buckets: () => this.#stores.values(),
      bucketFor: (route, key) => asked(key, route) ?? bucketFor(route, this.#desk),
      full: name => buckets.get(name)?.full,
      routeAtHand: atHand,
    })
  }

  #store(name: string): DiskFilestore | undefined {
    const known = this.#stores.get(name)
    if (known !== undefined) return known
    const directory =
      name === LISTINGS ? this.listingsDirectory : this.#desk.host.buckets.get(name)?.directory
    if (directory === undefined) return undefined
    const { onExisting, subdirectories } = this.#desk.plan
    const store = new DiskFilestore({ directory, owner: this.#owner, onExisting, subdirectories })
    this.#stores.set(name, store)
    return store
  }
}

/** The seed's order: the local entity's bucket, the remote entity's, the service's. */
export function bucketFor({ source, destination }: Route, { plan, locals, remotes }: Desk): string {
  return locals.withId(destination)?.bucket ?? remotes.withId(source)?.bucket ?? plan.incomingBucket
}

/** The name of an object, from whatever a peer calls it. */
export function objectNameOf(name: string, plan: CfdpServicePlan): string {
  return safeName(name, {
    subdirectories: plan.subdirectories,
    windows: process.platform === 'win32',
  }).join('/')
}
