/**
 * Every behaviour of two sides of our own core over a network that loses, duplicates and reorders: the model of the
 * reference (`cdp-model.py`, parts 1 and 3), run on the code itself.
 */
import type { Core, CoreSnapshot } from '../../src/connection/core.ts'
import { IDS } from '../../src/wire/circle.ts'
import { asksForAck, type Message, type PayloadFlag, withAckBit } from '../../src/wire/message.ts'
import { FLAGS, nameOf, numbered, type Outcome, type PayloadKind, START, sideName, step } from './side.ts'

/** A rule taken away, to see that the checks object. */
export type Mutant =
  | 'give-not-repeated'
  | 'repeat-without-ack-bit'
  | 'no-reack'
  | 'no-ack'
  | 'ack-any-id'
  | 'silent-tombstone'
  | 'deliver-early'
  | 'yielding-ignores-resend'
  | 'reclaim-control'
  | 'no-idle-timer'

export interface Bounds {
  /** Payloads in the whole conversation, outstanding at most, reorder span, datagrams in flight each way. */
  readonly payloads: number
  readonly window: number
  readonly reorder: number
  readonly flight: number
  readonly kinds: readonly PayloadKind[]
  /** May either side halt at any moment, give up, or close because the other fell silent? */
  readonly aborts?: boolean
  readonly duplicates?: boolean
  readonly mutant?: Mutant
}

interface Place {
  readonly sides: readonly [CoreSnapshot, CoreSnapshot]
  /** In flight: from side 0, from side 1. Sorted by name. */
  readonly bags: readonly [readonly Message[], readonly Message[]]
  /** Numbered payloads so far, and how many of them each side has taken (its own included). */
  readonly count: number
  readonly known: readonly [number, number]
}

export interface Verdict {
  readonly flaw: string | undefined
  readonly places: number
  readonly steps: number
}

const isClosed = (side: CoreSnapshot): boolean => side.state.name === 'closed'
const isController = (side: CoreSnapshot): boolean =>
  side.state.name === 'controlling' || side.state.name === 'closing'

export function explore(bounds: Bounds): Verdict {
  return new Exploration(bounds).run()
}

class Exploration {
  readonly #bounds: Bounds
  readonly #numbers: Map<string, number> = new Map()
  readonly #places: Place[] = []
  /** Steps that timers and deliveries take by themselves, backwards. */
  readonly #back: number[][] = []
  /** What a side does depends on nothing but the side and what happens to it. */
  readonly #outcomes: Map<string, Outcome> = new Map()
  #steps = 0
  #flaw: string | undefined

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  run(): Verdict {
    this.#enter({ sides: [START('controller'), START('handler')], bags: [[], []], count: 0, known: [0, 0] })
    for (let index = 0; index < this.#places.length && this.#flaw === undefined; index++) this.#leave(index)
    this.#flaw ??= this.#stuck()
    return { flaw: this.#flaw, places: this.#places.length, steps: this.#steps }
  }

  #enter(place: Place): number {
    const name = `${sideName(place.sides[0])}/${sideName(place.sides[1])}/${place.bags.map(bag => bag.map(nameOf).join(' ')).join('/')}/${place.count}/${place.known.join()}`
    const found = this.#numbers.get(name)
    if (found !== undefined) return found
    const number = this.#places.length
    this.#numbers.set(name, number)
    this.#places.push(place)
    this.#back.push([])
    if (isController(place.sides[0]) && isController(place.sides[1])) this.#fail('two controllers')
    return number
  }

  #leave(index: number): void {
    const place = this.#places[index]!
    const { mutant, aborts = false } = this.#bounds
    const go = (next: Place, byItself: boolean): void => {
      this.#steps += 1
      const target = this.#enter(next)
      if (byItself) this.#back[target]!.push(index)
    }
    for (const x of [0, 1] as const) {
      const side = place.sides[x]
      const name = side.state.name
      const waits =
        side.queue.length > 0 && (name === 'controlling' || name === 'yielding' || name === 'closing')
      this.#send(place, x, next => go(next, false))
      if (waits && !(mutant === 'give-not-repeated' && name === 'yielding')) {
        go(
          this.#after(place, x, 'repeat', core => core.queue!.repeatNewest()),
          true,
        )
        if (aborts)
          go(
            this.#after(place, x, 'timeout', core => core.halt('timeout')),
            true,
          )
      }
      if (mutant === 'reclaim-control' && name === 'yielding') {
        go(this.#with(place, x, { ...side, state: { name: 'controlling' } }), true)
      }
      if (name === 'controlling' && side.rcvd !== undefined && side.next === IDS.next(side.rcvd)) {
        go(
          this.#after(place, x, 'delayed ack', core => core.askForAck()),
          true,
        )
      }
      if (name === 'close-wait')
        go(
          this.#after(place, x, 'wait ends', core => core.end('clean')),
          true,
        )
      if (aborts && name !== 'closed') {
        go(
          this.#after(place, x, 'local-halt', core => core.halt('local-halt')),
          false,
        )
        const alone = isClosed(place.sides[1 - x]!) && side.queue.length === 0
        if (alone && mutant !== 'no-idle-timer')
          go(
            this.#after(place, x, 'idle', core => core.halt('idle')),
            true,
          )
      }
      this.#deliver(place, x, go)
    }
  }

  /** The application of one side sends whatever it may. */
  #send(place: Place, x: 0 | 1, go: (next: Place) => void): void {
    const side = place.sides[x]
    const { payloads, window, kinds } = this.#bounds
    if (side.state.name !== 'controlling' || place.count >= payloads || side.queue.length >= window) return
    for (const kind of kinds) {
      if (kind === 'halt' && side.queue.length > 0) continue
      for (const flag of FLAGS[kind]) {
        const data = numbered(place.count)
        const act = (core: Core): void => {
          if (kind === 'halt') core.haltWith(data)
          else core.send(flag, data)
        }
        const next = this.#after(place, x, `send ${kind} ${flag} ${place.count}`, act)
        const known: [number, number] = [...place.known]
        known[x] = place.count + 1
        go({ ...next, count: place.count + 1, known })
      }
    }
  }

