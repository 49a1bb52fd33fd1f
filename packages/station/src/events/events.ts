import type { GivenEvent, Severity, StationEvent } from '@skyferry/api'

export interface EventInput {
  readonly code: string
  readonly severity?: Severity
  readonly text: string
  readonly source: string
  readonly transfer?: string
  readonly given?: GivenEvent
}

/** How many events are remembered. */
const KEPT = 10_000

/** What an operator should hear: said once, remembered for those who ask later. */
export class Events {
  readonly #now: () => Date
  readonly #kept: StationEvent[] = []
  readonly #listeners: Set<(event: StationEvent) => void> = new Set()
  #last = 0

  /** @param now the wall clock */
  constructor(now: () => Date) {
    this.#now = now
  }

  get last(): number {
    return this.#last
  }

  say(input: EventInput): StationEvent {
    this.#last += 1
    const event: StationEvent = {
      seq: this.#last,
      time: this.#now().toISOString(),
      code: input.code,
      severity: input.severity ?? 'info',
      text: input.text,
      source: input.source,
      transfer: input.transfer ?? null,
      ...(input.given === undefined ? {} : { given: input.given }),
    }
    this.#kept.push(event)
    if (this.#kept.length > KEPT + KEPT / 10) this.#kept.splice(0, this.#kept.length - KEPT)
    for (const listener of this.#listeners) listener(event)
    return event
  }

  /** Those after `seq`, oldest first, the last `limit` of them. */
  after(seq: number, limit: number): readonly StationEvent[] {
    return this.#kept.filter(event => event.seq > seq).slice(-limit)
  }

  /** All that are remembered, oldest first. */
  all(): readonly StationEvent[] {
    return this.#kept
  }

  /** @returns what ends the listening */
  listen(listener: (event: StationEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
