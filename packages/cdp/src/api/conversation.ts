import { type Clock, type Millis, Queue } from '@skyferry/engine'
import type { Closing, ConnectionEvent } from '../connection/events.ts'
import { answerTo } from '../endpoint/challenge.ts'
import type { ConnectionId, Reply, Request } from '../endpoint/messages.ts'
import type { PayloadId } from '../wire/message.ts'
import { CdpError, errorFor, NotControllerError } from './errors.ts'
import { Turn } from './turn.ts'

/** As much of the web's AbortSignal as is needed. */
export interface Signal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface RequestOptions {
  /** Ask for an immediate ack of the last payload. */
  readonly ack?: boolean
  /** How long the answer may take; then the connection is halted, for control is with the peer. */
  readonly timeout?: Millis
  readonly signal?: Signal
  /** Wait for control if it is with the peer, instead of rejecting. */
  readonly queue?: boolean
}

/** How a Close of the peer is answered: Halt, or Ack (LongHalt). */
export type OnClose = (last: Uint8Array) => 'ack' | 'halt' | Promise<'ack' | 'halt'>

/** What a conversation is given by its host. */
export interface Lines {
  readonly connection: ConnectionId
  readonly clock: Clock
  readonly isClient: boolean
  /** Answers address challenges (section 19.1): a 9-octet turn that begins with 7E is one then. */
  readonly answersChallenges: boolean
  readonly onClose: OnClose | undefined
  ask(request: Request<never>): Reply
}

/** The inbox is paused above so many payloads, and goes on below. */
const PAUSE_ABOVE = 64
const RESUME_BELOW = 16
const EMPTY = new Uint8Array(0)

/**
 * A connection as an application holds it: `send`, `give`, `request`, `for await`, `close` (reference section 18.4).
 * Boundaries are kept everywhere: what is one payload here is one payload there.
 */
export class Conversation {
  /** Fulfilled when the connection has ended, however it did; never rejected. */
  readonly closed: Promise<Closing>
  /** Hears random payloads. */
  onRandom: ((data: Uint8Array) => void) | undefined
  readonly #lines: Lines
  #hasControl: boolean
  #closing: Closing | undefined
  #resolveClosed: (closing: Closing) => void = () => {}
  /** Payloads of the peer's turns, and `undefined` where a turn ends. */
  readonly #inbox: Queue<Uint8Array | undefined> = new Queue()
  #lastPayload: Uint8Array = EMPTY
  #isPaused = false
  /** Whoever waits for anything; all look again at every event. */
  #waiting: (() => void)[] = []
  /** Payloads sent with `ack`, oldest first. */
  readonly #unacked: { readonly id: PayloadId; isAcked: boolean }[] = []
  #outstanding: PayloadId | undefined
  /** Sends in the order in which they were asked for. */
  #tail: Promise<unknown> = Promise.resolve()

  constructor(lines: Lines) {
    this.#lines = lines
    this.#hasControl = lines.isClient
    this.closed = new Promise(resolve => {
      this.#resolveClosed = resolve
    })
  }

  get id(): ConnectionId {
    return this.#lines.connection
  }

  /** May this side send? */
  get hasControl(): boolean {
    return this.#hasControl && this.#closing === undefined
  }

  get isClosed(): boolean {
    return this.#closing !== undefined
  }

  /**
   * Sends one payload. Fulfilled when it is taken into the window; with `ack`, when the peer has acknowledged it.
   * @throws NotControllerError, PayloadTooLargeError, CdpError
   */
  async send(data: Uint8Array, { ack = false }: { readonly ack?: boolean } = {}): Promise<void> {
    const id = await this.#enqueue(() => this.#put(data, { ack, give: false }))
    if (!ack) return
    const entry = { id, isAcked: false }
    this.#unacked.push(entry)
    await this.#until(() => entry.isAcked)
  }

  /** Sends a payload that may be lost, doubled or reordered. */
  sendRandom(data: Uint8Array): void {
    this.#demand({ kind: 'send-random', connection: this.id, data })
  }

  /** Fulfilled when nothing is outstanding. */
  async flush(): Promise<void> {
    await this.#tail
    await this.#until(() => this.#outstanding === undefined)
  }

