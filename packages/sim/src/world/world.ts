import { type Millis, Random } from '@skyferry/engine'
import { SimulatedAir } from '../simulated-air.ts'
import { VirtualClock } from '../virtual-clock.ts'
import type { DatagramPool } from '../weather/datagram-pool.ts'
import { bothWays, type Weather } from '../weather/settings.ts'
import { weatherInWords } from '../weather/weather-words.ts'
import { WorldFailure } from './failure.ts'
import { type Fall, type Faller, type Ground, KILL, LifeEnds } from './ground.ts'
import { grouped, inSeconds, LastWords } from './last-words.ts'
import { type NodeFactory, type NodeSettings, WorldNode } from './node.ts'
import type { Run } from './plan.ts'

/** Something that must hold after every step. Cheap, please: it is asked a million times. */
export interface Check {
  /** The claim, in words: `complete means identical`. */
  readonly claim: string
  /** How it is broken, or undefined when it holds. */
  readonly broken: () => string | undefined
}

export interface WorldSettings {
  /** See `Ground`; generous, because an engine may do a long computation in slices. */
  readonly idleRoundsMax?: number
  /** Steps in which time may stand still before the world is given up. */
  readonly stepsPerInstantMax?: number
  /** Datagrams that arrive within this long of each other come in one burst. */
  readonly burstMs?: number
  /** Last words kept. */
  readonly lastWords?: number
  /** Buffers shared with other worlds of the same program. */
  readonly pool?: DatagramPool
}

/** Remarks that a weather line has room for. */
const REMARKS_MAX = 12

/**
 * A simulated world: nodes with engines under a weather, in virtual time, wholly decided by its seed.
 *
 * It has a stormy part, in which only the `always` checks are asked, then `clear` ends all faults, and `expect` asks for
 * progress too. Whatever goes wrong (a check, an engine's own claim, an engine that spins) is thrown as a `WorldFailure`.
 */
export class World {
  readonly seed: number
  readonly weather: Weather
  readonly clock: VirtualClock = new VirtualClock()
  readonly air: SimulatedAir
  readonly #random: Random
  readonly #words: LastWords | undefined
  readonly #stepsPerInstantMax: number
  readonly #ground: Ground
  readonly #nodes: Faller[] = []
  readonly #checks: Check[] = []
  readonly #remarks: string[] = []
  #restartPlans = 0
  #acting = ''
  #isStormy = true

