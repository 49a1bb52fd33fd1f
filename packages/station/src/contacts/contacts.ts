import type { Contact } from '@skyferry/api'
import type { ContactWindow } from '../station/plan.ts'

/** What is known of when one entity can be heard. */
interface Entry {
  /** In order of time, apart from each other; absent: always. */
  windows: readonly ContactWindow[] | undefined
  /** What an operator commands, which goes before any plan. */
  command: boolean | undefined
}

/** When each remote entity of a station can be heard: by plan, by command, or always. */
export class Contacts {
  readonly #entries: Map<string, Entry> = new Map()

  constructor(plans: ReadonlyMap<string, readonly ContactWindow[]>) {
    for (const [entity, windows] of plans) this.plan(entity, windows)
  }

  /** @param windows empty: never; undefined: always */
  plan(entity: string, windows: readonly ContactWindow[] | undefined): void {
    const sorted =
      windows === undefined ? undefined : [...windows].sort((one, other) => one.from - other.from)
    this.#entryOf(entity).windows = sorted
  }

  /** @param visible undefined: as the plan says */
  command(entity: string, visible: boolean | undefined): void {
    this.#entryOf(entity).command = visible
  }

  windowsOf(entity: string): readonly ContactWindow[] | undefined {
    return this.#entries.get(entity)?.windows
  }

  at(entity: string, nowMs: number): Contact {
    const { windows, command } = this.#entries.get(entity) ?? { windows: undefined, command: undefined }
    if (command !== undefined) return { visible: command, until: null, why: 'command' }
    if (windows === undefined) return { visible: true, until: null, why: 'always' }
    const next = windows.find(({ to }) => to > nowMs)
    const visible = next !== undefined && next.from <= nowMs
    // A window that another one joins goes on; but that is for whoever wrote the plan.
    const until = next === undefined ? null : new Date(visible ? next.to : next.from).toISOString()
    return { visible, until, why: 'plan' }
  }

  #entryOf(entity: string): Entry {
    let entry = this.#entries.get(entity)
    if (entry === undefined) {
      entry = { windows: undefined, command: undefined }
      this.#entries.set(entity, entry)
    }
    return entry
  }
}
