import { Endpoint, type Indication, type Reply, type Request, type Settings, summarize } from '@skyferry/cdp'
import type { Millis } from '@skyferry/engine'
import { minutes, type Run, seconds, type Weather, World, type WorldNode } from '@skyferry/sim'
import { type Manners, Talker, type Thread } from './talker.ts'

type Node = WorldNode<Request<string>, Reply, Indication<string>, never>

/** One node: an endpoint that is lost in every crash, and its application. */
class Party {
  readonly node: Node
  endpoint: Endpoint<string> | undefined
  talker: Talker | undefined
  /** The threads of all lives. */
  readonly threads: { readonly life: number; readonly thread: Thread }[] = []

  constructor(sky: World, name: string, listens: boolean, terms: Terms) {
    this.node = sky.node<Request<string>, Reply, Indication<string>, never>(
      name,
      ({ life, random, now }) => {
        const endpoint = new Endpoint<string>({
          keyOf: address => address,
          now,
          listens,
          settings: terms.settings,
          tombstone: terms.tombstone,
        })
        const ask = (request: Request<string>): Reply | undefined =>
          this.endpoint === endpoint ? this.node.request(request) : undefined
        const talker = new Talker(sky, name, life, random, terms.manners, ask)
        this.endpoint = endpoint
        this.talker = talker
        return {
          engine: endpoint,
          indicate: what => talker.told(what),
          words: {
            datagram: summarize,
            indication: what => (what.kind === 'closed' ? `closed, ${what.reason}` : what.kind),
            state: () =>
              [...talker.threads.values()]
                .map(({ connection }) => endpoint.peek(connection)?.state ?? 'over')
                .join(' '),
          },
        }
      },
      { link: { mtuOctets: 1500 } },
    )
  }

  get liveThreads(): Thread[] {
    return this.node.isUp ? [...(this.talker?.threads.values() ?? [])] : []
  }

  stateOf(thread: Thread): string | undefined {
    return this.endpoint?.peek(thread.connection)?.state
  }
}

export interface Terms {
  readonly settings: Partial<Settings>
  readonly tombstone: Millis
  readonly manners: Manners
}

/** A client and a server under one sky, and the claims that hold for every story told of them. */
export class Couple {
  readonly sky: World
  readonly earth: Party
  readonly craft: Party
  readonly terms: Terms
  #attempts = 0

  constructor(run: Run, weather: Weather, terms: (sky: World) => Terms) {
    this.sky = new World(run, weather, { idleRoundsMax: 500, stepsPerInstantMax: 200_000 })
    this.terms = terms(this.sky)
    this.earth = new Party(this.sky, 'earth', false, this.terms)
    this.craft = new Party(this.sky, 'craft', true, this.terms)
    this.sky.join(this.earth.node, this.craft.node)
    this.sky.always({ claim: 'there are never two controllers', broken: () => this.#twoControllers() })
  }

  /** The client speaks; whenever its connection has come to a reported end, it begins another. */
  keepTalking(untilMs: number): void {
    const again = (): void => {
      if (this.sky.now > untilMs) return
      this.connectIfIdle()
      this.sky.at((this.sky.now + 1000) as Millis, again)
    }
    this.sky.at(this.sky.now, again)
  }

  connectIfIdle(): void {
    const { earth, terms } = this
    if (!earth.node.isUp) return
    if (earth.liveThreads.some(thread => thread.ending === undefined)) return
    this.#attempts += 1
    // It cannot know what the craft remembers: only the very first connection needs no reset sequence. Should its
    // Halt be lost, the craft forgets by its own idle timer.
    const { idle = 0, mdl = 0 } = terms.settings
    const silence = this.#attempts === 1 ? 0 : idle + terms.tombstone + mdl
    earth.talker?.connect('craft', silence)
  }

  /** After the storm: what runs comes to its end, and one more conversation goes through. */
  expectProgress(): void {
    this.#runUntil(
      'every connection comes to a reported end',
      () => this.#allEnded(),
      minutes(30),
      () => this.#standing(),
    )
    this.connectIfIdle()
    const last = this.earth.liveThreads.at(-1)
    this.#runUntil(
      'every connection comes to a reported end',
      () => this.#allEnded(),
      minutes(30),
      () => this.#standing(),
    )
    const reason = last?.ending?.reason
    if (reason !== 'verified' && reason !== 'answered' && reason !== 'local-halt') {
      this.sky.fail('in clear weather a conversation goes through', `it ended as ${reason}`)
    }
    this.expectVerifiedIsDelivered()
  }

  /** Whoever was told that everything was delivered was told the truth. */
  expectVerifiedIsDelivered(): void {
    for (const [here, there] of [
      [this.earth, this.craft],
      [this.craft, this.earth],
    ] as const) {
      for (const thread of here.liveThreads) {
        if (thread.ending?.verified !== true || there.node.lives > 1 || here.node.lives > 1) continue
        const other = there.liveThreads.find(each => each.from === thread.number)
        if ((other?.received ?? 0) !== thread.sent) {
          this.sky.fail(
            'verified means delivered',
            `${here.node.name}'s thread ${thread.number}: ${other?.received ?? 0} of ${thread.sent} letters (${thread.ending.reason})`,
          )
        }
      }
    }
  }

  /** Connections that have ended leave nothing behind, not even a tombstone. */
  expectForgotten(): void {
    this.sky.runUntil(() => false, this.terms.tombstone + minutes(3))
    for (const { endpoint, node } of [this.earth, this.craft]) {
      if (endpoint!.size + endpoint!.tombstones > 0 || endpoint!.deadline() !== Infinity) {
        this.sky.fail(
          'what has ended is forgotten',
          `${node.name}: ${endpoint!.size} connections, ${endpoint!.tombstones} tombstones`,
        )
      }
    }
  }

  #runUntil(claim: string, holds: () => boolean, limitMs: number, detail: () => string): void {
    for (let waited = 0; waited < limitMs; waited += 5000) {
      if (holds()) return
      this.sky.runUntil(() => false, seconds(5))
    }
    if (!holds()) this.sky.fail(claim, detail())
  }

  #allEnded(): boolean {
    return [this.earth, this.craft].every(party =>
      party.liveThreads.every(thread => thread.ending !== undefined),
    )
  }

  #standing(): string {
    return [this.earth, this.craft]
      .flatMap(party =>
        party.liveThreads
          .filter(each => each.ending === undefined)
          .map(each => `${party.node.name} ${party.stateOf(each)}`),
      )
      .join(', ')
  }

  /** Of one conversation; a restart in it makes two of it, which each has its own controller. */
  #twoControllers(): string | undefined {
    if (
      !this.earth.node.isUp ||
      !this.craft.node.isUp ||
      this.craft.node.lives > 1 ||
      this.earth.node.lives > 1
    )
      return undefined
    for (const thread of this.earth.liveThreads) {
      const other = this.craft.liveThreads.find(
        each => each.from === thread.number && each.ending === undefined,
      )
      if (other === undefined || thread.ending !== undefined) continue
      const [here, there] = [this.earth.stateOf(thread), this.craft.stateOf(other)]
      if (isController(here) && isController(there)) return `earth is ${here}, craft is ${there}`
    }
    return undefined
  }
}

function isController(state: string | undefined): boolean {
  return state === 'controlling' || state === 'closing'
}
