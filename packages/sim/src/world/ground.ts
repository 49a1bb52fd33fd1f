import type { Random } from '@skyferry/engine'
import type { SimulatedAir } from '../simulated-air.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { LastWords } from './last-words.ts'

/** What nodes stand on: the part of a world that they need, and no more. */
export interface Ground {
  readonly clock: VirtualClock
  readonly air: SimulatedAir
  /** Only while words are wanted: putting them costs more than the run. */
  readonly words: LastWords | undefined
  /** Rounds without a word in which an engine may ask to be woken at once. */
  readonly idleRoundsMax: number
  /** Chance of its own for every label. */
  chance(label: string): Random
  /** Runs something that may break an engine or end a life, and deals with either; undefined if it did not finish. */
  guard<Result>(act: () => Result): Result | undefined
  /** Says which node acts, for whoever must name one. */
  acts(name: string): void
  /** A remark for the weather line of a report. */
  note(remark: string): void
  fail(claim: string, detail: string): never
  /** Is it still the time for things to go wrong? */
  isStormy(): boolean
}

/** How a node goes down. Killed, the disk keeps what was written; without power, only what was synced, and chance. */
export interface Fall {
  readonly how: 'kill' | 'power loss'
  /** How long until it is started again. */
  readonly downMs: number
}

/** A node as its world steers it, whatever its protocol. */
export interface Faller {
  readonly name: string
  readonly isUp: boolean
  /** Ends this life at once; the next begins after `downMs`. Nothing happens while it is down. */
  fall(fall: Fall): void
  /** Plans its end: in the moment before something passes between engine and host for the `count`-th time from now. */
  fallAtTouch(count: number, fall?: Fall): void
  /** Forgets a planned end. */
  forgetFall(): void
  /** Starts it now if it is down. */
  start(): void
}

/** Unwinds the stack of a node that dies in the middle of something. Not an error: `guard` catches it. */
export class LifeEnds {
  readonly node: Faller
  readonly fall: Fall

  constructor(node: Faller, fall: Fall) {
    this.node = node
    this.fall = fall
  }
}

export const KILL: Fall = { how: 'kill', downMs: 0 }
