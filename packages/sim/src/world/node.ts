import { type Driven, drive, type Engine, type Millis, type Random, type Slot } from '@skyferry/engine'
import { SimulatedDisk } from '../disk/simulated-disk.ts'
import type { LinkSettings, SimulatedLink } from '../simulated-link.ts'
import { SimulatedStore, type StoreOptions } from '../simulated-store.ts'
import type { VirtualAlarm } from '../virtual-clock.ts'
import { type Fall, type Faller, type Ground, KILL, LifeEnds } from './ground.ts'
import { grouped, inSeconds } from './last-words.ts'
import { WatchedEngine, type Watcher } from './watched-engine.ts'

/** What a node finds when it is started. */
export interface NodeContext<Kept> {
  readonly name: string
  /** 1 the first time. */
  readonly life: number
  /** What its store kept, oldest first. */
  readonly records: readonly Kept[]
  readonly disk: SimulatedDisk
  /** Chance for this life. */
  readonly random: Random
  readonly now: Millis
}

/** How a node's doings read in last words; asked only while words are wanted. */
export interface NodeWords<Indication> {
  datagram?(datagram: Uint8Array): string
  indication?(what: Indication): string
  /** The state that the engine is in. */
  state?(): string
}

/** One life of a node. */
export interface NodeParts<Request, Reply, Indication, Kept> {
  readonly engine: Engine<Request, Reply, Indication, Kept, string>
  /** Syncs the files that the records kept so far may speak of; the store calls it before it writes them. */
  beforeCommit?(): void
  /** The local user. It may answer with `WorldNode.request`. */
  indicate?(what: Indication): void
  readonly words?: NodeWords<Indication>
}

/** Builds an engine, the first time or from what survived. All that must not survive has to be made in here. */
export type NodeFactory<Request, Reply, Indication, Kept> = (
  context: NodeContext<Kept>,
) => NodeParts<Request, Reply, Indication, Kept>

export interface NodeSettings<Kept> {
  readonly link?: Partial<LinkSettings>
  readonly store?: StoreOptions<Kept>
}

/** What was built for one life, and ends with it. */
interface Life<Request, Reply, Indication, Kept> {
  readonly parts: NodeParts<Request, Reply, Indication, Kept>
  readonly watched: WatchedEngine<Request, Reply, Indication, Kept>
  readonly link: SimulatedLink
  driven: Driven<Request, Reply> | undefined
}