  /** Gives control to the peer, with a last payload of this turn; an empty one is the way to pass. */
  async give(data: Uint8Array = EMPTY, { ack = false }: { readonly ack?: boolean } = {}): Promise<void> {
    await this.#enqueue(() => this.#put(data, { ack, give: true }))
  }

  /**
   * One exchange: sends a turn and answers with the peer's. For an answer of many payloads, `give` and then
   * `for await (const payload of conversation)` hands them over as they come.
   *
   * A timeout or an abort halts the connection: control is with the peer, and there is no other way back.
   */
  async request(turn: Uint8Array | readonly Uint8Array[], options: RequestOptions = {}): Promise<Turn> {
    if (options.queue === true) await this.#until(() => this.#hasControl)
    if (!this.hasControl) throw this.#closing === undefined ? new NotControllerError() : this.#endedError()
    // Control is here, so whatever is left unread belongs to an earlier turn and answers nothing of this one.
    while (this.#inbox.size > 0) this.#inbox.shift()
    this.#resumeIfDrained()
    const payloads = turn instanceof Uint8Array ? [turn] : turn
    return await this.#within(options, async () => {
      const answer = await this.#exchange(payloads, options)
      const cookie = this.#lines.answersChallenges ? answerTo(answer.payloads) : undefined
      return cookie === undefined ? answer : await this.#exchange([cookie, ...payloads], options)
    })
  }

  /** Payloads of the peer's turn; ends when control comes or the connection is closed, throws when it breaks. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (!(await this.#isReady())) return
      const payload = this.#inbox.shift()
      this.#resumeIfDrained()
      if (payload === undefined) return
      yield payload
    }
  }

  /** The peer's turns, one after the other, until the connection is closed. What comes between them is up to the caller. */
  async *turns(): AsyncGenerator<Turn, void, undefined> {
    while (await this.#isReady()) yield await this.#readTurn()
  }

  /** Ends the conversation with a last payload and waits for the peer's answer. */
  async close(data: Uint8Array = EMPTY): Promise<Closing> {
    await this.#enqueue(async () => {
      await this.#retrying(() => this.#lines.ask({ kind: 'close', connection: this.id, data }))
    })
    return await this.closed
  }

  /** Ends it at once; with a last payload only when everything was acknowledged. */
  halt(data?: Uint8Array): void {
    if (this.#closing !== undefined) return
    this.#demand({ kind: 'halt', connection: this.id, ...(data === undefined ? {} : { data }) })
  }

  /** The application vouches for the peer's address (section 15). */
  validate(): void {
    this.#demand({ kind: 'validate', connection: this.id })
  }

  /** What the host hears of this connection. */
  told(event: ConnectionEvent): void {
    switch (event.kind) {
      case 'payload':
        this.#lastPayload = event.data
        this.#inbox.push(event.data)
        this.#pauseIfFull()
        break
      case 'control':
        this.#hasControl = true
        this.#inbox.push(undefined)
        break
      case 'random':
        this.onRandom?.(event.data)
        return
      case 'acked':
        this.#noteAck(event.id)
        break
      case 'writable':
        break
      case 'close-asked':
        this.#answerClose()
        break
      case 'closed':
        this.#closing = event
        this.#resolveClosed(event)
        break
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const look of waiting) look()
  }

  // — details —

  async #exchange(payloads: readonly Uint8Array[], { ack = false }: RequestOptions): Promise<Turn> {
    const last = payloads.at(-1) ?? EMPTY
    for (const payload of payloads.slice(0, -1)) await this.send(payload)
    await this.give(last, { ack })
    if (!(await this.#isReady())) throw this.#endedError()
    return await this.#readTurn()
  }

  async #readTurn(): Promise<Turn> {
    const payloads: Uint8Array[] = []
    while (await this.#isReady()) {
      const payload = this.#inbox.shift()
      this.#resumeIfDrained()
      if (payload === undefined) return new Turn(payloads, 'control')
      payloads.push(payload)
    }
    return new Turn(payloads, 'closed')
  }

  /** Waits for something in the inbox; false when nothing will come any more. */
  async #isReady(): Promise<boolean> {
    while (this.#inbox.size === 0) {
      if (this.#closing !== undefined) {
        if (isBroken(this.#closing)) throw this.#endedError()
        return false
      }
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    return true
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#closing !== undefined) throw this.#endedError()
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  #enqueue<Result>(act: () => Promise<Result>): Promise<Result> {
    const next = this.#tail.then(act, act)
    // Whoever asked hears of a failure; those behind it go on.
    this.#tail = next.catch(() => {})
    return next
  }

  async #put(data: Uint8Array, options: { ack: boolean; give: boolean }): Promise<PayloadId> {
    const id = await this.#retrying(() => {
      const reply = this.#lines.ask({ kind: 'send', connection: this.id, data, ...options })
      if (reply.kind === 'sent' && options.give) this.#hasControl = false
      return reply
    })
    this.#outstanding = id
    return id
  }

  /** Asks again whenever there may be room. */
  async #retrying(ask: () => Reply): Promise<PayloadId> {
    for (;;) {
      if (this.#closing !== undefined) throw this.#endedError()
      const reply = ask()
      if (reply.kind === 'sent') return reply.id
      if (reply.kind !== 'refused') throw new CdpError('unknown')
      if (reply.reason !== 'window-full' && reply.reason !== 'silent') throw errorFor(reply.reason)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  #demand(request: Request<never>): void {
    const reply = this.#lines.ask(request)
    if (reply.kind === 'refused') throw errorFor(reply.reason)
  }

  #noteAck(id: PayloadId): void {
    if (this.#outstanding === id) this.#outstanding = undefined
    const index = this.#unacked.findIndex(entry => entry.id === id)
    // Everything before it, too; ids that were not waited for are not in the list, so look at distances.
    const upTo = index >= 0 ? index : this.#unacked.findLastIndex(entry => ((id - entry.id) & 0xfff) < 0x800)
    for (const entry of this.#unacked.splice(0, upTo + 1)) entry.isAcked = true
  }

  #answerClose(): void {
    const { onClose } = this.#lines
    if (onClose === undefined) return
    Promise.resolve(onClose(this.#lastPayload)).then(
      how => this.#lines.ask({ kind: 'answer-close', connection: this.id, how }),
      () => this.#lines.ask({ kind: 'halt', connection: this.id }),
    )
  }

  /** Runs a request under its timeout and signal. */
  async #within<Result>({ timeout, signal }: RequestOptions, act: () => Promise<Result>): Promise<Result> {
    if (signal?.aborted === true) throw new CdpError('aborted', undefined, signal.reason)
    const { clock } = this.#lines
    let failure: CdpError | undefined
    const giveUp = (error: CdpError): void => {
      failure = error
      this.halt()
    }
    const abort = (): void => giveUp(new CdpError('aborted', undefined, signal?.reason))
    const late = (): void => giveUp(new CdpError('timeout', `no answer within ${timeout} ms`))
    const alarm = timeout === undefined ? undefined : clock.at((clock.now() + timeout) as Millis, late)
    signal?.addEventListener('abort', abort)
    try {
      const result = await act()
      if (failure !== undefined) throw failure
      return result
    } catch (error) {
      throw failure ?? error
    } finally {
      alarm?.cancel()
      signal?.removeEventListener('abort', abort)
    }
  }

  #pauseIfFull(): void {
    if (this.#isPaused || this.#inbox.size <= PAUSE_ABOVE) return
    this.#isPaused = true
    this.#lines.ask({ kind: 'pause', connection: this.id })
  }

  #resumeIfDrained(): void {
    if (!this.#isPaused || this.#inbox.size >= RESUME_BELOW) return
    this.#isPaused = false
    this.#lines.ask({ kind: 'resume', connection: this.id })
  }

  #endedError(): CdpError {
    return new CdpError(this.#closing?.reason ?? 'closed')
  }
}

/** Did the connection end otherwise than by one of the close sequences? A Halt within a turn breaks it. */
function isBroken({ reason, midTurn }: Closing): boolean {
  switch (reason) {
    case 'verified':
    case 'answered':
    case 'clean':
    case 'peer-halt-with-payload':
      return false
    case 'peer-halt':
    case 'local-halt':
      return midTurn
    default:
      return true
  }
}