  /**
   * @param run     the seed, or what `world` hands to its body
   * @param weather of every pair that is joined without one of its own
   */
  constructor(run: Run | number, weather: Weather = bothWays(), settings: WorldSettings = {}) {
    this.seed = typeof run === 'number' ? run : run.seed
    this.weather = weather
    this.#random = new Random(this.seed)
    const hasWords = typeof run === 'number' || run.hasWords
    this.#words = hasWords ? new LastWords(settings.lastWords ?? 24) : undefined
    this.#stepsPerInstantMax = settings.stepsPerInstantMax ?? 1_000_000
    const { burstMs = 0, pool } = settings
    this.air = new SimulatedAir(this.clock, pool === undefined ? { burstMs } : { burstMs, pool })
    this.#ground = {
      clock: this.clock,
      air: this.air,
      words: this.#words,
      idleRoundsMax: settings.idleRoundsMax ?? 10_000,
      chance: label => this.chance(label),
      guard: act => this.#guard(act),
      acts: name => {
        this.#acting = name
      },
      note: remark => this.#note(remark),
      fail: (claim, detail) => this.fail(claim, detail),
      isStormy: () => this.#isStormy,
    }
    if (typeof run !== 'number') run.world = this
  }

  get now(): Millis {
    return this.clock.now()
  }

  /** A stream of chance by label: the same label, the same stream; a new consumer does not move the others. */
  chance(label: string): Random {
    return this.#random.fork(label)
  }

  /** A node, started at once. Its factory is called again for every new life. */
  node<Request, Reply, Indication, Kept>(
    name: string,
    factory: NodeFactory<Request, Reply, Indication, Kept>,
    settings: NodeSettings<Kept> = {},
  ): WorldNode<Request, Reply, Indication, Kept> {
    const node = new WorldNode(this.#ground, name, factory, settings)
    this.#nodes.push(node)
    return node
  }

  /** Lets two nodes hear each other. */
  join(one: { readonly name: string }, other: { readonly name: string }, weather?: Weather): void {
    if (weather !== undefined) this.#note(`${one.name}–${other.name} ${weatherInWords(weather)}`)
    this.air.join(one.name, other.name, weather ?? this.weather, this.chance('air'))
  }

  /** Puts the link between two nodes down, or up again. */
  setUp(one: { readonly name: string }, other: { readonly name: string }, up: boolean): void {
    this.#note(`${one.name}–${other.name} ${up ? 'up' : 'down'} at ${inSeconds(this.now)} s`)
    this.air.setUp(one.name, other.name, up)
  }

  /** What must hold after every step from now on. */
  always(...checks: readonly Check[]): void {
    this.#checks.push(...checks)
  }

  /** Something the world's author wants done at a given time; never before something already due then. */
  at(when: Millis, act: () => void): void {
    this.clock.at(when, act)
  }

  /** Ends a node's life now; it is started again after `downMs`. */
  restart(node: Faller, fall: Fall = KILL): void {
    this.#guard(() => node.fall(fall))
  }

  /** The same at `when`, unless the storm is over by then. */
  restartAt(node: Faller, when: Millis, fall: Fall = KILL): void {
    this.at(when, () => {
      if (this.#isStormy) node.fall(fall)
    })
  }

  /**
   * Restarts from the seed: none to `most` of them, any of `nodes`, at any time before `withinMs`, killed or without
   * power, down for up to `downMsMax`. Half of them come not at a time but in the middle of something: the node dies
   * between two things that pass between its engine and its host.
   */
  restarts(
    nodes: readonly Faller[],
    { most, withinMs, downMsMax = 5000 }: { most: number; withinMs: number; downMsMax?: number },
  ): void {
    const random = this.chance(`restarts ${this.#restartPlans++}`)
    for (let left = random.whole(0, most + 1); left > 0; left--) {
      const node = random.pick(nodes)
      const how = random.chance(0.5) ? 'kill' : 'power loss'
      const fall: Fall = { how, downMs: random.chance(0.5) ? 0 : random.whole(0, downMsMax) }
      const when = random.whole(0, withinMs) as Millis
      const touches = 1 + Math.floor(2 ** (random.unit() * 8))
      if (random.chance(0.5)) this.restartAt(node, when, fall)
      else this.at(when, () => node.fallAtTouch(touches, fall))
    }
  }

  /** Lets `ms` of the weather pass. Only safety is asked. */
  storm(ms: number): void {
    this.runUntil(() => false, ms)
  }

  /** Ends all faults: links are up and keep only their physics, nodes are started and stay up. Then lets `ms` pass. */
  clear(ms: number): void {
    this.#isStormy = false
    this.air.clear()
    for (const node of this.#nodes) {
      node.forgetFall()
      node.start()
    }
    this.runUntil(() => false, ms)
  }

  /** Runs until `holds`, asked after every step, or until `limitMs` has passed; answers whether it did. */
  runUntil(holds: () => boolean, limitMs: number): boolean {
    const until = (this.now + limitMs) as Millis
    if (holds()) return true
    while (this.clock.next <= until) {
      this.#acting = ''
      this.#guard(this.#step)
      this.#ask()
      if (holds()) return true
    }
    this.clock.rest(until)
    return false
  }

  /** Fails unless `holds`; `detail` says in which way it does not. */
  expect(claim: string, holds: () => boolean, detail: () => string = () => ''): void {
    if (!holds()) this.fail(claim, detail())
  }

  /** Ends the world. */
  fail(claim: string, detail = '', cause?: unknown): never {
    throw this.failure(claim, detail, cause)
  }

  /** What is known now, for a claim that turned out false. */
  failure(claim: string, detail: string, cause?: unknown): WorldFailure {
    return new WorldFailure(
      {
        claim,
        detail,
        seed: this.seed,
        at: this.now,
        step: this.clock.steps,
        weather: [weatherInWords(this.weather), ...this.#remarks].join(', '),
        lastWords: this.#words?.lines() ?? [],
      },
      cause,
    )
  }

  /** Datagrams offered to the air so far. */
  get datagrams(): number {
    return this.air.paths().reduce((sum, path) => sum + path.counters.offered, 0)
  }

  readonly #step = (): boolean => this.clock.step()

  #ask(): void {
    for (const { claim, broken } of this.#checks) {
      const detail = broken()
      if (detail !== undefined) this.fail(claim, detail)
    }
    if (this.clock.stepsAtThisInstant > this.#stepsPerInstantMax) {
      this.fail(
        'time passes',
        `${grouped(this.#stepsPerInstantMax)} steps at one instant; ${this.#acting} acted last`,
      )
    }
  }

  /** Everything that may run an engine runs in here. */
  #guard<Result>(act: () => Result): Result | undefined {
    try {
      return act()
    } catch (problem) {
      if (problem instanceof LifeEnds) {
        problem.node.fall(problem.fall)
        return undefined
      }
      if (problem instanceof WorldFailure) throw problem
      const who = this.#acting === '' ? 'the world' : this.#acting
      this.fail(`${who} breaks none of its own claims`, String(problem), problem)
    }
  }

  #note(remark: string): void {
    if (this.#remarks.length < REMARKS_MAX) this.#remarks.push(remark)
    else if (this.#remarks.length === REMARKS_MAX) this.#remarks.push('and more')
  }
}
