import type { Verdict } from './plan.ts'

/** Adds up the runs of many seeds. */
export class Tally {
  #worlds = 0
  #failed = 0
  #virtualMs = 0
  #steps = 0
  #datagrams = 0

  add(verdict: Verdict): void {
    this.#worlds += 1
    if (verdict.kind === 'failed') this.#failed += 1
    this.#virtualMs += verdict.virtualMs
    this.#steps += verdict.steps
    this.#datagrams += verdict.datagrams
  }

  get worlds(): number {
    return this.#worlds
  }

  get failed(): number {
    return this.#failed
  }

  get virtualHours(): number {
    return this.#virtualMs / 3_600_000
  }

  get steps(): number {
    return this.#steps
  }

  get datagrams(): number {
    return this.#datagrams
  }

  /** Virtual hours per second of the host's time. */
  hoursPerSecond(elapsedMs: number): number {
    return this.virtualHours / (elapsedMs / 1000)
  }
}
