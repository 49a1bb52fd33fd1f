import type { EntityRef } from '@skyferry/api'
import type { EntityPlan } from '../station/plan.ts'

/** The entities of a service, found by name or by id. */
export class EntityBook {
  readonly #byName: Map<string, EntityPlan> = new Map()
  readonly #byId: Map<string, EntityPlan> = new Map()
  readonly all: readonly EntityPlan[]

  constructor(entities: readonly EntityPlan[]) {
    this.all = entities
    for (const entity of entities) {
      this.#byName.set(entity.name, entity)
      this.#byId.set(String(entity.id), entity)
    }
  }

  /** A name goes before an id: somebody may have called an entity "7". */
  find(nameOrId: string): EntityPlan | undefined {
    return this.#byName.get(nameOrId) ?? this.#byId.get(nameOrId.replace(/^0+(?=\d)/, ''))
  }

  withId(id: bigint): EntityPlan | undefined {
    return this.#byId.get(String(id))
  }

  ref(id: bigint | string): EntityRef {
    return { id: String(id), name: this.#byId.get(String(id))?.name ?? null }
  }
}
