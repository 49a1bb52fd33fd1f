/** A user at each of two entities, who hears every indication of it and carries out user operations. */
import {
  type EntityId,
  type Filestore,
  NOTHING_ALLOWED,
  type Permissions,
  type PutReply,
  type UserIndication,
  UserOperations,
  type UserRequest,
} from '../../src/index.ts'
import { type End, type Name, type Options, TwoEntities } from './two-entities.ts'

export const IDS: Readonly<Record<Name, EntityId>> = { a: 1n as EntityId, b: 2n as EntityId }

export const ALL: Permissions = { filestore: true, proxyPut: true, listing: true, remote: true }

/** Some kinds share one shape. */
type Told<K extends UserIndication['kind']> = UserIndication extends infer Each
  ? Each extends { readonly kind: infer Kind }
    ? K extends Kind
      ? Each
      : never
    : never
  : never

export class User {
  readonly told: UserIndication[] = []
  readonly #world: TwoEntities
  readonly #name: Name
  #operations: UserOperations
  #heard = 0

  constructor(world: TwoEntities, name: Name) {
    this.#world = world
    this.#name = name
    this.#operations = this.#begin()
  }

  request(request: UserRequest): PutReply {
    return this.#operations.request(request)
  }

  /** What it was told of this kind. */
  of<K extends UserIndication['kind']>(kind: K): Told<K>[] {
    return this.told.filter((what): what is Told<K> => what.kind === kind)
  }

  /** Hears what its entity has said since. @returns whether there was something */
  hear(): boolean {
    const { told } = this.#end
    if (this.#heard === told.length) return false
    while (this.#heard < told.length) this.#operations.hear(told[this.#heard++]!)
    return true
  }

  /** Its entity has begun another life, and it with it. What was not heard is not. */
  restart(): void {
    this.#world.restart(this.#name)
    this.#heard = this.#end.told.length
    this.#operations = this.#begin()
  }

  get #end(): End {
    return this.#world[this.#name]
  }

  #begin(): UserOperations {
    const end = this.#end
    const operations = new UserOperations({
      entity: {
        ids: [IDS[this.#name]],
        request: request => end.entity.request(request, this.#world.now),
        report: (id, role) => end.entity.report(id, role),
        remote: id => end.entity.remote(id),
      },
      filestore: end.filestore as Filestore,
      tell: what => this.told.push(what),
      records: [...end.journal],
    })
    operations.start()
    return operations
  }
}

export class TwoUsers {
  readonly world: TwoEntities
  readonly a: User
  readonly b: User

  /** @param allow what `b` allows `a` */
  constructor(allow: Partial<Permissions> = ALL, options: Options = {}) {
    this.world = new TwoEntities({ ...options, b: { ...options.b, allow: { ...NOTHING_ALLOWED, ...allow } } })
    this.a = new User(this.world, 'a')
    this.b = new User(this.world, 'b')
    this.world.heed = () => [this.a.hear(), this.b.hear()].includes(true)
  }

  /** Lets time pass until `until` holds. */
  run(until: () => boolean = () => false, longest = 60_000): boolean {
    return this.world.runUntil(until, longest)
  }

  write(name: Name, file: string, content: Uint8Array): void {
    this.world[name].filestore.files.set(file, content)
  }

  file(name: Name, file: string): Uint8Array | undefined {
    return this.world[name].filestore.files.get(file)
  }
}