/** A machine in a world: a disk and a store that last, and an engine that may be lost at any moment and built again. */
export class WorldNode<Request, Reply, Indication, Kept> implements Faller {
  readonly name: string
  readonly disk: SimulatedDisk = new SimulatedDisk()
  readonly #ground: Ground
  readonly #factory: NodeFactory<Request, Reply, Indication, Kept>
  readonly #settings: NodeSettings<Kept>
  readonly #store: SimulatedStore<Kept>
  readonly #start: VirtualAlarm
  readonly #watcher: Watcher<Indication> = {
    acting: () => this.#ground.acts(this.name),
    touch: () => this.#touch(),
    arrived: (datagram, from) => this.#arrived(datagram, from),
    sent: slot => this.#sent(slot),
    told: what => this.#told(what),
    restless: (rounds, due, now) => this.#restless(rounds, due, now),
  }
  #life: Life<Request, Reply, Indication, Kept> | undefined
  #lives = 0
  #touches = 0
  #fatalTouch = Infinity
  #fatalFall: Fall = KILL

  constructor(
    ground: Ground,
    name: string,
    factory: NodeFactory<Request, Reply, Indication, Kept>,
    settings: NodeSettings<Kept>,
  ) {
    this.name = name
    this.#ground = ground
    this.#factory = factory
    this.#settings = settings
    this.#store = new SimulatedStore(ground.clock, ground.chance(`${name} store`), settings.store)
    this.#store.beforeCommit(() => this.#life?.parts.beforeCommit?.())
    this.#start = ground.clock.alarm(() => this.#boot())
    ground.guard(() => this.#boot())
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  /** Times it was started. */
  get lives(): number {
    return this.#lives
  }

  /** Times something passed between its engines and their hosts: the moments at which it could have died. */
  get touches(): number {
    return this.#touches
  }

  /** Records that would survive a crash now. */
  survivors(): Kept[] {
    return this.#store.survivors()
  }

  /** Asks the engine for something; undefined when the node is down, is being started, or went down over it. */
  request(request: Request): Reply | undefined {
    return this.#ground.guard(() => this.#life?.driven?.request(request))
  }

  fallAtTouch(count: number, fall: Fall = KILL): void {
    this.#fatalTouch = this.#touches + count
    this.#fatalFall = fall
  }

  forgetFall(): void {
    this.#fatalTouch = Infinity
  }

  fall(fall: Fall): void {
    const life = this.#life
    if (life === undefined) return
    this.#life = undefined
    const { clock, words } = this.#ground
    life.watched.end()
    life.driven?.stop()
    life.link.close()
    this.#store.crash()
    if (fall.how === 'power loss') {
      this.disk.crash(this.#ground.chance(`${this.name} power loss ${this.disk.crashes}`))
    }
    const deed = fall.how === 'kill' ? 'restarts' : 'loses power'
    this.#ground.note(`${this.name} ${deed} at ${inSeconds(clock.now())} s`)
    words?.add(clock.now(), this.name, fall.how)
    this.#start.set((clock.now() + fall.downMs) as Millis)
  }

  start(): void {
    if (this.isUp) return
    this.#start.cancel()
    this.#ground.guard(() => this.#boot())
  }

  #touch(): void {
    this.#touches += 1
    if (this.#touches === this.#fatalTouch && this.#ground.isStormy())
      throw new LifeEnds(this, this.#fatalFall)
  }

  #arrived(datagram: Uint8Array, from: string): void {
    if (this.#ground.words !== undefined) this.#say(`${this.name} ← ${from}`, this.#describe(datagram))
  }

  #sent(slot: Slot<string>): void {
    if (this.#ground.words === undefined) return
    const who = slot.to === undefined ? `${this.name} →` : `${this.name} → ${slot.to}`
    this.#say(who, this.#describe(slot.bytes.subarray(0, slot.length)))
  }

  #told(what: Indication): void {
    if (this.#ground.words === undefined) return
    this.#say(this.name, this.#life?.parts.words?.indication?.(what) ?? kindOf(what))
  }

  #restless(rounds: number, due: Millis, now: Millis): void {
    if (rounds <= this.#ground.idleRoundsMax) return
    this.#ground.fail(
      `${this.name} sleeps when it has nothing to do`,
      `woken ${grouped(rounds)} times at ${inSeconds(now)} s, its deadline is still ${inSeconds(due)} s`,
    )
  }

  #boot(): void {
    const { clock, air, words } = this.#ground
    this.#ground.acts(this.name)
    this.#lives += 1
    if (this.#lives > 1) words?.add(clock.now(), this.name, 'started', `life ${this.#lives}`)
    const parts = this.#factory({
      name: this.name,
      life: this.#lives,
      records: this.#store.survivors(),
      disk: this.disk,
      random: this.#ground.chance(`${this.name} life ${this.#lives}`),
      now: clock.now(),
    })
    const watched = new WatchedEngine(parts.engine, this.#watcher)
    const link = air.link(this.name, this.#settings.link)
    const life: Life<Request, Reply, Indication, Kept> = { parts, watched, link, driven: undefined }
    this.#life = life
    life.driven = drive(watched, {
      link,
      store: this.#store,
      clock,
      indicate: what => parts.indicate?.(what),
    })
    // Its first words may have been its last.
    if (this.#life !== life) life.driven.stop()
  }

  #describe(datagram: Uint8Array): string {
    return this.#life?.parts.words?.datagram?.(datagram) ?? `${grouped(datagram.length)} octets`
  }

  #say(who: string, what: string): void {
    const state = this.#life?.parts.words?.state?.() ?? ''
    this.#ground.words?.add(this.#ground.clock.now(), who, what, state)
  }
}

function kindOf(what: unknown): string {
  if (typeof what === 'object' && what !== null && 'kind' in what) return String(what.kind)
  return typeof what === 'string' ? what : typeof what
}
