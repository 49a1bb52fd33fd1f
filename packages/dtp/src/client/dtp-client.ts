/** The client module as a library: ask for payloads, hold sessions, go on with saved ones. */
import type { Driven } from '@skyferry/engine'
import type { DialectName } from '../common/dialect.ts'
import type { NodeAddress, Run } from '../common/port.ts'
import type { Client } from './client.ts'
import type { ClientRecord } from './records.ts'
import type { ClientIndication, ClientReply, ClientRequest, RoundEnd } from './requests.ts'
import { Session, type SessionOptions } from './session.ts'
import type { SessionState, SessionTerms } from './session-state.ts'

/** What to fetch; what is left out is as in `SESSION_DEFAULTS`. */
export type GetTerms = Pick<SessionTerms, 'server' | 'payload' | 'sink'> & Partial<SessionTerms>

/** A request that the client would not do. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

/** Nobody said how large the payload is. */
export class InfoError extends Error {
  override readonly name = 'InfoError'
  readonly why: RoundEnd

  constructor(node: number, payloadId: number, why: RoundEnd) {
    super(`node ${node} does not say how large payload ${payloadId} is: ${why}`)
    this.why = why
  }
}

/**
 * ```ts
 * const client = new DtpClient(new Client({ sinks, random, now }), run)
 * const session = client.get({ server: 20, payload: { kind: 'id', id: 1 }, sink: 'image.raw' }, { signal })
 * for await (const { offset, data } of session) show(offset, data)
 * ```
 */
export class DtpClient {
  readonly #client: Client
  readonly #driven: Driven<ClientRequest, ClientReply>
  readonly #sessions: Map<string, Session> = new Map()
  readonly #questions: Map<string, (what: Extract<ClientIndication, { kind: 'info' }>) => void> = new Map()

  constructor(client: Client, run: Run<ClientRequest, ClientReply, ClientIndication, ClientRecord>) {
    this.#client = client
    // Sessions of an earlier life are told of things while the engine starts.
    for (const { session } of client.reports()) this.#hold(session)
    this.#driven = run(client, what => this.#told(what))
  }

  /** Every session there is, those of earlier lives among them. */
  get sessions(): readonly Session[] {
    return [...this.#sessions.values()]
  }

  session(name: string): Session | undefined {
    return this.#sessions.get(name)
  }

  /**
   * Fetches a payload, whole or in ranges.
   *
   * @throws {RefusedError} for terms that make no sense
   */
  get(terms: GetTerms, options: SessionOptions & { readonly name?: string } = {}): Session {
    const { name } = options
    return this.#open({ kind: 'get', terms, ...(name === undefined ? {} : { session: name }) }, options)
  }

  /**
   * Goes on with a saved session (`parseSession`, `sessionFromMeta`).
   *
   * @throws {RefusedError} for terms that make no sense
   */
  load(
    state: SessionState,
    options: SessionOptions & { readonly name?: string; readonly changes?: Partial<SessionTerms> } = {},
  ): Session {
    const { name, changes } = options
    return this.#open(
      {
        kind: 'load',
        state,
        ...(name === undefined ? {} : { session: name }),
        ...(changes === undefined ? {} : { changes }),
      },
      options,
    )
  }

  /**
   * How large is it?
   *
   * @throws {InfoError} where nobody says
   */
  async info(server: number, payloadId: number, dialect: DialectName = 'D2c'): Promise<number> {
    const reply = this.#driven.request({ kind: 'info', server: server as NodeAddress, payloadId, dialect })
    if (reply.kind === 'refused') throw new RefusedError(reply.reason)
    const { total, why } = await new Promise<Extract<ClientIndication, { kind: 'info' }>>(resolve =>
      this.#questions.set(reply.session, resolve),
    )
    if (total === undefined) throw new InfoError(server, payloadId, why)
    return total
  }

  /** Leaves everything as a crash would; the records bring it back. */
  stop(): void {
    this.#driven.stop()
  }

  #open(request: ClientRequest, options: SessionOptions): Session {
    const reply = this.#driven.request(request)
    if (reply.kind === 'refused') throw new RefusedError(reply.reason)
    return this.#hold(reply.session, options)
  }

  #hold(name: string, options: SessionOptions = {}): Session {
    const early = this.#early.get(name) ?? []
    this.#early.delete(name)
    const session = new Session(this.#client, () => this.#driven, name, options)
    this.#sessions.set(name, session)
    for (const what of early) session.told(what)
    return session
  }

  /** Told within the request that opens a session, before anybody holds it. */
  readonly #early: Map<string, ClientIndication[]> = new Map()

  #told(what: ClientIndication): void {
    if (what.kind === 'info') {
      this.#questions.get(what.session)?.(what)
      this.#questions.delete(what.session)
      return
    }
    const session = this.#sessions.get(what.session)
    if (session !== undefined) session.told(what)
    else this.#early.set(what.session, [...(this.#early.get(what.session) ?? []), what])
  }
}