  /** Any datagram in flight towards this side is lost, or arrives, and may stay in flight all the same. */
  #deliver(place: Place, x: 0 | 1, go: (next: Place, byItself: boolean) => void): void {
    const y = (1 - x) as 0 | 1
    const bag = place.bags[y]
    for (let index = 0; index < bag.length; index++) {
      if (index > 0 && nameOf(bag[index]!) === nameOf(bag[index - 1]!)) continue
      const without = this.#withBag(place, y, bag.toSpliced(index, 1))
      go(without, false)
      for (const answer of ['ack', 'halt'] as const) {
        const message = bag[index]!
        if (answer === 'ack' && !(message.kind === 'payload' && place.sides[x].state.name !== 'closed'))
          continue
        go(
          this.#after(without, x, answer, core => core.receive(message), message),
          true,
        )
        if (this.#bounds.duplicates !== false)
          go(
            this.#after(place, x, answer, core => core.receive(message), message),
            true,
          )
      }
    }
  }

  /** One side does something; what it says is in flight, if there is room. */
  #after(place: Place, x: 0 | 1, label: string, act: (core: Core) => void, message?: Message): Place {
    const side = place.sides[x]
    const { mutant } = this.#bounds
    const heard = message === undefined ? undefined : this.#distort(message, side)
    if (heard === null) return place
    const does = heard === undefined || heard === message ? act : (core: Core): void => core.receive(heard)
    const answer = label === 'ack' ? 'ack' : 'halt'
    const key = `${sideName(side)}>${label}>${heard === undefined ? '' : nameOf(heard)}`
    const outcome = this.#outcomes.get(key) ?? step(side, IDS, this.#bounds.reorder, does, answer)
    this.#outcomes.set(key, outcome)
    this.#check(place, x, outcome)
    const known: [number, number] = [...place.known]
    known[x] += outcome.delivered.length
    let out = outcome.out
    if (mutant === 'silent-tombstone' && isClosed(side)) out = []
    if (mutant === 'no-ack' && outcome.delivered.length > 0) out = out.filter(({ kind }) => kind !== 'ack')
    const isOld = message?.kind === 'payload' && outcome.delivered.length === 0
    if (mutant === 'no-reack' && isOld) out = out.filter(({ kind }) => kind !== 'ack')
    if (mutant === 'repeat-without-ack-bit' && place.count === place.known[x]) out = out.map(silenced)
    const moved: [CoreSnapshot, CoreSnapshot] = [...place.sides]
    moved[x] = outcome.snapshot
    const bags: [readonly Message[], readonly Message[]] = [...place.bags]
    bags[x] = this.#inFlight(bags[x], out)
    return { sides: moved, bags, count: place.count, known }
  }

  /** What a mutant hears instead; null for nothing. */
  #distort(message: Message, side: CoreSnapshot): Message | null {
    const { mutant } = this.#bounds
    if (mutant === 'yielding-ignores-resend' && message.kind === 'resend' && side.state.name === 'yielding')
      return null
    if (mutant === 'ack-any-id' && message.kind === 'ack' && side.queue.length > 0) {
      return { kind: 'ack', id: IDS.plus(side.first, side.queue.length - 1) }
    }
    if (mutant === 'deliver-early' && message.kind === 'payload') {
      const ahead = IDS.distance(side.next, message.id)
      if (ahead > 0 && !IDS.isOld(ahead)) return { ...message, id: side.next }
    }
    return message
  }

  #check(place: Place, x: 0 | 1, outcome: Outcome): void {
    outcome.delivered.forEach((number, index) => {
      if (number !== place.known[x] + index)
        this.#fail(`payload ${number} delivered where ${place.known[x] + index} was due`)
    })
    const peerHas = place.known[1 - x]!
    if (outcome.ended === undefined || outcome.ended === 'verified') {
      for (const number of outcome.acknowledged) {
        if (number >= peerHas) this.#fail(`payload ${number} acknowledged but not delivered`)
      }
    }
    const isSure =
      outcome.ended === 'verified' || (outcome.ended === 'answered' && this.#bounds.aborts !== true)
    if (isSure && peerHas !== place.count)
      this.#fail(`closed as ${outcome.ended}, but the last payload was not delivered`)
  }

  #with(place: Place, x: 0 | 1, side: CoreSnapshot): Place {
    const sides: [CoreSnapshot, CoreSnapshot] = [...place.sides]
    sides[x] = side
    return { ...place, sides }
  }

  #withBag(place: Place, x: 0 | 1, bag: readonly Message[]): Place {
    const bags: [readonly Message[], readonly Message[]] = [...place.bags]
    bags[x] = bag
    return { ...place, bags }
  }

  #inFlight(bag: readonly Message[], out: readonly Message[]): readonly Message[] {
    if (out.length === 0) return bag
    return [...bag, ...out]
      .slice(0, Math.max(bag.length, this.#bounds.flight))
      .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
  }

  /** Liveness: from every place the protocol alone can come to rest. */
  #stuck(): string | undefined {
    const canRest = this.#places.map(isQuiet)
    const todo = canRest.flatMap((rests, index) => (rests ? [index] : []))
    for (let index = todo.pop(); index !== undefined; index = todo.pop()) {
      for (const before of this.#back[index]!) {
        if (canRest[before]) continue
        canRest[before] = true
        todo.push(before)
      }
    }
    const stuck = canRest.filter(rests => !rests).length
    return stuck === 0 ? undefined : `stuck: ${stuck} places never come to rest`
  }

  #fail(flaw: string): void {
    this.#flaw ??= flaw
  }
}

/** Both closed; or both open, nothing in flight or outstanding, everything delivered, exactly one controller. */
function isQuiet({ sides: [a, b], bags, count, known }: Place): boolean {
  if (isClosed(a) && isClosed(b)) return true
  const isIdle = (side: CoreSnapshot): boolean =>
    side.queue.length === 0 && (side.state.name === 'controlling' || side.state.name === 'handling')
  return (
    isIdle(a) &&
    isIdle(b) &&
    bags.every(bag => bag.length === 0) &&
    known.every(each => each === count) &&
    isController(a) !== isController(b)
  )
}

function silenced(message: Message): Message {
  if (message.kind !== 'payload' || !asksForAck(message.flag)) return message
  return { ...message, flag: withAckBit(message.flag, false) as PayloadFlag }
}
