/** A session as its user holds it: data as they arrive, the state as a value, an end to wait for. */
import type { Driven } from '@skyferry/engine'
import type { Range, RangeSet } from '@skyferry/octets'
import type { Client } from './client.ts'
import { ArrivalCursor, OrderedCursor } from './cursor.ts'
import type { Outcome } from './records.ts'
import type { ClientIndication, ClientReply, ClientRequest, SessionReport } from './requests.ts'
import { type SessionState, serializeSession } from './session-state.ts'

/** Octets that have arrived, copied out: they are the caller's. */
export interface Chunk {
  readonly offset: number
  readonly data: Uint8Array
}

/** What an `AbortSignal` is, as far as a session looks; no host's types are needed for it. */
export interface Abort {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
}

/** Called as things happen; each may be left out. */
export interface SessionHooks {
  /** The server said how large the payload is. */
  readonly sized?: (total: number) => void
  /** Octets arrived that were not there before, lowest first. Returning false cancels the session. */
  readonly data?: (chunk: Chunk) => unknown
  readonly round?: (round: Extract<ClientIndication, { kind: 'round' | 'round-ended' }>) => void
  readonly ended?: (outcome: Outcome) => void
}

export interface SessionOptions {
  /** Aborting cancels; the state can still be saved. */
  readonly signal?: Abort
  readonly hooks?: SessionHooks
}

/** A session ended otherwise than complete while somebody was reading from it. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super(outcome.reason)
    this.outcome = outcome
  }
}

export class Session implements AsyncIterable<Chunk> {
  readonly name: string
  /** Settles when it has ended, in whatever way; never rejects. */
  readonly done: Promise<Outcome>
  readonly #client: Client
  readonly #driven: () => Driven<ClientRequest, ClientReply>
  readonly #hooks: SessionHooks
  readonly #hooked: ArrivalCursor = new ArrivalCursor()
  readonly #waiting: Set<() => void> = new Set()
  #settle: (outcome: Outcome) => void = () => {}
  #outcome: Outcome | undefined
  /** As they were when the session was released. */
  #last: SessionReport | undefined

  /** @param driven who runs the client; asked for late, since a session may be told things while that starts */
  constructor(
    client: Client,
    driven: () => Driven<ClientRequest, ClientReply>,
    name: string,
    { signal, hooks = {} }: SessionOptions = {},
  ) {
    this.name = name
    this.#client = client
    this.#driven = driven
    this.#hooks = hooks
    this.done = new Promise(resolve => {
      this.#settle = resolve
    })
    if (signal?.aborted === true) this.cancel()
    else signal?.addEventListener('abort', () => this.cancel())
  }

  /** Octets of the payload; undefined until the server said so. */
  get total(): number | undefined {
    return this.report.total
  }

  /** What has arrived, as ranges of octets, ascending. */
  get ranges(): Range[] {
    return [...(this.#held ?? [])]
  }

  /** Everything below has arrived. */
  get contiguous(): number {
    return this.report.contiguous
  }

  get report(): SessionReport {
    const report = this.#client.report(this.name) ?? this.#last
    if (report === undefined) throw new TypeError(`session ${this.name} was released`)
    return report
  }

  get outcome(): Outcome | undefined {
    return this.#outcome
  }

  /** Octets that have arrived, or undefined when they have not all: holes read as nothing, never as zeros. */
  read(offset: number, length: number): Uint8Array | undefined {
    const octets = new Uint8Array(length)
    return this.#client.read(this.name, offset, octets, 0, length) ? octets : undefined
  }

  /** Stands still until `resume`, also across restarts. */
  pause(): void {
    this.#ask('pause')
  }

  resume(): void {
    this.#ask('resume')
  }

  cancel(): void {
    this.#ask('cancel')
  }

  /** Forgets it; what has arrived stays in its sink. */
  release(): void {
    this.#last = this.#client.report(this.name)
    this.#ask('release')
    this.ended({ ending: 'cancelled', reason: 'released by its user' })
  }

  /** As it would be found after a crash now: a value to keep anywhere and load some day. */
  get state(): SessionState | undefined {
    return this.#client.serialize(this.name)
  }

  serialize(): Uint8Array | undefined {
    const { state } = this
    return state === undefined ? undefined : serializeSession(state)
  }

  /**
   * Octets as they arrive, out of order and each once, until the session has ended.
   *
   * @throws {SessionError} where it ends otherwise than complete
   */
  [Symbol.asyncIterator](): AsyncGenerator<Chunk, void, undefined> {
    const cursor = new ArrivalCursor()
    return this.#follow(held => cursor.next(held))
  }

  /**
   * The wanted octets in order, as the part without a hole grows.
   *
   * @throws {SessionError} where it ends otherwise than complete
   */
  async *inOrder(): AsyncGenerator<Chunk, void, undefined> {
    while (this.total === undefined && this.#outcome === undefined) await this.#change()
    const total = this.total ?? 0
    const { wanted } = this.report.terms
    const bounds = wanted.length === 0 ? [0, total] : wanted
    const ranges = Array.from({ length: bounds.length / 2 }, (_, index) => ({
      from: bounds[2 * index]!,
      to: Math.min(total, bounds[2 * index + 1]!),
    })).filter(({ from, to }) => to > from)
    const cursor = new OrderedCursor(ranges)
    yield* this.#follow(held => cursor.next(held))
  }

  /** For the client that it belongs to. */
  told(what: ClientIndication): void {
    switch (what.kind) {
      case 'sized':
        this.#hooks.sized?.(what.total)
        break
      case 'progress':
        this.#handOut()
        break
      case 'round':
      case 'round-ended':
        this.#hooks.round?.(what)
        break
      case 'ended':
        this.ended(what.outcome)
        return
      default:
        break
    }
    this.#wake()
  }

  /** For the client that it belongs to. */
  ended(outcome: Outcome): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    this.#settle(outcome)
    this.#hooks.ended?.(outcome)
    this.#wake()
  }

  async *#follow(next: (held: RangeSet) => Range | undefined): AsyncGenerator<Chunk, void, undefined> {
    for (;;) {
      const held = this.#held
      const range = held === undefined ? undefined : next(held)
      const chunk = range === undefined ? undefined : this.#chunk(range)
      if (chunk !== undefined) yield chunk
      else if (this.#outcome === undefined) await this.#change()
      else if (this.#outcome.ending === 'complete') return
      else throw new SessionError(this.#outcome)
    }
  }

  /** Gives the data hook what is new. */
  #handOut(): void {
    const { data } = this.#hooks
    if (data === undefined) return
    for (;;) {
      const held = this.#held
      const range = held === undefined ? undefined : this.#hooked.next(held)
      const chunk = range === undefined ? undefined : this.#chunk(range)
      if (chunk === undefined) return
      if (data(chunk) !== false) continue
      this.cancel()
      return
    }
  }

  get #held(): RangeSet | undefined {
    return this.#client.held(this.name)
  }

  #chunk({ from, to }: Range): Chunk | undefined {
    const data = this.read(from, to - from)
    return data === undefined ? undefined : { offset: from, data }
  }

  #change(): Promise<void> {
    return new Promise(resolve => this.#waiting.add(resolve))
  }

  #wake(): void {
    for (const wake of this.#waiting) {
      this.#waiting.delete(wake)
      wake()
    }
  }

  #ask(kind: 'pause' | 'resume' | 'cancel' | 'release'): void {
    this.#driven().request({ kind, session: this.name })
  }
}
