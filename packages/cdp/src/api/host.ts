import { type Clock, type Driven, drive, type Link, type Millis, type Store } from '@skyferry/engine'
import { Endpoint } from '../endpoint/endpoint.ts'
import type { ConnectionId, Indication, Reply, Request } from '../endpoint/messages.ts'
import type { EndpointOptions } from '../endpoint/options.ts'
import type { Settings } from '../settings.ts'
import { Conversation, type OnClose } from './conversation.ts'
import { errorFor } from './errors.ts'
import type { Turn } from './turn.ts'

export interface HostOptions<Address> extends Omit<EndpointOptions<Address>, 'now' | 'listens'> {
  readonly link: Link<Address>
  readonly clock: Clock
  /** Makes it a server: called for every connection that a peer opens. */
  readonly onConnection?: (conversation: Conversation, from: Address) => void
  /** How Closes are answered; absent: Halt if empty, Ack if not. */
  readonly onClose?: OnClose
  /** Datagrams from addresses without a connection. */
  readonly onStranger?: (from: Address, what: string) => void
}

export interface ConnectOptions {
  readonly settings?: Partial<Settings>
  /** Begins with the reset sequence: a Halt and so much silence (section 5.3). */
  readonly resetMs?: Millis
  /** See `Lines.answersChallenges`. */
  readonly answersChallenges?: boolean
}

/** What a handler answers a turn with: one payload, several, or one and whether it wants an ack. */
export type Answer =
  | Uint8Array
  | readonly Uint8Array[]
  | { readonly bytes: Uint8Array; readonly ack: boolean }

/** An endpoint at work on a link: any link, and any clock. */
export class Host<Address> {
  readonly endpoint: Endpoint<Address>
  readonly #options: HostOptions<Address>
  readonly #conversations: Map<ConnectionId, Conversation> = new Map()
  readonly #driven: Driven<Request<Address>, Reply>
  #isStopped = false

  constructor(options: HostOptions<Address>) {
    this.#options = options
    const { link, clock, onConnection, onClose, settings } = options
    const answersClose = onClose === undefined
    this.endpoint = new Endpoint<Address>({
      ...options,
      settings: { ...settings, answersClose },
      now: clock.now(),
      listens: onConnection !== undefined,
    })
    this.#driven = drive(this.endpoint, { link, clock, store: NO_STORE, indicate: what => this.#told(what) })
  }

  /** Opens a connection as its client; nothing is sent yet. */
  connect(to: Address, { settings, resetMs, answersChallenges = false }: ConnectOptions = {}): Conversation {
    const reply = this.#driven.request({
      kind: 'connect',
      to,
      ...(settings === undefined ? {} : { settings }),
      ...(resetMs === undefined ? {} : { resetMs }),
    })
    if (reply.kind === 'refused') throw errorFor(reply.reason)
    if (reply.kind !== 'connected') throw errorFor('unknown')
    return this.#converse(reply.connection, true, answersChallenges)
  }

  /** Halts every connection and takes no more; the link stays open for late datagrams until `stop`. */
  shut(): void {
    if (!this.#isStopped) this.#driven.request({ kind: 'shut' })
  }

  /** Halts every connection and closes the link. */
  stop(): void {
    if (this.#isStopped) return
    this.shut()
    this.#isStopped = true
    this.#driven.stop()
  }

  #converse(connection: ConnectionId, isClient: boolean, answersChallenges: boolean): Conversation {
    const conversation = new Conversation({
      connection,
      clock: this.#options.clock,
      isClient,
      answersChallenges,
      onClose: this.#options.onClose,
      ask: request => (this.#isStopped ? { kind: 'refused', reason: 'shut' } : this.#driven.request(request)),
    })
    this.#conversations.set(connection, conversation)
    return conversation
  }

  #told(what: Indication<Address>): void {
    if (what.kind === 'stranger') {
      this.#options.onStranger?.(what.from, what.what)
      return
    }
    if (what.kind === 'opened') {
      this.#options.onConnection?.(this.#converse(what.connection, false, false), what.from)
      return
    }
    this.#conversations.get(what.connection)?.told(what)
    if (what.kind === 'closed') this.#conversations.delete(what.connection)
  }
}

/** Answers every turn of a peer and gives control back, until the connection ends. */
export async function answerTurns(
  conversation: Conversation,
  handler: (turn: Turn, conversation: Conversation) => Answer | Promise<Answer>,
): Promise<void> {
  for await (const turn of conversation.turns()) {
    const answer = await handler(turn, conversation)
    if (!conversation.hasControl) continue
    if (answer instanceof Uint8Array) await conversation.give(answer)
    else if ('ack' in answer) await conversation.give(answer.bytes, { ack: answer.ack })
    else {
      for (const payload of answer.slice(0, -1)) await conversation.send(payload)
      await conversation.give(answer.at(-1))
    }
  }
}

/** A connection does not outlive its endpoint: there is nothing to keep. */
const NO_STORE: Store<never> = { keep: () => {}, open: () => {} }
