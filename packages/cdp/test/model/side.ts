/** One side as the model sees it: our own core, with everything that is not the protocol taken away. */
import type { Millis } from '@skyferry/engine'
import type { Gate, Shell } from '../../src/connection/core.ts'
import { Core, type CoreSnapshot } from '../../src/connection/core.ts'
import type { Circle } from '../../src/wire/circle.ts'
import type { Message, PayloadFlag } from '../../src/wire/message.ts'

/** Payloads carry their true number (a ghost value), which no receiving code looks at. */
export const ghost = (data: Uint8Array): number => data[0]!
export const numbered = (count: number): Uint8Array => NUMBERS[count]!
const NUMBERS = Array.from({ length: 256 }, (_, count) => new Uint8Array([count]))

/** What one step made of a side. */
export interface Outcome {
  readonly snapshot: CoreSnapshot
  readonly out: readonly Message[]
  /** True numbers of the payloads handed over, in order. */
  readonly delivered: readonly number[]
  /** True numbers of the payloads that left the queue. */
  readonly acknowledged: readonly number[]
  readonly ended: string | undefined
}

const ALWAYS: Gate = { mayResend: () => true, mayRepeat: () => true }

/**
 * Restores a side, lets it do one thing, and takes everything it then has to say.
 *
 * @param answer how it answers a Close that it accepts in this step
 */
export function step(
  from: CoreSnapshot,
  circle: Circle,
  reorder: number,
  act: (core: Core) => void,
  answer: 'ack' | 'halt' = 'halt',
): Outcome {
  const delivered: number[] = []
  const acknowledged: number[] = []
  let ended: string | undefined
  let isAsked = false
  const shell: Shell = {
    inboxIsFull: () => false,
    mayServe: () => true,
    deliver: (_id, data) => delivered.push(ghost(data)),
    deliverRandom: () => {},
    acknowledged: taken => acknowledged.push(...taken.map(({ data }) => ghost(data))),
    inStep: () => {},
    outOfStep: () => {},
    gainedControl: () => {},
    askedToClose: () => {
      isAsked = true
    },
    ended: reason => {
      ended = reason
    },
  }
  const core = Core.restore(from, shell, { reorder, earlyOctets: 1000 }, circle)
  act(core)
  const out: Message[] = []
  // The acks of what came before a Close leave before its answer, as they do when time is not all at once.
  drain(core, out)
  if (isAsked) {
    core.answerClose(answer)
    drain(core, out)
  }
  return { snapshot: core.snapshot(), out, delivered, acknowledged, ended }
}

function drain(core: Core, out: Message[]): void {
  for (let what = core.emission(ALWAYS); what !== undefined; what = core.emission(ALWAYS)) {
    core.emitted(what, 0 as Millis)
    if (what.kind === 'payload') {
      const { id, flag, data } = what
      out.push({ kind: 'payload', id, flag, data })
    } else if (what.kind === 'probe') out.push(what.payload)
    else if (what.kind === 'answering-close') throw new Error('the model answers a Close by Ack or Halt')
    else out.push(what)
  }
}

const messageNames: WeakMap<Message, string> = new WeakMap()
const sideNames: WeakMap<CoreSnapshot, string> = new WeakMap()

function remembered<Thing extends object>(
  names: WeakMap<Thing, string>,
  make: (thing: Thing) => string,
): (thing: Thing) => string {
  return thing => {
    const known = names.get(thing)
    if (known !== undefined) return known
    const name = make(thing)
    names.set(thing, name)
    return name
  }
}

/** A short name for what a datagram says; equal for equal datagrams. */
export const nameOf: (message: Message) => string = remembered(messageNames, messageName)

/** A name for a side; equal for sides that behave alike. */
export const sideName: (side: CoreSnapshot) => string = remembered(sideNames, describeSide)

function messageName(message: Message): string {
  if (message.kind === 'payload') return `P${message.id}.${message.flag}.${ghost(message.data)}`
  return 'id' in message ? `${message.kind}${message.id}` : message.kind
}

function describeSide({
  state,
  next,
  rcvd,
  first,
  queue,
  sent,
  early,
  wasAcknowledged,
}: CoreSnapshot): string {
  const kept = early.map(([id, { flag, data }]) => `${id}.${flag}.${ghost(data)}`).join(',')
  const ours = queue.map(({ flag, data }) => `${flag}.${ghost(data)}`).join(',')
  const reason = state.name === 'closed' ? state.reason : ''
  return `${state.name}${reason}|${next}|${rcvd ?? '-'}|${queue.length > 0 ? first : '-'}|${sent}|${ours}|${kept}|${wasAcknowledged ? 1 : 0}`
}

export const START = (role: 'controller' | 'handler'): CoreSnapshot => ({
  state: { name: role === 'controller' ? 'controlling' : 'handling' },
  next: 0 as never,
  rcvd: undefined,
  first: 0 as never,
  queue: [],
  sent: 0,
  early: [],
  wasAcknowledged: false,
  midTurn: false,
})

export type PayloadKind = 'plain' | 'give' | 'close' | 'halt'
export const FLAGS: Readonly<Record<PayloadKind, readonly PayloadFlag[]>> = {
  plain: [0, 1],
  give: [2, 3],
  close: [5],
  halt: [4],
}
