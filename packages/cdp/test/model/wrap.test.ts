/**
 * Conversations without end on a small circle of ids (the model's part 2): every datagram that was ever sent may arrive at
 * any time, any number of times, while it is not older than so many ids. The age rule of section 4 must be exact.
 */
import { expect, it } from 'vitest'
import type { Core, CoreSnapshot } from '../../src/connection/core.ts'
import { Circle } from '../../src/wire/circle.ts'
import type { Message, PayloadFlag, PayloadId } from '../../src/wire/message.ts'
import { ghost, numbered, START, sideName, step } from './side.ts'

interface Place {
  readonly sides: readonly [CoreSnapshot, CoreSnapshot]
  /** True numbers of what each side sends or expects next. */
  readonly next: readonly [number, number]
  /** Who sent what, from true number 0 on. */
  readonly history: readonly (readonly [sender: 0 | 1, flag: PayloadFlag])[]
}

/** @returns what went wrong; undefined when nothing can */
function flawWith(size: number, window: number, reorder: number, age: number): string | undefined {
  const circle = new Circle(size)
  const keep = age + window + 2
  const seen = new Set<string>()
  const todo: Place[] = [{ sides: [START('controller'), START('handler')], next: [0, 0], history: [] }]
  let flaw: string | undefined

  const go = (place: Place, x: 0 | 1, act: (core: Core) => void, sent?: PayloadFlag): void => {
    const { snapshot, delivered, acknowledged } = step(place.sides[x], circle, reorder, act)
    const next: [number, number] = [...place.next]
    for (const number of delivered) {
      if (number !== next[x]) flaw ??= `payload ${number} delivered where ${next[x]} was due`
      next[x]! += 1
    }
    const peerHas = place.next[1 - x]!
    if (acknowledged.some(number => number >= peerHas)) flaw ??= 'acknowledged, and not delivered'
    if (snapshot.state.name === 'closed') flaw ??= 'closed'
    if (sent !== undefined) next[x]! += 1
    const sides: [CoreSnapshot, CoreSnapshot] = [...place.sides]
    sides[x] = snapshot
    if (sides.every(({ state }) => state.name === 'controlling')) flaw ??= 'two controllers'
    const history = sent === undefined ? place.history : [...place.history, [x, sent] as const]
    const moved = rebased({ sides, next, history }, Math.max(0, history.length - keep), circle)
    const name = `${moved.sides.map(sideName).join('/')}/${moved.next.join()}/${moved.history.join(' ')}`
    if (seen.has(name)) return
    seen.add(name)
    todo.push(moved)
  }

  for (let place = todo.pop(); place !== undefined && flaw === undefined; place = todo.pop()) {
    const newest = place.history.length
    for (const x of [0, 1] as const) {
      const side = place.sides[x]
      if (side.state.name === 'controlling' && side.queue.length < window) {
        for (const flag of [0, 2] as const) go(place, x, core => sendNow(core, flag, numbered(newest)), flag)
      }
      for (let number = Math.max(0, newest - 1 - age); number < newest; number++) {
        const [sender, flag] = place.history[number]!
        const id = (number % size) as PayloadId
        const heard: Message[] = []
        if (sender !== x) {
          const data = numbered(number)
          heard.push(
            { kind: 'payload', id, flag, data },
            { kind: 'payload', id, flag: (flag | 1) as PayloadFlag, data },
          )
        } else {
          if (number < place.next[1 - x]!) heard.push({ kind: 'ack', id })
          if (number <= place.next[1 - x]!) heard.push({ kind: 'resend', id })
        }
        for (const message of heard) go(place, x, core => core.receive(message))
      }
    }
  }
  return flaw
}

/** Sends, and has it leave at once. */
function sendNow(core: Core, flag: PayloadFlag, data: Uint8Array): void {
  core.send(flag, data)
}

/** The same place, `base` ids further along the circle: what lies behind cannot matter any more. */
function rebased(place: Place, base: number, circle: Circle): Place {
  const { size } = circle
  const id = (from: PayloadId): PayloadId => ((from - (base % size) + size) % size) as PayloadId
  const data = (from: Uint8Array): Uint8Array => numbered(ghost(from) - base)
  const side = (from: CoreSnapshot): CoreSnapshot => ({
    ...from,
    next: id(from.next),
    // Only whether there was one matters to what is believed.
    rcvd: from.rcvd === undefined ? undefined : (0 as PayloadId),
    first: id(from.first),
    queue: from.queue.map(each => ({ flag: each.flag, data: data(each.data) })),
    early: from.early.map(
      ([early, each]) => [id(early), { flag: each.flag, data: data(each.data) }] as const,
    ),
    midTurn: false,
  })
  return {
    sides: [side(place.sides[0]), side(place.sides[1])],
    next: [place.next[0] - base, place.next[1] - base],
    history: place.history.slice(base),
  }
}

it.each([
  [8, 1, 0],
  [8, 2, 0],
  [8, 2, 1],
])(
  '%i ids, window %i, reorder span %i: harmless up to the age of the rule, and not one id longer',
  (size, window, reorder) => {
    const limit = size - 2 - reorder
    expect(flawWith(size, window, reorder, limit)).toBeUndefined()
    expect(flawWith(size, window, reorder, limit + 1)).toBeDefined()
  },
)
