/** Transfers that stand still because the disk said no, and when each is to be tried again. */
import type { FilestoreRejection } from '@skyferry/cfdp'

/** What a disk may get over by itself, or with an operator's help; a name that is taken stays taken. */
const PASSING: ReadonlySet<FilestoreRejection['code']> = new Set(['no-space', 'io-error', 'not-allowed'])
const FIRST_MS = 5000
const LONGEST_MS = 60_000
const SETTLED_MS = 10_000

export interface DiskPause {
  readonly reason: string
  /** Wall clock, milliseconds. */
  dueMs: number
  readonly intervalMs: number
  /** When it was last tried again. */
  triedMs: number
}

export class DiskPauses {
  readonly #pauses: Map<string, DiskPause> = new Map()

  /** @returns false when waiting will not help */
  add(name: string, rejection: FilestoreRejection, nowMs: number): boolean {
    if (!PASSING.has(rejection.code)) return false
    const before = this.#pauses.get(name)
    const intervalMs = before === undefined ? FIRST_MS : Math.min(2 * before.intervalMs, LONGEST_MS)
    this.#pauses.set(name, {
      reason: rejection.reason,
      dueMs: nowMs + intervalMs,
      intervalMs,
      triedMs: Infinity,
    })
    return true
  }

  get(name: string): DiskPause | undefined {
    return this.#pauses.get(name)
  }

  /** It went on and got further, was cancelled, or paused by somebody else. */
  drop(name: string): void {
    this.#pauses.delete(name)
  }

  /** It is being tried again: until the disk refuses once more, it is not due. */
  tried(name: string, nowMs: number): void {
    const pause = this.#pauses.get(name)
    if (pause === undefined) return
    pause.dueMs = Infinity
    pause.triedMs = nowMs
  }

  /** Those that were tried a while ago, and were not refused again. */
  settled(nowMs: number): string[] {
    return [...this.#pauses].filter(([, { triedMs }]) => triedMs + SETTLED_MS <= nowMs).map(([name]) => name)
  }

  /** Those that are to be tried now. */
  due(nowMs: number): string[] {
    return [...this.#pauses].filter(([, { dueMs }]) => dueMs <= nowMs).map(([name]) => name)
  }
}
