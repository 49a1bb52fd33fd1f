import type { Random } from '@skyferry/engine'
import type { FileContent } from './file-content.ts'

/** One change of names that the disk has not been told to keep. */
interface Change {
  readonly kind: 'create' | 'rename' | 'remove'
  readonly path: string
  /** Where the name was before; only of a rename. */
  readonly before: string | undefined
  readonly file: FileContent
}

/** The directory part of a path; `''` for a name without one. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/**
 * Which name means which file, now and after a crash. Changes of names reach the disk when their directory is synced;
 * a crash keeps any of the others, each wholly or not at all, and none without those before it that touched the same name.
 */
export class Directories {
  readonly #now: Map<string, FileContent> = new Map()
  #durable: Map<string, FileContent> = new Map()
  #pending: Change[] = []

  find(path: string): FileContent | undefined {
    return this.#now.get(path)
  }

  paths(): string[] {
    return [...this.#now.keys()].sort()
  }

  create(path: string, file: FileContent): void {
    this.#change({ kind: 'create', path, before: undefined, file })
  }

  /** The file that had the name `to`, if any, loses it in the same instant. */
  rename(from: string, to: string, file: FileContent): void {
    this.#change({ kind: 'rename', path: to, before: from, file })
  }

  remove(path: string, file: FileContent): void {
    this.#change({ kind: 'remove', path, before: undefined, file })
  }

  /** Makes the changes of names in one directory durable; a rename is in the directory it moved to. */
  sync(directory: string): void {
    this.#commit(change => directoryOf(change.path) === directory)
  }

  crash(random: Random): void {
    // Most file systems journal names in order, so a prefix is as likely a victim as an arbitrary choice.
    const kept = random.pick([0, 1, random.unit()])
    if (random.chance(0.5)) {
      let alive = true
      this.#commit(() => (alive &&= random.chance(kept)))
    } else {
      this.#commit(() => random.chance(kept))
    }
    this.#pending = []
    this.#now.clear()
    for (const [path, file] of this.#durable) this.#now.set(path, file)
  }

  #change(change: Change): void {
    apply(change, this.#now)
    this.#pending.push(change)
  }

  /** Makes the chosen changes durable, and every earlier one that touched a name of theirs. */
  #commit(chosen: (change: Change) => boolean): void {
    const choices = this.#pending.map(chosen)
    const names = new Set<string>()
    for (let index = choices.length - 1; index >= 0; index--) {
      const { path, before } = this.#pending[index]!
      const isNeeded = names.has(path) || (before !== undefined && names.has(before))
      if (!choices[index] && !isNeeded) continue
      choices[index] = true
      names.add(path)
      if (before !== undefined) names.add(before)
    }
    const waiting: Change[] = []
    for (const [index, change] of this.#pending.entries()) {
      if (choices[index]) apply(change, this.#durable)
      else waiting.push(change)
    }
    this.#pending = waiting
  }
}

function apply(change: Change, names: Map<string, FileContent>): void {
  if (change.before !== undefined) names.delete(change.before)
  if (change.kind === 'remove') names.delete(change.path)
  else names.set(change.path, change.file)
}
