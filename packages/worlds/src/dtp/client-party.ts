import {
  Client,
  type ClientIndication,
  type ClientRecord,
  type ClientReply,
  type ClientRequest,
  foldSessions,
  type PayloadRef,
  parseSession,
  type SessionReport,
  type SessionState,
  serializeSession,
} from '@skyferry/dtp'
import { isFault } from '@skyferry/octets'
import type { NodeContext, NodeParts, World, WorldNode } from '@skyferry/sim'
import { type Addresses, CspStandIn } from './csp-stand-in.ts'
import { SimulatedSinks } from './simulated-sinks.ts'
import type { DtpTerms } from './terms.ts'

/** The only session's sink; sessions that follow one another share it. */
const SINK = 'payload'

/** A client of ours on a node that may be lost at any moment, and a user who checks what it is told. */
export class ClientParty {
  readonly node: WorldNode<ClientRequest, ClientReply, ClientIndication, ClientRecord>
  readonly #sky: World
  readonly #terms: DtpTerms
  readonly #server: number
  readonly #addresses: Addresses
  #client: Client | undefined
  #session = 'first'
  /** Sessions that said they were complete, or would not go on, in any life. */
  readonly endings: Map<string, string> = new Map()

  constructor(
    sky: World,
    terms: DtpTerms,
    about: { readonly name: string; readonly server: number; readonly addresses: Addresses },
  ) {
    this.#sky = sky
    this.#terms = terms
    this.#server = about.server
    this.#addresses = about.addresses
    this.node = sky.node(about.name, context => this.#start(context), {
      link: terms.link,
      store: terms.store,
    })
  }

  get client(): Client {
    return this.#client!
  }

  get report(): SessionReport | undefined {
    return this.#client?.report(this.#session)
  }

  /** Asks for the payload, unless this end knows that it has asked. */
  get(): void {
    if (!this.node.isUp || this.#client?.report(this.#session) !== undefined) return
    if (this.endings.get(this.#session) === 'complete') return
    const { session, isMemory, payload } = this.#terms
    const ref: PayloadRef = isMemory
      ? { kind: 'memory', address: 'deadbeef00001000', size: payload.length }
      : { kind: 'id', id: 7 }
    const terms = { ...session, server: this.#server, payload: ref, sink: SINK }
    const reply = this.node.request({ kind: 'get', session: this.#session, terms })
    if (reply?.kind === 'refused') this.#sky.fail('a get is accepted', reply.reason)
  }

  /** Steers the session; a refusal is an answer. */
  steer(kind: 'pause' | 'resume' | 'cancel'): void {
    this.node.request({ kind, session: this.#session })
  }

  /** Takes the session out as octets, drops it, and loads it under another name, as another machine would. */
  carryOver(): void {
    const state = this.node.isUp ? this.#client?.serialize(this.#session) : undefined
    if (state === undefined || this.report?.state === 'ended' || this.report?.state === 'settling') return
    const read = parseSession(serializeSession(state))
    if (isFault(read)) this.#sky.fail('a session can be read again', read.code)
    this.#checkHeld(state)
    const next = `${this.#session}+`
    if (this.node.request({ kind: 'release', session: this.#session })?.kind !== 'accepted') return
    const reply = this.node.request({ kind: 'load', session: next, state: read })
    if (reply?.kind === 'refused') this.#sky.fail('a saved session is accepted', reply.reason)
    this.#session = next
  }

  /** In what way the sink differs from the payload where it is wanted; undefined when it does not. */
  flaw(): string | undefined {
    const { payload, session } = this.#terms
    const wanted = session.wanted.length === 0 ? [0, payload.length] : session.wanted
    const content = this.node.disk.read(SINK) ?? new Uint8Array(0)
    for (let index = 0; index < wanted.length; index += 2) {
      for (let at = wanted[index]!; at < Math.min(payload.length, wanted[index + 1]!); at++) {
        if (at >= content.length) return `it ends at ${content.length}, ${payload.length} are wanted`
        if (content[at] !== payload[at]) return `octet ${at} differs`
      }
    }
    return undefined
  }

  /** What a state or a journal says is held is on the disk, octet for octet. */
  #checkHeld({ held }: { readonly held: readonly number[] }): void {
    const content = this.node.disk.read(SINK) ?? new Uint8Array(0)
    for (let index = 0; index < held.length; index += 2) {
      for (let at = held[index]!; at < held[index + 1]!; at++) {
        if (at < content.length && content[at] === this.#terms.payload[at]) continue
        this.#sky.fail(
          'what is said to be held is on the disk',
          `octet ${at} of ${held[index]}–${held[index + 1]}`,
        )
      }
    }
  }

  #start({
    disk,
    records,
    random,
    now,
    life,
  }: NodeContext<ClientRecord>): NodeParts<ClientRequest, ClientReply, ClientIndication, ClientRecord> {
    const sinks = new SimulatedSinks(disk)
    for (const facts of foldSessions(records).values()) this.#checkHeld({ held: facts.held.toFlat() })
    if (life > 1) this.#session = [...foldSessions(records).keys()].at(-1) ?? this.#session
    const client = new Client({ sinks, random: random.fork('client'), now, records })
    this.#client = client
    return {
      engine: new CspStandIn(client, this.#addresses, random.fork('connections'), now),
      beforeCommit: () => sinks.sync(),
      indicate: what => this.#told(what),
      words: { indication: inWords, state: () => this.report?.state ?? '' },
    }
  }

  #told(what: ClientIndication): void {
    if (what.kind !== 'ended') return
    const { ending } = what.outcome
    this.endings.set(what.session, ending)
    if (ending === 'complete') {
      const flaw = this.flaw()
      if (flaw !== undefined) this.#sky.fail('complete means identical', flaw)
    } else if (ending !== 'cancelled')
      this.#sky.fail('a session only ends whole', `${ending}: ${what.outcome.reason}`)
  }

  /** The state that would be saved now. */
  saved(): SessionState | undefined {
    return this.#client?.serialize(this.#session)
  }
}

function inWords(what: ClientIndication): string {
  switch (what.kind) {
    case 'ended':
      return `ended: ${what.outcome.ending}`
    case 'round':
      return `round ${what.round}: ${what.intervals} intervals at ${what.throughput}`
    case 'round-ended':
      return `round ${what.round} ended (${what.why}): ${what.fresh} new, ${what.gaps} gaps`
    case 'waiting':
      return `waiting (${what.why})`
    case 'sized':
      return `${what.total} octets in all`
    default:
      return what.kind
  }
}
