import type { ConnectionId, Endpoint, Indication, Reply, Request } from '@skyferry/cdp'
import type { Random } from '@skyferry/engine'
import type { World } from '@skyferry/sim'
import { type Letter, letter, readLetter } from './letter.ts'

/** What became of one connection at one end. */
export interface Thread {
  readonly connection: ConnectionId
  /** Which connection of which life this is, for the letters it sends. */
  readonly number: number
  readonly isClient: boolean
  /** Letters sent so far. */
  sent: number
  /** Whose letters arrive here, and how many did. */
  from: number | undefined
  received: number
  hasControl: boolean
  ending: (Indication<string> & { readonly kind: 'closed' }) | undefined
}

export interface Manners {
  /** Turns this client wants to have before it closes. */
  readonly turns: number
  readonly lettersPerTurn: number
  readonly octetsMax: number
  readonly thinkMsMax: number
  readonly closing: 'halt' | 'close' | 'close-with-letter'
  readonly haltChance: number
}

/** Threads of one life are numbered from here. */
const LIFE = 1000
const lifeOf = (thread: number): number => Math.floor(thread / LIFE)

/** The application of one life of one node: it writes letters when it has control, and checks those that come. */
export class Talker {
  readonly threads: Map<ConnectionId, Thread> = new Map()
  readonly #sky: World
  readonly #name: string
  readonly #life: number
  readonly #random: Random
  readonly #manners: Manners
  readonly #request: (request: Request<string>) => Reply | undefined
  /** What is still to be written in the current turn. */
  readonly #unsent: Map<ConnectionId, { left: number; turns: number }> = new Map()
  #threadCount = 0

  constructor(
    sky: World,
    name: string,
    life: number,
    random: Random,
    manners: Manners,
    request: (request: Request<string>) => Reply | undefined,
  ) {
    this.#sky = sky
    this.#name = name
    this.#life = life
    this.#random = random
    this.#manners = manners
    this.#request = request
  }

  /** As a client. */
  connect(to: string, resetMs: number): Thread | undefined {
    const request = { kind: 'connect', to, ...(resetMs > 0 ? { resetMs } : {}) } as Request<string>
    const reply = this.#request(request)
    if (reply?.kind !== 'connected') return undefined
    const thread = this.#thread(reply.connection, true)
    thread.hasControl = true
    this.#beginTurn(thread)
    return thread
  }

  told(what: Indication<string>): void {
    if (what.kind === 'stranger') return
    if (what.kind === 'opened') {
      this.#thread(what.connection, false)
      return
    }
    const thread = this.threads.get(what.connection)
    if (thread === undefined) return
    switch (what.kind) {
      case 'payload':
        this.#read(thread, what.data)
        break
      case 'control':
        thread.hasControl = true
        this.#beginTurn(thread)
        break
      case 'writable':
        this.#write(thread)
        break
      case 'closed':
        thread.hasControl = false
        thread.ending = what
        break
      default:
        break
    }
  }

  #thread(connection: ConnectionId, isClient: boolean): Thread {
    this.#threadCount += 1
    const number = this.#life * LIFE + this.#threadCount
    const thread: Thread = {
      connection,
      number,
      isClient,
      sent: 0,
      from: undefined,
      received: 0,
      hasControl: false,
      ending: undefined,
    }
    this.threads.set(connection, thread)
    return thread
  }

  #read(thread: Thread, octets: Uint8Array): void {
    // The payload of an empty Close.
    if (octets.length === 0) return
    const read = readLetter(octets)
    if (read === undefined)
      this.#sky.fail('boundaries are kept', `${this.#name} got ${octets.length} octets that nobody sent so`)
    if (thread.from === undefined) {
      thread.from = read.thread
      const twin = [...this.threads.values()].find(each => each !== thread && each.from === read.thread)
      if (twin !== undefined) {
        this.#sky.fail(
          'each payload arrives once',
          `${this.#name} hears thread ${read.thread} on a second connection`,
        )
      }
    }
    // Exactly once per incarnation of the server (reference 13.5): one that was restarted with payload 0 still unanswered
    // takes it as new, and if it then answers with as many payloads as before, nobody can tell the two apart.
    if (thread.isClient && lifeOf(read.thread) > lifeOf(thread.from)) thread.from = read.thread
    if (thread.from !== read.thread || read.number !== thread.received) {
      this.#sky.fail(
        'each payload arrives once and in order',
        `${this.#name} expected letter ${thread.received} of ${thread.from}, got ${read.number} of ${read.thread}`,
      )
    }
    thread.received += 1
  }

  #beginTurn(thread: Thread): void {
    const turns = (this.#unsent.get(thread.connection)?.turns ?? 0) + 1
    this.#unsent.set(thread.connection, {
      left: this.#random.whole(1, this.#manners.lettersPerTurn + 1),
      turns,
    })
    const think = this.#random.chance(0.5) ? 0 : this.#random.whole(0, this.#manners.thinkMsMax)
    this.#sky.at((this.#sky.now + think) as never, () => this.#write(thread))
  }

  #write(thread: Thread): void {
    const turn = this.#unsent.get(thread.connection)
    if (turn === undefined || !thread.hasControl) return
    const { connection } = thread
    const ends = thread.isClient && turn.turns > this.#manners.turns
    while (turn.left > 0) {
      if (this.#random.chance(this.#manners.haltChance)) {
        this.#request({ kind: 'halt', connection })
        return
      }
      const gives = turn.left === 1
      if (gives && ends && this.#manners.closing === 'halt') {
        this.#request({ kind: 'halt', connection })
        return
      }
      const isLetter = !(gives && ends) || this.#manners.closing === 'close-with-letter'
      const data = isLetter ? this.#letter(thread) : new Uint8Array(0)
      const reply =
        gives && ends
          ? this.#request({ kind: 'close', connection, data })
          : this.#request({ kind: 'send', connection, data, give: gives, ack: this.#random.chance(0.1) })
      if (reply?.kind !== 'sent') return
      if (isLetter) thread.sent += 1
      turn.left -= 1
    }
    thread.hasControl = false
  }

  #letter(thread: Thread): Uint8Array {
    const what: Letter = { thread: thread.number, number: thread.sent }
    return letter(what, this.#random.whole(0, this.#manners.octetsMax))
  }
}

/** Both ends of an endpoint as the world sees them. */
export interface Seen {
  readonly endpoint: Endpoint<string>
  readonly talker: Talker
}
