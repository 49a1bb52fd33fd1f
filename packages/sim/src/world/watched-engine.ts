import { type Engine, type Millis, NEVER, type Slot } from '@skyferry/engine'

/** Who looks at everything an engine takes and gives. What it throws goes through `drive` and ends the step. */
export interface Watcher<Indication> {
  /** The engine is about to act. */
  acting(): void
  /**
   * Something is about to pass between engine and host: a datagram in or out, a record, an indication, a word from
   * the store. The moment before is a moment to die in.
   */
  touch(): void
  arrived(datagram: Uint8Array, from: string): void
  sent(slot: Slot<string>): void
  told(what: Indication): void
  /** Ticked and drained for the `rounds`-th time without a word, the engine still wants to be woken at once. */
  restless(rounds: number, due: Millis, now: Millis): void
}

/** An engine under observation; once ended, deaf and silent, whatever is still holding on to it. */
export class WatchedEngine<Request, Reply, Indication, Kept>
  implements Engine<Request, Reply, Indication, Kept, string>
{
  readonly #engine: Engine<Request, Reply, Indication, Kept, string>
  readonly #watcher: Watcher<Indication>
  #isEnded = false
  #now: Millis = 0 as Millis
  /** Times in a row that it was settled without giving anything and wanted to be woken at once. */
  #idleRounds = 0

  constructor(engine: Engine<Request, Reply, Indication, Kept, string>, watcher: Watcher<Indication>) {
    this.#engine = engine
    this.#watcher = watcher
  }

  end(): void {
    this.#isEnded = true
  }

  request(request: Request, now: Millis): Reply {
    this.#enter(now)
    return this.#engine.request(request, now)
  }

  receive(datagram: Uint8Array, from: string, now: Millis): void {
    if (this.#isEnded) return
    this.#enter(now)
    this.#pass()
    this.#watcher.arrived(datagram, from)
    this.#engine.receive(datagram, from, now)
  }

  tick(now: Millis): void {
    if (this.#isEnded) return
    this.#enter(now)
    this.#engine.tick(now)
  }

  transmit(slot: Slot<string>, now: Millis): boolean {
    if (this.#isEnded) return false
    this.#enter(now)
    if (!this.#engine.transmit(slot, now)) return false
    this.#pass()
    this.#watcher.sent(slot)
    return true
  }

  record(): Kept | undefined {
    if (this.#isEnded) return undefined
    const record = this.#engine.record()
    if (record !== undefined) this.#pass()
    return record
  }

  stored(count: number, now: Millis): void {
    if (this.#isEnded) return
    this.#enter(now)
    this.#pass()
    this.#engine.stored(count, now)
  }

  indication(): Indication | undefined {
    if (this.#isEnded) return undefined
    const what = this.#engine.indication()
    if (what !== undefined) {
      this.#pass()
      this.#watcher.told(what)
    }
    return what
  }

  deadline(): Millis {
    if (this.#isEnded) return NEVER
    const due = this.#engine.deadline()
    if (due > this.#now) this.#idleRounds = 0
    else this.#watcher.restless(++this.#idleRounds, due, this.#now)
    return due
  }

  #enter(now: Millis): void {
    this.#now = now
    this.#watcher.acting()
  }

  #pass(): void {
    this.#idleRounds = 0
    this.#watcher.touch()
  }
}
